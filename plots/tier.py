"""`python3 plots/tier.py RUN_DIR...`: what published results say, what was expected here, and what was seen.

A table in Markdown, a row for each expectation of each run, from the run's study.json; below it, why what is not
confirmed is not. Exit codes: 0 done (a refuted expectation is a finding), 2 when a folder cannot be read.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from load import LoadError
from study import study, terminal
from study.expectations import UNTESTABLE
from study.samples import is_missing
from study.verdict import STRENGTH
from words import levels_text, quantity_with_interval

HEADS = ("reproduction", "source says", "expected here", "seen", "verdict")
NOT_RUN = "not run"
SAME = "″"


def rows(folder):
    """A list of dicts of HEADS and `why`, from one run folder; raises LoadError where it has no study."""
    manifest = _read(folder / "manifest.json", "give the folder of one run, results/<experiment>/<run>")
    result = _read(folder / study.FILE_NAME, f"`faultlab study {folder}` makes it")
    units = {metric["name"]: metric["unit"] for metric in manifest["metrics"]}
    found, said = [], None
    for expectation in result["expectations"]:
        claim = expectation.get("claim", "-")
        found.append({"reproduction": result["experiment"],
                      "source says": SAME if claim == said else claim,
                      "expected here": "-" if expectation["that"] == UNTESTABLE else terminal.claim(expectation),
                      "seen": _seen(expectation, units),
                      "verdict": expectation["verdict"],
                      "why": _why(expectation)})
        said = claim
    return found


def not_run(name, reason):
    """The row of a reproduction that this host cannot run."""
    return {"reproduction": name, "source says": "-", "expected here": "-", "seen": "-", "verdict": NOT_RUN,
            "why": reason}


def table(found):
    """The rows as Markdown: the table, how many of each verdict, and the reasons."""
    lines = [_line(HEADS), _line("---" for _ in HEADS)]
    lines += [_line(f"**{row[head]}**" if head == "verdict" else row[head] for head in HEADS) for row in found]
    reasons = [f"- {row['reproduction']}, {row['verdict']}: {row['why']}" for row in found if row["verdict"] != "confirmed"]
    return "\n".join([*lines, "", _counts(found), *([""] if reasons else []), *reasons])


def write(path, text):
    """Writes the table, whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text + "\n", encoding="utf-8")
    os.replace(beside, path)


def _read(path, remedy):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"{path}: {error.strerror}; {remedy}") from error
    except ValueError as error:
        raise LoadError(f"{path}: not JSON: {error}; {remedy}") from error


def _seen(expectation, units):
    """Every stratum's number with its interval; the strata's names where there are several."""
    strata = expectation["strata"]
    numbers = [_number(stratum, _unit(expectation, units)) for stratum in strata]
    if len(strata) == 1:
        return numbers[0]
    return "; ".join(f"{levels_text(stratum['stratum'])}: {number}" for stratum, number in zip(strata, numbers))


def _unit(expectation, units):
    what, _, metric = expectation["that"].partition(" of ")
    return units.get(metric, "1") if what == "median" else "1"


def _number(stratum, unit):
    if "hits" in stratum:
        return f"{stratum['hits']} of {stratum['n']} trials"
    value = stratum.get("ratio", stratum.get("median"))
    if value is None or is_missing(value):
        return "-"
    return quantity_with_interval(value, stratum["interval"], unit)


def _why(expectation):
    """What the study says of the strata that are not confirmed, and the reason that was expected to hold."""
    whys = dict.fromkeys(stratum["why"] for stratum in expectation["strata"] if stratum["verdict"] != "confirmed")
    if expectation["verdict"] == UNTESTABLE or "because" not in expectation:
        return "; ".join(whys)
    return f"{terminal.claim(expectation)}: {'; '.join(whys)}; expected because {expectation['because']}"


def _counts(found):
    verdicts = [row["verdict"] for row in found]
    return ", ".join(f"{verdicts.count(word)} {word}" for word in (*reversed(STRENGTH), NOT_RUN) if word in verdicts)


def _line(cells):
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"


def main(arguments=None):
    options = _options(arguments)
    try:
        found = [row for folder in options.run_dirs for row in rows(folder)]
    except LoadError as error:
        print(f"tier: {error}", file=sys.stderr)
        return 2
    found += [not_run(*pair.partition("=")[::2]) for pair in options.without]
    text = table(found)
    if options.write:
        write(options.write, text)
    print(text)
    return 0


def _options(arguments):
    parser = argparse.ArgumentParser(prog="plots/tier.py", description="The verdicts of several runs in one table.")
    parser.add_argument("run_dirs", type=Path, nargs="*", metavar="RUN_DIR", help="results/<experiment>/<run>")
    parser.add_argument("--without", metavar="NAME=REASON", action="append", default=[],
                        help="a reproduction that was not run, and why")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there, too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
