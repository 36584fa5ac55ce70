"""Comparisons that claim nothing: are two samples of one metric different, and what could these trials have shown?

One definition for the ratios of figures, for comparisons of runs and for the self-test.
"""

import math
from collections import namedtuple

from study.ratio import compare, constant, holm, two_sided_p
from study.samples import is_missing, missing
from study.verdict import ALPHA, EQUIVALENCE, difference
from words import digits


def contrast(of, over, seed):
    """ratio.compare() of two 1-D samples, with `p` for "the ratio is 1" and whether it is `exact` (no scatter)."""
    result = compare(of, over, seed)
    if is_missing(result["ratio"]):
        return {**result, "exact": False, "p": result["ratio"]}
    return {**result, "exact": constant(of) and constant(over), "p": two_sided_p(of, over, 1)}


def judge(contrasts):
    """Gives each of a family of contrasts `p_holm`, `verdict` and `why`; they are changed in place, and returned.

    A contrast whose ratio is missing is "not testable here", and no part of the family.
    """
    testable = [each for each in contrasts if not is_missing(each["p"])]
    for each, p in zip(testable, holm([each["p"] for each in testable])):
        each["p_holm"] = p
    for each in contrasts:
        each.setdefault("p_holm", missing("no p"))
        each["verdict"], each["why"] = (
            ("not testable here", each["ratio"]["missing"]) if is_missing(each["ratio"])
            else difference(each["interval"], each["p_holm"], each["exact"]))
    return contrasts


def power(result):
    """What the trials behind a ratio could have shown, in words; a list of clauses, empty where it is not known."""
    least, trials = result.get("minimum_detectable_ratio"), result.get("trials_for_margin")
    if least is None or is_missing(least):
        return []
    clauses = [f"these trials could have shown a difference of {effect(least)}"]
    if is_missing(trials):
        return [*clauses, f"{trials['missing']} trials would show {effect(EQUIVALENCE)}"]
    if trials > min(result["n_of"], result["n_over"]):
        clauses.append(f"{trials} trials a cell would show {effect(EQUIVALENCE)}")
    return clauses


# Of a ratio: the trials of both sides, and the second witness's p before and after Holm.
Witness = namedtuple("Witness", "n_of n_over p p_holm")


def alone(witnesses):
    """Sentences on ratios that are undecided by their second witness alone, whose Witnesses these are; none of none."""
    if not witnesses:
        return []
    enough = max(map(_trials_to_speak, witnesses))
    if enough <= min(min(each.n_of, each.n_over) for each in witnesses):
        return [f"{len(witnesses)} undecided by the second witness alone: their p is not below {100 * ALPHA:g} %"]
    return [f"{len(witnesses)} undecided by the second witness alone: with as few trials as these, so many ratios at "
            f"once leave Mann-Whitney no p below {100 * ALPHA:g} % after Holm; {enough} trials a cell would, or fewer "
            "ratios"]


def _trials_to_speak(witness):
    """The least number of trials a side for which some samples have a p that Holm leaves below ALPHA."""
    family = witness.p_holm / witness.p if witness.p > 0 else 1
    trials = 2
    while 2 / math.comb(2 * trials, trials) * family >= ALPHA:
        trials += 1
    return trials


def effect(ratio):
    """A ratio above 1 as a difference: 1.07 -> 7 %, 2.3 -> a factor of 2.3."""
    return f"a factor of {digits(ratio)}" if ratio >= 2 else f"{100 * (ratio - 1):.2g} %"
