"""Kind `fault_heat`: how many faults fell into each box of time and file offset, where single marks would be too many.

A column for each cell, a row for each of minor faults, major faults and evictions that happened; one scale of colour
for all, so that boxes compare across panels.
"""

import math

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from figures import Drawing, NotDrawn, canvas, notes
from figures.fault_map import DEARER, HOW, PAGE, about, maps_of, n_of, title
from style import COLUMN_INCHES, GREY, PAGE_INCHES, SMALL_PT
from words import quantity

PANEL_INCHES = 0.95
BOXES = (80, 48)  # at most, across and up: as many as a panel of two inches can show
ROWS = ("minor fault", "major fault", "eviction")
# From light to dark throughout, so that it reads in grey and by those who see no red or no green.
COUNTS = LinearSegmentedColormap.from_list("counts", ("#FFF3B8", "#F4A05A", "#B8395E", "#3B0F55"))


def draw(run, study, spec):
    maps = maps_of(run)
    rows = [layer for layer in ROWS if any(len(found.inside(layer)[0]) for found in maps)]
    if not rows:
        raise NotDrawn("no fault and no eviction lies in the window")
    columns = canvas.page_columns(len(maps))
    bands = -(-len(maps) // columns)
    boxes = [_boxes(found) for found in maps]
    counts = {(index, layer): _counts(found, layer, *boxes[index])
              for index, found in enumerate(maps) for layer in rows}
    scale = LogNorm(1, max(2, max(int(held.max()) for held in counts.values())))
    figure = canvas.sheet(COLUMN_INCHES if columns == 1 else PAGE_INCHES)
    grid = figure.add_gridspec(bands * len(rows), columns)
    alike = len({edges[-1] for _, edges in boxes}) == 1
    breaks, every = 0, []
    for index, found in enumerate(maps):
        band, column = divmod(index, columns)
        for row, layer in enumerate(rows):
            axes = figure.add_subplot(grid[band * len(rows) + row, column])
            every.append(axes)
            image = _panel(axes, counts[index, layer], boxes[index], scale)
            axes.tick_params(labelbottom=row == len(rows) - 1, labelleft=column == 0 or not alike)
            if column == 0:
                axes.set_ylabel(f"{layer}s:\noffset in the {'file' if found.inode else 'memory'}")
            if row == len(rows) - 1 and index + columns >= len(maps):
                axes.set_xlabel("time in the window (s)")
            if row == 0:
                breaks = max(breaks, title(run, axes, found.cell, columns))
    _bar(figure, image, every[:columns * len(rows)])
    body = bands * (len(rows) * PANEL_INCHES + 0.25 + 0.12 * breaks)
    canvas.finish(figure, body, [], spec.get("title"))
    return _drawing(study, figure, maps, boxes)


def _boxes(found):
    """Edges in seconds and in bytes, at round numbers: a box is 1, 2 or 5 times a power of ten, and of two."""
    tops = [int(offsets.max()) for layer in ROWS if len(offsets := found.inside(layer)[1])]
    top = max(tops, default=0) + PAGE
    step = _round_up(max(found.end, 1e-6) / BOXES[0])
    height = max(PAGE, 2 ** math.ceil(math.log2(top / BOXES[1])))
    return np.arange(0, found.end + step, step), np.arange(0, top + height, height)


def _round_up(value):
    """The next of 1, 2, 5, 10, ... times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))


def _counts(found, layer, seconds, offsets):
    """How many of a layer's events fell into each box, time first."""
    counts, _, _ = np.histogram2d(*found.inside(layer), bins=(seconds, offsets))
    return counts


def _panel(axes, counts, boxes, scale):
    image = axes.pcolormesh(*boxes, np.ma.masked_equal(counts.T, 0), cmap=COUNTS, norm=scale, rasterized=True)
    axes.grid(False)
    axes.set_xlim(0, boxes[0][-1])
    axes.set_ylim(0, boxes[1][-1])
    canvas.byte_ticks(axes.yaxis, boxes[1][-1], ticks=4)
    if not counts.any():
        axes.text(0.5, 0.5, "none", ha="center", va="center", fontsize=SMALL_PT, color=GREY, transform=axes.transAxes)
    return image


def _bar(figure, image, every):
    bar = figure.colorbar(image, ax=every, pad=0.02, aspect=30, fraction=0.05)
    bar.set_label("events in a box")
    bar.outline.set_linewidth(0.4)
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if image.norm.vmax < 200 else (1,)))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    canvas.unit_ticks(bar.ax.yaxis, "1")


def _drawing(study, figure, maps, boxes):
    sizes = dict.fromkeys(f"{quantity((seconds[1] - seconds[0]) * 1e9, 'ns')} by {quantity(offsets[1], 'bytes')}"
                          for seconds, offsets in boxes)
    caption = notes.sentences(
        f"How many faults and evictions fell into each box of {' or '.join(sizes)}, in the first traced trial of each "
        "cell; white: none", *about(maps), DEARER, *notes.not_ok(study))
    return Drawing(figure, "minor_faults", HOW, caption, n_of(maps))
