"""Kind `policies`: misses per access by capacity, predicted by each policy (lines) and measured (marks)."""

from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, MultipleLocator, PercentFormatter

from figures import Drawing, NotDrawn, canvas, notes
from load import NO_READING
from style import COLOURS, COLUMN_INCHES, GREY, LINES, MARKERS, PAGE_INCHES
from study.samples import is_missing

METRIC = "misses_per_access"
PANEL_INCHES = 2.0
NAMES = {"fifo": "FIFO", "clock": "CLOCK", "lru": "LRU", "two_lists": "two lists", "optimum": "optimum"}
LOOKS = {policy: {"color": COLOURS[i], "linestyle": LINES[i]} for i, policy in enumerate(NAMES)}
LOOKS["optimum"] = {"color": GREY, "linestyle": "-", "linewidth": 0.7}
# Of the series: dark, white and grey, in shapes of their own, on the lines whatever their colours.
FACES = ("black", "white", "#BBBBBB", "#666666")


def draw(run, study, spec):
    series = spec.get("series")
    if not run.simulated:
        raise NotDrawn(NO_READING["simulation"])
    shown = {spec["x"], series} if series else {spec["x"]}
    grid = [(panel, _panel_of(run, study, spec, panel)) for panel in canvas.panels(run, shown)]
    kept = [(panel, found) for panel, found in grid if found["points"]]
    if not kept:
        raise NotDrawn(notes.why_empty(run, METRIC))
    columns, width = _columns_for(len(kept))
    rows = -(-len(kept) // columns)
    figure = canvas.sheet(width)
    for index, (panel, found) in enumerate(kept):
        axes = figure.add_subplot(rows, columns, index + 1)
        _draw_panel(axes, found)
        _scale(axes, columns)
        canvas.panel_title(axes, panel, 0.8 * width / columns)
        if index % columns == 0:
            axes.set_ylabel("misses per access")
        if index >= len(kept) - columns:
            axes.set_xlabel("memory held / dataset")
    canvas.finish(figure, rows * PANEL_INCHES, _handles(run, series, kept), spec.get("title"))
    return _drawing(study, figure, kept)


def _columns_for(n_panels):
    """(columns, width in inches): lines that lie close need panels of half a page, if there are few."""
    return (1, COLUMN_INCHES) if n_panels == 1 else (2 if n_panels <= 4 else 4, PAGE_INCHES)


def _panel_of(run, study, spec, panel):
    """{"curves", "trace", "points"}: the predictions of a panel and its cells' measurements."""
    points, traces = [], {}
    for place, level in enumerate(canvas.series_levels(run, spec.get("series"))):
        for x_level in run.factors[spec["x"]]:
            choice = {spec["series"]: level} if spec.get("series") else {}
            cell = canvas.whole_cell(run, panel, {spec["x"]: x_level}, choice)
            found = notes.cell_of(study, cell)
            if found is None or is_missing(found["metrics"][METRIC]):
                continue
            numbers = found["metrics"]
            points.append({"cell": cell, "place": place, "capacity": numbers["capacity_pages"]["median"],
                           **numbers[METRIC]})
            traces.update(_traces(run, cell))
    curves = {index: trace for index, trace in traces.items() if "curve" in trace}
    if len({trace["pages"] for trace in traces.values()}) > 1 or len(curves) > 1:
        raise NotDrawn(f"the cells of a panel have different traces: {spec['x']} must vary memory, "
                       "not the dataset or the work")
    return {"points": points, "trace": next(iter(curves.values()), None),
            "pages": next((trace["pages"] for trace in traces.values()), None)}


def _traces(run, cell):
    """Index -> trace, of the cell's simulated trials."""
    trials = run.simulated["trials"]
    indexes = {trials[str(sequence)]["trace"] for sequence in run.ok(cell)["sequence"]
               if "trace" in trials.get(str(sequence), {})}
    return {index: run.simulated["traces"][index] for index in sorted(indexes)}


def _draw_panel(axes, found):
    trace = found["trace"]
    if trace:
        shares = [pages / found["pages"] for pages in trace["curve"]["capacity_pages"]]
        for policy, looks in LOOKS.items():
            misses = [n / trace["accesses"] for n in trace["curve"][policy]]
            axes.plot(shares, misses, **looks, zorder=2)
    for point in found["points"]:
        at, looks = point["capacity"] / found["pages"], _mark(point["place"])
        if not is_missing(point["interval"]):
            ends = [[point["median"] - point["interval"]["low"]],
                    [point["interval"]["high"] - point["median"]]]
            axes.errorbar(at, point["median"], ends, color="black", linewidth=0.8, capsize=2,
                          capthick=0.6, zorder=3)
        axes.plot(at, point["median"], linestyle="none", zorder=4, **looks)


def _mark(place):
    return {"marker": MARKERS[place % len(MARKERS)], "markerfacecolor": FACES[place % len(FACES)],
            "markeredgecolor": "black", "markeredgewidth": 0.6, "markersize": 4}


def _scale(axes, columns):
    """Each panel has a vertical scale of its own: policies differ by a few per cent of the misses."""
    axes.set_xlim(0, 1)
    axes.margins(y=0.06)
    axes.xaxis.set_major_locator(MultipleLocator(0.25 if columns < 4 else 0.5))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=f"{canvas.THIN_SPACE}%"))


def _handles(run, series, kept):
    lines = [Line2D([], [], label=NAMES[policy], **looks) for policy, looks in LOOKS.items()]
    levels = canvas.series_levels(run, series)
    places = sorted({point["place"] for _, found in kept for point in found["points"]})
    marks = [Line2D([], [], linestyle="none", label=levels[place] or "measured", **_mark(place))
             for place in places]
    return lines + marks


def _drawing(study, figure, kept):
    points = [point for _, found in kept for point in found["points"]]
    interval = notes.median_interval(study, points)
    caption = notes.sentences(
        "Misses per access from a cold start, by how much of the dataset memory held",
        "Lines: what each policy would have missed on the accesses of the first block of trials",
        f"Marks: measured, medians with {interval}, at the capacity that was measured",
        "Two lists: a model of Linux without MGLRU; optimum: the least that any policy can miss",
        *notes.not_ok(study))
    n = [{"cell": point["cell"], "n": point["n"]} for point in points]
    return Drawing(figure, METRIC, interval, caption, n)
