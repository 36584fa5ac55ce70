"""Kind `prices`: what one event costs, a line an event, on a logarithmic axis; the dearest at the top."""

from matplotlib.lines import Line2D

import prices
from figures import Drawing, NotDrawn, canvas, notes
from style import PAGE_INCHES, SMALL_PT, look

ROW_INCHES = 0.13
LEAST_SHARE = 0.5  # of the events; a fault in at least so many is what the price is of
CLASSES = ("major fault", "minor fault", "several pages a fault, or none")


def draw(run, study, spec):
    rows = [row for row in prices.price_list(run, study, spec["x"]) if row["price_ns"] is not None]
    if not rows:
        raise NotDrawn(notes.why_empty(run, prices.METRIC))
    rows.sort(key=lambda row: row["price_ns"])
    figure = canvas.sheet(PAGE_INCHES)
    axes = figure.add_subplot(1, 1, 1)
    axes.set_xscale("log")
    axes.grid(axis="x")
    for place, row in enumerate(rows):
        _mark(axes, place, row)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_yticks(range(len(rows)))
    axes.set_yticklabels([row["event"] for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(min(row["price_ns"] for row in rows) / 1.5, max(map(_right, rows)) * 3)
    canvas.unit_ticks(axes.xaxis, "ns")
    axes.set_xlabel("time per event")
    canvas.finish(figure, ROW_INCHES * len(rows) + 0.5, _handles(rows), spec.get("title"))
    return _drawing(study, figure, rows, spec)


def class_of(row):
    """Index into CLASSES: which fault, if any, an event is."""
    if (row["major_per_event"] or 0) >= LEAST_SHARE:
        return 0
    return 1 if (row["minor_per_event"] or 0) >= LEAST_SHARE else 2


def _mark(axes, place, row):
    looks = look(class_of(row))
    if row["low_ns"] is not None:
        axes.plot([row["low_ns"], row["high_ns"]], [place, place], color=looks["color"], linewidth=1.6,
                  alpha=0.5)
    axes.plot(row["price_ns"], place, looks["marker"], color=looks["color"], markersize=3.5)
    axes.annotate(canvas.label(row["price_ns"], "ns"), (_right(row), place), xytext=(4, 0),
                  textcoords="offset points", va="center", fontsize=SMALL_PT)


def _right(row):
    return max(row["price_ns"], row["high_ns"] or 0)


def _handles(rows):
    present = sorted({class_of(row) for row in rows})
    return [Line2D([], [], color=look(i)["color"], marker=look(i)["marker"], linestyle="", markersize=3.5,
                   label=CLASSES[i]) for i in present]


def _drawing(study, figure, rows, spec):
    interval = f"{notes.level(study)} interval of the median over processes, order statistics"
    caption = notes.sentences("Median time per event, a fresh process each time", f"Bars: {interval}",
                              "Logarithmic axis", *notes.not_ok(study))
    n = [{"cell": {spec["x"]: row["event"]}, "n": row["processes"]} for row in rows]
    return Drawing(figure, prices.METRIC, interval, caption, n)
