"""How figures look: one column of a paper, 7 to 8 pt, readable without colour and in print."""

from matplotlib import rc_context

COLUMN_INCHES = 3.33   # one column of the usual two-column styles
PAGE_INCHES = 7.0      # both columns
SMALL_PT = 6.0         # labels of values, no smaller
GREY = "#555555"
FAINT = "#BBBBBB"

# Paul Tol's "bright" scheme, its light yellow and cyan last; markers, hatches and line styles say
# the same again for those who cannot tell the colours apart.
COLOURS = ("#4477AA", "#EE6677", "#228833", "#AA3377", "#CCBB44", "#66CCEE", "#BBBBBB")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "++++")
LINES = ("-", (0, (4, 1.2)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (3, 1, 1, 1, 1, 1)), "--", ":")

RC = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same glyphs everywhere
    "font.size": 7, "axes.titlesize": 7, "axes.labelsize": 7, "legend.fontsize": 7,
    "xtick.labelsize": 7, "ytick.labelsize": 7, "figure.titlesize": 8,
    "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "xtick.major.size": 2.5, "ytick.major.size": 2.5, "ytick.minor.size": 1.5,
    "ytick.minor.width": 0.4, "lines.linewidth": 1.2, "hatch.linewidth": 0.5,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "axes.grid.axis": "y", "axes.axisbelow": True,
    "grid.color": "#E4E4E4", "grid.linewidth": 0.5,
    "legend.frameon": False, "legend.handlelength": 2.2, "legend.columnspacing": 1.2,
    "pdf.fonttype": 42,  # type 3 fonts are refused by some venues
    "svg.hashsalt": "faultlab", "path.simplify": False,
}


def context():
    """The settings of every figure, put back on leaving."""
    return rc_context(RC)


def look(index):
    """Colour, marker, hatch and line style of the series number `index`.

    After seven the colours come again, with other markers, hatches and lines.
    """
    again = index // len(COLOURS)
    return {"color": COLOURS[index % len(COLOURS)], "marker": MARKERS[(index + again) % len(MARKERS)],
            "hatch": HATCHES[(index + again) % len(HATCHES)], "linestyle": LINES[(index + again) % len(LINES)]}
