"""A figure that is asked for by hand: JSON in the words of a config, held to the same rules.

The rules are those of the published schema of configs, and that factors, metrics and levels are the run's.
"""

import difflib
import hashlib
import json
from pathlib import Path

import jsonschema

from load import level_label
from study.study import RATIO_KINDS, ratios_of

SCHEMA_PATH = Path(__file__).resolve().parents[2] / "harness" / "config" / "experiment.schema.json"
FACTOR_KEYS = ("x", "y", "series", "panel")


class Wrong(Exception):
    """What is wrong with a figure that was asked for, and what to write instead."""


def spec(text, run):
    """The figure that `text` asks for of `run`, as the manifest would hold it.

    Its `number` is made from its content: it is none of the manifest's. Raises Wrong.
    """
    try:
        wanted = json.loads(text)
    except ValueError as error:
        raise Wrong(f"--figure {text}: not JSON: {error}; quote it for the shell, with the double quotes of JSON "
                    "inside single ones") from error
    if not isinstance(wanted, dict):
        raise Wrong(f"--figure {text}: expected an object; write {{\"kind\": \"bars\", ...}}")
    whole = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    _check_form(wanted, whole)
    _check_names(wanted, run)
    if "over" in wanted:
        wanted["over"] = level_label(wanted["over"])
    return {**wanted, "number": hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:8]}


def with_ratios(run, study, specs):
    """`study` with the ratios that `specs` show, which the study of the manifest's figures does not have."""
    ratios = [ratio for spec in specs if spec["kind"] in RATIO_KINDS
              for ratio in ratios_of(run, spec["number"], spec)]
    return {**study, "figure_ratios": study["figure_ratios"] + ratios}


def _check_form(wanted, whole):
    """The keys that its kind has, and needs."""
    forms = {form["properties"]["kind"]["const"]: form for form in whole["definitions"]["figure"]["oneOf"]}
    kind = wanted.get("kind")
    if kind not in forms:
        what = "the key \"kind\" is missing" if kind is None else f"kind: there is no figure {json.dumps(kind)}"
        raise Wrong(f"--figure: {what}{_nearest(kind, forms)}")
    form = forms[kind]
    checker = jsonschema.Draft7Validator(form, resolver=jsonschema.RefResolver.from_schema(whole))
    errors = sorted(checker.iter_errors(wanted), key=str)
    if errors:
        raise Wrong(_of_form(errors[0], kind, form))


def _of_form(error, kind, form):
    """A schema's complaint in words, with the keys or names that would do."""
    if error.absolute_path:
        key = error.absolute_path[0]
        choice = _nearest(error.instance, error.schema["enum"], 3) if "enum" in error.schema else f": {error.message}"
        return f"--figure: {key}: {json.dumps(error.instance)} will not do{choice}"
    needed = [key for key in form["required"] if key not in error.instance]
    if needed:
        return f"--figure: {kind} needs {', '.join(needed)}"
    unknown = [key for key in error.instance if key not in form["properties"]]
    return f"--figure: {kind} has no key {', '.join(unknown)}; it has {', '.join(form['properties'])}"


def _check_names(wanted, run):
    """Factors, metric and level that this run has."""
    for key in FACTOR_KEYS:
        if key in wanted and wanted[key] not in run.factors:
            raise Wrong(f"--figure: {key}: no factor {json.dumps(wanted[key])} in this run"
                        f"{_nearest(wanted[key], run.factors)}")
    if wanted.get("metric", next(iter(run.metrics))) not in run.metrics:
        raise Wrong(f"--figure: metric: this run has no {wanted['metric']}{_nearest(wanted['metric'], run.metrics, 3)}")
    if "over" in wanted and level_label(wanted["over"]) not in run.factors[wanted["series"]]:
        levels = run.factors[wanted["series"]]
        raise Wrong(f"--figure: over: {wanted['series']} has no level {json.dumps(wanted['over'])}"
                    f"{_nearest(level_label(wanted['over']), levels)}")


def _nearest(name, names, most=None):
    """What may have been meant; all that there is to choose from, too, where no `most` is given."""
    near = difflib.get_close_matches(str(name), list(names), n=most or 1)
    guess = f"; did you mean {' or '.join(json.dumps(each) for each in near)}?" if near else ""
    return guess if most else f"{guess or ';'} there are {', '.join(names)}"
