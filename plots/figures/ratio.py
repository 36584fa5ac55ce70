"""Kind `ratio`: one level of a factor over another, with bootstrap interval and the line at 1."""

from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from figures import Drawing, NotDrawn, canvas, notes
from load import level_label
from style import FAINT, GREY, SMALL_PT, look
from study.samples import is_missing
from words import digits, factor_name, metric_name

WIDE_SPAN = 2.5  # largest over smallest bound, above which the axis is in powers of two
PANEL_INCHES = 1.7
DODGE = 0.75         # of a group's width, shared by its points
LABEL_INCHES = 0.28  # a point and its label; with less room there is no label


def draw(run, study, spec):
    over, series, x = level_label(spec["over"]), spec["series"], spec["x"]
    levels = [level for level in run.factors[series] if level != over]
    grid = [(panel, _points(run, study, spec, panel, levels))
            for panel in canvas.panels(run, {x, series})]
    kept = [(panel, points) for panel, points in grid
            if not all(is_missing(point["ratio"]) for point in points)]
    if not kept:
        raise NotDrawn(_why_empty(study, spec))
    columns, width = canvas.columns_for(len(kept))
    rows = -(-len(kept) // columns)
    figure = canvas.sheet(width)
    first = None
    for index, (panel, points) in enumerate(kept):
        axes = figure.add_subplot(rows, columns, index + 1, sharey=first)
        first = first or axes
        _panel(axes, run, spec, points, 1 if x == series else len(levels), 0.8 * width / columns)
        canvas.panel_title(axes, panel, 0.8 * width / columns)
        axes.tick_params(labelleft=index % columns == 0)
        if index % columns == 0:
            axes.set_ylabel(_label(spec, levels, over))
        if index >= len(kept) - columns:
            axes.set_xlabel(factor_name(x))
    _scale(first, [point for _, points in kept for point in points
                   if not is_missing(point["ratio"])], study)
    handles = _handles(levels, over) if len(levels) > 1 and x != series else []
    canvas.finish(figure, rows * PANEL_INCHES, handles, spec.get("title"))
    return _drawing(run, study, spec, figure, kept, over)


def _ratios(study, spec):
    """The study's ratios of this figure; they carry the number of its entry in the manifest."""
    return [entry for entry in study["figure_ratios"] if entry["figure"] == spec["number"]]


def _points(run, study, spec, panel, levels):
    """A dict for each ratio of a panel: group (of x), place (of the series), numbers, why none."""
    points = []
    for entry in _ratios(study, spec):
        stratum = entry["stratum"]
        if any(stratum[f] != level for f, level in panel.items()):
            continue
        at = {**stratum, **entry["of"]}
        points.append({**entry, "group": run.factors[spec["x"]].index(at[spec["x"]]),
                       "place": levels.index(at[spec["series"]]),
                       "why": _short_reason(study, entry)})
    return points


def _short_reason(study, entry):
    """The word that stands where a ratio would: the outcome of the side that has no number."""
    cells = [notes.cell_of(study, {**entry["stratum"], **entry[side]}) for side in ("of", "over")]
    bad = [cell for cell in cells if is_missing(cell["metrics"][entry["metric"]])]
    return notes.short_reason(bad[0]) if bad else "no ratio"


def _why_empty(study, spec):
    whys = dict.fromkeys(entry["ratio"]["missing"] for entry in _ratios(study, spec))
    return "; ".join(whys) or f"no two cells differ in {spec['series']} alone"


def _panel(axes, run, spec, points, n_series, inches):
    groups = run.factors[spec["x"]]
    step = DODGE / n_series
    axes.axhline(1, color=GREY, linewidth=0.8, zorder=1)
    for point in points:
        at = point["group"] + (point["place"] % n_series - (n_series - 1) / 2) * step
        looks = look(point["place"])
        if is_missing(point["ratio"]):
            axes.text(at, 0.5, point["why"], rotation=90, ha="center", va="center", color=GREY,
                      fontsize=SMALL_PT, transform=axes.get_xaxis_transform())
            continue
        axes.plot(at, point["ratio"], looks["marker"], color=looks["color"], markersize=3, zorder=2)
        if not is_missing(point["interval"]):
            ends = [[point["ratio"] - point["interval"]["low"]],
                    [point["interval"]["high"] - point["ratio"]]]
            axes.errorbar(at, point["ratio"], ends, color=looks["color"], linewidth=1.1,
                          capsize=3, capthick=0.9, zorder=3)
        if step * inches / len(groups) >= LABEL_INCHES:
            axes.annotate(digits(point["ratio"]), (at, point["ratio"]), xytext=(5, 0),
                          textcoords="offset points", va="center", fontsize=SMALL_PT,
                          bbox={"boxstyle": "square,pad=0", "fc": "white", "ec": "none",
                                "alpha": 0.8})
    canvas.group_labels(axes, groups, inches / len(groups))


def _scale(axes, points, study):
    """Powers of two when the ratios span much; 1 is always in view, the margin of equality too."""
    bounds = [point["interval"].get(end, point["ratio"]) for point in points
              for end in ("low", "high")]
    least, most = min([1, *bounds]), max([1, *bounds])
    margin = study["method"]["equivalence_margin"]
    for panel in axes.figure.axes:
        panel.axhspan(*margin, color=FAINT, alpha=0.35, linewidth=0, zorder=0)
    if least > 0 and most / least > WIDE_SPAN:
        axes.set_yscale("log", base=2)
        room = (most / least) ** 0.08
        axes.set_ylim(least / room, most * room)
        axes.yaxis.set_major_locator(LogLocator(base=2, numticks=8))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        room = max(0.05, 0.12 * (most - least))
        axes.set_ylim(max(0, least - room), most + room)
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"×{value:.4g}"))


def _label(spec, levels, over):
    above = f"{levels[0]} / {over}" if len(levels) == 1 else f"ratio to {over}"
    return f"{metric_name(spec['metric'])},\n{above}"


def _handles(levels, over):
    return [Line2D([], [], color=look(i)["color"], marker=look(i)["marker"], markersize=4,
                   label=f"{level} / {over}") for i, level in enumerate(levels)]


def _drawing(run, study, spec, figure, kept, over):
    metric = spec["metric"]
    points = [point for _, points in kept for point in points if not is_missing(point["ratio"])]
    methods = sorted({point["interval"]["method"] for point in points
                      if "method" in point["interval"]})
    interval = f"{notes.level(study)} interval of the ratio (Hodges-Lehmann), " \
               f"{' or '.join(methods) or 'none: too few trials'}"
    n = [{"cell": {**point["stratum"], **side}, "n": point[key]} for point in points
         for side, key in ((point["of"], "n_of"), (point["over"], "n_over"))]
    caption = notes.sentences(
        f"Ratio of {metric_name(metric)} to that of {factor_name(spec['series'])} {over}",
        notes.better(run, metric), f"Lines: {interval}",
        "Grey band: equal for all that matters (within 3 %)",
        *notes.not_ok(study))
    return Drawing(figure, metric, interval, caption, n)
