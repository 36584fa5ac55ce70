"""Kind `bars`: the median of a metric by one factor and series, every trial as a faint dot."""

import numpy as np
from matplotlib.patches import Patch

from figures import Drawing, NotDrawn, canvas, notes
from style import GREY, PAGE_INCHES, SMALL_PT, look
from words import factor_name, level_name, metric_name

LOG_SPAN = 30
PANEL_INCHES = 1.75
LABEL_GAP_INCHES = 0.05  # between the labels of neighbouring bars
AXES_INCHES = 1.1  # of a panel, without its title and labels
GROUP_WIDTH = 0.8
LABEL_LINES = 1.1  # of an upright label's line: its ascent and descent, and a little air


def draw(run, study, spec):
    metric, x, series = spec["metric"], spec["x"], spec["series"]
    grid = [(levels, _bars(run, study, spec, levels)) for levels in canvas.panels(run, {x, series})]
    kept = [(levels, bars) for levels, bars in grid if any("median" in bar for bar in bars)]
    if not kept:
        raise NotDrawn(notes.why_empty(run, metric))
    columns, width = _grid(run, x, series, len(kept))
    rows = -(-len(kept) // columns)
    figure = canvas.sheet(width)
    log = _spans([bar["median"] for _, bars in kept for bar in bars if "median" in bar])
    first, labels = None, []
    for index, (levels, bars) in enumerate(kept):
        axes = figure.add_subplot(rows, columns, index + 1, sharey=first)
        first = first or axes
        labels += _panel(axes, run, spec, bars, log, width / columns)
        canvas.panel_title(axes, levels, 0.8 * width / columns)
        axes.tick_params(labelleft=index % columns == 0)
        if index % columns == 0:
            axes.set_ylabel(metric_name(metric))
        if index >= len(kept) - columns:
            axes.set_xlabel(factor_name(x))
    _headroom(first, kept, log, max(labels))
    _ticks(first, run.metrics[metric]["unit"], log)
    canvas.finish(figure, rows * PANEL_INCHES, _handles(run, x, series), spec.get("title"))
    return _drawing(run, study, spec, figure, kept, log)


def _grid(run, x, series, n_panels):
    """(columns, width in inches): both columns of a page where the labels of neighbours would not fit upright."""
    columns, width = canvas.columns_for(n_panels)
    bar_inches = _bar_inches(width / columns, len(run.factors[x]), _n_places(run, x, series))
    return columns, PAGE_INCHES if bar_inches < LABEL_LINES * SMALL_PT / 72 else width


def _n_places(run, x, series):
    """Bars a group: a factor that is both x and series has one."""
    return 1 if x == series else len(run.factors[series])


def _bar_inches(panel_inches, n_groups, n_places):
    """The width of a bar and its gap."""
    return 0.78 * panel_inches / n_groups * GROUP_WIDTH / n_places


def _bars(run, study, spec, panel):
    """A dict for each bar of a panel: its group, its place in it, its numbers or why none."""
    x, series, metric = spec["x"], spec["series"], spec["metric"]
    bars = []
    for group, x_level in enumerate(run.factors[x]):
        for place, level in enumerate(run.factors[series]):
            if x == series and level != x_level:
                continue
            cell = canvas.whole_cell(run, panel, {x: x_level, series: level})
            found = notes.cell_of(study, cell)
            if found is None:
                continue
            bar = {"group": group, "place": place, "cell": cell}
            numbers = found["metrics"][metric]
            if "missing" in numbers:
                bar["why"] = notes.short_reason(found)
            else:
                bar.update(numbers, dots=run.ok(cell)[metric].dropna().to_numpy())
            bars.append(bar)
    return bars


def _spans(medians):
    """Is a log axis needed? Zeros have no place on it and are written at its foot."""
    positive = [median for median in medians if median > 0]
    return bool(positive) and min(medians) >= 0 and max(positive) > LOG_SPAN * min(positive)


def _panel(axes, run, spec, bars, log, inches):
    """Draws one panel; returns the heights of the bars' labels in inches."""
    groups = run.factors[spec["x"]]
    n_places = _n_places(run, spec["x"], spec["series"])
    width = GROUP_WIDTH / n_places
    bar_inches = _bar_inches(inches, len(groups), n_places)
    labels = []
    if log:
        axes.set_yscale("log")
    for bar in bars:
        at = bar["group"] + (bar["place"] % n_places - (n_places - 1) / 2) * width
        if "median" in bar:
            unit = run.metrics[spec["metric"]]["unit"]
            labels.append(_bar(axes, bar, at, width, unit, bar_inches, log))
        else:
            axes.text(at, 0.03, bar["why"], rotation=90, ha="center", va="bottom", color=GREY,
                      fontsize=SMALL_PT, transform=axes.get_xaxis_transform())
    canvas.group_labels(axes, groups, 0.8 * inches / len(groups))
    return labels


def _bar(axes, bar, at, width, unit, inches, log):
    """Draws one bar with its dots, whiskers and label; returns the label's height in inches."""
    looks = look(bar["place"])
    if not (log and bar["median"] == 0):
        axes.bar(at, bar["median"], width * 0.92, color=looks["color"], alpha=0.75,
                 hatch=looks["hatch"], edgecolor="white", linewidth=0)
    spread = np.linspace(-0.3, 0.3, len(bar["dots"])) * width if len(bar["dots"]) > 1 else [0]
    axes.plot(at + np.asarray(spread), bar["dots"], "o", markersize=1.6, markeredgewidth=0,
              color="black", alpha=0.3, zorder=3)
    if "missing" not in bar["interval"]:
        low, high = bar["interval"]["low"], bar["interval"]["high"]
        axes.errorbar(at, bar["median"], [[bar["median"] - low], [high - bar["median"]]],
                      color="black", linewidth=0.9, capsize=2, capthick=0.9, zorder=4)
    text, upright = _value_label(bar["median"], unit, inches)
    # Above everything; a zero on a log axis has its label at the foot, where its bar would begin.
    place, transform = (0, axes.get_xaxis_transform()) if log and bar["median"] == 0 else (_top(bar), "data")
    axes.annotate(text, (at, place), xytext=(0, 2.5), textcoords="offset points",
                  xycoords=transform, ha="center", va="bottom", fontsize=SMALL_PT,
                  rotation=90 if upright else 0,
                  bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7})
    return _label_inches(text) if upright else SMALL_PT / 72


def _value_label(value, unit, inches):
    """(text, upright): three digits or two if they fit over the bar, else three set upright."""
    for significant in (3, 2):
        text = canvas.label(value, unit, significant)
        if _label_inches(text) + LABEL_GAP_INCHES <= inches:
            return text, False
    return canvas.label(value, unit), True


def _label_inches(text):
    narrow = text.count(canvas.THIN_SPACE) + text.count(".")
    return (len(text) - narrow / 2) * canvas.CHARACTER_INCHES * SMALL_PT / 7


def _top(bar):
    """The highest thing drawn for a bar."""
    high = bar["interval"].get("high", bar["median"])
    return max(bar["max"], high, bar["median"])


def _headroom(axes, kept, log, label_inches):
    """Room above the highest bar for its label, and bars that start at 0 or a power of ten."""
    share = 1 / (1 - (label_inches + 0.1) / AXES_INCHES)
    bars = [bar for _, bars in kept for bar in bars if "median" in bar]
    top = max(_top(bar) for bar in bars)
    if log:
        least = min(value for bar in bars for value in (bar["min"], bar["median"]) if value > 0)
        foot = 10 ** np.floor(np.log10(least) - 0.3)
        axes.set_ylim(foot, foot * (top / foot) ** share)
    else:
        axes.set_ylim(min(0, min(bar["min"] for bar in bars)) * 1.1, top * share or 1)


def _ticks(axes, unit, log):
    if unit != "bytes":
        canvas.unit_ticks(axes.yaxis, unit)
    elif log:
        canvas.log_byte_ticks(axes.yaxis)
    else:
        canvas.byte_ticks(axes.yaxis, axes.get_ylim()[1], ticks=4)


def _handles(run, x, series):
    if x == series or len(run.factors[series]) == 1:
        return []
    return [Patch(facecolor=look(i)["color"], hatch=look(i)["hatch"], edgecolor="white",
                  linewidth=0, alpha=0.75, label=level_name(series, level))
            for i, level in enumerate(run.factors[series])]


def _drawing(run, study, spec, figure, kept, log):
    metric = spec["metric"]
    by = " and ".join(dict.fromkeys(factor_name(spec[key]) for key in ("x", "series")))
    bars = [bar for _, bars in kept for bar in bars]
    interval = f"{notes.level(study)} interval of the median, order statistics"
    caption = notes.sentences(
        f"Median {metric_name(metric)} by {by}",
        notes.better(run, metric), f"Whiskers: {interval}", "dots: single trials",
        "Logarithmic axis, zeros at its foot" if log else None,
        *notes.not_ok(study))
    n = [{"cell": bar["cell"], "n": bar.get("n", 0)} for bar in bars]
    return Drawing(figure, metric, interval, caption, n)
