"""Kind `working_set`: a metric as the working set outgrows memory, a line a series, and where memory ends.

`x` is a factor that sets the dataset's size, or one that sets the memory limit; then the axis is the dataset's
size over the limit, and memory ends at 1. Where a level has no limit, its value is a level line.
"""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from figures import Drawing, NotDrawn, canvas, notes
from model.trial import Unknown, resolved, size_bytes
from style import GREY, look
from study.samples import is_missing
from words import factor_name, level_name, levels_text, metric_name, quantity

METRIC = "ops_per_second"
LOG_SPAN = 8  # less than for bars: it is the fall that is to be seen
PANEL_INCHES = 1.75
TICK_INCHES = 0.42  # a label of the horizontal axis and its gap
EDGE_OCTAVES = 0.25
SIZE, SHARE = "size", "share"  # what the horizontal axis is
LIMIT_LOOK = {"color": GREY, "linewidth": 1.0, "linestyle": (0, (6, 2))}


@dataclass
class Point:
    """One cell: its place in the series, its dataset and its limit in bytes (None without), its numbers or why
    it has none."""

    cell: dict
    place: int
    size: int
    limit: float | None
    numbers: dict
    why: str | None

    def at(self, axis):
        """Where it stands on the horizontal axis; None where that needs a limit."""
        if axis == SIZE:
            return self.size
        return None if self.limit is None else self.size / self.limit


def draw(run, study, spec):
    spec = {"metric": METRIC, **spec}
    grid = [(panel, _points(run, study, spec, panel)) for panel in canvas.panels(run, {spec["x"], spec.get("series")})]
    kept = [(panel, points) for panel, points in grid if any(point.numbers for point in points)]
    if not kept:
        raise NotDrawn(notes.why_empty(run, spec["metric"]))
    axis = _axis(spec, [point for _, points in kept for point in points])
    columns, width = canvas.columns_for(len(kept))
    rows = -(-len(kept) // columns)
    figure = canvas.sheet(width)
    first, limits = None, set()
    for index, (panel, points) in enumerate(kept):
        axes = figure.add_subplot(rows, columns, index + 1, sharex=first, sharey=first)
        first = first or axes
        limits |= _panel(axes, points, axis)
        canvas.panel_title(axes, panel, 0.8 * width / columns)
        axes.tick_params(labelleft=index % columns == 0, labelbottom=index >= len(kept) - columns)
        if index % columns == 0:
            axes.set_ylabel(metric_name(spec["metric"]))
        if index >= len(kept) - columns:
            axes.set_xlabel("size of the dataset" if axis == SIZE else "dataset size / memory limit")
    shown = [point for _, points in kept for point in points]
    scaled = _scale(first, run, spec, shown, axis, limits, 0.75 * width / columns)
    canvas.finish(figure, rows * PANEL_INCHES, _handles(run, spec, shown, axis, limits), spec.get("title"))
    return _drawing(run, study, spec, figure, shown, axis, limits, scaled)


def _points(run, study, spec, panel):
    """The points of a panel, in the order of x within each series."""
    found, series = [], spec.get("series")
    for place, level in enumerate(canvas.series_levels(run, series)):
        for x_level in run.factors[spec["x"]]:
            cell = canvas.whole_cell(run, panel, {spec["x"]: x_level}, {series: level} if series else {})
            entry = notes.cell_of(study, cell)
            # One factor may be both: then a level of it is a point of its own.
            if entry is None or cell[spec["x"]] != x_level:
                continue
            numbers = entry["metrics"].get(spec["metric"], {"missing": "no such metric"})
            why = numbers["missing"] if is_missing(numbers) else None
            limits = run.select(cell)["limit_bytes"].dropna()
            found.append(Point(cell, place, _size(run, cell), float(limits.median()) if len(limits) else None,
                               {} if why else numbers, why))
    return found


def _size(run, cell):
    """Bytes of the cell's dataset."""
    try:
        return size_bytes(resolved(run.manifest["config"], cell)["dataset"]["size"], 0)
    except (Unknown, KeyError) as error:
        raise NotDrawn(f"the dataset's size is not known: {error}") from error


def _axis(spec, points):
    """SIZE where the levels of x set the dataset's size, SHARE where they set the limit."""
    by_level = {}
    for point in points:
        by_level.setdefault(point.cell[spec["x"]], []).append(point)
    for axis, values in ((SIZE, lambda point: point.size), (SHARE, lambda point: point.limit)):
        if len({tuple(sorted({values(point) or 0 for point in level})) for level in by_level.values()}) > 1:
            return axis
    raise NotDrawn(f"x: the levels of {spec['x']} change neither the dataset's size nor the memory limit")


def _panel(axes, points, axis):
    """Draws one panel; returns the limits' places on the horizontal axis."""
    for place in dict.fromkeys(point.place for point in points):
        looks = look(place)
        own = [point for point in points if point.place == place]
        line = sorted((point for point in own if point.numbers and point.at(axis) is not None),
                      key=lambda point: point.at(axis))
        axes.plot([point.at(axis) for point in line], [point.numbers["median"] for point in line],
                  color=looks["color"], linestyle=looks["linestyle"], marker=looks["marker"], markersize=3.2)
        for point in own:
            _whiskers_or_cross(axes, point, axis, looks)
    limits = {point.limit for point in points if point.limit is not None} if axis == SIZE else {1.0}
    # A limit that is a share of the dataset moves with it: then there is no one place where memory ends.
    limits = limits if len(limits) == 1 else set()
    for limit in limits:
        axes.axvline(limit, zorder=1, **LIMIT_LOOK)
    return limits


def _whiskers_or_cross(axes, point, axis, looks):
    at = point.at(axis)
    if at is None:
        if point.numbers:
            axes.axhline(point.numbers["median"], color=looks["color"], linewidth=0.6, linestyle=looks["linestyle"],
                         alpha=0.7, zorder=1)
    elif not point.numbers:
        axes.plot(at, 0.04 + 0.06 * point.place, "x", color=looks["color"], markersize=3.5,
                  transform=axes.get_xaxis_transform(), clip_on=False)
    elif not is_missing(point.numbers["interval"]):
        median, interval = point.numbers["median"], point.numbers["interval"]
        axes.errorbar(at, median, [[median - interval["low"]], [interval["high"] - median]], color=looks["color"],
                      linewidth=0.9, capsize=2, capthick=0.9)


def _scale(axes, run, spec, points, axis, limits, inches):
    """Both axes; returns what the caption must say of the vertical one."""
    places = [at for point in points if (at := point.at(axis)) is not None] + list(limits)
    low, high = math.log2(min(places)) - EDGE_OCTAVES, math.log2(max(places)) + EDGE_OCTAVES
    axes.set_xscale("log", base=2)
    axes.set_xlim(2 ** low, 2 ** high)
    step = max(1, math.ceil((high - low) * TICK_INCHES / inches))
    ticks = [2.0 ** power for power in range(math.ceil(low), math.floor(high) + 1) if power % step == 0]
    axes.xaxis.set_major_locator(FixedLocator(ticks if len(ticks) > 1 else sorted(set(places))))
    axes.xaxis.set_minor_locator(NullLocator())
    if axis == SIZE:
        canvas.unit_ticks(axes.xaxis, "bytes")
    else:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
    axes.grid(axis="x", visible=False)
    numbers = [point.numbers for point in points if point.numbers]
    ends = [value for each in numbers for value in (each["median"], each["interval"].get("low", each["median"]),
                                                    each["interval"].get("high", each["median"]))]
    return canvas.value_scale(axes, ends, [each["median"] for each in numbers], run.metrics[spec["metric"]]["unit"],
                              LOG_SPAN)


def _handles(run, spec, points, axis, limits):
    series = spec.get("series")
    levels = canvas.series_levels(run, series)
    handles = [] if len(levels) == 1 else [
        Line2D([], [], color=look(place)["color"], linestyle=look(place)["linestyle"], marker=look(place)["marker"],
               markersize=3.2, label=level_name(series, levels[place]))
        for place in sorted({point.place for point in points})]
    if limits:
        one = f" {quantity(next(iter(limits)), 'bytes')}" if axis == SIZE and len(limits) == 1 else ""
        handles.append(Line2D([], [], label=f"memory limit{one}", **LIMIT_LOOK))
    if any(point.at(axis) is None and point.numbers for point in points):
        handles.append(Line2D([], [], color=GREY, linewidth=0.6, label="no limit"))
    if any(not point.numbers and point.at(axis) is not None for point in points):
        handles.append(Line2D([], [], color=GREY, linestyle="none", marker="x", markersize=3.5, label="no number"))
    return handles


def _drawing(run, study, spec, figure, points, axis, limits, scaled):
    interval = notes.median_interval(study, [point.numbers for point in points if point.numbers])
    lacks = [f"{levels_text(point.cell)}: {point.why}" for point in points if point.why]
    caption = notes.sentences(
        f"Median {metric_name(spec['metric'])} by "
        f"{'the size of the dataset' if axis == SIZE else 'how many times the memory limit the dataset is'}"
        + (f", a line for each {factor_name(spec['series'])}" if spec.get("series") else ""),
        notes.better(run, spec["metric"]), f"Whiskers: {interval}", _where(points, axis, limits), scaled,
        "Thin level lines: without a limit" if any(point.at(axis) is None for point in points) else None,
        f"No number: {'; '.join(lacks)}" if lacks else None, *notes.not_ok(study))
    n = [{"cell": point.cell, "n": point.numbers.get("n", 0)} for point in points]
    return Drawing(figure, spec["metric"], interval, caption, n)


def _where(points, axis, limits):
    """Where memory ends, in words."""
    known = np.array([point.limit for point in points if point.limit is not None])
    if not len(known):
        return "No trial had a memory limit"
    if axis == SHARE:
        return "Dashed: where the dataset is as large as the limit that the kernel had"
    if not limits:
        return "The memory limit changes with the size: no line"
    ends = " or ".join(quantity(at, "bytes") for at in sorted(limits))
    return f"Dashed: the memory limit that the kernel had, {ends}"
