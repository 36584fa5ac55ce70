"""A finished figure as SVG text: the same bytes each time, and several can stand in one HTML page."""

import hashlib
import io
import re
from xml.sax.saxutils import quoteattr

import style

IMAGE_DPI = 300  # of what is drawn as pixels
# Dates and versions of tools would make two drawings of one run differ.
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
# Definitions and what refers to them; matplotlib names them alike in every figure.
IDS = re.compile(r'(\bid="|\bxlink:href="#|\burl\(#)')


def write_svg(drawing, prefix=None, dpi=IMAGE_DPI):
    """`drawing` (a figures.Drawing) as one <svg> element, without an XML prolog.

    Each id in it begins with `prefix` (letters, digits and -, a letter first), so that the definitions of
    one figure cannot stand for another's; without one it is made from the content. Its style sheet is for
    itself alone. Text is drawn as outlines: it needs no font. The caption is the picture's label for
    readers that cannot see it. `dpi` is of what is drawn as pixels.
    """
    text = io.StringIO()
    with style.context():
        drawing.figure.savefig(text, format="svg", dpi=dpi, metadata=NO_METADATA)
    text = text.getvalue()
    body = text[text.index("<svg"):]
    prefix = prefix or "figure-" + hashlib.sha256(body.encode()).hexdigest()[:12]
    body = IDS.sub(rf"\g<1>{prefix}-", body)
    # Of the whole page, if it were not told whom it is for.
    body = body.replace('<style type="text/css">*{', f'<style type="text/css">#{prefix} *{{', 1)
    return body.replace("<svg ", f'<svg id="{prefix}" role="img" aria-label={quoteattr(drawing.caption)} ', 1)
