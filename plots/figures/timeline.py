"""What the kinds over time share: columns of axes over one clock, a thin line a trial."""

import numpy as np
from matplotlib.lines import Line2D

import over_time
from figures import canvas, notes
from style import COLUMN_INCHES, GREY, PAGE_INCHES, look
from words import factor_name, quantity

COLUMNS = 4


def cells_by_panel(run, study, spec):
    """Pairs (panel, list of (place in the series, cell)); only cells with an ok trial."""
    series = spec.get("series")
    found = []
    for panel in canvas.panels(run, {series}):
        cells = [(place, canvas.whole_cell(run, panel, {series: level} if series else {}))
                 for place, level in enumerate(canvas.series_levels(run, series))]
        cells = [(place, cell) for place, cell in cells
                 if notes.cell_of(study, cell) and len(run.ok(cell))]
        found.append((panel, cells))
    return found


def axes_grid(n_panels, heights, columns=None):
    """(figure, axes): for each panel the list of its axes, one per entry of `heights` (inches).

    Axes of one panel share the clock, axes of one kind share their scale.
    """
    columns = columns or min(n_panels, COLUMNS)
    width = COLUMN_INCHES if columns <= 2 else PAGE_INCHES
    bands = -(-n_panels // columns)
    figure = canvas.sheet(width)
    grid = figure.add_gridspec(bands * len(heights), columns, height_ratios=list(heights) * bands)
    panels = []
    for index in range(n_panels):
        band, column = divmod(index, columns)
        column_axes = []
        for row in range(len(heights)):
            axes = figure.add_subplot(
                grid[band * len(heights) + row, column],
                sharex=panels[0][0] if panels else (column_axes or [None])[0],
                sharey=panels[0][row] if panels else None)
            axes.tick_params(labelbottom=row == len(heights) - 1, labelleft=column == 0)
            column_axes.append(axes)
        if band == bands - 1 or index + columns >= n_panels:
            column_axes[-1].set_xlabel("time (s)")
        panels.append(column_axes)
    return figure, panels


def title(axes, levels, columns):
    """Writes the panel's title; returns how many line breaks it needed."""
    return canvas.panel_title(axes, levels, 0.86 * axes.figure.get_figwidth() / columns)


def body_inches(n_panels, heights, columns=None, title_breaks=0):
    """Height of the grid, with room for the titles and an axis label in each band."""
    columns = columns or min(n_panels, COLUMNS)
    return -(-n_panels // columns) * (sum(heights) + 0.25 + 0.12 * title_breaks)


def plot(axes, curves, place):
    """The trials as thin lines and their median as a thick one."""
    looks = look(place)
    for values in curves.values:
        axes.plot(curves.t, values, color=looks["color"], linewidth=0.4, alpha=0.3)
    axes.plot(curves.t, curves.median, color=looks["color"], linestyle=looks["linestyle"])


def mark_moments(run, cells, axes):
    """Marks the changes of pressure of these cells in a panel's axes; returns True where there are any.

    A step is a line, a ramp a band from its begin to its end.
    """
    found = [moment for cell in cells for moment in over_time.moments(run, cell)]
    for moment in found:
        for axis in axes:
            axis.axvspan(moment.began, moment.ended, color=GREY, alpha=0.15, linewidth=0)
            axis.axvline(moment.began, color=GREY, linewidth=0.7, linestyle=(0, (4, 2)))
    return bool(found)


def moments_text(run, cells):
    """What the marked changes were, for the caption; None without any."""
    told = dict.fromkeys(
        f"{moment.pressure} to {'none' if np.isnan(moment.value) else quantity(moment.value, 'bytes')} at "
        f"{quantity(moment.began * 1e9, 'ns')}" for cell in cells for moment in over_time.moments(run, cell))
    return f"Dashed: changes of pressure (medians): {'; '.join(told)}" if told else None


def moment_handle(run, cells):
    """The legend's entry for the marked changes, if there are any."""
    if not any(over_time.moments(run, cell) for cell in cells):
        return []
    return [Line2D([], [], color=GREY, linewidth=0.7, linestyle=(0, (4, 2)), label="pressure changes")]


def handles(run, series, places):
    """Legend entries of the series that are drawn; none where there is nothing to tell apart."""
    levels = canvas.series_levels(run, series)
    if len(levels) == 1:
        return []
    return [Line2D([], [], color=look(place)["color"], linestyle=look(place)["linestyle"],
                   label=levels[place]) for place in places]


def no_series(run):
    """Why there is nothing to draw over time."""
    if (run.path / "series").is_dir() and any((run.path / "series").iterdir()):
        return "no ok trial has this metric in its series"
    return "the run has no time series (sample_every was 0, or no trial ran)"


def by(spec):
    """", by engine" where the spec names a series."""
    return f", by {factor_name(spec['series'])}" if spec.get("series") else ""


def n_of(run, panels):
    return [{"cell": cell, "n": len(run.ok(cell))} for _, cells in panels for _, cell in cells]


