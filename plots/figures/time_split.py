"""Kind `time_split`: where the workers' time went, a stacked bar a cell, what is unexplained hatched."""

from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from figures import Drawing, NotDrawn, canvas, notes
from style import PAGE_INCHES, SMALL_PT
from study.time_split import HEADS
from words import factor_name, quantity

ROW_INCHES = 0.2
GAP_ROWS = 0.45      # between groups of cells that differ in the first factor
LEAST_SHARE = 0.045  # a segment that holds its own number
HOW = "none: shares are means over the trials, so that they add up to one"
LABELS = {**HEADS, "user_work_ns": "user work", "fault_ns": "page faults", "copy_ns": "system calls",
          "io_wait_ns": "waiting for I/O", "blocked_ns": "other sleep",
          "runqueue_ns": "waiting for a CPU", "stolen_ns": "stolen by the hypervisor",
          "idle_ns": "idle: set-up, others' ends"}
# Colour, hatch and the colour of the number. Light against dark where neighbours meet, so that the
# stack reads without colour too; white and hatched is what nobody can account for.
LOOKS = {
    "user_work_ns": ("#4477AA", "", "white"), "fault_ns": ("#EE6677", "", "black"),
    "copy_ns": ("#CCBB44", "", "black"), "reclaim_ns": ("#AA3377", "....", "white"),
    "io_wait_ns": ("#CFE8F3", "", "black"), "blocked_ns": ("#66AABB", "\\\\\\\\", "black"),
    "runqueue_ns": ("#7FBF7B", "", "black"), "stolen_ns": ("#333333", "", "white"),
    "idle_ns": ("#DDDDDD", "", "black"), "unexplained_ns": ("white", "//////", "black"),
}


def draw(run, study, spec):
    known = [entry for entry in study.get("time_split", []) if "shares" in entry]
    if not known:
        raise NotDrawn(notes.why_empty(run, "unexplained_ns"))
    figure = canvas.sheet(PAGE_INCHES)
    axes = figure.add_subplot()
    factors = [factor for factor, levels in run.factors.items() if len(levels) > 1]
    rows = _rows(known, factors)
    for at, entry in rows:
        _bar(axes, at, entry)
    _axes(axes, rows, factors, known)
    shown = [part for part in HEADS if any(abs(e["shares"].get(part, 0)) >= 5e-4 for e in known)]
    canvas.finish(figure, (rows[-1][0] + 1) * ROW_INCHES + 0.55, _handles(shown), spec.get("title"))
    return _drawing(study, figure, known)


def _rows(known, factors):
    """(height of the row, entry): a gap where the first factor's level changes."""
    rows, at, before = [], 0.0, None
    for entry in known:
        level = entry["cell"][factors[0]] if len(factors) > 1 else None
        if rows:
            at += 1 + (GAP_ROWS if level != before else 0)
        before = level
        rows.append((at, entry))
    return rows


def _bar(axes, at, entry):
    """One cell's stack; a negative rest (parts that overlap) lies left of zero."""
    left = 0.0
    for part, share in entry["shares"].items():
        colour, hatch, ink = LOOKS[part]
        start = left if share >= 0 else 0.0
        axes.barh(at, share, 0.8, left=start, color=colour, hatch=hatch, linewidth=0.4,
                  edgecolor="#777777" if part == "unexplained_ns" else "white")
        if share >= LEAST_SHARE:
            box = {"boxstyle": "square,pad=0.1", "fc": colour, "ec": "none"} if hatch else None
            axes.text(start + share / 2, at, f"{100 * share:.0f}", ha="center", va="center_baseline",
                      fontsize=SMALL_PT, color=ink, bbox=box)
        left += max(share, 0)
    per_access = entry["per_access_ns"]
    if not isinstance(per_access, dict):
        axes.annotate(quantity(per_access, "ns").replace(" ", canvas.THIN_SPACE), (1, at), xytext=(4, 0),
                      xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
                      fontsize=SMALL_PT)


def _axes(axes, rows, factors, known):
    least = min(0.0, *(min(entry["shares"].values()) for entry in known))
    most = max(sum(max(share, 0) for share in entry["shares"].values()) for entry in known)
    axes.set_xlim(1.02 * least, max(1.0, most))
    axes.set_ylim(rows[-1][0] + 0.6, -0.6)
    axes.set_yticks([at for at, _ in rows])
    axes.set_yticklabels([",  ".join(entry["cell"][factor] for factor in factors) for _, entry in rows])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)
    axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=f"{canvas.THIN_SPACE}%"))
    axes.set_xlabel("share of the workers' time (threads × wall time)")
    axes.set_title(",  ".join(factor_name(factor) for factor in factors), loc="left", pad=3)
    if any(not isinstance(entry["per_access_ns"], dict) for entry in known):
        axes.annotate("time per access", (1, 1), xytext=(4, 3), xycoords="axes fraction",
                      textcoords="offset points", fontsize=SMALL_PT, va="bottom")


def _handles(shown):
    return [Patch(facecolor=LOOKS[part][0], hatch=LOOKS[part][1], linewidth=0.4,
                  edgecolor="#777777" if part == "unexplained_ns" else "white", label=LABELS[part])
            for part in shown]


def _drawing(study, figure, known):
    sources = dict.fromkeys(source for entry in known for source in entry["sources"].values())
    absent = dict.fromkeys(LABELS[part] for entry in known for part in entry["missing"]
                           if part not in entry["optional"])
    caption = notes.sentences(
        "Mean shares of threads times wall time, by cause; the number at the right is wall time "
        "times threads per access, median",
        f"Measured by {', '.join(source for source in sources if source != 'derived')}",
        f"Not measured, and in the unexplained rest: {', '.join(absent)}" if absent else None,
        "A rest left of zero means that parts overlap" if any(
            entry["shares"]["unexplained_ns"] < 0 for entry in known) else None,
        *notes.not_ok(study))
    n = [{"cell": entry["cell"], "n": entry["n"]} for entry in known]
    return Drawing(figure, "unexplained_ns", HOW, caption, n)
