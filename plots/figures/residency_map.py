"""Kind `residency_map`: which parts of the file are in memory over time, and what leaves it.

One trial a cell: the average of several maps would be the map of none.
"""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from evictions import KERNEL_THREAD, OTHER_PROCESS, TRIAL, load_evictions, path_of
from figures import Drawing, NotDrawn, canvas, notes
from style import COLOURS, COLUMN_INCHES, GREY, PAGE_INCHES, SMALL_PT
from words import quantity

PAGE_BYTES = 4096
MAP_INCHES, LINE_INCHES = 1.15, 0.42
COLUMNS = 3
STEPS = 60
SHARES = LinearSegmentedColormap.from_list("resident", ("#FFFFFF", "#9DBBD8", COLOURS[0], "#16324F"))
EVERYBODY = (TRIAL, KERNEL_THREAD, OTHER_PROCESS)
TAKERS = ((EVERYBODY, COLOURS[1], "-", "evicted pages"),
          ((KERNEL_THREAD,), GREY, "--", "of these, by kernel threads"))


def draw(run, study, spec):
    shown = [(panel, found) for panel in canvas.panels(run, set())
             if (found := _trial(run, study, panel))]
    if not shown:
        raise NotDrawn("no ok trial has a residency map; name residency_map in the config's probes, "
                       "with a sample_every")
    takers = [taker for taker in TAKERS if any(_moves(found, taker[0]) for _, found in shown)]
    heights = [MAP_INCHES] + ([LINE_INCHES] if takers else [])
    columns = min(len(shown), COLUMNS)
    figure = canvas.sheet(COLUMN_INCHES if columns == 1 else PAGE_INCHES)
    bands = -(-len(shown) // columns)
    grid = figure.add_gridspec(bands * len(heights), columns, height_ratios=heights * bands)
    breaks, first = 0, None
    for index, (panel, found) in enumerate(shown):
        band, column = divmod(index, columns)
        cells = [grid[band * len(heights) + row, column] for row in range(len(heights))]
        axes = _axes(figure, cells, first)
        first = first or axes
        breaks = max(breaks, canvas.panel_title(axes[0], panel, 0.8 * figure.get_figwidth() / columns))
        _map(axes[0], found)
        if takers:
            _lines(axes[1], found, takers)
        _labels(axes, column == 0, index + columns >= len(shown), bool(takers))
    most = max((found[1].first[-1] + found[1].pages[-1]) * PAGE_BYTES for _, found in shown)
    first[0].set_ylim(0, most)
    canvas.byte_ticks(first[0].yaxis, most, ticks=4)
    body = bands * (sum(heights) + 0.3 + 0.12 * breaks)
    canvas.finish(figure, body, _handles(takers), spec.get("title"))
    return _drawing(study, figure, shown, takers)


def _trial(run, study, panel):
    """The first ok trial of the panel's cell with a map: (cell, its map, its ledger, its row), or None."""
    cell = canvas.whole_cell(run, panel)
    if notes.cell_of(study, cell) is None:
        return None
    for _, trial in run.ok(cell).iterrows():
        found = run.residency_map(trial["sequence"])
        if found is not None and len(found.t) > 1:
            return cell, found, _ledger(run, trial), trial
    return None


def _ledger(run, trial):
    """What left during the trial, by the moment; None where the trial has no balanced ledger."""
    path = path_of(run.path, trial["sequence"])
    if path is None or np.isnan(trial.get("evicted_pages@page_cache", np.nan)):
        return None
    return load_evictions(path)


def _rate(found, by):
    """(edges in s, pages per second between them) of what those in `by` took, or None without a ledger."""
    _, residency, ledger, _ = found
    if ledger is None:
        return None
    edges = np.linspace(0, residency.t[-1], STEPS + 1)
    taken = ledger.deleted & np.isin(ledger.records["by"], by)
    pages, _ = np.histogram(ledger.seconds[taken], edges, weights=ledger.records["pages"][taken])
    return edges, pages / np.diff(edges)


def _moves(found, by):
    rate = _rate(found, by)
    return rate is not None and rate[1].max() > 0


def _axes(figure, cells, first):
    """The axes of a panel; all maps share their offsets. Clocks and rates differ too much for that."""
    axes = [figure.add_subplot(cells[0], sharey=first[0] if first else None)]
    if len(cells) > 1:
        axes.append(figure.add_subplot(cells[1], sharex=axes[0]))
    return axes


def _map(axes, found):
    residency = found[1]
    t = residency.t
    # A sample stands from half-way after the one before to half-way before the next.
    edges = np.concatenate([[0], (t[1:] + t[:-1]) / 2, [t[-1]]])
    offsets = np.append(residency.first, residency.first[-1] + residency.pages[-1]) * PAGE_BYTES
    shares = (residency.resident / residency.pages).T
    axes.pcolormesh(edges, offsets, shares, cmap=SHARES, vmin=0, vmax=1, rasterized=True)
    axes.grid(False)
    axes.set_xlim(0, edges[-1])
    axes.set_ylim(0, offsets[-1])


def _lines(axes, found, takers):
    for by, colour, line, _ in takers:
        rate = _rate(found, by)
        if rate is not None:
            axes.stairs(rate[1], rate[0], color=colour, linestyle=line, linewidth=0.9, baseline=None)
    rate = _rate(found, EVERYBODY)
    axes.set_ylim(0, 1.6 * max(1, rate[1].max() if rate else 1))
    axes.yaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
    canvas.unit_ticks(axes.yaxis, "1/s")
    total = found[3]["evicted_pages@page_cache"]
    if not np.isnan(total):
        axes.annotate(f"{quantity(total, 'pages')} pages evicted", (1, 1), (-2, -1), ha="right", va="top",
                      xycoords="axes fraction", textcoords="offset points", fontsize=SMALL_PT,
                      color=GREY)


def _labels(axes, leftmost, lowest, with_lines):
    axes[0].tick_params(labelleft=leftmost)
    if leftmost:
        axes[0].set_ylabel("offset in the file")
        if with_lines:
            axes[1].set_ylabel("evicted\npages/s")
    if with_lines:
        axes[0].tick_params(labelbottom=False)
    if lowest:
        axes[-1].set_xlabel("time (s)")


def _handles(takers):
    shares = [Patch(facecolor=SHARES(share), edgecolor=GREY, linewidth=0.4, label=label)
              for share, label in ((0.0, "not in memory"), (0.5, "half of it"), (1.0, "in memory"))]
    lines = [Line2D([], [], color=colour, linestyle=line, linewidth=0.9, label=label)
             for _, colour, line, label in takers]
    return shares + (lines if len(takers) > 1 else [])


def _drawing(study, figure, shown, takers):
    residency = shown[0][1][1]
    how = "one trial of each cell, the first that is ok"
    caption = notes.sentences(
        f"Share of each of {len(residency.first)} parts of the file that is in memory, over time",
        f"Shown is {how}; each panel has its own clock and rate",
        "Below: evicted pages per second, from the page-cache tracepoints" if takers else
        "Nothing was evicted, or there is no eviction ledger",
        *notes.not_ok(study))
    n = [{"cell": found[0], "n": 1} for _, found in shown]
    return Drawing(figure, "resident_pages", f"none: {how}", caption, n)
