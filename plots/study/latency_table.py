"""Shows latency by fault class on a terminal: a table for each timed cell."""

import textwrap

from study.latency import FACTOR
from study.samples import is_missing
from words import levels_text, quantity, quantity_with_interval

CAPTION = "Latency by fault class: histograms of all trials merged, closed loop where nothing else is said"
HEAD = ["class", "accesses", "median", "p99", "p99.9", "max", "share of time"]
TOO_FEW = "too few"


def render(run, cells, width):
    """The tables of all cells whose accesses were timed; empty where none was."""
    timed = [cell for cell in cells if _was_timed(cell)]
    if not timed:
        return ""
    varied = [factor for factor, levels in run.factors.items() if len(levels) > 1]
    parts = [CAPTION]
    for cell in timed:
        levels = {factor: cell["cell"][factor] for factor in varied}
        parts.append("\n".join([levels_text(levels) or "all trials", *_cell(cell["latency"], width)]))
    return "\n\n".join(parts)


def _was_timed(cell):
    latency = cell.get("latency", {"missing": ""})
    return not is_missing(latency) or cell["cell"].get(FACTOR, "off") != "off"


def _cell(latency, width):
    if is_missing(latency):
        return [f"   missing: {latency['missing']}"]
    rows = [HEAD, *(_row(name, row) for name, row in latency["classes"].items())]
    if not is_missing(latency["harness_share"]):
        harness = latency["harness_share"]
        rows.append(["(harness)", "", "", "", "", "", f"{harness:.1%}"])
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["   " + "  ".join(text.ljust(w) if i == 0 else text.rjust(w)
                               for i, (text, w) in enumerate(zip(row, widths))).rstrip()
             for row in rows]
    return lines + textwrap.wrap(notes(latency), width, initial_indent="   ",
                                 subsequent_indent="   ")


def _row(name, row):
    times = [TOO_FEW if is_missing(row[key]) else quantity(row[key], "ns")
             for key in ("median_ns", "p99_ns", "p999_ns", "max_ns")]
    return [name, f"{row['count']:,}", *times, f"{row['share']:.1%}"]


def notes(latency):
    """How a cell was timed, what that cost, and what is not in its table."""
    text = f"clock {latency['clock']}, {latency['timer_ns']:.0f} ns of it in every access"
    if latency["mode"] == "sampled":
        text += "; one access in 64 was timed"
    cost = latency["cost"]
    if is_missing(cost) or is_missing(cost["ratio"]):
        why = cost["missing"] if is_missing(cost) else cost["ratio"]["missing"]
        text += f"; cost of timing unknown: {why}"
    else:
        speed = quantity_with_interval(cost["ratio"], cost["interval"], "1")
        text += f"; with timing x{speed} the speed without"
    if "no_classes" in latency:
        text += f"; classes are missing: {latency['no_classes']['missing']}"
    if any(is_missing(row["p999_ns"]) for row in latency["classes"].values()):
        text += f"; {TOO_FEW}: p99 needs 100 samples, p99.9 needs 1000"
    return text
