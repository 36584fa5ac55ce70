"""The tables of a run in LaTeX, with booktabs: its cells, its verdicts, its claims.

A table that would not fit a page comes in several files, each a whole table.
"""

import numpy as np

from bundle import latex
from study import claims, terminal
from study.samples import is_missing
from words import factor_name, levels_text, metric_name, scale_of

ROWS = 40
LINES = 50
METRICS = 3
DASH = "---"
SHORT_NOTE = 60


def of_entry(entry):
    """Name of the file, without suffix -> text, in the order in which a reader wants them."""
    found = {}
    for kind, parts in (("cells", _cells(entry)), ("verdicts", _verdicts(entry)), ("claims", _claims(entry))):
        for number, text in enumerate(parts, start=1):
            name = f"{entry.key}-{kind}" + (f"-{number}" if len(parts) > 1 else "")
            found[name] = f"{latex.comment(f'{kind} of the run {entry.name}; needs booktabs')}\n{text}"
    return found


def _cells(entry):
    """One table, or several of at most ROWS cells and METRICS metrics each."""
    metrics, absent = entry.metrics
    cells = entry.study["cells"]
    return [_cell_table(entry, some_cells, some_metrics, absent if last else {})
            for some_cells, _ in _chunks(cells, ROWS) for some_metrics, last in _chunks(metrics, METRICS)]


def _chunks(items, most):
    """(items, is it the last) of at most `most` each."""
    return [(items[at:at + most], at + most >= len(items)) for at in range(0, len(items), most)]


def _pages(rows, characters):
    """Rows, so many that about LINES lines of a page hold them; `characters` of a line of each column that wraps,
    by its index."""
    pages, filled = [], LINES
    for row in rows:
        lines = max(-(-len(row[column]) // width) for column, width in characters.items()) or 1
        if filled + lines > LINES:
            pages.append([])
            filled = 0
        pages[-1].append(row)
        filled += lines
    return pages


def _cell_table(entry, cells, metrics, absent):
    factors = [factor for factor, levels in entry.run.factors.items() if len(levels) > 1]
    scales = {metric: _scale(entry, metric) for metric in metrics}
    heads = [latex.escaped(factor_name(factor)) for factor in factors] + ["ok"]
    heads += [rf"\multicolumn{{2}}{{c}}{{{_head(entry, metric, scales[metric])}}}" for metric in metrics]
    reasons = {}
    rows = [[*(latex.escaped(cell["cell"][factor]) for factor in factors),
             f"{cell['outcomes'].get('ok', 0)}/{cell['planned']}",
             *(text for metric in metrics for text in _value(cell["metrics"][metric], scales[metric][0], reasons))]
            for cell in cells]
    notes = [f"{mark} {latex.escaped(why)}" for why, mark in reasons.items()]
    notes += [latex.escaped(f"{metric_name(metric)} is missing in every cell: {why}") for metric, why in absent.items()]
    return _tabular("l" * len(factors) + "r" + "r@{~}l" * len(metrics), heads, rows, notes)


def _scale(entry, metric):
    """(divisor, prefix) that suits the median of the medians: one unit for all of a column, in its head. Numbers
    without a unit have a prefix where the smallest wants one: a ratio of 0.8 is not 0.0008 k."""
    unit = entry.run.metrics[metric]["unit"]
    medians = [abs(cell["metrics"][metric]["median"]) for cell in entry.study["cells"]
               if not is_missing(cell["metrics"][metric])]
    typical = (np.min if unit == "1" else np.median)([median for median in medians if median] or [0.0])
    return scale_of(float(typical), unit)


def _head(entry, metric, scale):
    unit = entry.run.metrics[metric]["unit"]
    tail = scale[1] + latex.UNITS.get(unit, f" {unit}")
    return latex.escaped(metric_name(metric)) + (f" ({latex.escaped(tail.strip())})" if tail.strip() else "")


def _value(numbers, divisor, reasons):
    """The median and its interval; a dash with a mark where they are missing, the reason below the table."""
    if is_missing(numbers):
        return DASH, _mark(reasons, numbers["missing"])
    interval = numbers["interval"]
    if is_missing(interval):
        return latex.number(numbers["median"] / divisor), _mark(reasons, interval["missing"])
    ends = (latex.number(interval[end] / divisor) for end in ("low", "high"))
    return latex.number(numbers["median"] / divisor), f"{{[}}{', '.join(ends)}{{]}}"


def _mark(reasons, why):
    return reasons.setdefault(why, rf"\ensuremath{{^{{{len(reasons) + 1}}}}}")


def _tabular(columns, heads, rows, notes=()):
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", " & ".join(heads) + r" \\", r"\midrule"]
    lines += [" & ".join(row) + r" \\" for row in rows]
    table = "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"
    return _with_notes(table, notes) if notes else table


def _with_notes(table, notes):
    """Below the table and not in it, where they would stretch a column."""
    rows = [rf"\footnotesize {note} \\" if len(note) <= SHORT_NOTE else
            rf"\parbox{{0.95\linewidth}}{{\footnotesize\raggedright {note}}} \\" for note in notes]
    return "\n".join([r"\begin{tabular}{@{}c@{}}", table + r"\\[2pt]", *rows, r"\end{tabular}"]) + "\n"


def _verdicts(entry):
    """A row for each stratum; the expectation's own words and verdict in its first."""
    rows = []
    for number, expectation in enumerate(entry.study["expectations"], start=1):
        texts = [str(number), _wrapped(terminal.claim(expectation))]
        for stratum in expectation["strata"]:
            where = levels_text(stratum["stratum"]) or "all"
            rows.append([*texts, _wrapped(where), *_estimate(entry, expectation, stratum),
                         latex.escaped(stratum["verdict"])])
            texts = ["", ""]
        if len(expectation["strata"]) > 1:
            rows.append(["", "", "together", "", "", rf"\textbf{{{latex.escaped(expectation['verdict'])}}}"])
    columns = r"rp{0.34\linewidth}p{0.22\linewidth}r@{~}ll"
    heads = [r"\#", "expectation", "where", r"\multicolumn{2}{c}{ratio or median}", "verdict"]
    return [_tabular(columns, heads, some) for some in _pages(rows, {1: 36, 2: 30})]


def _wrapped(text):
    """Text of a narrow column, whose lines are not stretched."""
    return rf"\raggedright {latex.escaped(text)}"


def _estimate(entry, expectation, stratum):
    """The ratio, which has no unit, or the median with its unit; its interval, or why there is none."""
    value = stratum.get("ratio", stratum.get("median", {"missing": ""}))
    if is_missing(value):
        return DASH, ""
    metric = expectation["that"].split(" of ", 1)[1]
    unit = entry.run.metrics[metric]["unit"] if "median" in stratum else "1"
    interval = stratum["interval"]
    if is_missing(interval):
        return latex.quantity(value, unit), ""
    return latex.quantity(value, unit), latex.interval(interval["low"], interval["high"], value, unit)


def _claims(entry):
    rows = []
    for claim in entry.study["claims"]:
        shown = [entry.study["expectations"][index] for index in claim["expectations"]]
        reasons = "; ".join(dict.fromkeys(each["because"] for each in shown if "because" in each))
        verdict = latex.escaped(claims.in_words(claim))
        rows.append([_wrapped(claim["claim"]), rf"\raggedright\textbf{{{verdict}}}", _wrapped(reasons),
                     ", ".join(str(index + 1) for index in claim["expectations"])])
    columns = r"p{0.34\linewidth}p{0.16\linewidth}p{0.34\linewidth}r"
    heads = ["claim", "verdict", "because", "expectations"]
    return [_tabular(columns, heads, some) for some in _pages(rows, {0: 36, 1: 24, 2: 36})]
