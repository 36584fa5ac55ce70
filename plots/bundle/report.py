"""What a reproduction found, in words: a table for the terminal, and reproduction.md with the figures side by side."""

import os
import textwrap

from bundle.agreement import AGREES, DISAGREES, NOT_COMPARED, UNDECIDED
from study.samples import is_missing
from words import digits, levels_text

WIDTH = 120
MOST_FACTS = 12
MARGIN = max(map(len, (AGREES, DISAGREES, UNDECIDED, NOT_COMPARED))) + 4


def render(found, results):
    """The text for the terminal."""
    lines = [_size(found)] if found["trials_per_cell"] else []
    for run in found["runs"]:
        lines += ["", *_run(run)]
    lines += ["", f"{found['verdict'][0].upper()}{found['verdict'][1:]}.",
              *(f"- {os.path.join(os.path.relpath(results), name)}" for name in ("reproduction.md",
                                                                                  "reproduction.json"))]
    return "\n".join(lines).lstrip("\n")


def _size(found):
    return f"Made with {found['trials_per_cell']} trials a cell, which is not the published number."


def _run(run):
    if run["ended"] != "done":
        return textwrap.wrap(f"{run['key']}: {_not_done(run)}", WIDTH, subsequent_indent="  ")
    lines = textwrap.wrap(f"{run['key']}: {run['published']}, again as {run['reproduced']}; {_machine(run)}", WIDTH)
    for figure in run["figures"]:
        lines += _item(figure["agreement"], f"figure {figure['name']}: {figure['why']}")
    for each in run["expectations"]:
        lines += _item(each["agreement"], f"{each['number']}. {each['expectation']}: {_verdicts(each)}")
        for stratum in each["strata"]:
            if stratum["agreement"] == DISAGREES or len(each["strata"]) == 1:
                lines += _item("", f"{_stratum(stratum)}: {stratum['why']}")
    for claim in run["claims"]:
        lines += _item(claim["agreement"], f"claim: {claim['claim']}: {_verdicts(claim)}")
    return lines + _facts(run)


def _not_done(run):
    what = "cannot be made on this host" if run["ended"] == "cannot" else "failed"
    return f"{what}: {run['why']}"


def _machine(run):
    kind = "the same kind of machine" if run["same_kind_of_machine"] else "another kind of machine ({})".format(
        ", ".join(each["fact"] for each in run["kind_differs_in"]))
    published, reproduced = run["trials_per_cell"]
    trials = f"{published} trials a cell" if published == reproduced else \
        f"{published} trials a cell, then {reproduced}"
    bad = ", ".join(f"{n} {word}" for word, n in run["outcomes"].items() if word != "ok")
    return f"{kind}: numbers within x{run['factor']:g}; {trials}" + (f"; not ok: {bad}" if bad else "")


def _item(word, text):
    return textwrap.wrap(text, WIDTH, initial_indent=f"  {word.ljust(MARGIN - 2)}", subsequent_indent=" " * MARGIN)


def _verdicts(each):
    if is_missing(each["reproduced"]):
        return f"{each['published']}, then missing: {each['reproduced']['missing']}"
    if each["published"] == each["reproduced"]:
        return f"{each['published']}, twice"
    return f"{each['published']}, then {each['reproduced']}"


def _stratum(stratum):
    where = f"{levels_text(stratum['stratum'])}: " if stratum["stratum"] else ""
    return f"{where}{_number(stratum['published'])}, then {_number(stratum['reproduced'])}"


def _number(side):
    if is_missing(side["value"]):
        return "missing"
    if is_missing(side["interval"]):
        return digits(side["value"])
    return f"{digits(side['value'])} [{digits(side['interval']['low'])}, {digits(side['interval']['high'])}]"


def _facts(run):
    differing = run["provenance"]
    if not differing:
        return _item("", "no fact of the provenance differs")
    lines = _item("", f"{len(differing)} facts of the provenance differ:")
    for each in differing[:MOST_FACTS]:
        lines += _item("", f"- {_fact(each)}")[:2]
    return lines + (_item("", "- the rest is in reproduction.md") if len(differing) > MOST_FACTS else [])


def _fact(each):
    return f"{each['fact']}: {each['published']}, then {each['reproduced']}"


def as_markdown(found, bundle, results):
    """The text of reproduction.md; its links lead from `results` to both sets of figures."""
    lines = ["# Reproduction", "", f"**{found['verdict'][0].upper()}{found['verdict'][1:]}.**", ""]
    if found["trials_per_cell"]:
        lines += [_size(found), ""]
    if found["only"]:
        lines += [f"Only {', '.join(found['only'])} was run again.", ""]
    lines += ["| agreement | results |", "|---|---:|", *(f"| {word} | {n} |" for word, n in found["counts"].items())]
    published = os.path.relpath(bundle.folder, results)
    for run in found["runs"]:
        lines += ["", f"## {run['key']}", ""]
        lines += _section(run, published) if run["ended"] == "done" else [_cell(_not_done(run))]
    return "\n".join(lines) + "\n"


def _section(run, published):
    lines = [f"[{run['published']}]({published}/raw/{run['experiment']}/{run['published']}), again as "
             f"[{run['reproduced']}]({run['experiment']}/{run['reproduced']}); {_machine(run)}."]
    lines += _table("figure", [_figure_row(figure, published) for figure in run["figures"]])
    lines += _table("expectation", [row for each in run["expectations"] for row in _expectation_rows(each)])
    lines += _table("claim", [[each["claim"], *_both(each), f"**{each['agreement']}**"] for each in run["claims"]])
    facts = [[each["fact"], str(each["published"]), str(each["reproduced"])] for each in run["provenance"]]
    return lines + _table("fact that differs", facts, ["published", "reproduced"])


def _table(what, rows, more=("published", "reproduced", "agreement")):
    """A table with an empty line before it; nothing where it would have no rows."""
    if not rows:
        return []
    lines = ["", f"| {' | '.join([what, *more])} |", "|" + "---|" * (1 + len(more))]
    return lines + ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]


def _figure_row(figure, published):
    pictures = [_picture(figure["paths"]["published"], f"{published}/"), _picture(figure["paths"]["reproduced"], "")]
    return [figure["name"], *pictures, f"**{figure['agreement']}**: {figure['why']}"]


def _picture(path, folder):
    """A picture that leads to its PDF."""
    if is_missing(path):
        return path["missing"]
    return f"[![]({folder}{path}.png)]({folder}{path}.pdf)"


def _expectation_rows(each):
    rows = [[f"{each['number']}. {each['expectation']}", *_both(each), f"**{each['agreement']}**: {each['why']}"]]
    for stratum in each["strata"]:
        rows.append([f"… {levels_text(stratum['stratum']) or 'its number'}", _number(stratum["published"]),
                     _number(stratum["reproduced"]), f"{stratum['agreement']}: {stratum['why']}"])
    return rows


def _both(each):
    new = each["reproduced"]
    return [each["published"], f"missing: {new['missing']}" if is_missing(new) else new]


def _cell(value):
    return value.replace("|", "\\|").replace("\n", " ")
