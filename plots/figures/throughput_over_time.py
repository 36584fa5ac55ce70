"""Kind `throughput_over_time`: accesses per second while the cache fills and after.

Above each panel the phases of its cells; below it the memory charged to the trial, its limit, and the moment it was
reached.
"""

import numpy as np
from matplotlib.lines import Line2D

import over_time
from figures import Drawing, NotDrawn, canvas, notes, phase_strip, timeline
from style import GREY, SMALL_PT, look
from words import levels_text, quantity

HEIGHTS = (1.05, 0.5)
LOG_SPAN = 8  # less than for bars: a flat curve at the foot shows nothing


def draw(run, study, spec):
    panels = [(panel, [(place, cell, curves) for place, cell in cells
                       if (curves := over_time.rates(run, cell, "accesses"))])
              for panel, cells in timeline.cells_by_panel(run, study, spec)]
    panels = [(panel, cells) for panel, cells in panels if cells]
    if not panels:
        raise NotDrawn(timeline.no_series(run))
    charged = any(over_time.levels(run, cell, "memory_charged_bytes") is not None
                  for _, cells in panels for _, cell, _ in cells)
    strip = max(phase_strip.height(study, [cell for _, cell, _ in cells]) for _, cells in panels)
    heights = (strip,) * bool(strip) + (HEIGHTS if charged else HEIGHTS[:1])
    columns, _ = canvas.columns_for(len(panels))
    figure, grid = timeline.axes_grid(len(panels), heights, columns)
    moments, breaks = [], 0
    for index, ((panel, cells), axes) in enumerate(zip(panels, grid)):
        breaks = max(breaks, timeline.title(axes[0], panel, columns))
        if strip:
            phase_strip.draw(axes.pop(0), study, [(place, cell) for place, cell, _ in cells])
        moments += _panel(run, cells, axes)
        if index % columns == 0:
            for axis, label in zip(axes, ("accesses/s", "memory\ncharged")):
                axis.set_ylabel(label)
    _scale(grid[0][0], [curves for _, cells in panels for _, _, curves in cells])
    if charged:
        _memory_scale(grid[0][1], run, panels)
    places = sorted({place for _, cells in panels for place, _, _ in cells})
    shown = [cell for _, cells in panels for _, cell, _ in cells]
    handles = [*timeline.handles(run, spec.get("series"), places), *phase_strip.handles(study, shown),
               *_moment_handle(moments), *timeline.moment_handle(run, shown)]
    body = timeline.body_inches(len(panels), heights, columns, breaks)
    canvas.finish(figure, body, handles, spec.get("title"))
    return _drawing(run, study, spec, figure, panels, moments, charged)


def _panel(run, cells, axes):
    """Draws one panel; returns (cell, seconds) of the caches that filled."""
    moments = []
    for place, cell, curves in cells:
        timeline.plot(axes[0], curves, place)
        moment = over_time.filled_at(run, cell)
        if moment is not None:
            moments.append((cell, moment))
            for axis in axes:
                axis.axvline(moment, color=look(place)["color"], linewidth=0.8, linestyle=":")
    timeline.mark_moments(run, [cell for _, cell, _ in cells], axes)
    if len(axes) > 1:
        _memory(run, cells, axes[1])
    return moments


def _memory(run, cells, axes):
    for place, cell, _ in cells:
        curves = over_time.levels(run, cell, "memory_charged_bytes")
        if curves is not None:
            timeline.plot(axes, curves, place)
    limits = {limit for _, cell, _ in cells for limit in run.ok(cell)["limit_bytes"].dropna()}
    for place, cell, _ in cells:
        turned = over_time.levels(run, cell, "memcg_limit_bytes")
        if turned is not None:
            axes.step(turned.t, turned.median, where="post", color=GREY, linewidth=0.7)
            limits -= set(run.ok(cell)["limit_bytes"].dropna())
    for limit in sorted(limits):
        axes.axhline(limit, color=GREY, linewidth=0.7)
        axes.annotate(f"limit {quantity(limit, 'bytes')}", (1, limit), (-1, 1.5),
                      xycoords=axes.get_yaxis_transform(), textcoords="offset points",
                      ha="right", va="bottom", fontsize=SMALL_PT, color=GREY)


def _memory_scale(axes, run, panels):
    """Room above the curves, and above the limit for its name."""
    highest = 1.0
    for _, cells in panels:
        for _, cell, _ in cells:
            curves = over_time.levels(run, cell, "memory_charged_bytes")
            limit = run.ok(cell)["limit_bytes"].max()
            highest = max([highest, *([1.1 * np.nanmax(curves.values)] if curves else []),
                           *([1.6 * limit] if limit > 0 else [])])
    axes.set_ylim(0, highest)
    canvas.byte_ticks(axes.yaxis, highest)


def _scale(axes, curves):
    """Log when the medians of the curves differ much; from zero otherwise."""
    medians = [np.nanmedian(c.median) for c in curves]
    positive = [m for m in medians if m > 0]
    if positive and max(positive) > LOG_SPAN * min(positive):
        axes.set_yscale("log")
        least = min(np.nanmin(c.median[c.median > 0]) for c in curves if np.any(c.median > 0))
        axes.set_ylim(least * 0.6, max(np.nanmax(c.values) for c in curves) * 1.6)
    else:
        highest = max(np.nanmax(c.values) for c in curves)
        axes.set_ylim(0, highest * 1.05)
    canvas.unit_ticks(axes.yaxis, "1/s")


def _moment_handle(moments):
    """The legend's entry for the dotted lines, if there are any."""
    if not moments:
        return []
    return [Line2D([], [], color=GREY, linewidth=0.8, linestyle=":", label="limit reached")]


def _drawing(run, study, spec, figure, panels, moments, charged):
    shown = [(panel, [(place, cell) for place, cell, _ in cells]) for panel, cells in panels]
    n = timeline.n_of(run, shown)
    how = "thick: median of the trials; thin: single trials"
    filled = "; ".join(f"{levels_text(cell)} after {quantity(seconds * 1e9, 'ns')}"
                       for cell, seconds in moments)
    caption = notes.sentences(
        f"Accesses per second over time{timeline.by(spec)}", how,
        phase_strip.text(study, [cell for _, cells in panels for _, cell, _ in cells]),
        "Below: memory charged to the trial and its limit" if charged else None,
        f"Limit reached (first sample at {over_time.FILLED:.0%} of it, median of the trials): "
        f"{filled}"
        if filled else None,
        timeline.moments_text(run, [cell for _, cells in panels for _, cell, _ in cells]),
        *notes.not_ok(study))
    return Drawing(figure, "ops_per_second", how, caption, n)
