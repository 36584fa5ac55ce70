"""Do two results agree? Pure functions of numbers and tolerances; an answer is a word and its reason."""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from study.expectations import UNTESTABLE
from study.samples import is_missing
from words import digits

AGREES, DISAGREES = "agrees", "disagrees"
UNDECIDED, NOT_COMPARED = "not decided", "not compared"
OPEN_VERDICTS = ("undecided", UNTESTABLE)
# Fewer cells have no ranks worth the name.
LEAST_RANKED = 3


@dataclass
class Answer:
    """AGREES, DISAGREES, UNDECIDED or NOT_COMPARED; why, in a few words; the numbers behind it."""

    word: str
    why: str
    numbers: dict = field(default_factory=dict)

    def as_json(self):
        return {"agreement": self.word, "why": self.why, **self.numbers}


def of_verdicts(old, new):
    if old in OPEN_VERDICTS or new in OPEN_VERDICTS:
        return Answer(UNDECIDED, f"{old}, twice" if old == new else f"{old}, then {new}")
    if old == new:
        return Answer(AGREES, "the same verdict")
    return Answer(DISAGREES, f"{old}, then {new}")


def of_numbers(old, new, factor):
    """Of two {"value", "interval"}, either of which may be missing."""
    absent = [side["value"]["missing"] for side in (old, new) if is_missing(side["value"])]
    if absent:
        return Answer(NOT_COMPARED, f"missing: {absent[0]}")
    apart = _apart(old["value"], new["value"])
    numbers = {"apart": apart if math.isfinite(apart) else {"missing": "one is 0, or they differ in sign"}}
    if _overlap(old["interval"], new["interval"]):
        return Answer(AGREES, "the intervals overlap", numbers)
    if apart <= factor:
        return Answer(AGREES, f"within x{factor:g}", numbers)
    how = f"x{digits(apart)} apart" if math.isfinite(apart) else "one is 0, or they differ in sign"
    return Answer(DISAGREES, f"{how}, more than x{factor:g}, and the intervals do not overlap", numbers)


def _apart(old, new):
    """How many times the one is the other, 1 and more."""
    if old == new:
        return 1.0
    if old * new <= 0:
        return math.inf
    return max(old / new, new / old)


def _overlap(old, new):
    if is_missing(old) or is_missing(new):
        return False
    return old["low"] <= new["high"] and new["low"] <= old["high"]


def of_figures(old, new, tolerance, factor, least=0.0):
    """Of two {name: {"value", "interval"}}: the same shape, whatever the machine's speed? Points that are below `least`
    in both are left out. Counts of a few events are never within a factor of each other: what their intervals cannot
    tell apart agrees, too."""
    names = [name for name in old if name in new and max(abs(old[name]["value"]), abs(new[name]["value"])) >= least]
    if not names:
        return Answer(NOT_COMPARED, "no cell has a number in both")
    ratios = {name: _ratio(old[name]["value"], new[name]["value"]) for name in names}
    speed = _median_ratio(ratios.values())
    elsewhere = [name for name in names if not _within(ratios[name], speed, factor)]
    outside = [name for name in elsewhere if not _overlap(old[name]["interval"], new[name]["interval"])]
    share = 1 - len(outside) / len(names)
    ranks = _rank_correlation([old[name]["value"] for name in names], [new[name]["value"] for name in names])
    swapped = 0 if is_missing(ranks) else _swaps(old, new, names, factor)
    within, overlapping = len(names) - len(elsewhere), len(elsewhere) - len(outside)
    numbers = {"cells": len(names), "cells_within": within, "cells_that_overlap": overlapping, "median_ratio": speed,
               "rank_correlation": ranks, "pairs_that_changed_places": swapped, "outside": outside,
               "only_published": [name for name in old if name not in new],
               "only_reproduced": [name for name in new if name not in old]}
    ordered = is_missing(ranks) or ranks >= tolerance["least_rank_correlation"] or swapped == 0
    close = share >= tolerance["least_share_of_cells"]
    overlaps = f", {overlapping} more by their intervals" if overlapping else ""
    why = f"{within} of {len(names)} within x{factor:g} of {_speed(speed)}{overlaps}; {_ranks(ranks, swapped)}"
    return Answer(AGREES if ordered and close else DISAGREES, why, numbers)


def _ratio(old, new):
    """New over old; None where both are 0, which says nothing of a machine's speed."""
    if old == new == 0:
        return None
    return math.inf if old * new <= 0 else new / old


def _median_ratio(ratios):
    usable = [ratio for ratio in ratios if ratio is not None and math.isfinite(ratio)]
    return float(np.median(usable)) if usable else {"missing": "no cell has a ratio"}


def _within(ratio, speed, factor):
    if ratio is None:
        return True
    return not is_missing(speed) and math.isfinite(ratio) and 1 / factor <= ratio / speed <= factor


def _rank_correlation(old, new):
    if len(old) < LEAST_RANKED:
        return {"missing": f"{len(old)} cells have no ranks worth the name"}
    if len(set(old)) == 1 or len(set(new)) == 1:
        return {"missing": "all cells are equal"}
    return round(float(stats.spearmanr(old, new).correlation), 9)  # 1 is 1


def _swaps(old, new, names, factor):
    """Pairs of cells that stand in another order, and in both runs further apart than the factor and than their
    intervals."""
    found = 0
    for i, one in enumerate(names):
        for other in names[:i]:
            sides = [(run[one], run[other]) for run in (old, new)]
            was, now = (first["value"] - second["value"] for first, second in sides)
            found += was * now < 0 and all(_are_apart(first, second, factor) for first, second in sides)
    return found


def _are_apart(one, other, factor):
    return _apart(one["value"], other["value"]) > factor and not _overlap(one["interval"], other["interval"])


def _speed(speed):
    return "no median ratio" if is_missing(speed) else f"their median ratio {digits(speed)}"


def _ranks(ranks, swapped):
    if is_missing(ranks):
        return f"no rank correlation: {ranks['missing']}"
    text = f"rank correlation {ranks:.2f}"
    if ranks < 1:
        text += f", {swapped} pairs changed places by more" if swapped else ", none changed places by more"
    return text
