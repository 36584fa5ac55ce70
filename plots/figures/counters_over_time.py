"""Kind `counters_over_time`: faults, evictions and refaults per second, a row for each counter."""

import numpy as np

import over_time
from figures import Drawing, NotDrawn, canvas, notes, timeline
from words import metric_name

COUNTERS = ("minor_faults", "major_faults", "evicted_pages", "refaulted_pages")
ROW_INCHES = 0.72
LOG_SPAN = 30


def draw(run, study, spec):
    panels = timeline.cells_by_panel(run, study, spec)
    curves = {(index, place, counter): found
              for index, (_, cells) in enumerate(panels) for place, cell in cells
              for counter in COUNTERS if (found := over_time.rates(run, cell, counter))}
    if not curves:
        raise NotDrawn(timeline.no_series(run))
    counters = [c for c in COUNTERS if _highest(curves, c) > 0]
    if not counters:
        raise NotDrawn("every counter of the series stayed at 0")
    curves = {key: found for key, found in curves.items() if key[2] in counters}
    kept = [index for index in range(len(panels)) if any(key[0] == index for key in curves)]
    heights = [ROW_INCHES] * len(counters)
    figure, grid = timeline.axes_grid(len(kept), heights)
    for row, counter in enumerate(counters):
        _scale(grid[0][row], [c for key, c in curves.items() if key[2] == counter])
    breaks = 0
    shown = [cell for index in kept for _, cell in panels[index][1]]
    for column, (index, axes) in enumerate(zip(kept, grid)):
        timeline.mark_moments(run, [cell for _, cell in panels[index][1]], axes)
        breaks = max(breaks, timeline.title(axes[0], panels[index][0],
                                            min(len(kept), timeline.COLUMNS)))
        for (panel, place, counter), found in curves.items():
            if panel == index:
                timeline.plot(axes[counters.index(counter)], found, place)
        if column % timeline.COLUMNS == 0:
            for axis, counter in zip(axes, counters):
                axis.set_ylabel(counter.replace("_", "\n") + "/s")
    places = sorted({place for _, place, _ in curves})
    canvas.finish(figure, timeline.body_inches(len(kept), heights, title_breaks=breaks),
                  timeline.handles(run, spec.get("series"), places) + timeline.moment_handle(run, shown),
                  spec.get("title"))
    return _drawing(run, study, spec, figure, [panels[index] for index in kept], counters)


def _highest(curves, counter):
    """The largest rate of a counter anywhere; 0 when the series do not have it."""
    return max((np.nanmax(found.values) for key, found in curves.items() if key[2] == counter),
               default=0)


def _scale(axes, curves):
    """From zero; linear to the smallest level and logarithmic above when curves differ much."""
    levels = [np.nanmax(c.median) for c in curves]
    positive = [level for level in levels if level > 0]
    if positive and max(positive) > LOG_SPAN * min(positive):
        canvas.symlog_scale(axes, min(positive), max(positive) * 3, most=4)
    else:
        highest = max(np.nanmax(c.values) for c in curves)
        axes.set_ylim(0, highest * 1.08 or 1)
    canvas.unit_ticks(axes.yaxis, "1/s")


def _drawing(run, study, spec, figure, panels, counters):
    how = "thick: median of the trials; thin: single trials"
    n = timeline.n_of(run, panels)
    absent = [metric_name(counter) for counter in COUNTERS if counter not in counters]
    caption = notes.sentences(
        f"{', '.join(metric_name(c) for c in counters)} per second over time"
        f"{timeline.by(spec)}", how, timeline.moments_text(run, [cell for _, cells in panels for _, cell in cells]),
        f"Zero throughout or not in the series: {', '.join(absent)}" if absent else None,
        *notes.not_ok(study))
    return Drawing(figure, counters[0], f"none: {how}", caption, n)
