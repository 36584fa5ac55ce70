"""Kind `pressure_stack`: memory pressure over time, a panel for each cell.

From above: the share of time in which tasks waited for memory (PSI), who takes how many pages, how many of them
come back, and swap traffic. A row that no trial has in its series is left out, and the caption says why.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

import over_time
from figures import Drawing, NotDrawn, canvas, notes, timeline
from style import COLOURS, GREY, LINES, SMALL_PT
from words import levels_text, metric_name

ROW_INCHES = 0.62
HOW = "none: lines are medians and stacks are means over the trials; thin lines are single trials"
# What is stacked: name -> (colour, hatch). Light and dark, plain and hatched: they differ without colour.
STACK = {"by the trial's tasks": (COLOURS[1], ""), "by kernel threads": (COLOURS[0], "////"),
         "by anybody": (COLOURS[6], "")}
SCANNED = {"color": "black", "linewidth": 0.8, "linestyle": LINES[2]}


@dataclass(frozen=True, eq=False)
class Row:
    """A row of lines: metric -> (name, colour, line style)."""

    label: str
    lines: dict
    unit: str = "1/s"


PSI = Row("time\nstalled", {"psi_some_ns": ("some task waits", COLOURS[3], LINES[0]),
                            "psi_full_ns": ("all tasks wait", COLOURS[0], LINES[1])}, unit="share")
REFAULTS = Row("refaulted\npages/s", {"refaulted_pages": ("file", COLOURS[2], LINES[0]),
                                      "refaulted_anonymous_pages": ("anonymous", COLOURS[3], LINES[1])})
SWAP = Row("swapped\npages/s", {"swapped_in_pages": ("in", COLOURS[0], LINES[0]),
                                "swapped_out_pages": ("out", COLOURS[1], LINES[1]),
                                "zswapped_in_pages": ("out of zswap", COLOURS[2], LINES[3]),
                                "zswapped_out_pages": ("into zswap", COLOURS[3], LINES[2])})


@dataclass(frozen=True, eq=False)
class Takers:
    """Counters that say who took pages: name in STACK -> (what to add, what to subtract); what was looked at
    for it; what the pages are, in words."""

    label: str
    shares: dict
    scanned: str | None
    words: str

    @property
    def metrics(self):
        return [metric for pair in self.shares.values() for metric in pair if metric]


# The best first. The ledger's are the dataset's pages alone; a cgroup's rows are all of its pages.
TAKERS = (
    Takers("reclaimed\npages/s", {"by the trial's tasks": ("direct_reclaimed_pages", None),
                                  "by kernel threads": ("background_reclaimed_pages", None)}, "scanned_pages",
           "Pages taken from the trial's cgroup, by its memory.stat"),
    Takers("evicted\npages/s", {"by the trial's tasks": ("evicted_pages", "background_evicted_pages"),
                                "by kernel threads": ("background_evicted_pages", None)}, "scanned_pages",
           "Pages of the dataset that were evicted, by the page cache's tracepoints; others' evictions count as the "
           "trial's"),
    Takers("reclaimed\npages/s", {"by anybody": ("reclaimed_pages", None)}, "scanned_pages",
           "Pages that reclaim took"),
    Takers("evicted\npages/s", {"by anybody": ("evicted_pages", None)}, None,
           "Pages of the dataset that left memory: what was read less the growth of residency"),
)


def draw(run, study, spec):
    cells = [(panel, cell) for panel, cells in timeline.cells_by_panel(run, study, {}) for _, cell in cells]
    takers = next((each for each in TAKERS if any(_known(run, cell, each.metrics) for _, cell in cells)), None)
    shown = [(panel, cell, curves) for panel, cell in cells if (curves := _curves(run, cell, takers))]
    every = [curves for _, _, curves in shown]
    rows = [row for row in (PSI, takers, REFAULTS, SWAP) if row and _moving(row, every)]
    if not rows:
        raise NotDrawn(_why_nothing(run, [cell for _, cell in cells]))
    heights = [ROW_INCHES] * len(rows)
    figure, grid = timeline.axes_grid(len(shown), heights)
    breaks = 0
    for index, ((panel, cell, curves), axes) in enumerate(zip(shown, grid)):
        breaks = max(breaks, timeline.title(axes[0], panel, min(len(shown), timeline.COLUMNS)))
        timeline.mark_moments(run, [cell], axes)
        for axis, row in zip(axes, rows):
            _row(axis, row, curves, _moving(row, every))
            if index % timeline.COLUMNS == 0:
                axis.set_ylabel(row.label)
    for axis, row in zip(grid[0], rows):
        _scale(axis, row, every)
    handles = _handles(rows, every) + timeline.moment_handle(run, [cell for _, cell, _ in shown])
    canvas.finish(figure, timeline.body_inches(len(shown), heights, title_breaks=breaks), handles, spec.get("title"))
    return _drawing(run, study, figure, rows, [(cell, curves) for _, cell, curves in shown])


def _known(run, cell, metrics):
    return all(over_time.rates(run, cell, metric) is not None for metric in metrics)


def _curves(run, cell, takers):
    """Metric -> Curves, of all metrics that the cell's series have."""
    metrics = [metric for row in (PSI, REFAULTS, SWAP) for metric in row.lines]
    if takers:
        metrics += takers.metrics + [takers.scanned]
    return {metric: found for metric in dict.fromkeys(filter(None, metrics))
            if (found := over_time.rates(run, cell, metric)) is not None}


def _moving(row, all_curves):
    """The metrics of a row that are anywhere above 0."""
    metrics = row.metrics if isinstance(row, Takers) else row.lines
    return [metric for metric in metrics
            if any(np.nanmax(curves[metric].values) > 0 for curves in all_curves if metric in curves)]


def _row(axes, row, curves, moving):
    known = _stack(axes, row, curves) if isinstance(row, Takers) else _lines(axes, row, curves, moving)
    if not known:
        axes.text(0.5, 0.5, "missing", ha="center", va="center", fontsize=SMALL_PT, color=GREY,
                  transform=axes.transAxes)


def _lines(axes, row, curves, moving):
    """Draws a line for each metric that the cell has; returns them."""
    known = [metric for metric in moving if metric in curves]
    for metric in known:
        _, colour, line = row.lines[metric]
        for values in curves[metric].values:
            axes.plot(curves[metric].t, _of(row, values), color=colour, linewidth=0.4, alpha=0.3)
        axes.plot(curves[metric].t, _of(row, curves[metric].median), color=colour, linestyle=line)
    return known


def _of(row, values):
    """A rate in the row's unit: of ns a second, the share of time."""
    return values / 1e9 if row.unit == "share" else values


def _stack(axes, takers, curves):
    """Draws who took pages, one on the other; returns what it drew."""
    parts = _parts(takers, curves)
    below = 0.0
    for name, (t, pages) in parts.items():
        colour, hatch = STACK[name]
        axes.fill_between(t, below, below + pages, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0,
                          alpha=0.8)
        below = below + pages
    if parts and takers.scanned in curves:
        axes.plot(curves[takers.scanned].t, _mean(curves[takers.scanned]), **SCANNED)
    return parts


def _parts(takers, curves):
    """Name in STACK -> (seconds, pages a second), the means of the trials, all at the same moments."""
    if any(metric not in curves for metric in takers.metrics):
        return {}
    t = curves[takers.metrics[0]].t

    def at(metric):
        return np.interp(t, curves[metric].t, _mean(curves[metric])) if metric else 0.0

    return {name: (t, np.maximum(at(added) - at(less), 0)) for name, (added, less) in takers.shares.items()}


def _mean(curves):
    """Across trials, where at least half of them still run: unlike medians, means of parts add up."""
    alive = ~np.isnan(curves.values)
    enough = 2 * alive.sum(axis=0) >= len(curves.values)
    sums = np.where(alive, curves.values, 0).sum(axis=0)
    return np.where(enough, sums / np.maximum(alive.sum(axis=0), 1), np.nan)


def _scale(axes, row, all_curves):
    if isinstance(row, Takers):
        tops = [np.nanmax(sum(pages for _, pages in parts.values()))
                for curves in all_curves if (parts := _parts(row, curves))]
        tops += [np.nanmax(_mean(curves[row.scanned])) for curves in all_curves if row.scanned in curves]
    else:
        tops = [np.nanmax(_of(row, curves[metric].values)) for curves in all_curves for metric in row.lines
                if metric in curves]
    axes.set_ylim(0, 1.08 * max(tops))
    axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    if not isinstance(row, Takers) and row.unit == "share":
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g}{canvas.THIN_SPACE}%")
    else:
        canvas.unit_ticks(axes.yaxis, "1/s")


def _handles(rows, all_curves):
    handles = []
    for row in rows:
        if isinstance(row, Takers):
            handles += [Patch(facecolor=STACK[name][0], hatch=STACK[name][1], edgecolor="white", linewidth=0, alpha=0.8,
                              label=f"{_verb(row)} {name}") for name in row.shares]
            if any(row.scanned in curves for curves in all_curves):
                handles.append(Line2D([], [], label="scanned", **SCANNED))
        else:
            handles += [Line2D([], [], color=colour, linestyle=line, label=_line_name(row, name))
                        for metric, (name, colour, line) in row.lines.items() if metric in _moving(row, all_curves)]
    return handles


def _verb(row):
    return row.label.split("\n")[0]


def _line_name(row, name):
    return name if row is PSI else f"{_verb(row)} {name}"


def _drawing(run, study, figure, rows, shown):
    takers = next((row for row in rows if isinstance(row, Takers)), None)
    has_rows = {PSI: "the share of time in which tasks waited for memory (PSI)", takers: "who took pages",
                REFAULTS: "pages that came back", SWAP: "swap traffic"}
    caption = notes.sentences(
        f"Memory pressure over time, from above: {', '.join(has_rows[row] for row in rows)}",
        f"{HOW.split(': ', 1)[1]}", takers.words if takers else None, _whose(run) if PSI in rows else None,
        timeline.moments_text(run, [cell for cell, _ in shown]), *_absent(run, rows, takers, shown),
        *notes.not_ok(study))
    n = [{"cell": cell, "n": max(len(found.values) for found in curves.values())} for cell, curves in shown]
    return Drawing(figure, "psi_some_ns" if PSI in rows else "evicted_pages", HOW, caption, n)


def _whose(run):
    """Whose time PSI is, where a probe says so."""
    whose = dict.fromkeys(note for (_, column), note in run.notes.items() if column == "psi_some_ns@psi")
    return f"PSI is {'; '.join(whose)}" if whose else None


def _absent(run, rows, takers, shown):
    """A sentence for each row that is not there: nothing happened, or nobody counted it."""
    ok = run.trials[run.trials["outcome"] == "ok"]
    for row, words in ((PSI, "Time stalled"), (REFAULTS, "Refaults"), (SWAP, "Swap traffic")):
        if row in rows:
            continue
        if any(metric in curves for metric in row.lines for _, curves in shown):
            yield f"{words}: 0 throughout"
        else:
            yield f"{words}: not in the series ({_why(run, ok, next(iter(row.lines)))})"
    if takers is None:
        yield f"Pages taken: 0 throughout or not in the series ({_why(run, ok, 'evicted_pages')})"
    lacking = [levels_text(cell) for cell, curves in shown if takers and not _parts(takers, curves)]
    if lacking:
        yield f"Who took pages is missing of {'; '.join(lacking)}"


def _why(run, rows, metric):
    return "; ".join(run.why_missing(rows, metric)) or f"{metric_name(metric)} is only known at the window's end"


def _why_nothing(run, cells):
    if not any(len(run.series(sequence)) for cell in cells for sequence in run.ok(cell)["sequence"]):
        return timeline.no_series(run)
    return "the series say of no pressure: nothing was waited for, evicted, refaulted or swapped, or no probe counts it"
