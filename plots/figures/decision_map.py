"""Kind `decision_map`: one level of a factor against each other level, over two further factors.

A panel for each other level. Colour and number: how many times as good the level `over` is. Hatched: the interval
holds 1. A heavy line runs where the winner changes; beside it a dashed one where the run's cost model, if it has one,
says that it changes.
"""

import math

from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from figures import Drawing, NotDrawn, canvas, notes
from load import level_label
from model import pace
from style import GREY, PAGE_INCHES, SMALL_PT
from study.samples import is_missing
from words import digits, factor_name, metric_name

ROW_INCHES = 0.3
PANEL_EXTRA_INCHES = 0.75  # title, tick labels, the axis's name
MOST_COLUMNS = 3
LARGEST = 3  # powers of two, at which the colours end
WINS, LOSES = "#4477AA", "#EE6677"
PREDICTED = {"color": "#117733", "linewidth": 1.4, "linestyle": (0, (2, 1.5))}
ASIDE = 0.06  # of a cell: how far a predicted border lies from a measured one
COLOURS = LinearSegmentedColormap.from_list("decision", [LOSES, "#FFFFFF", WINS])


def draw(run, study, spec):
    over, series = level_label(spec["over"]), spec["series"]
    rivals = [level for level in run.factors[series] if level != over]
    panels = canvas.panels(run, {spec["x"], spec["y"], series})
    paces = pace.paces(run) if spec["metric"] == pace.METRIC else {}
    grid = [(rival, panel, _cells(run, study, spec, rival, panel, paces)) for panel in panels for rival in rivals]
    kept = [entry for entry in grid if any("ratio" in cell for cell in entry[2].values())]
    if not kept:
        raise NotDrawn(notes.why_empty(run, spec["metric"]))
    columns = min(len(kept), MOST_COLUMNS)
    rows = -(-len(kept) // columns)
    figure = canvas.sheet(PAGE_INCHES)
    for index, (rival, panel, cells) in enumerate(kept):
        axes = figure.add_subplot(rows, columns, index + 1)
        _panel(axes, run, spec, cells)
        canvas.panel_title(axes, {**panel, f"{over} over": rival}, 0.8 * PAGE_INCHES / columns)
        axes.tick_params(labelleft=index % columns == 0)
        if index % columns == 0:
            axes.set_ylabel(factor_name(spec["y"]))
        if index >= len(kept) - columns:
            axes.set_xlabel(factor_name(spec["x"]))
    body = rows * (len(run.factors[spec["y"]]) * ROW_INCHES + PANEL_EXTRA_INCHES)
    predicted = any("predicted" in cell for _, _, cells in kept for cell in cells.values())
    canvas.finish(figure, body, _handles(over, predicted), spec.get("title"))
    return _drawing(run, study, spec, figure, kept, over)


def _cells(run, study, spec, rival, panel, paces=None):
    """{(x, y): {ratio, certain, entry} or {why}}: how many times as good `over` is as the rival; with `predicted`,
    the same by the run's cost model, where it has both."""
    lower = run.metrics.get(spec["metric"], {}).get("better") == "lower"
    cells = {}
    for entry in study["figure_ratios"]:
        stratum = entry["stratum"]
        if entry["figure"] != spec["number"] or entry["of"][spec["series"]] != rival:
            continue
        if any(stratum[factor] != level for factor, level in panel.items()):
            continue
        at = (run.factors[spec["x"]].index(stratum[spec["x"]]), run.factors[spec["y"]].index(stratum[spec["y"]]))
        cells[at] = _cell(study, entry, lower)
        sides = [(paces or {}).get(pace.key(run, {**stratum, **entry[side]})) for side in ("over", "of")]
        if "ratio" in cells[at] and all(sides):
            cells[at]["predicted"] = sides[0] / sides[1]
    return cells


def _cell(study, entry, lower):
    """The study has the rival over the level; for a metric of which less is better that is how good the level is."""
    if is_missing(entry["ratio"]) or entry["ratio"] <= 0:
        sides = [notes.cell_of(study, {**entry["stratum"], **entry[side]}) for side in ("of", "over")]
        bad = [cell for cell in sides if is_missing(cell["metrics"][entry["metric"]])]
        return {"why": notes.short_reason(bad[0]) if bad else "no ratio"}
    interval = entry["interval"]
    low, high = (None, None) if is_missing(interval) else (interval["low"], interval["high"])
    ratio = entry["ratio"]
    if not lower:
        ratio = 1 / ratio
        low, high = (None, None) if low is None or low <= 0 else (1 / high, 1 / low)
    return {"ratio": ratio, "certain": low is not None and (low > 1 or high < 1), "entry": entry}


def _panel(axes, run, spec, cells):
    columns, rows = len(run.factors[spec["x"]]), len(run.factors[spec["y"]])
    scale = Normalize(-LARGEST, LARGEST)
    for (x, y), cell in cells.items():
        known = "ratio" in cell
        colour = COLOURS(scale(math.log2(cell["ratio"]))) if known else "white"
        hatch = None if not known or cell["certain"] else "////"
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="#BBBBBB", hatch=hatch,
                                 linewidth=0))
        axes.text(x, y, f"×{digits(cell['ratio'], 2)}" if known else cell["why"], ha="center", va="center",
                  fontsize=SMALL_PT, color="black" if known else GREY,
                  bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7})
    _borders(axes, cells, "ratio", 0, color="black", linewidth=1.6, solid_capstyle="butt")
    _borders(axes, cells, "predicted", ASIDE, **PREDICTED)
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(-0.5, rows - 0.5)
    axes.grid(False)
    axes.set_xticks(range(columns), run.factors[spec["x"]], rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(rows), run.factors[spec["y"]])


def _borders(axes, cells, what, aside, **line):
    """A line between each two neighbours of which `what` says that other levels win, so far beside the border."""
    for (x, y), cell in cells.items():
        if _changes(cell, cells.get((x + 1, y)), what):
            axes.plot([x + 0.5 + aside] * 2, [y - 0.5, y + 0.5], **line)
        if _changes(cell, cells.get((x, y + 1)), what):
            axes.plot([x - 0.5, x + 0.5], [y + 0.5 + aside] * 2, **line)


def _changes(cell, neighbour, what="ratio"):
    """Do two neighbours have other winners? Two of which neither is certain have none to change."""
    if neighbour is None or what not in cell or what not in neighbour:
        return False
    if what == "ratio" and not (cell["certain"] or neighbour["certain"]):
        return False
    return (cell[what] > 1) != (neighbour[what] > 1)


def _handles(over, predicted):
    handles = [Patch(facecolor=WINS, label=f"{over} is better"), Patch(facecolor=LOSES, label="the other is better"),
               Patch(facecolor="white", edgecolor="#BBBBBB", hatch="////", label="not certain")]
    return handles + [Line2D([], [], label="predicted border", **PREDICTED)] if predicted else handles


def _prediction(kept):
    """A sentence on the price list's answers, or None where it has none."""
    both = [cell for _, _, cells in kept for cell in cells.values() if "predicted" in cell]
    if not both:
        return None
    same = sum((cell["predicted"] > 1) == (cell["ratio"] > 1) for cell in both)
    return (f"Dashed: where the price list's predictions, prices times what each trial counted, change winners; they name the measured winner in {same} of "
            f"the {len(both)} cells of which it predicts both sides")


def _drawing(run, study, spec, figure, kept, over):
    entries = [cell["entry"] for _, _, cells in kept for cell in cells.values() if "entry" in cell]
    interval = f"{notes.level(study)} interval of the ratio (Hodges-Lehmann); hatched where it holds 1"
    n = [{"cell": {**entry["stratum"], **side}, "n": entry[key]} for entry in entries
         for side, key in ((entry["of"], "n_of"), (entry["over"], "n_over"))]
    caption = notes.sentences(
        f"How many times as good {factor_name(spec['series'])} {over} is as each other one, by "
        f"{metric_name(spec['metric'])}", notes.better(run, spec["metric"]),
        "A heavy line runs where the winner changes", f"Hatched: the {notes.level(study)} interval holds 1",
        _prediction(kept), *notes.not_ok(study))
    return Drawing(figure, spec["metric"], interval, caption, n)
