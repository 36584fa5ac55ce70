"""Kind `copies`: how often each byte of a transfer was moved, and by whom, a stacked bar a cell."""

from matplotlib.patches import Patch

from figures import Drawing, NotDrawn, canvas, notes
from style import PAGE_INCHES, SMALL_PT
from words import digits, factor_name

ROW_INCHES = 0.2
GAP_ROWS = 0.45      # between groups of cells that differ in the first factor
LEAST = 0.03         # of the axis: a segment that holds its own number
# Where the number of copies may have been measured, best first, in words.
MEASURED = {"wire_ownership": "measured by the pages on the wire",
            "copy_functions": "measured at the kernel's copying functions"}
# Part -> (its words, colour, hatch, colour of the number). Light against dark where neighbours meet.
PARTS = {
    "device": ("device to memory, by DMA", "#CFE8F3", "", "black"),
    "read": ("CPU: page cache to the user's buffer", "#4477AA", "", "white"),
    "sent": ("CPU: to the sink", "#EE6677", "", "black"),
    "after_all": ("CPU: copied after all", "#AA3377", "....", "white"),
    "receiver": ("CPU of the receiver", "#CCBB44", "//", "black"),
}


def draw(run, study, spec):
    cells = [(cell, parts) for cell in run.cells if (parts := moved(run, cell))]
    if not cells:
        raise NotDrawn(notes.why_empty(run, "cpu_copied_bytes"))
    # Where some were measured, those are what there is to show: the others are what one expects of them.
    cells = [each for each in cells if source_of(run, each[0])] or cells
    figure = canvas.sheet(PAGE_INCHES)
    axes = figure.add_subplot()
    factors = [factor for factor, levels in run.factors.items() if len(levels) > 1]
    rows = _rows(cells, factors)
    most = max(1.0, *(sum(filter(None, parts.values())) for _, _, parts in rows))
    for at, _, parts in rows:
        _bar(axes, at, parts, LEAST * most)
    _axes(axes, rows, factors, most)
    shown = [part for part in PARTS if any((parts[part] or 0) >= 5e-3 for _, parts in cells)]
    handles = [Patch(facecolor=PARTS[part][1], hatch=PARTS[part][2], edgecolor="white", linewidth=0.4,
                     label=PARTS[part][0]) for part in shown]
    canvas.finish(figure, (rows[-1][0] + 1) * ROW_INCHES + 0.55, handles, spec.get("title"))
    return _drawing(run, study, figure, cells)


def moved(run, cell):
    """Part -> how often it moved each byte, the median of the cell's trials, or None where nobody counted that part; None
    where no trial has the copies."""
    trials = _counted(run, cell)
    if trials.empty:
        return None

    def times(metric):
        column = trials[metric].dropna() if metric in trials else trials["bytes"].iloc[:0]
        return None if column.empty else float((column / trials["bytes"]).median())

    def told(metric):  # by the engines that do it; the others do not
        return times(metric) or 0.0

    read = told("buffered_read_bytes") + told("uring_read_bytes")
    after_all = told("copied_after_all_bytes")
    return {"device": times("device_read_bytes"), "read": read,
            "sent": max(0.0, times("cpu_copied_bytes") - read - after_all), "after_all": after_all,
            "receiver": times("receiver_copied_bytes")}


def _counted(run, cell):
    """The ok trials of a cell of which the copies are known."""
    trials = run.ok(cell)
    needed = ["cpu_copied_bytes", "bytes"]
    return trials.dropna(subset=needed) if set(needed) <= set(trials) else trials.iloc[:0]


def _rows(cells, factors):
    """(height of the row, cell, parts): a gap where the first factor's level changes."""
    rows, at, before = [], 0.0, None
    for cell, parts in cells:
        level = cell[factors[0]] if len(factors) > 1 else None
        if rows:
            at += 1 + (GAP_ROWS if level != before else 0)
        before = level
        rows.append((at, cell, parts))
    return rows


def _bar(axes, at, parts, least):
    left = 0.0
    for part, times in parts.items():
        if times is None:
            continue
        _, colour, hatch, ink = PARTS[part]
        axes.barh(at, times, 0.8, left=left, color=colour, hatch=hatch, edgecolor="white", linewidth=0.4)
        if times >= least:
            box = {"boxstyle": "square,pad=0.1", "fc": colour, "ec": "none"} if hatch else None
            axes.text(left + times / 2, at, _number(times), ha="center", va="center_baseline", fontsize=SMALL_PT,
                      color=ink, bbox=box)
        left += times
    if left < least:
        axes.annotate(_number(left), (left, at), xytext=(3, 0), textcoords="offset points", va="center",
                      fontsize=SMALL_PT)


def _number(times):
    """With two places, or three digits where a device reads very many times what is asked for."""
    return f"{times:.2f}" if times < 10 else digits(times)


def _axes(axes, rows, factors, most):
    axes.set_xlim(0, 1.03 * most)
    axes.set_ylim(rows[-1][0] + 0.6, -0.6)
    axes.set_yticks([at for at, _, _ in rows])
    axes.set_yticklabels([",  ".join(cell[factor] for factor in factors) for _, cell, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)
    axes.set_xlabel("times that each byte was moved")
    axes.set_title(",  ".join(factor_name(factor) for factor in factors), loc="left", pad=3)


def _drawing(run, study, figure, cells):
    how = MEASURED.get(source_of(run, cells[0][0]), "derived from the known path")
    uncounted = [PARTS[part][0] for part in PARTS if any(parts[part] is None for _, parts in cells)]
    caption = notes.sentences(
        "How often each byte was moved on its way, median of the trials: by the device, by the sender's CPU, by the "
        "receiver's",
        f"The sender's copies are {how}", f"Not counted in every cell: {', '.join(uncounted)}" if uncounted else None,
        *notes.not_ok(study))
    n = [{"cell": cell, "n": len(_counted(run, cell))} for cell, _ in cells]
    return Drawing(figure, "copies_per_byte", "none: medians of counts, which do not vary with time", caption, n)


def source_of(run, cell):
    """Where the cell's copies were measured; None where they were not."""
    trials = run.ok(cell)
    columns = {source: f"cpu_copied_bytes@{source}" for source in MEASURED}
    return next((source for source, column in columns.items() if column in trials and trials[column].notna().any()), None)
