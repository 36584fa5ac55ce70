"""Text in columns on a terminal: how wide it is, colours, alignment, bullets."""

import os
import shutil
import textwrap

NARROW, WIDE = 100, 120


def width_of(stream):
    """Characters a line may have; what is no terminal gets as many as the widest one."""
    if not stream.isatty():
        return WIDE
    return max(NARROW, min(WIDE, shutil.get_terminal_size().columns))


def painter(stream, colours):
    """A function (text, word) that gives `text` the colour of `word`, or its own, in `colours`, {word: code}.

    It paints only on a terminal, and where NO_COLOR is unset.
    """
    coloured = stream.isatty() and not os.environ.get("NO_COLOR")

    def paint(text, word=None):
        colour = colours.get(word or text)
        return f"\033[{colour}m{text}\033[0m" if coloured and colour else text
    return paint


def short(text, most):
    return text if len(text) <= most else text[:most - 1] + "…"


def width_of_rows(rows):
    return sum(max(map(len, column)) + 2 for column in zip(*rows)) - 2


def align(rows, n_left):
    """Lines of columns two spaces apart; the first `n_left` to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(text.ljust(w) if i < n_left else text.rjust(w)
                      for i, (text, w) in enumerate(zip(row, widths))).rstrip() for row in rows]


def bullets(sentences, width, indent=""):
    return [line for sentence in sentences for line in textwrap.wrap(
        sentence, width, initial_indent=f"{indent}- ", subsequent_indent=f"{indent}  ",
        break_long_words=False)]
