"""Draws a comparison: a dot with its interval for each cell and later input, a figure for each metric."""

import json
import os

# Before matplotlib writes a file: dates in PDFs and in subset fonts come from here.
os.environ["SOURCE_DATE_EPOCH"] = "0"

from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator  # noqa: E402

import style  # noqa: E402
from columns import short  # noqa: E402
from draw import PNG_DPI  # noqa: E402
from figures import Drawing, NotDrawn, canvas, notes  # noqa: E402
from figures.ratio import WIDE_SPAN  # noqa: E402
from style import COLUMN_INCHES, FAINT, GREY, PAGE_INCHES, SMALL_PT, look  # noqa: E402
from study.samples import is_missing  # noqa: E402
from words import digits, factor_name, level_name, levels_text, metric_name  # noqa: E402

POINT_INCHES = 0.105   # the height of one dot
GAP_INCHES = 0.09      # between cells
GROUP_GAP = 0.5        # of a cell's height
LONG_NAME = 22         # characters, beyond which a figure takes both columns of a page
WIDEST_NAME = 60
VAGUE = ("none", "off", "on", "true", "false")  # levels that say nothing without their factor


def draw_all(result, out):
    """Draws compare-METRIC.pdf, .png and .json into the folder `out`; returns (paths, why others were not drawn)."""
    out.mkdir(parents=True, exist_ok=True)
    paths, undrawn = [], []
    for metric in result["metrics"]:
        name = f"compare-{metric['name']}"
        try:
            with style.context():
                paths += _write(result, _draw(result, metric), out, name)
        except NotDrawn as reason:
            for kind in ("pdf", "png", "json"):  # a figure of an earlier comparison must not outlive its data
                (out / f"{name}.{kind}").unlink(missing_ok=True)
            undrawn.append(f"{name}: not drawn: {reason}")
    return paths, undrawn


def _draw(result, metric):
    entries = [entry for entry in result["comparisons"] if entry["metric"] == metric["name"]]
    if all(is_missing(entry["ratio"]) for entry in entries):
        first, *more = dict.fromkeys(entry["why"] for entry in entries)
        raise NotDrawn(first + (f"; and {len(more)} further reasons" if more else ""))
    letters = [each["letter"] for each in result["inputs"][1:]]
    long = any(len(_name(entry["cell"], result["factors"])) > LONG_NAME for entry in entries)
    width = PAGE_INCHES if long else COLUMN_INCHES
    figure = canvas.sheet(width)
    axes = figure.add_subplot(1, 1, 1)
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x")
    axes.axvline(1, color=GREY, linewidth=0.8, zorder=1)
    axes.axvspan(*result["method"]["equivalence_margin"], color=FAINT, alpha=0.35, linewidth=0, zorder=0)
    for bound in result["bounds"]:
        if bound["metric"] == metric["name"]:
            axes.axvline(bound["limit"], color=GREY, linewidth=0.8, linestyle=":", zorder=1)
    pitch = GAP_INCHES + POINT_INCHES * len(letters)
    places = _places(entries, result["factors"])
    for entry in entries:
        place = letters.index(entry["input"])
        at = places[_name(entry["cell"], result["factors"])] + (
            place - (len(letters) - 1) / 2) * POINT_INCHES / pitch
        _mark(axes, entry, at, look(place))
    last = max(places.values())
    axes.set_ylim(last + 0.5, -0.5)
    axes.set_yticks(list(places.values()), [short(name, WIDEST_NAME) for name in places])
    axes.tick_params(axis="y", length=0)
    _scale(axes, entries, result)
    base = result["inputs"][0]
    axes.set_xlabel(f"{metric_name(metric['name'])}, ratio to {base['letter']}" if len(letters) > 1 else
                    f"{metric_name(metric['name'])}, {letters[0]} / {base['letter']}")
    canvas.finish(figure, pitch * (last + 1) + 0.45, _handles(result["inputs"][1:]) if len(letters) > 1 else [])
    return _drawing(result, metric, figure, entries)


def _places(entries, factors):
    """{name of a cell: its height}, from the top; what differs in the first factor stands apart."""
    places, before = {}, None
    for entry in entries:
        name, group = _name(entry["cell"], factors), entry["cell"].get(factors[0]) if len(factors) > 1 else None
        if name not in places:
            last = max(places.values(), default=-1)
            places[name] = last + 1 + (GROUP_GAP if places and group != before else 0)
            before = group
    return places


def _name(cell, factors):
    told = ", ".join(levels_text({factor: cell[factor]}) if cell[factor] in VAGUE else level_name(factor, cell[factor])
                     for factor in factors if factor in cell)
    return told or levels_text(cell) or "all trials"


def _mark(axes, entry, at, looks):
    """A dot, its interval, and its number; or in its place why there is none."""
    if is_missing(entry["ratio"]):
        axes.text(1, at, entry["verdict"], ha="center", va="center", color=GREY, fontsize=SMALL_PT,
                  bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8})
        return
    right = entry["ratio"]
    if not is_missing(entry["interval"]):
        right = entry["interval"]["high"]
        axes.plot([entry["interval"]["low"], right], [at, at], color=looks["color"], linewidth=1.3, zorder=2,
                  solid_capstyle="butt")
    hollow = {"markerfacecolor": "white"} if is_missing(entry["interval"]) else {}
    axes.plot(entry["ratio"], at, looks["marker"], color=looks["color"], markersize=3.5, zorder=3, **hollow)
    axes.annotate(f"×{digits(entry['ratio'])}" if entry["ratio"] < 1e4 else "", (right, at), xytext=(3, 0),
                  textcoords="offset points", va="center", fontsize=SMALL_PT,
                  bbox={"boxstyle": "square,pad=0", "fc": "white", "ec": "none", "alpha": 0.8})


def _scale(axes, entries, result):
    """Powers of two where the ratios span much; 1 is always in view, and there is room for the numbers."""
    held = [entry for entry in entries if not is_missing(entry["ratio"])]
    ends = [1, *(entry["interval"].get(end, entry["ratio"]) for entry in held for end in ("low", "high")),
            *(bound["limit"] for bound in result["bounds"] if bound["metric"] == entries[0]["metric"])]
    least, most = min(ends), max(ends)
    if least > 0 and most / least > WIDE_SPAN:
        axes.set_xscale("log", base=2)
        room = (most / least) ** 0.06
        axes.set_xlim(least / room, most * room ** 3)
        axes.xaxis.set_major_locator(LogLocator(base=2, numticks=7))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        room = max(0.02, 0.06 * (most - least))
        axes.set_xlim(max(0, least - room), most + 3 * room)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"×{value:.4g}"))


def _handles(others):
    return [Line2D([], [], color=look(place)["color"], marker=look(place)["marker"], markersize=3.5,
                   label=f"{each['letter']} ({each['run']})") for place, each in enumerate(others)]


def _drawing(result, metric, figure, entries):
    level = f"{result['method']['level'] * 100:.3g} %"
    methods = sorted({entry["interval"]["method"] for entry in entries if not is_missing(entry["interval"])})
    interval = f"{level} interval of the ratio (Hodges-Lehmann), {' or '.join(methods) or 'none: too few trials'}"
    who = [f"{each['letter']}: {each['experiment']} {each['run']}" + ("".join(f", {part}" for part in each["machine"]))
           for each in result["inputs"]]
    without = [entry for entry in entries if not is_missing(entry["ratio"]) and is_missing(entry["interval"])]
    limits = [f"Dotted: worse by {bound['per_cent']:g} %" for bound in result["bounds"]
              if bound["metric"] == metric["name"]]
    better = f"{metric['better'].capitalize()} is better" if metric["better"] != "neither" else None
    caption = notes.sentences(
        f"Ratio of {metric_name(metric['name'])} to that of {result['inputs'][0]['letter']}", better,
        f"Lines: {interval}", "Hollow: too few trials for an interval" if without else None,
        "Grey band: equal for all that matters (within 3 %)", *limits, *who)
    n = [{"cell": entry["cell"], "input": entry["input"], "n": entry["n"], "n_base": entry["n_base"]}
         for entry in entries if not is_missing(entry["ratio"])]
    return Drawing(figure, metric["name"], interval, caption, n)


def _write(result, drawing, out, name):
    """As draw.py writes a run's figures: no dates, so that two drawings are the same bytes."""
    pdf, png, sidecar = (out / f"{name}.{kind}" for kind in ("pdf", "png", "json"))
    drawing.figure.savefig(pdf, metadata={"CreationDate": None, "Creator": None, "Producer": None})
    drawing.figure.savefig(png, dpi=PNG_DPI, metadata={"Software": None})
    runs = [{key: each[key] for key in ("letter", "experiment", "run")} for each in result["inputs"]]
    text = json.dumps({
        "figure": name, "runs": runs,
        "factors": [factor_name(factor) for factor in result["factors"]], "metric": drawing.metric,
        "interval": drawing.interval, "caption": drawing.caption, "n": drawing.n}, indent=1, ensure_ascii=False)
    sidecar.write_text(text + "\n", encoding="utf-8")
    return [pdf, png, sidecar]
