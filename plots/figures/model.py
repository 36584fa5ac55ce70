"""Kind `model`: predicted against measured time, a point a trial, with the line of equality and its band.

Drawn of any run that has a model.json; no config asks for it.
"""

import json

from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from figures import Drawing, NotDrawn, canvas, notes
from model.report import FILE_NAME
from style import COLUMN_INCHES, FAINT, GREY, look

METRIC = "wall_ns"
BODY_INCHES = 3.0
INTERVAL = "none: a point is a trial"


def draw(run, study, spec):
    result = _read(run.path / FILE_NAME)
    known = [trial for trial in result["trials"] if "missing" not in trial]
    if not known:
        raise NotDrawn("no trial could be predicted")
    band = result["fails_above_percent"] / 100
    figure = canvas.sheet(COLUMN_INCHES)
    axes = figure.add_subplot(1, 1, 1)
    ends = _ends(known)
    axes.fill_between(ends, [end * (1 - band) for end in ends], [end * (1 + band) for end in ends],
                      color=FAINT, alpha=0.4, linewidth=0)
    axes.plot(ends, ends, color=GREY, linewidth=0.8)
    engines = list(dict.fromkeys(trial["engine"] for trial in known))
    for index, engine in enumerate(engines):
        points = [trial for trial in known if trial["engine"] == engine]
        axes.plot([trial["measured_ns"] for trial in points], [trial["predicted_ns"] for trial in points],
                  linestyle="none", alpha=0.7, **_mark(index))
    _scale(axes, ends)
    axes.set_xlabel("measured time")
    axes.set_ylabel("predicted time")
    handles = [Line2D([], [], linestyle="none", label=engine, **_mark(index))
               for index, engine in enumerate(engines)]
    canvas.finish(figure, BODY_INCHES, handles, spec.get("title"))
    return _drawing(run, result, figure)


def _read(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotDrawn(f"{path.name}: {error}; make it with `faultlab study RUN --model PRICES_RUN`") from error


def _mark(index):
    looks = look(index)
    return {"color": looks["color"], "marker": looks["marker"], "markersize": 3, "markeredgewidth": 0}


def _ends(known):
    """A little below the least time of both axes and above the largest."""
    times = [trial[key] for trial in known for key in ("measured_ns", "predicted_ns") if trial[key] > 0]
    return [min(times) / 1.5, max(times) * 1.5]


def _scale(axes, ends):
    for axis, set_scale, set_limits in ((axes.xaxis, axes.set_xscale, axes.set_xlim),
                                        (axes.yaxis, axes.set_yscale, axes.set_ylim)):
        set_scale("log")
        set_limits(*ends)
        # Several ticks where the times lie within a decade, powers of ten where they do not.
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if ends[1] / ends[0] < 100 else (1,)))
        axis.set_minor_formatter(NullFormatter())
        canvas.unit_ticks(axis, "ns")
    axes.grid(axis="both")
    axes.set_aspect("equal")


def _drawing(run, result, figure):
    summary = result["summary"]
    caption = notes.sentences(
        "Each trial's time as the prices of single events predict it, against what was measured",
        f"Line: equal; band: within {result['fails_above_percent']:g} % of what was measured",
        f"Prices of {', '.join(result['price_lists'])}; nothing was fitted to these trials",
        f"Median error {summary['error_percent']:.3g} % over {summary['predicted']} trials",
        f"{summary['not_predicted']} trials could not be predicted" if summary["not_predicted"] else None)
    n = [{"cell": cell["cell"], "n": cell["n"]} for cell in result["cells"] if cell["n"]]
    return Drawing(figure, METRIC, INTERVAL, caption, n)
