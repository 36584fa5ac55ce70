"""A Drawing as SVG that can stand in a page with others: the same bytes every time, no name used twice.

Letters are paths, as in the PDF: a figure was laid out for the widths of its own font, which few readers have. What a
figure says in words stands beside it as text.
"""

import io
import re

from markupsafe import Markup

import style

MOST_POINTS = 12_000  # drawn as vectors; of more, the artists with the most points become pixels
RASTER_DPI = 220
SCREEN = 1.45  # of a figure's size in print: 7 pt are too small on a screen
PIXELS_PER_INCH = 96
_PROLOGUE = re.compile(r"\A.*?(?=<svg)|<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style.*?</style>\s*</defs>", re.S)
_SIZE = re.compile(r'\s(?:width|height)="[\d.]+pt"')
_NAMES = re.compile(r'(\bid="|href="#|url\(#)')
_LONG = re.compile(r"(-?\d+\.\d{2})\d+")


def svg(drawing, prefix, label):
    """The markup of `drawing`; `prefix` goes before all its ids, `label` is the id of what names it."""
    for artist in _too_detailed(drawing.figure):
        artist.set_rasterized(True)
    stream = io.StringIO()
    with style.context():
        drawing.figure.savefig(stream, format="svg", dpi=RASTER_DPI,
                               metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = _PROLOGUE.sub("", stream.getvalue())
    head, _, body = text.partition(">")
    head = _SIZE.sub("", head).replace("<svg", f'<svg role="img" aria-labelledby="{label}"', 1)
    body = re.sub(r'\bd="[^"]*"', lambda path: _LONG.sub(r"\1", path[0]), body)
    return Markup(_NAMES.sub(rf"\g<1>{prefix}-", f"{head}>{body}"))


def width(drawing):
    """How wide it is on a screen, in CSS pixels, where there is room."""
    return round(drawing.figure.get_figwidth() * PIXELS_PER_INCH * SCREEN)


def _too_detailed(figure):
    """The artists that make a figure's file long: those with the most points, until few enough are left."""
    sized = [(_points(artist), place, artist) for place, artist in enumerate(
        artist for axes in figure.axes for artist in (*axes.lines, *axes.collections))]
    total = sum(points for points, _, _ in sized)
    found = []
    for points, _, artist in sorted(sized, key=lambda each: (-each[0], each[1])):
        if total <= MOST_POINTS:
            break
        total -= points
        found.append(artist)
    return found


def _points(artist):
    if hasattr(artist, "get_xydata"):
        return len(artist.get_xydata())
    places = len(artist.get_offsets()) if artist.get_offsets() is not None else 1
    return max(places, sum(len(path.vertices) for path in artist.get_paths()))
