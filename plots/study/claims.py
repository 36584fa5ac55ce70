"""Claims: sentences that several expectations are to show together, a verdict each.

    confirmed          every expectation of it is
    refuted            every one is
    only when          some are and some are not: the cells of those that are, are when
    undecided          what is left
    not testable here  none of them can be
"""

import os

from study.samples import is_missing
from words import digits, levels_text

FILE_NAME = "claims.md"
ONLY_WHEN, UNTESTABLE = "only when", "not testable here"


def judge(expectations):
    """A list of {claim, verdict, when, expectations: indexes}, in the order in which the claims first stand."""
    numbers = {}
    for index, each in enumerate(expectations):
        if "claim" in each:
            numbers.setdefault(each["claim"], []).append(index)
    return [_judge(claim, of, expectations) for claim, of in numbers.items()]


def _judge(claim, numbers, expectations):
    tested = [expectations[i] for i in numbers if expectations[i]["verdict"] != UNTESTABLE]
    words = {each["verdict"] for each in tested}
    if not tested:
        verdict = UNTESTABLE
    elif len(words) == 1 and words <= {"confirmed", "refuted"}:
        verdict = words.pop()
    else:
        verdict = ONLY_WHEN if words == {"confirmed", "refuted"} else "undecided"
    when = [_cells(each) for each in tested if each["verdict"] == "confirmed"] if verdict == ONLY_WHEN else []
    return {"claim": claim, "verdict": verdict, "when": list(dict.fromkeys(when)), "expectations": numbers}


def in_words(claim):
    """The verdict of a claim, and when it holds where it does not always."""
    return f"{claim['verdict']} {'; '.join(claim['when'])}".strip()


def _cells(expectation):
    """Which cells an expectation speaks of, in words."""
    return levels_text({**expectation["of"], **expectation.get("where", {})})


def write(run, result):
    """Writes claims.md, the table of a run's claims, whole or not at all; its path, or None where it has none."""
    if not result["claims"]:
        return None
    path = run.path / FILE_NAME
    beside = path.with_suffix(".md.new")
    beside.write_text(table(result) + "\n", encoding="utf-8")
    os.replace(beside, path)
    return path


def table(result):
    """The claims as a table in Markdown."""
    lines = ["| claim | measured | verdict | explanation |", "|---|---|---|---|"]
    for claim in result["claims"]:
        expectations = [result["expectations"][i] for i in claim["expectations"]]
        measured = "<br>".join(filter(None, (what_was_measured(each) for each in expectations))) or "-"
        reasons = dict.fromkeys(each["because"] for each in expectations if "because" in each)
        lines.append(f"| {_cell(claim['claim'])} | {_cell(measured)} | **{_cell(in_words(claim))}** "
                     f"| {_cell('; '.join(reasons))} |")
    return "\n".join(lines)


def what_was_measured(expectation):
    """What was measured for an expectation: "copies per byte of way read+write: 2.00 (1.98 to 2.02 expected)"."""
    if expectation["verdict"] == UNTESTABLE:
        return None
    numbers = [_number(stratum) for stratum in expectation["strata"]]
    over = f" over {levels_text(expectation['over'])}" if "over" in expectation else ""
    return f"{expectation['that']} of {_cells(expectation)}{over}: {', '.join(numbers)} ({_bounds(expectation)})"


def _number(stratum):
    value = stratum.get("ratio", stratum.get("median"))
    if value is None or is_missing(value):
        return stratum["why"]
    interval = stratum["interval"]
    if is_missing(interval):
        return digits(value)
    return f"{digits(value)} [{digits(interval['low'])}, {digits(interval['high'])}]"


def _bounds(expectation):
    if "is" in expectation:
        return f"{expectation['is']} expected"
    low, high = expectation.get("at_least"), expectation.get("at_most")
    if low is not None and high is not None:
        return f"{digits(low)} to {digits(high)} expected"
    return f"at least {digits(low)} expected" if high is None else f"at most {digits(high)} expected"


def _cell(text):
    """Text that cannot end its cell."""
    return text.replace("|", "\\|").replace("\n", " ")
