"""Holds the config reader and the published JSON Schema to each other.

usage: schema_check.py SCHEMA MUTANTS

MUTANTS has a JSON object per line: text (a config, or null where it is not JSON), accepted (by the
reader), reader_only (every problem is of a rule that only the reader knows). Whatever the reader accepts
the schema must accept; whatever it rejects by a rule of the schema's, the schema must reject.
"""

import json
import sys

import jsonschema


def with_exact_ends(schema):
    """The `$` of Python's regular expressions also matches before a final newline; JSON Schema's does not."""
    if isinstance(schema, dict):
        return {
            key: value[:-1] + r"\Z" if key == "pattern" and value.endswith("$") else with_exact_ends(value)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [with_exact_ends(item) for item in schema]
    return schema


def main(schema_path, mutants_path):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(with_exact_ends(schema))
    counts = {"accepted by both": 0, "rejected by both": 0, "rejected by the reader alone": 0, "not JSON": 0}
    wrong = 0
    with open(mutants_path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            mutant = json.loads(line)
            if mutant["text"] is None:
                counts["not JSON"] += 1
                continue
            errors = list(validator.iter_errors(json.loads(mutant["text"])))
            if mutant["accepted"] and errors:
                wrong += 1
                print(f"line {number}: the reader accepts, the schema does not: {errors[0].message[:300]}")
                print(f"  at {list(errors[0].absolute_path)}")
            elif mutant["accepted"]:
                counts["accepted by both"] += 1
            elif errors:
                counts["rejected by both"] += 1
            elif mutant["reader_only"]:
                counts["rejected by the reader alone"] += 1
            else:
                wrong += 1
                print(f"line {number}: the schema accepts, the reader does not:\n{mutant['problems']}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    if wrong or not counts["accepted by both"] or not counts["rejected by both"]:
        sys.exit(1)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
