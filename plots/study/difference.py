"""Comparisons that claim nothing: are two samples of one metric different, and what could these trials have shown?

One definition for the ratios of figures, for comparisons of runs and for the self-test.
"""

from study.ratio import compare, constant, holm, two_sided_p
from study.samples import is_missing, missing
from study.verdict import EQUIVALENCE, difference
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


def effect(ratio):
    """A ratio above 1 as a difference: 1.07 -> 7 %, 2.3 -> a factor of 2.3."""
    return f"a factor of {digits(ratio)}" if ratio >= 2 else f"{100 * (ratio - 1):.2g} %"
