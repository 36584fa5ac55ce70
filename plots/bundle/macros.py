"""numbers.tex and numbers.json: a macro for every number that a text may quote.

A name is made of letters alone: Fl, the experiment, then what the number is, in words of the run itself. It depends on
nothing else, so that a paper keeps its meaning when a question is added, or breaks where one is gone.
"""

import hashlib
import json
import re
from dataclasses import dataclass

from bundle import latex
from load import level_label
from study import claims, terminal
from study.samples import is_missing
from words import level_name, levels_text

PREFIX = "Fl"
FIGURES = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
WORD = re.compile(r"[A-Za-z]+|[0-9]|%|(?<=[0-9])\.(?=[0-9])")
SIGNS = {"%": "Percent", ".": "Point"}
HASH_LETTERS = 6
HEAD = r"""% Every number that a text may quote, each as a macro. Made by `faultlab report --paper`; do not edit.
% numbers.json has the same by name, with the values as they were computed.
% A number that is not there is \FlMissing{why}; redefine that to see why.
\providecommand{\FlMissing}[1]{\textit{missing}}
"""


@dataclass
class Macro:
    """One number or word.

    entry     the run that it is of
    words     what it is, piece by piece; its name is made of them
    identity  what tells it from all others, where two names would be the same
    tex       what the macro expands to
    value     the number as computed, in `unit`; a word; or missing
    what      the same as `words`, for a reader
    """

    entry: object
    words: list
    identity: tuple
    tex: str
    value: object
    unit: str
    what: str

    @property
    def base(self):
        again = f"Run{camel(str(self.entry.number))}" if self.entry.number > 1 else ""
        return PREFIX + camel(self.entry.manifest["experiment"]) + again + "".join(map(camel, self.words))


def camel(text):
    """`mmap_shared` -> MmapShared, `50% of dataset` -> FiveZeroPercentOfDataset."""
    return "".join(_word(piece) for piece in WORD.findall(text))


def _word(piece):
    if piece.isdigit():
        return FIGURES[int(piece)]
    return SIGNS.get(piece) or piece[0].upper() + piece[1:]


def of_bundle(entries):
    """name -> Macro, in the order of the runs."""
    found = [macro for entry in entries for macro in _of_entry(entry)]
    sharing = {}
    for macro in found:
        sharing.setdefault(macro.base, set()).add(_identity(macro))
    return {_name(macro, sharing[macro.base]): macro for macro in found}


def _identity(macro):
    return (macro.entry.name, *map(str, macro.identity))


def _name(macro, sharing):
    """Where levels differ in signs alone, letters that stand for the whole identity tell them apart."""
    if len(sharing) == 1:
        return macro.base
    digest = hashlib.sha256("\0".join(_identity(macro)).encode()).hexdigest()
    return macro.base + "X" + "".join(chr(ord("a") + int(figure, 16)) for figure in digest[:HASH_LETTERS])


def _of_entry(entry):
    metrics, _ = entry.metrics
    for cell in entry.study["cells"]:
        for metric in metrics:
            yield from _of_cell(entry, cell, metric)
    for expectation in entry.study["expectations"]:
        yield from _of_expectation(entry, expectation)
    for claim in entry.study["claims"]:
        verdict = claims.in_words(claim)
        yield Macro(entry, ["claim", claim["claim"], "verdict"], ("claim", claim["claim"]), latex.escaped(verdict),
                    verdict, "word", f"verdict of the claim: {claim['claim']}")


def _of_cell(entry, cell, metric):
    run, numbers = entry.run, cell["metrics"][metric]
    levels = {factor: level for factor, level in cell["cell"].items() if len(run.factors[factor]) > 1}
    words = [*(level_name(factor, level) for factor, level in levels.items()), metric]
    what = f"of {metric}, {levels_text(cell['cell']) or 'all trials'}"
    identity = ("cell", sorted(cell["cell"].items()), metric)
    if is_missing(numbers):
        yield from _estimate(entry, words, identity, {"value": numbers, "interval": numbers}, "median", metric, what)
        return
    yield from _estimate(entry, words, identity, {"value": numbers["median"], **numbers}, "median", metric, what)
    yield Macro(entry, [*words, "n"], (*identity, "n"), str(numbers["n"]), numbers["n"], "trials",
                f"ok trials {what}")


def _of_expectation(entry, expectation):
    claim = terminal.claim(expectation)
    if "of" not in expectation:
        yield _verdict(entry, ["claim", claim, "testable"], ("expect", claim), expectation["verdict"], claim)
        return
    words = [expectation["that"], *_sides(expectation)]
    bounds = [(key, expectation[key]) for key in ("at_least", "at_most", "is") if key in expectation]
    identity = ("expect", words, bounds, expectation.get("best_of"))
    yield _verdict(entry, words, identity, expectation["verdict"], claim)
    kind = expectation["that"].split(" of ")[0].replace("paired ", "")
    for stratum in expectation["strata"]:
        # Which levels were best is a result, no name.
        free = {factor: level for factor, level in stratum["stratum"].items() if factor != expectation.get("best_of")}
        inner = [*words, *(level_name(factor, level) for factor, level in free.items())]
        what = f"of {claim}" + (f"; {levels_text(stratum['stratum'])}" if stratum["stratum"] else "")
        of_it = (*identity, sorted(free.items()))
        if free:
            yield _verdict(entry, inner, of_it, stratum["verdict"], what)
        if kind in stratum:
            metric = expectation["that"].split(" of ", 1)[1] if kind == "median" else None
            yield from _estimate(entry, inner, of_it, {**stratum, "value": stratum[kind]}, kind, metric, what)


def _sides(expectation):
    """Of what, over what, where: the levels that an expectation names."""
    sides = []
    for side in ("of", "over", "where"):
        if expectation.get(side):
            sides += [side, *(level_name(factor, level_label(level)) for factor, level in expectation[side].items())]
    return sides


def _verdict(entry, words, identity, verdict, what):
    return Macro(entry, [*words, "verdict"], (*identity, "verdict"), latex.escaped(verdict), verdict, "word",
                 f"verdict {what if what.startswith('of ') else f'of {what}'}")


def _estimate(entry, words, identity, numbers, kind, metric, what):
    """A value (`kind`: median, ratio), the two ends of its interval, and the interval as a whole."""
    unit = entry.run.metrics[metric]["unit"] if metric in entry.run.metrics else "1"
    value, interval = numbers["value"], numbers["interval"]
    unless = next((side for side in (value, interval) if is_missing(side)), None)
    parts = {kind: (value, None if is_missing(value) else latex.quantity(value, unit))}
    for end in ("low", "high"):
        at = unless or interval[end]
        parts[end] = (at, None if unless else latex.quantity(at, unit))
    ends = unless or [interval["low"], interval["high"]]
    parts["interval"] = (ends, None if unless else latex.interval(*ends, value, unit))
    names = {kind: kind, "low": f"lower end of the interval of the {kind}",
             "high": f"upper end of the interval of the {kind}", "interval": f"interval of the {kind}"}
    for part, (number, tex) in parts.items():
        tex = rf"\FlMissing{{{latex.escaped(number['missing'])}}}" if tex is None else tex
        yield Macro(entry, [*words, part], (*identity, part), tex, number, unit, f"{names[part]} {what}")


def as_tex(macros, entries):
    """The text of numbers.tex."""
    lines = [HEAD]
    for entry in entries:
        lines.append(latex.comment(f"==== {entry.name}: {entry.manifest.get('question', '')}"))
        lines += [latex.comment(f"{metric} is missing everywhere: {why}")
                  for metric, why in entry.metrics[1].items()]
        for name, macro in macros.items():
            if macro.entry is entry:
                lines.append(latex.comment(f"{macro.what}; run {entry.name}; unit {macro.unit}"))
                lines.append(rf"\newcommand{{\{name}}}{{{macro.tex}}}")
        lines.append("")
    return "\n".join(lines)


def as_json(macros, entries):
    """The text of numbers.json: macro -> value, unit, what it is, and of which run."""
    content = {
        "schema_version": 1,
        "missing": {entry.key: entry.metrics[1] for entry in entries},
        "macros": {name: {"value": macro.value, "unit": macro.unit, "what": macro.what, "run": macro.entry.name,
                          "text": macro.tex} for name, macro in macros.items()}}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
