"""--bound 'METRIC 5%': how much worse than the base is too much, and in which cells it is."""

import re
from dataclasses import dataclass

from compare.inputs import UsageError
from study import verdict
from study.ratio import holm, two_sided_p
from study.samples import is_missing

FORM = re.compile(r"\s*(\w+)\s+(\d+(?:\.\d+)?)\s*%\s*")
CROSSED, MAYBE, KEPT, UNTESTED = "crossed", "may have crossed", "kept", "not tested"
# What crossed and may have crossed mean where nothing else is said.
BEYOND = "the whole interval lies beyond the bound, and the second witness agrees"
REACHES = "the interval reaches beyond the bound"


@dataclass(frozen=True)
class Bound:
    """`metric` may be worse than the base's by `per_cent`; higher_is_better says which way worse is."""

    metric: str
    per_cent: float
    higher_is_better: bool

    @property
    def limit(self):
        """The ratio to the base at which it is crossed."""
        share = self.per_cent / 100
        return 1 - share if self.higher_is_better else 1 + share

    @property
    def sides(self):
        """(at_least, at_most) of what is allowed."""
        return (self.limit, None) if self.higher_is_better else (None, self.limit)


def parse(text, registry):
    """A Bound from its text; `registry` is {metric: row}. Raises UsageError."""
    found = FORM.fullmatch(text)
    if not found:
        raise UsageError(f"--bound {text!r}: write a metric and per cent, as in 'ops_per_second 5%'")
    metric, per_cent = found[1], float(found[2])
    if metric not in registry:
        raise UsageError(f"--bound {text!r}: no metric {metric} in any input; `faultlab list metrics` names them")
    better = registry[metric]["better"]
    if better == "neither":
        raise UsageError(f"--bound {text!r}: neither more nor less of {metric} is better, so that nothing is worse")
    if better == "higher" and per_cent >= 100:
        raise UsageError(f"--bound {text!r}: nothing falls by {per_cent:g} %; give less than 100")
    return Bound(metric, per_cent, better == "higher")


def check(bounds, comparisons, samples):
    """A list parallel to `bounds`: metric, per_cent, limit, counts {word: n}, cells.

    comparisons  entries of comparison.compare(), of all metrics
    samples      parallel to them: (the base's, the later input's)

    A bound is crossed where the whole interval lies beyond it and Mann-Whitney agrees, after Holm over the cells of
    all bounds; it may have been crossed where they do not agree, or where the interval reaches beyond it.
    """
    tests = [(bound, entry, sides) for bound in bounds for entry, sides in zip(comparisons, samples)
             if entry["metric"] == bound.metric]
    p_values = [_p(bound, entry, sides) for bound, entry, sides in tests]
    adjusted = iter(holm([p for p in p_values if not is_missing(p)]))
    judged = [(bound, _judge(bound, entry, p if is_missing(p) else next(adjusted)))
              for (bound, entry, _), p in zip(tests, p_values)]
    return [_summary(bound, [cell for one, cell in judged if one is bound]) for bound in bounds]


def _p(bound, entry, sides):
    """Mann-Whitney's for "the ratio is the limit"; missing where no interval could be judged with it."""
    base, other = sides
    return entry["interval"] if is_missing(entry["interval"]) else two_sided_p(other, base, bound.limit)


def _judge(bound, entry, p):
    word, why = _word(bound, entry, p)
    return {"input": entry["input"], "cell": entry["cell"], "ratio": entry["ratio"], "interval": entry["interval"],
            "p_holm": p, "verdict": word, "why": why}


def _word(bound, entry, p):
    ratio, interval = entry["ratio"], entry["interval"]
    if is_missing(ratio):
        return _without_ratio(bound, entry)
    if is_missing(interval):
        return MAYBE, interval["missing"]
    at_least, at_most = bound.sides
    word, _ = verdict.of_ratio(interval, at_least, at_most, p, entry["exact"])
    if word == "refuted":
        return CROSSED, BEYOND
    if verdict.of_interval(interval, at_least, at_most) == "refuted":
        return MAYBE, "the interval lies beyond the bound, the second witness does not agree"
    # Within the bound is no accusation, and needs no second witness.
    if verdict.of_interval(interval, at_least, at_most) == "confirmed":
        return KEPT, "the whole interval lies within the bound"
    return MAYBE, REACHES


def _without_ratio(bound, entry):
    """From a base of 0, more of what should be less has no ratio, but is no good sign either."""
    base, other = entry["median_base"], entry["median"]
    if not is_missing(base) and not is_missing(other) and base == 0:
        if other == 0:
            return KEPT, "both medians are 0"
        if not bound.higher_is_better:
            return MAYBE, "the base's median is 0, this one is not"
    return UNTESTED, entry["ratio"]["missing"]


def _summary(bound, cells):
    counts = {word: sum(cell["verdict"] == word for cell in cells) for word in (CROSSED, MAYBE, KEPT, UNTESTED)}
    return {"metric": bound.metric, "per_cent": bound.per_cent, "limit": bound.limit, "counts": counts, "cells": cells}
