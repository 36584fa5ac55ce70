"""Which cell of one input is which cell of the base.

Two cells are the same where no factor tells them apart. A factor that one side does not have is settled by the
other's config, or does not matter where there is only one level of it; else the sides are not comparable until
--of-factor chooses one.
"""

import re
from dataclasses import dataclass

from compare.inputs import UsageError
from load import level_label

MOST_NAMED = 6  # levels in a sentence
PAIRS = re.compile(r",\s*(?=[^,=]+=)")  # a level may hold commas, a factor's name does not


@dataclass(frozen=True)
class Candidate:
    """A cell that takes part: `levels` by the names of the base, `cell` by its run's own."""

    levels: dict
    cell: dict


def candidates(inputs, matches, chosen):
    """({letter: Candidates in plan order} of the cells that take part, lonely cells).

    matches  what --match says: pairs (levels of a later input, levels of the base), as texts
    chosen   what --of-factor says: texts F=LEVEL
    lonely   [{"input", "cell", "why"}]: cells whose names --match gave to others
    """
    renames = [(_levels(left), _levels(right)) for left, right in matches]
    _check_renames(inputs[1:], renames)
    found, lonely = {}, []
    for number, each in enumerate(inputs):
        found[each.letter], displaced = _renamed_cells(each, renames if number else [])
        lonely += [{"input": each.letter, "cell": cell, "why": "--match puts another cell in its place"}
                   for cell in displaced]
    return _choose(found, [_levels(text) for text in chosen]), lonely


def pair(base, other, found):
    """(pairs, lonely): what base and other have in common, and what they have not.

    pairs   [(Candidate of base, Candidate of other)] in the base's order
    lonely  [{"input", "cell", "why"}] of the cells without a counterpart
    """
    ours, theirs = found[base.letter], found[other.letter]
    loose = _undecided_factors(base, ours, other, theirs)
    pairs = [(one, two) for one in ours for two in theirs if _same(base, one, other, two, ours, theirs)]
    lonely = [_lonely(base, one, other, loose) for one in ours if one not in [first for first, _ in pairs]]
    lonely += [_lonely(other, two, base, loose) for two in theirs if two not in [second for _, second in pairs]]
    return pairs, lonely


def varied(held):
    """Factors of `held` that have several levels."""
    factors = dict.fromkeys(factor for one in held for factor in one.levels)
    return [factor for factor in factors if len(_levels_of(held, factor)) > 1]


def _levels(text):
    """`F=LEVEL, G=LEVEL` as a dict."""
    pieces = [piece.partition("=") for piece in PAIRS.split(text)]
    if any(not factor.strip() or not sign or not level.strip() for factor, sign, level in pieces):
        raise UsageError(f"{text}: write FACTOR=LEVEL, as in 'workload.engine=pread'")
    return {factor.strip(): level.strip() for factor, _, level in pieces}


def _renamed_cells(each, renames):
    """(Candidates, cells whose names others have got)."""
    held = [Candidate(_renamed(cell, renames), cell) for cell in each.run.cells]
    moved = [one.levels for one in held if one.levels != one.cell]
    for levels in moved:
        if moved.count(levels) > 1:
            raise UsageError(f"--match makes two cells of {each.letter} the same, {_text(levels)}: cells are never "
                             "pooled")
    displaced = [one for one in held if one.levels == one.cell and one.levels in moved]
    return [one for one in held if one not in displaced], [one.cell for one in displaced]


def _renamed(cell, renames):
    for left, right in renames:
        if all(cell.get(factor) == level for factor, level in left.items()):
            cell = {**{factor: level for factor, level in cell.items() if factor not in left}, **right}
    return cell


def _check_renames(others, renames):
    for left, _ in renames:
        if not any(left.items() <= cell.items() for each in others for cell in each.run.cells):
            known = dict.fromkeys(f"{factor}={level}" for each in others for cell in each.run.cells
                                  for factor, level in cell.items())
            raise UsageError(f"--match {_text(left)}: no input after the first has such a cell; they have "
                             f"{', '.join(known)}")


def _choose(found, wanted):
    """Only the cells with a wanted level, of the inputs that have its factor; levels of one factor are alternatives."""
    levels = {}
    for each in wanted:
        for factor, level in each.items():
            levels.setdefault(factor, []).append(level)
    for factor, allowed in levels.items():
        known = dict.fromkeys(one.levels[factor] for held in found.values() for one in held if factor in one.levels)
        if not known:
            factors = dict.fromkeys(name for held in found.values() for one in held for name in one.levels)
            raise UsageError(f"--of-factor: no factor {factor} in any input; there are {', '.join(factors)}")
        if strange := [level for level in allowed if level not in known]:
            raise UsageError(f"--of-factor: no level {strange[0]} of {factor} in any input; there are "
                             f"{', '.join(known)}")
        found = {letter: [one for one in held if one.levels.get(factor, allowed[0]) in allowed]
                 for letter, held in found.items()}
    return found


def _same(base, one, other, two, ours, theirs):
    for factor in {**one.levels, **two.levels}:
        first, second = one.levels.get(factor), two.levels.get(factor)
        if first is None:
            if len(_levels_of(theirs, factor)) == 1:
                continue  # a setting of the other's, which the differences in config tell
            first = _by_config(base, factor)
        elif second is None:
            if len(_levels_of(ours, factor)) == 1:
                continue
            second = _by_config(other, factor)
        if first is None or first != second:
            return False
    return True


def _undecided_factors(base, ours, other, theirs):
    """{factor: (letter that does not have it, letter that has it, levels to choose from)}."""
    sides = ((base, ours, other, theirs), (other, theirs, base, ours))
    return {factor: (without.letter, has.letter, _levels_of(levels, factor))
            for without, held, has, levels in sides for factor in varied(levels)
            if not _levels_of(held, factor) and _by_config(without, factor) is None}


def _levels_of(held, factor):
    return list(dict.fromkeys(one.levels[factor] for one in held if factor in one.levels))


def _by_config(each, factor):
    """The level that the config of an input has where the other varies it; None where it says nothing."""
    value = each.run.manifest.get("config", {})
    for word in factor.split("."):
        if not isinstance(value, dict) or word not in value:
            return None
        value = value[word]
    if isinstance(value, dict):
        value = value.get("kind")
    return None if value is None else level_label(value)


def _lonely(each, one, other, loose):
    factor = next(iter(loose), None)
    if factor is None:
        why = f"{other.letter} has no such cell"
    else:
        without, has, levels = loose[factor]
        named = ", ".join(levels[:MOST_NAMED]) + (", ..." if len(levels) > MOST_NAMED else "")
        why = f"{without} does not say which {factor}, of which {has} has {named}: choose one by --of-factor " \
              f"'{factor}=LEVEL'"
    return {"input": each.letter, "cell": one.cell, "why": why}


def _text(levels):
    return ", ".join(f"{factor}={level}" for factor, level in levels.items())
