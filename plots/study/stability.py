"""What makes a cell doubtful by its values alone: too few of them, spread, outliers, two modes, drift.

The thresholds of spread and outliers are pyperf's. What disturbed a trial from outside is in disturbance.py.
"""

import math

import numpy as np
from scipy import stats

from study.modes import P as MODES_P
from study.modes import two_modes
from study.ratio import constant, holm
from study.samples import MIN_TRIALS, too_few, trials_for_precision
from study.warning import warning
from words import quantity

SPREAD = 0.10     # standard deviation over mean
OUTLIER = 0.50    # largest distance from the mean, over the mean
DRIFT_P = 0.05    # after Holm over all cells and metrics
PRECISION = 0.05  # the half width of the interval that "how many trials" is about
MOST_TRIALS = 1000  # that anybody would run
# Below a count of 100, chance alone (Poisson) spreads by more than 10 % of the mean.
SMALL_COUNT = 100


def few_warnings(metric, values):
    """Says how many trials `values` (1-D) of `metric` lack for an interval, and about how many for a precise one."""
    n = len(values)
    if n == 0 or n >= MIN_TRIALS:
        return []
    text = f"{metric}: {too_few(n)}, {MIN_TRIALS - n} more"
    if not _without_scale(values):
        needed = max(MIN_TRIALS, trials_for_precision(values, PRECISION))
        text += f"; about {needed - n} more would bring the median within {PRECISION:.0%}"
    return [warning("few trials", text)]


def spread_warnings(metric, values):
    """Warnings on spread and outliers of `values` (1-D) of `metric`."""
    if _without_scale(values):
        return []
    found = []
    mean = float(np.mean(values))
    spread = float(np.std(values, ddof=1)) / abs(mean)
    if spread >= SPREAD:
        more = trials_for_precision(values, PRECISION) - len(values)
        enough = (f"it would take more than {MOST_TRIALS} trials" if more > MOST_TRIALS else
                  f"it would take about {more} more trials" if more > 0 else "there are enough trials")
        found.append(warning("spread", f"{metric}: standard deviation is {spread:.0%} of the mean; {enough} to bring "
                                       f"the median within {PRECISION:.0%}"))
    farthest = float(np.max(np.abs(values - mean))) / abs(mean)
    if farthest >= OUTLIER:
        found.append(warning("outlier", f"{metric}: one trial is {farthest:.0%} off the mean"))
    return found


def _without_scale(values):
    """Are these values of which a relative spread says nothing: one, around 0, or small counts?"""
    if len(values) < 2:
        return True
    mean = float(np.mean(values))
    return mean == 0 or abs(mean) < SMALL_COUNT and _whole(values)


def _whole(values):
    return bool(np.all(values == np.round(values)))


def modes(values):
    """modes.two_modes() of `values` that have a scale, or None."""
    return None if _without_scale(values) else two_modes(values)


def mode_warnings(found):
    """`found`: list of (cell index, metric, its unit, a result of modes()). Returns pairs (cell index, warning)."""
    adjusted = holm([each["p"] for *_, each in found])
    return [(index, warning("two modes", f"{metric}: {each['n_low']} trials around {quantity(each['low'], unit)}, "
                                         f"{each['n_high']} around {quantity(each['high'], unit)} (p {p:.2g})"))
            for (index, metric, unit, each), p in zip(found, adjusted) if p < MODES_P]


def drift(sequences, values):
    """(rho, p) of Spearman's correlation of `values` with their place in the run, or None."""
    if len(values) < MIN_TRIALS or constant(values):
        return None
    rho, p = stats.spearmanr(sequences, values)
    return None if math.isnan(p) else (float(rho), float(p))


def drift_warnings(drifts):
    """`drifts`: list of (cell index, metric, rho, p). Returns pairs (cell index, warning)."""
    adjusted = holm([p for *_, p in drifts])
    return [(index, warning("drift", f"{metric} {'rises' if rho > 0 else 'falls'} in the course of the run "
                                     f"(Spearman {rho:+.2f}, p {p:.2g})"))
            for (index, metric, rho, _), p in zip(drifts, adjusted) if p < DRIFT_P]
