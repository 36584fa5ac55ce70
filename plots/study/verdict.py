"""From bounds and an interval to one word, and from many words to one.

An expectation claims that a quantity (a ratio or a median) lies within [at_least, at_most], both
inclusive, either absent.

    confirmed          the whole interval lies within the bounds
    refuted            the whole interval lies outside them
    no difference      a ratio that is neither, whose interval lies within the equivalence margin
                       [1/1.03, 1.03]: the data say "equal for all that matters", whatever side of
                       1 the bound is on
    undecided          the interval straddles a bound, or there are too few trials for one
    not testable here  the metric is missing or no trial was ok

A comparison that claims nothing has one of three words, by difference():

    different          the interval leaves out 1, and the second witness agrees
    no difference      the whole interval lies within the equivalence margin, whether or not it leaves out 1
    undecided          neither

For ratios Mann-Whitney (Wilcoxon for pairs) is a second witness: a verdict of confirmed or refuted whose Holm-adjusted
p reaches 5 % becomes undecided. Samples that are constant on both sides need no witness: their
ratio is exact.
"""

from study.samples import is_missing

EQUIVALENCE = 1.03
ALPHA = 0.05
DIFFERENT = "different"
# From weakest to strongest: an expectation is as good as its weakest stratum.
STRENGTH = ("refuted", "undecided", "not testable here", "no difference", "confirmed")


def of_interval(interval, at_least, at_most):
    """confirmed, refuted or undecided; `interval` is {"low", "high"} or missing."""
    if is_missing(interval):
        return "undecided"
    low, high = interval["low"], interval["high"]
    if (at_least is not None and high < at_least) or (at_most is not None and low > at_most):
        return "refuted"
    if (at_least is None or low >= at_least) and (at_most is None or high <= at_most):
        return "confirmed"
    return "undecided"


def of_ratio(interval, at_least, at_most, p_holm, exact):
    """(verdict, why) for a ratio; `exact` says that both samples are constant.

    `p_holm` is the adjusted p of the bound at issue, or missing.
    """
    word = of_interval(interval, at_least, at_most)
    if word == "undecided":
        return _undecided(interval)
    if not exact and (is_missing(p_holm) or p_holm >= ALPHA):
        return "undecided", f"the interval says {word}, the second witness does not agree"
    where = "within" if word == "confirmed" else "outside"
    return word, f"the whole interval lies {where} the bounds"


def _undecided(interval):
    if is_missing(interval):
        return "undecided", interval["missing"]
    if interval["low"] >= 1 / EQUIVALENCE and interval["high"] <= EQUIVALENCE:
        return "no difference", "the whole interval lies within 3 % of 1"
    return "undecided", "the interval straddles a bound"


def difference(interval, p, exact=False):
    """(word, why): are the two sides of a ratio with this `interval` different?

    `p` is that of the second witness for "the ratio is 1", adjusted for the family that the comparison belongs to, or
    missing; `exact` says that both samples are constant. Both together call samples of one distribution different once
    in twenty times (docs/adr/0018-two-witnesses.md, 0019-all-quotients.md).
    """
    if is_missing(interval):
        return "undecided", interval["missing"]
    if interval["low"] >= 1 / EQUIVALENCE and interval["high"] <= EQUIVALENCE:
        return "no difference", "the whole interval lies within 3 % of 1"
    if interval["low"] <= 1 <= interval["high"]:
        return "undecided", "the interval holds 1"
    if not exact and (is_missing(p) or p >= ALPHA):
        return "undecided", "the interval leaves out 1, the second witness does not agree"
    return DIFFERENT, "the interval leaves out 1, and the second witness agrees"


def bound_at_issue(value, at_least, at_most):
    """The bound that `value` breaks, else the nearer of those it keeps; None without bounds.

    It is the bound that the second witness tests.
    """
    if at_least is not None and value < at_least:
        return at_least
    if at_most is not None and value > at_most:
        return at_most
    bounds = [bound for bound in (at_least, at_most) if bound is not None]
    return min(bounds, key=lambda bound: abs(value - bound), default=None)


def weakest(verdicts):
    """The verdict of an expectation from those of its strata."""
    return min(verdicts, key=STRENGTH.index, default="not testable here")
