"""Kind `latency_by_class`: how many accesses of each class took longer, and who took the time."""

import math

import numpy as np
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter

from figures import Drawing, NotDrawn, canvas, notes, timeline
from histogram import merged
from model.trial import Unknown, resolved
from style import GREY, SMALL_PT, look
from study.latency import CLASSES, FACTOR
from study.samples import is_missing
from words import levels_text

HEIGHTS = (1.15, 0.2)
HARNESS = "harness"
HARNESS_COLOUR = "#DDDDDD"
# Paul Tol's "bright" scheme, and his "muted" one for the rarer classes.
CLASS_COLOURS = {"hit": "#4477AA", "major": "#EE6677", "minor": "#228833", "blocked_minor": "#AA3377",
                 "hugepage": "#CCBB44", "zero_fill": "#66CCEE", "unclassified": "#999999",
                 "cow": "#999933", "blocked": "#882255", "write_protect": "#44AA99", "any": "#222222",
                 "swap_cache": "#117733", "zero_page": "#77AADD", "zero_swap_in": "#88CCEE", "zram_swap_in": "#332288",
                 "zswap_swap_in": "#DDCC77", "device_swap_in": "#CC6677", "queued": "#DDAA33"}
LEAST_SHARE = 0.08  # of the bar's width, for a label inside


def draw(run, study, spec):
    kept = timed_cells(run, study)
    if not kept:
        whys = dict.fromkeys(cell["latency"]["missing"] for cell in study["cells"]
                             if "latency" in cell and is_missing(cell["latency"]))
        raise NotDrawn("; ".join(whys) or "no accesses were timed")
    columns = min(len(kept), 3)
    figure = canvas.sheet(timeline.COLUMN_INCHES if columns < 2 else timeline.PAGE_INCHES)
    bands = -(-len(kept) // columns)
    grid = figure.add_gridspec(2 * bands, columns, height_ratios=HEIGHTS * bands)
    first, breaks = None, 0
    for index, (levels, cell) in enumerate(kept):
        band, column = divmod(index, columns)
        curves = figure.add_subplot(grid[2 * band, column], sharex=first, sharey=first)
        first = first or curves
        _curves(curves, merged(run.histograms(s) for s in timed_trials(run, cell["cell"])))
        bar = figure.add_subplot(grid[2 * band + 1, column])
        _shares(bar, cell["latency"], last=index + columns >= len(kept))
        breaks = max(breaks, canvas.panel_title(curves, levels, 0.8 * figure.get_figwidth() / columns))
        curves.tick_params(labelleft=column == 0)
        if column == 0:
            curves.set_ylabel("accesses that\ntook longer")
    _scale(first)
    body = bands * (sum(HEIGHTS) + 0.62 + 0.12 * breaks)
    canvas.finish(figure, body, _handles(kept), spec.get("title"))
    return _drawing(run, study, figure, kept)


def timed_cells(run, study):
    """Pairs (levels that are worth naming, entry of the study) of the cells that were timed."""
    found = []
    for entry in study["cells"]:
        if not is_missing(entry.get("latency", {"missing": ""})):
            modes = {e["latency"]["mode"] for e in study["cells"] if not is_missing(e["latency"])}
            found.append(({factor: level for factor, level in entry["cell"].items()
                           if len(run.factors[factor]) > 1 and (factor != FACTOR or len(modes) > 1)},
                          entry))
    return found


def timed_trials(run, cell):
    return [sequence for sequence in run.ok(cell)["sequence"] if run.histograms(sequence)]


def loop_words(run, cells):
    """How accesses came: after the one before, or when they were due."""
    rates = []
    for cell in cells:
        try:
            rates.append(resolved(run.manifest["config"], cell)["workload"].get("arrivals_per_second"))
        except Unknown:
            rates.append(None)
    if not any(rates):
        return "Closed loop"
    return "Open loop: times count from when an access was due" if all(rates) else \
        "Open loop where accesses have a rate, their times from when they were due; else closed"


def _curves(axes, classes):
    """For each class, the count of its accesses above each value: falls from all to the last one."""
    for name, histogram in classes.items():
        values, seen = map(np.array, zip(*histogram.cumulative()))
        above = histogram.count - np.concatenate([[0], seen[:-1]])
        looks = class_look(name)
        axes.step([max(histogram.least, 1), *values], [histogram.count, *above], where="pre",
                  color=looks["color"], linestyle=looks["linestyle"], linewidth=1.1)
        axes.plot(values[-1], above[-1], looks["marker"], color=looks["color"], markersize=2.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(axis="x")


def class_look(name):
    """Colour, marker, hatch and line style of a class, the same in every figure."""
    place = list(CLASS_COLOURS).index(name)
    # The other signs repeat after seven; neighbours in this list do not meet in one engine.
    return {**look(place), "color": CLASS_COLOURS[name]}


def _shares(axes, latency, last):
    """A bar of the threads' time, cut by class."""
    parts = [(name, row["share"]) for name, row in latency["classes"].items()]
    if not is_missing(latency["harness_share"]):
        parts.append((HARNESS, latency["harness_share"]))
    left = 0
    for name, share in parts:
        colour = HARNESS_COLOUR if name == HARNESS else class_look(name)["color"]
        hatch = "" if name == HARNESS else class_look(name)["hatch"]
        axes.barh(0, share, 1, left, color=colour, hatch=hatch, edgecolor="white", linewidth=0,
                  alpha=0.8)
        if share >= LEAST_SHARE:
            axes.text(left + share / 2, 0, _percent(share), ha="center", va="center",
                      fontsize=SMALL_PT, color="black",
                      bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7})
        left += share
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.5, 0.5)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if last:
        axes.set_xlabel("share of the threads' time", color=GREY)


def _percent(share):
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"


def _scale(axes):
    axes.set_ylim(0.7, None)
    time_scale(axes)
    canvas.unit_ticks(axes.yaxis, "1")


def time_scale(axes):
    """A logarithmic horizontal axis of times, from decade to decade."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.set_xlim(10 ** math.floor(math.log10(low) + 0.05), 10 ** math.ceil(math.log10(high) - 0.05))
    # Every second decade has a label; more do not fit.
    axes.xaxis.set_major_locator(LogLocator(base=100, numticks=12))
    axes.xaxis.set_minor_locator(LogLocator(base=10, numticks=20))
    axes.xaxis.set_minor_formatter(NullFormatter())
    canvas.unit_ticks(axes.xaxis, "ns")


def _handles(kept):
    met = [name for name in CLASSES if any(name in cell["latency"]["classes"] for _, cell in kept)]
    handles = [Patch(facecolor=class_look(name)["color"], hatch=class_look(name)["hatch"],
                     edgecolor="white", linewidth=0, alpha=0.8, label=name.replace("_", " "))
               for name in met]
    if any(not is_missing(cell["latency"]["harness_share"]) for _, cell in kept):
        handles.append(Patch(facecolor=HARNESS_COLOUR, label="between accesses"))
    return handles


def _drawing(run, study, figure, kept):
    absent = [f"{levels_text(cell['cell'])}: {cell['latency']['missing']}" for cell in study["cells"]
              if is_missing(cell["latency"]) and cell["cell"].get(FACTOR, "off") != "off"]
    how = "none: every timed access is in the histogram"
    caption = notes.sentences(
        "Latency of single accesses by fault class, all trials of a cell together: how many took "
        "longer than the time below, and what share of the threads' time each class took",
        "A mark ends each curve at the longest access", loop_words(run, [cell["cell"] for _, cell in kept]), *absent)
    n = [{"cell": cell["cell"], "n": cell["latency"]["trials"]} for _, cell in kept]
    return Drawing(figure, "latency", how, caption, n)
