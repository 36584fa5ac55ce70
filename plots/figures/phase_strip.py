"""A strip above curves over time: the phases of each cell, a row a cell, in greys that print."""

from matplotlib.patches import Patch

from figures import notes
from style import GREY, look
from study.phases import NAMES
from words import levels_text, quantity

ROW_INCHES = 0.07
FACES = {"cold": "#FFFFFF", "fill": "#D2D2D2", "settling": "#D2D2D2", "steady": "#707070"}
HATCHES = {"settling": "////////"}


def spans(study, cell):
    """[(phase, begin, end)] in seconds, from the medians of the trials; empty where phases are missing."""
    found = notes.cell_of(study, cell).get("phases", {})
    if "trials" not in found:
        return []
    ends, begin = [], 0.0
    for name in NAMES:
        # A phase that fewer than half of the trials had is no phase of the cell.
        if 2 * found.get(name, {"n": 0})["n"] < found["trials"]:
            continue
        end = found["window_ns"] / 1e9 if name == "steady" else found[name]["ends_ns"]["median"] / 1e9
        if end > begin:
            ends.append((name, begin, end))
            begin = end
    return ends


def height(study, cells):
    """Inches of the strip of a panel with `cells`; 0 where none of them has phases."""
    rows = sum(1 for cell in cells if spans(study, cell))
    return rows * ROW_INCHES


def draw(axes, study, cells):
    """Draws the phases of `cells`, pairs (place in the series, cell), from top to bottom, with the series' colour."""
    shown = [(place, found) for place, cell in cells if (found := spans(study, cell))]
    for row, (place, found) in enumerate(shown):
        for name, begin, end in found:
            axes.barh(-row, end - begin, left=begin, height=0.75, facecolor=FACES[name], edgecolor=GREY,
                      hatch=HATCHES.get(name), linewidth=0.4)
        axes.plot([0, 0], [-row - 0.38, -row + 0.38], color=look(place)["color"], linewidth=2.4,
                  solid_capstyle="butt", clip_on=False, zorder=3)
    axes.set_ylim(-len(shown) + 0.4, 0.6)
    axes.set_yticks([])
    axes.grid(False)
    axes.tick_params(bottom=False, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def handles(study, cells):
    """The legend's entries of the phases that are drawn."""
    drawn = {name for cell in cells for name, *_ in spans(study, cell)}
    return [Patch(facecolor=FACES[name], edgecolor=GREY, hatch=HATCHES.get(name), linewidth=0.4, label=name)
            for name in NAMES if name in drawn]


def text(study, cells):
    """What the strips show, for the caption; None without any."""
    told = []
    for cell in cells:
        parts = [f"{name} from {quantity(begin * 1e9, 'ns')}" if begin else name
                 for name, begin, _ in spans(study, cell)]
        if parts:
            told.append(f"{levels_text(cell) or 'all trials'}: {', '.join(parts)}")
    if not told:
        return None
    return ("Strips above: phases by the medians of the trials, a row a cell in the order of the legend "
            f"({'; '.join(told)})")
