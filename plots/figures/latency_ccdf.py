"""Kind `latency_ccdf`: the share of accesses that took longer than a time, on two logarithmic axes.

A curve for each fault class and a panel for each cell; with `series`, a curve for each level of it and a panel for
each class. Below each panel stand what its curves are made of: how many accesses, and their percentiles.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.lines import Line2D

from figures import Drawing, NotDrawn, canvas, notes
from figures.latency_by_class import class_look, loop_words, time_scale, timed_cells, timed_trials
from histogram import LEAST, Histogram, merged
from style import COLUMN_INCHES, GREY, PAGE_INCHES, SMALL_PT, look
from study.latency import CLASSES, FACTOR
from words import factor_name, level_name

PLOT_INCHES = 1.4
LINE_INCHES = 0.115  # of the table below a panel
FEW = 10  # accesses left to the right of a place; beyond, a curve is single accesses
FEW_LEFT = {"linestyle": "-", "linewidth": 0.4}
MARKED = {0.99: "p99", 0.999: "p99.9"}
TABLE = (("accesses", 0.62), ("p99", 0.81), ("p99.9", 1.0))  # heads and their right ends
NAME_AT, SAMPLE = 0.1, (0.0, 0.08)
DIGITS = 2  # of a percentile, which is right to one part in 64
NONE = "–"
HOW = "none: a curve is every timed access of all trials of a cell together"


@dataclass
class Curve:
    """The accesses of one class in one cell."""

    label: str
    looks: dict
    histogram: Histogram
    cell: dict
    trials: int


def draw(run, study, spec):
    panels = _panels(run, study, spec.get("series"))
    if not panels:
        raise NotDrawn(_why_none(study))
    columns = canvas.page_columns(len(panels))
    bands = -(-len(panels) // columns)
    figure = canvas.sheet(COLUMN_INCHES if columns == 1 else PAGE_INCHES)
    # A head and a line for each curve of the fullest panel of a band.
    tables = [LINE_INCHES * (1 + max(len(curves) for _, curves in panels[band * columns:(band + 1) * columns]))
              for band in range(bands)]
    heights = [inches for table in tables for inches in (PLOT_INCHES, table)]
    grid = figure.add_gridspec(2 * bands, columns, height_ratios=heights)
    first, breaks = None, 0
    for index, (levels, curves) in enumerate(panels):
        band, column = divmod(index, columns)
        axes = figure.add_subplot(grid[2 * band, column], sharex=first, sharey=first)
        first = first or axes
        for curve in curves:
            _curve(axes, curve)
        _table(figure.add_subplot(grid[2 * band + 1, column]), curves, tables[band], named=not spec.get("series"))
        breaks = max(breaks, canvas.panel_title(axes, levels, 0.8 * figure.get_figwidth() / columns))
        axes.tick_params(labelleft=column == 0)
        axes.set_xlabel("time of an access")
        if column == 0:
            axes.set_ylabel("share of accesses\nthat took longer")
    _scale(first, [curve for _, curves in panels for curve in curves])
    body = sum(heights) + bands * (0.55 + 0.12 * breaks)
    canvas.finish(figure, body, _handles(run, spec, panels), spec.get("title"))
    return _drawing(run, study, spec, figure, [curve for _, curves in panels for curve in curves])


def _panels(run, study, series):
    """Pairs (levels that name the panel, its curves)."""
    by_cell = [(levels, _curves(run, entry)) for levels, entry in timed_cells(run, study)]
    if not series:
        return [(levels, curves) for levels, curves in by_cell if curves]
    panels = {}
    for name in CLASSES:
        for levels, curves in by_cell:
            others = {factor: level for factor, level in levels.items() if factor != series}
            for curve in curves:
                if curve.label == name:
                    place = run.factors[series].index(curve.cell[series])
                    panels.setdefault((name, *others.items()), []).append(
                        Curve(curve.cell[series], look(place), curve.histogram, curve.cell, curve.trials))
    return [({"class": name.replace("_", " "), **dict(others)}, curves) for (name, *others), curves in panels.items()]


def _curves(run, entry):
    sequences = timed_trials(run, entry["cell"])
    classes = merged(run.histograms(sequence) for sequence in sequences)
    return [Curve(name, class_look(name), classes[name], entry["cell"], len(sequences))
            for name in CLASSES if name in classes]


def _why_none(study):
    whys = dict.fromkeys(cell["latency"]["missing"] for cell in study["cells"]
                         if "missing" in cell.get("latency", {}))
    return "; ".join(whys) or "no accesses were timed"


def _curve(axes, curve):
    """From all accesses to the longest: thick where the rest is many, thin where it is a few."""
    axes.grid(axis="x")
    held, looks = curve.histogram, curve.looks
    values, seen = map(np.array, zip(*held.cumulative()))
    left = held.count - np.concatenate([[0], seen[:-1]])  # that took longer than the value before
    t, share = np.array([max(held.least, 1), *values]), np.array([held.count, *left]) / held.count
    many = 1 + int(np.count_nonzero(left >= FEW))
    axes.step(t[:many], share[:many], where="pre", color=looks["color"], linestyle=looks["linestyle"], linewidth=1.1)
    if many < len(t):
        axes.step(t[many - 1:], share[many - 1:], where="pre", color=looks["color"], **FEW_LEFT)
    axes.plot(t[-1], share[-1], "|", color=looks["color"], markersize=5)
    for rank, face in zip(MARKED, (looks["color"], "white")):
        at = held.tail(rank)
        if not isinstance(at, dict):
            axes.plot(max(at, 1), max(1 - rank, share[-1]), looks["marker"], color=looks["color"],
                      markerfacecolor=face, markersize=3.4, markeredgewidth=0.8, zorder=4)


def _table(axes, curves, inches, named):
    """What the curves of a panel are made of, a line each; levels may be long, and have their names in the legend."""
    axes.set_xlim(0, 1)
    axes.set_ylim(inches / LINE_INCHES, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    for head, end in TABLE:
        _write(axes, end, 0.5, head, GREY)
    for row, curve in enumerate(curves):
        at = row + 1.5
        looks = curve.looks
        axes.plot(SAMPLE, (at, at), color=looks["color"], linestyle=looks["linestyle"], linewidth=1.1)
        axes.plot(sum(SAMPLE) / 2, at, looks["marker"], color=looks["color"], markersize=3)
        _write(axes, NAME_AT, at, curve.label.replace("_", " ") if named else "", "black", "left")
        held = curve.histogram
        tails = [held.tail(rank) for rank in MARKED]
        texts = [canvas.label(held.count, "1"),
                 *(NONE if isinstance(tail, dict) else canvas.label(tail, "ns", DIGITS) for tail in tails)]
        for text, (_, end) in zip(texts, TABLE):
            _write(axes, end, at, text, "black")


def _write(axes, x, y, text, colour, side="right"):
    axes.text(x, y, text, ha=side, va="center", fontsize=SMALL_PT, color=colour)


def _scale(axes, curves):
    axes.set_yscale("log")
    least = min(1 / curve.histogram.count for curve in curves)
    axes.set_ylim(0.6 * least, 1.6)
    canvas.decades(axes.yaxis, 0.6 * least, 1.6)
    time_scale(axes)


def _handles(run, spec, panels):
    series = spec.get("series")
    met = {curve.cell[series] for _, curves in panels for curve in curves} if series else set()
    levels = [(level, look(place)) for place, level in enumerate(canvas.series_levels(run, series)) if level in met]
    lines = [Line2D([], [], color=looks["color"], linestyle=looks["linestyle"], marker=looks["marker"], markersize=3,
                    label=level_name(series, level)) for level, looks in levels]
    mark = {"color": "black", "linestyle": "none", "marker": "o", "markersize": 3.4, "markeredgewidth": 0.8}
    return [*lines, Line2D([], [], label="p99", **mark), Line2D([], [], label="p99.9", markerfacecolor="white", **mark),
            Line2D([], [], color="black", **FEW_LEFT, label=f"fewer than {FEW} accesses left")]


def _drawing(run, study, spec, figure, curves):
    cells = list({tuple(curve.cell.items()): curve for curve in curves}.values())
    thin = [_name(run, curve) for curve in curves if curve.histogram.count < min(LEAST.values())]
    modes = {entry["latency"]["mode"] for entry in study["cells"] if "mode" in entry.get("latency", {})}
    by = f" by {factor_name(spec['series'])}" if spec.get("series") else ""
    caption = notes.sentences(
        f"Share of the accesses of a fault class that took longer than a time{by}, all trials of a cell together",
        f"Marks: p99 and p99.9, where there are {LEAST[0.99]} and {LEAST[0.999]} accesses; thin: fewer than {FEW} "
        "accesses left, which tell of single accesses and not of a tail; a bar ends each curve at the longest access; "
        "a dash: too few accesses for that percentile",
        f"Too few samples for any tail: {', '.join(thin)}" if thin else None,
        "One access in 64 was timed" if modes == {"sampled"} else None,
        loop_words(run, [curve.cell for curve in cells]), *notes.not_ok(study))
    n = [{"cell": curve.cell, "n": curve.trials} for curve in cells]
    return Drawing(figure, "latency", HOW, caption, n)


def _name(run, curve):
    """A curve, its count, and the levels that tell its cell from others: major (12; uniform)."""
    varied = [level for factor, level in curve.cell.items() if len(run.factors[factor]) > 1 and factor != FACTOR]
    return f"{curve.label.replace('_', ' ')} ({'; '.join([str(curve.histogram.count), *varied])})"
