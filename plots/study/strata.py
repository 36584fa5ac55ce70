"""Which cells an expectation or a ratio is about, without ever pooling two of them.

The factors that neither `of`, `over` nor `where` names are free: each combination of their levels
is a stratum of its own.
"""

from load import level_label


def matches(cell, levels):
    """Does `cell` (factor -> label) have every level of `levels`?"""
    return all(cell.get(factor) == level_label(level) for factor, level in levels.items())


def unknown(run, *choices):
    """A sentence on the first factor or level that the run does not have, or None."""
    for levels in choices:
        for factor, level in levels.items():
            if factor not in run.factors:
                return f"no factor {factor} in this run"
            if level_label(level) not in run.factors[factor]:
                return f"no level {level_label(level)} of {factor} in this run"
    return None


def strata(run, sides, where, left_open=()):
    """Pairs (stratum, cells) in plan order.

    `sides` is a list of level choices (of, over); `stratum` maps the free factors to their labels;
    `cells` is a list parallel to `sides`, each entry the list of the cells that the side selects:
    more than one when the side leaves open a factor that the other side names, or one of `left_open`,
    which are not free either.
    """
    named = set(where).union(left_open, *sides)
    free = [factor for factor in run.factors if factor not in named]
    found = {}
    for cell in run.cells:
        if not matches(cell, where):
            continue
        key = tuple(cell[factor] for factor in free)
        for index, side in enumerate(sides):
            if matches(cell, side):
                found.setdefault(key, [[] for _ in sides])[index].append(cell)
    return [(dict(zip(free, key)), cells) for key, cells in found.items()]


def sole_cell_problem(sides, cells):
    """Why a stratum cannot be computed from one cell a side, or None."""
    for side, chosen in zip(sides, cells):
        if len(chosen) > 1:
            return f"{side} selects {len(chosen)} cells, and cells are never pooled: name the rest"
    return None
