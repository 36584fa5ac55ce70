"""Kind `fault_map`: where and when one trial of each cell faulted, and what was evicted meanwhile."""

import numpy as np
from matplotlib.lines import Line2D

from evictions import load_evictions
from evictions import path_of as evictions_of
from fault_trace import MAJOR, MINOR, load_fault_trace
from fault_trace import path_of as trace_of
from figures import Drawing, NotDrawn, canvas, notes
from load import LoadError
from style import COLOURS, GREY, MARKERS
from words import levels_text, quantity

PAGE = 4096
PANEL_INCHES = 1.75
MANY_POINTS = 50_000       # beyond, points are pixels in the PDF too
GRID = (1400, 700)         # what an eye or a printer can tell apart in a panel
FULL_SIZE, LEAST_SIZE = 1.8, 0.5  # of a mark, in points
HOW = "none: a single trial"
DEARER = "A trace makes each fault dearer: times are longer than in an untraced run"
LAYERS = {"eviction": {"color": GREY, "marker": MARKERS[1], "alpha": 0.45},
          "minor fault": {"color": COLOURS[0], "marker": MARKERS[0]},
          "major fault": {"color": COLOURS[1], "marker": MARKERS[2]}}


class Map:
    """One trial's faults in the mapping that had most of them.

    points     layer -> (seconds, bytes into the file or the mapping)
    inode      of the file; 0: anonymous memory
    name       of the file, or "anonymous memory"
    elsewhere  faults outside that mapping
    """

    def __init__(self, cell, trace):
        self.cell, self.trace = cell, trace
        regions = trace.regions
        # One file may be mapped in many pieces; anonymous memory is one mapping at a time.
        piece = regions["begin"].where(regions["inode"] == 0, regions["inode"])
        kinds = {"minor fault": MINOR, "major fault": MAJOR}
        known = trace.region_of >= 0
        if not known.any():
            raise NotDrawn(f"{trace.path}: no fault lies in a mapping that the trace knows")
        pieces = piece.to_numpy()[trace.region_of]
        names, counts = np.unique(pieces[known], return_counts=True)
        chosen = names[np.argmax(counts)]
        here = known & (pieces == chosen)
        row = regions[piece == chosen].iloc[0]
        self.inode, self.elsewhere = int(row["inode"]), int(np.count_nonzero(~here))
        self.name = row["path"].rpartition("/")[2] or "anonymous memory"
        seconds, offsets, kind = trace.seconds, trace.offsets, trace.records["kind"]
        self.points = {layer: (seconds[here & (kind == number)], offsets[here & (kind == number)])
                       for layer, number in kinds.items()}
        self.end = (trace.window_end_ns - trace.window_begin_ns) / 1e9 \
            if trace.window_end_ns else float(seconds.max())

    def add_evictions(self, ledger):
        """Of the same file only: a ledger of another says nothing here."""
        if ledger.inode != self.inode:
            return
        gone = ledger.records[ledger.deleted]
        pages = np.repeat(gone["page_index"].astype(np.int64), gone["pages"])
        within = np.arange(len(pages)) - np.repeat(np.cumsum(gone["pages"]) - gone["pages"],
                                                   gone["pages"])
        self.points["eviction"] = (np.repeat(ledger.seconds[ledger.deleted], gone["pages"]),
                                   (pages + within) * PAGE)

    def inside(self, layer):
        """Points of the window: what came before it belongs to the preparation."""
        seconds, offsets = self.points.get(layer, (np.empty(0), np.empty(0)))
        kept = (seconds >= 0) & (seconds <= self.end)
        return seconds[kept], offsets[kept]


def draw(run, study, spec):
    maps = maps_of(run)
    columns, width = canvas.columns_for(len(maps))
    figure = canvas.sheet(width)
    rows = -(-len(maps) // columns)
    grid = figure.add_gridspec(rows, columns)
    breaks, shown = 0, set()
    for index, found in enumerate(maps):
        axes = figure.add_subplot(grid[divmod(index, columns)])
        breaks = max(breaks, title(run, axes, found.cell, columns))
        shown |= _panel(axes, found)
        if index % columns == 0 or found.inode == 0 or maps[index - 1].inode == 0:
            axes.set_ylabel("offset in the file" if found.inode else "offset in the memory")
        if index + columns >= len(maps):
            axes.set_xlabel("time in the window (s)")
    handles = [Line2D([], [], linestyle="none", markersize=3.5, markeredgewidth=0, label=layer, **look)
               for layer, look in LAYERS.items() if layer in shown]
    canvas.finish(figure, rows * (PANEL_INCHES + 0.25 + 0.12 * breaks), handles, spec.get("title"))
    return _drawing(run, study, figure, maps)


def maps_of(run):
    """A Map of each cell that has a trace. Raises NotDrawn where none has."""
    maps = [found for panel in canvas.panels(run, set())
            if (found := _map_of(run, canvas.whole_cell(run, panel)))]
    if not maps:
        raise NotDrawn("no ok trial has a complete fault trace: name fault_trace in `probes`")
    return maps


def _map_of(run, cell):
    """Of the cell's first ok trial that has a complete trace, or None."""
    for sequence in run.ok(cell)["sequence"]:
        path = trace_of(run.path, sequence)
        if path is None:
            continue
        ledger = evictions_of(run.path, sequence)
        try:
            trace = load_fault_trace(path)
            if not trace.complete or not len(trace.records):
                continue
            found = Map(cell, trace)
            if ledger is not None:
                found.add_evictions(load_evictions(ledger))
        except LoadError as error:
            raise NotDrawn(str(error)) from error
        return found
    return None


def _panel(axes, found):
    """Draws one map; returns the layers that have points."""
    shown = set()
    top = max((int(offsets.max()) for layer in LAYERS
               if len(offsets := found.inside(layer)[1])), default=0) + PAGE
    total = sum(len(found.inside(layer)[0]) for layer in LAYERS)
    # Faults above evictions, and the rarer kind above the commoner.
    order = sorted(LAYERS, key=lambda layer: (layer != "eviction", -len(found.inside(layer)[0])))
    for layer in order:
        seconds, offsets = found.inside(layer)
        if not len(seconds):
            continue
        shown.add(layer)
        if total > MANY_POINTS:
            seconds, offsets = _distinct(seconds, offsets, found.end, top)
        axes.plot(seconds, offsets, linestyle="none", markeredgewidth=0, markersize=_size(len(found.inside(layer)[0])),
                  rasterized=total > MANY_POINTS, **LAYERS[layer])
    axes.set_xlim(-0.01 * found.end, 1.01 * found.end)
    axes.set_ylim(-0.01 * top, 1.01 * top)
    canvas.byte_ticks(axes.yaxis, top, ticks=4)
    return shown


def _size(points):
    """Smaller marks for more points, so that a full page does not become a block."""
    return float(np.clip(FULL_SIZE * (2000 / max(points, 1)) ** 0.5, LEAST_SIZE, FULL_SIZE))


def _distinct(seconds, offsets, end, top):
    """One point for all that would fall on the same dot."""
    columns, rows = GRID
    x = np.minimum((seconds / end * columns).astype(np.int64), columns - 1)
    y = np.minimum((offsets / top * rows).astype(np.int64), rows - 1)
    dots = np.unique(x * rows + y)
    return (dots // rows + 0.5) * end / columns, (dots % rows + 0.5) * top / rows


def title(run, axes, cell, columns):
    varied = {factor: level for factor, level in cell.items() if len(run.factors[factor]) > 1}
    return canvas.panel_title(axes, varied, 0.86 * axes.figure.get_figwidth() / columns)


def _drawing(run, study, figure, maps):
    caption = notes.sentences(
        "Faults by address and time, in the first traced trial of each cell; a mark is one fault, at "
        "its end", *about(maps), DEARER, *notes.not_ok(study))
    return Drawing(figure, "minor_faults", HOW, caption, n_of(maps))


def about(maps):
    """Of each map: where it is of, what it counts, and what it lacks."""
    for found in maps:
        counts = [quantity(len(found.inside(layer)[0]), "1") + f" {layer}s" for layer in reversed(LAYERS)
                  if len(found.inside(layer)[0])]
        where = levels_text(found.cell) or "the only cell"
        lost = found.trace.lost
        yield (f"{where}: {found.name}, {', '.join(counts)}, {found.elsewhere} elsewhere"
               + (f", {lost} lost by the trace" if lost else ""))


def n_of(maps):
    return [{"cell": found.cell, "n": 1} for found in maps]
