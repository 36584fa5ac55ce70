"""Text and numbers in plain LaTeX: no package, any font encoding, in text and in formulas.

Names of levels are the user's own words: whatever they hold, a table of them must compile, and show them.
"""

import re
import unicodedata

from words import digits, scale_of

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "\"": "{''}", "`": "{`}", "'": "{'}",
    # After \\ a bracket would be its argument, and a star its form.
    "[": "{[}", "]": "{]}", "*": "{*}",
    # Between braces, so that two of them are no longer dash.
    "-": "{-}", "–": "--", "—": "---", "…": r"\dots{}", "\u00a0": "~", "\u2009": r"\,", "\u202f": r"\,",
    "µ": r"\ensuremath{\mu}", "μ": r"\ensuremath{\mu}", "×": r"\ensuremath{\times}", "±": r"\ensuremath{\pm}",
    "≤": r"\ensuremath{\leq}", "≥": r"\ensuremath{\geq}", "≈": r"\ensuremath{\approx}", "→": r"\ensuremath{\to}",
    "°": r"\ensuremath{^\circ}", "·": r"\ensuremath{\cdot}", "“": "``", "”": "''", "‘": "`", "’": "'",
}
ACCENTS = {"\u0300": "\\`", "\u0301": "\\'", "\u0302": "\\^", "\u0303": "\\~", "\u0308": "\\\"", "\u0327": "\\c",
           "\u030a": "\\r", "\u030c": "\\v"}
# Unit of the registry -> how it follows a number and its prefix; others are words: 12.3 k pages.
UNITS = {"ns": "", "bytes": "", "1": "", "1/s": "/s"}
GROUPED_FROM = 10000


def escaped(text):
    """`text` as LaTeX that shows it. What the usual fonts lack is named by its number: [U+65E5]."""
    return "".join(map(_character, re.sub(r"[\t\n\r]+", " ", text)))


def comment(text):
    """`text` as one line of comment."""
    return "% " + re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text)


def _character(char):
    if char in SPECIAL:
        return SPECIAL[char]
    if " " <= char <= "~":
        return char
    base, *marks = unicodedata.normalize("NFD", char)
    if len(marks) == 1 and marks[0] in ACCENTS and base.isascii() and base.isalpha():
        return f"{ACCENTS[marks[0]]}{{{_dotless(base, marks[0])}}}"
    return f"{{[}}U+{ord(char):04X}{{]}}"


def _dotless(base, mark):
    """An i under an accent has no dot."""
    return f"\\{base}" if base in "ij" and mark != "\u0327" else base


def number(value, significant=3):
    """A number with three digits: 1.23, 12\\,300, 1.23 times a power of ten, with a minus sign."""
    text = digits(value, significant)
    if "e" in text:
        mantissa, exponent = text.split("e")
        return _signed(mantissa) + rf"\ensuremath{{\times10^{{{int(exponent)}}}}}"
    if abs(value) >= GROUPED_FROM:
        text = f"{int(text):,}".replace(",", r"\,")
    return _signed(text)


def _signed(text):
    return rf"\ensuremath{{-}}{text[1:]}" if text.startswith("-") else text


def quantity(value, unit):
    """A value of the registry's `unit` with its prefix: 1.23\\,M/s, 12.3\\,\\ensuremath{\\mu}s, 256\\,MiB."""
    divisor, suffix = scale_of(value, unit)
    return _with_suffix(number(value / divisor), suffix, unit)


def interval(low, high, value, unit):
    """[1.20, 1.25]\\,M/s: with the prefix of `value`, so that the two can be compared."""
    divisor, suffix = scale_of(value, unit)
    return _with_suffix(f"{{[}}{number(low / divisor)}, {number(high / divisor)}{{]}}", suffix, unit)


def _with_suffix(text, suffix, unit):
    tail = escaped(suffix) + UNITS.get(unit, "")
    # A unit without a prefix that is a stroke and a letter stands close: 12/s.
    joined = f"{text}\\,{tail}" if suffix else f"{text}{tail}"
    return joined if unit in UNITS else f"{joined}\\ {escaped(unit)}"
