"""The sheet a figure is drawn on: size in inches, a strip for title and legend, panels below.

The legend has a strip of its own above the panels, so it can never lie on data.
"""

import itertools
import math
import textwrap

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MultipleLocator, NullFormatter, NullLocator

from style import COLUMN_INCHES, PAGE_INCHES
from words import levels_text, quantity, scale_of

PAD_INCHES = 0.03
THIN_SPACE = "\u2009"
CHARACTER_INCHES = 0.057  # of 7 pt DejaVu Sans, on average
MATHEMATICS = "$\\mathdefault{"  # how matplotlib's own labels of logarithmic axes begin
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_DECADES = 5  # with a label each
SHORT = 30  # an axis from 1 to this has few powers of ten, and labels between them


def panels(run, shown):
    """The panels of a figure whose axes and series show the factors `shown`.

    Every other factor with several levels gets panels, whether the spec asks for it or not, for
    cells are never pooled: a list of {factor: level}, in the order of the config.
    """
    free = [factor for factor, levels in run.factors.items()
            if factor not in shown and len(levels) > 1]
    return [dict(zip(free, levels))
            for levels in itertools.product(*(run.factors[factor] for factor in free))]


def whole_cell(run, *choices):
    """The cell with the levels of all `choices` and the only level of each factor that has one."""
    known = {factor: levels[0] for factor, levels in run.factors.items() if len(levels) == 1}
    for levels in choices:
        known.update(levels)
    return {factor: known[factor] for factor in run.factors}


def series_levels(run, series):
    """The levels that get a colour each; a figure without a series factor has one, unnamed."""
    return run.factors[series] if series else [""]


def columns_for(n_panels):
    """(columns, width in inches) of a grid of panels."""
    if n_panels <= 2:
        return n_panels, COLUMN_INCHES
    if n_panels == 4:
        return 2, COLUMN_INCHES
    return min(n_panels, 4), PAGE_INCHES


def page_columns(n_panels):
    """Columns of a grid of wide panels on a page."""
    return {1: 1, 2: 2, 4: 2}.get(n_panels, 3)


def sheet(width):
    """An empty figure; its height is set by finish()."""
    figure = Figure(figsize=(width, 1.0))
    FigureCanvasAgg(figure)
    return figure


def finish(figure, body_inches, handles, title=None):
    """Sets the height, puts title and legend above the panels and lays the panels out."""
    strip = PAD_INCHES
    heading = None
    _literal(figure)
    if title:
        columns = int(figure.get_figwidth() / CHARACTER_INCHES)
        heading = figure.text(0.5, 1, textwrap.fill(title, columns), ha="center", va="top",
                              fontsize=8, parse_math=False)
        title_top, strip = strip, strip + _inches(figure, heading)[1] + 2 * PAD_INCHES
    legend = _legend(figure, handles) if handles else None
    legend_top = strip
    if legend:
        strip += _inches(figure, legend)[1]
    height = body_inches + strip
    figure.set_figheight(height)
    if heading:
        heading.set_y(1 - title_top / height)
    if legend:
        legend.set_bbox_to_anchor((0.5, 1 - legend_top / height), figure.transFigure)
    figure.set_layout_engine("constrained", rect=(0, 0, 1, body_inches / height),
                             h_pad=PAD_INCHES, w_pad=PAD_INCHES, hspace=0.03, wspace=0.03)
    # Laid out once, here: else every format that is saved would do it twice again.
    figure.draw_without_rendering()
    if _wrap_labels(figure):
        figure.draw_without_rendering()
    figure.set_layout_engine("none")


def _wrap_labels(figure):
    """Gives names of vertical axes that are longer than their axis more lines; True where there were any."""
    wrapped = False
    for axes in figure.axes:
        label, room = axes.yaxis.label, axes.bbox.height / figure.dpi
        text, length = label.get_text(), _inches(figure, label)[1]
        if text and length > room:
            label.set_text(textwrap.fill(text, max(1, int(len(text) * room / length)), break_long_words=False))
            wrapped = True
    return wrapped


def _legend(figure, handles):
    """A legend in as many columns as the width holds."""
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(handles=handles, loc="upper center", ncol=columns, borderpad=0.2,
                               borderaxespad=0, bbox_to_anchor=(0.5, 1))
        _literal(legend)
        if columns == 1 or _inches(figure, legend)[0] <= figure.get_figwidth():
            return legend
        legend.remove()
    return None


def _literal(artist):
    """Names hold dollars that are dollars: a level may be a command line."""
    for text in artist.findobj(Text):
        if not text.get_text().startswith(MATHEMATICS):
            text.set_parse_math(False)


def _inches(figure, artist):
    """(width, height) of an artist as drawn."""
    extent = artist.get_window_extent(figure.canvas.get_renderer())
    return extent.width / figure.dpi, extent.height / figure.dpi


def panel_title(axes, levels, inches):
    """Names the panel's levels above it: in one line where `inches` hold it, else a line each."""
    text = levels_text(levels)
    if len(text) * CHARACTER_INCHES > inches:
        text = "\n".join(fit(line, inches) for line in levels_text(levels, "\n").split("\n"))
    if text:
        axes.set_title(text, pad=3)
    return text.count("\n")


def fit(label, inches):
    """A tick label broken at blanks and after underscores so that it fits into `inches`."""
    width = max(4, int(inches / CHARACTER_INCHES))
    if len(label) <= width:
        return label
    pieces = label.replace("_", "_ ").split(" ")
    lines = [""]
    for piece in pieces:
        glue = "" if not lines[-1] or lines[-1].endswith("_") else " "
        if lines[-1] and len(lines[-1]) + len(glue) + len(piece) > width:
            lines.append(piece)
        else:
            lines[-1] += glue + piece
    return "\n".join(lines)


def group_labels(axes, labels, inches):
    """Names the groups at 0, 1, ... of the x axis, each `inches` wide; slanted if they must be."""
    fitted = [fit(text, 0.95 * inches) for text in labels]
    widest = max(len(line) for text in fitted for line in text.split("\n"))
    axes.set_xlim(-0.5, len(labels) - 0.5)
    axes.set_xticks(range(len(labels)))
    axes.tick_params(axis="x", length=0)
    if widest * CHARACTER_INCHES <= inches:
        axes.set_xticklabels(fitted)
    else:
        axes.set_xticklabels(labels, rotation=35, ha="right", rotation_mode="anchor")


def label(value, unit, significant=3):
    """A quantity with a thin space between number and prefix."""
    return "0" if value == 0 else quantity(value, unit, significant).replace(" ", THIN_SPACE)


def unit_ticks(axis, unit):
    """Tick labels with prefixes and no more digits than they need: 500 k, 1.5 M, 128 MiB."""
    def text(value, _):
        divisor, suffix = scale_of(value, unit)
        return "0" if value == 0 else f"{value / divisor:.4g}{THIN_SPACE}{suffix}".strip()
    def between(value, place):
        low, high = sorted(axis.get_view_interval())
        named = 0 < low and high < SHORT * low and round(value / 10 ** math.floor(math.log10(value))) in (2, 5)
        return text(value, place) if named else ""
    axis.set_major_formatter(FuncFormatter(text))
    axis.set_minor_formatter(FuncFormatter(between))


def byte_ticks(axis, most, ticks=3):
    """Up to `ticks` ticks below `most` bytes, at multiples of a power of two."""
    step = 2 ** math.ceil(math.log2(most / (ticks + 0.5)))
    axis.set_major_locator(MultipleLocator(step))
    unit_ticks(axis, "bytes")


def log_byte_ticks(axis):
    """Ticks of a logarithmic axis of bytes: 64 KiB, 1 MiB, 16 MiB."""
    axis.set_major_locator(LogLocator(base=16))
    axis.set_minor_locator(NullLocator())
    unit_ticks(axis, "bytes")


def needs_log(medians, span):
    """Do they differ by more than `span` times? Zeros may be among them, negative numbers may not."""
    positive = [median for median in medians if median > 0]
    return bool(positive) and min(medians) >= 0 and max(positive) > span * min(positive)


def value_scale(axes, values, medians, unit, span):
    """Scales the vertical axis for `values`: from zero, or logarithmic where the medians need it, with zeros at
    its foot. Returns what the caption must say of it, or None."""
    positive = [value for value in values if value > 0]
    if not needs_log(medians, span):
        axes.set_ylim(1.08 * min(0, *values), 1.08 * max(0, *values) or 1)
        if unit == "bytes":
            byte_ticks(axes.yaxis, axes.get_ylim()[1], ticks=4)
        else:
            unit_ticks(axes.yaxis, unit)
        return None
    if min(medians) > 0:
        axes.set_yscale("log")
        axes.set_ylim(min(positive) / 1.6, max(positive) * 1.6)
    else:
        symlog_scale(axes, min(positive), max(positive) * 1.6)
    unit_ticks(axes.yaxis, unit)
    return "Logarithmic axis" if min(medians) > 0 else "Logarithmic axis, zeros at its foot"


def symlog_scale(axes, least, top, most=5):
    """A vertical axis from 0 to `top`, linear below `least` and logarithmic above, with at most so many labels."""
    power = math.floor(math.log10(least))
    axes.set_yscale("symlog", linthresh=10.0 ** power, linscale=1)
    axes.set_ylim(0, top)
    last = math.floor(math.log10(top))
    every = max(1, math.ceil((last - power + 1) / (most - 1)))
    axes.yaxis.set_major_locator(FixedLocator([0, *(10.0 ** at for at in range(power, last + 1, every))]))


def decades(axis, low, high):
    """Ticks of a logarithmic axis from `low` to `high`, a label at each power of ten or each second one: 1, 0.1,
    0.01, 10⁻³."""
    def text(value, _):
        power = round(math.log10(value))
        return f"{value:g}" if abs(power) < 3 else "10" + str(power).translate(SUPERSCRIPTS)
    every = 1 if math.log10(high / low) <= MOST_DECADES else 2
    axis.set_major_locator(LogLocator(base=10 ** every, numticks=20))
    axis.set_minor_locator(LogLocator(base=10, numticks=20))
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(text))
