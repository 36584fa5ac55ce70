"""What makes a cell doubtful: spread, outliers, drift, time stolen by the hypervisor.

The thresholds of spread and outliers are pyperf's. Nothing is dropped; the reader is told.
"""

import math

import numpy as np
from scipy import stats

from study.ratio import constant, holm
from study.samples import trials_for_precision

SPREAD = 0.10     # standard deviation over mean
OUTLIER = 0.50    # largest distance from the mean, over the mean
STEAL = 0.01      # of the window's duration
DRIFT_P = 0.05    # after Holm over all cells and metrics
PRECISION = 0.05  # the half width of the interval that "how many trials" is about
# Below a count of 100, chance alone (Poisson) spreads by more than 10 % of the mean.
SMALL_COUNT = 100


def spread_warnings(metric, values):
    """Sentences on spread and outliers of `values` (1-D) of `metric`."""
    if len(values) < 2:
        return []
    mean = float(np.mean(values))
    if mean == 0 or abs(mean) < SMALL_COUNT and _whole(values):
        return []
    found = []
    spread = float(np.std(values, ddof=1)) / abs(mean)
    if spread >= SPREAD:
        needed = trials_for_precision(values, PRECISION)
        found.append(f"{metric}: standard deviation is {spread:.0%} of the mean; about {needed} "
                     f"trials would bring the median within {PRECISION:.0%}")
    farthest = float(np.max(np.abs(values - mean))) / abs(mean)
    if farthest >= OUTLIER:
        found.append(f"{metric}: one trial is {farthest:.0%} off the mean; it was kept")
    return found


def _whole(values):
    return bool(np.all(values == np.round(values)))


def drift(sequences, values):
    """(rho, p) of Spearman's correlation of `values` with their place in the run, or None."""
    if len(values) < 6 or constant(values):
        return None
    rho, p = stats.spearmanr(sequences, values)
    return None if math.isnan(p) else (float(rho), float(p))


def drift_warnings(drifts):
    """`drifts`: list of (cell index, metric, rho, p). Returns pairs (cell index, sentence)."""
    adjusted = holm([p for *_, p in drifts])
    return [(index, f"{metric} {'rises' if rho > 0 else 'falls'} in the course of the run "
                    f"(Spearman {rho:+.2f}, p {p:.2g})")
            for (index, metric, rho, _), p in zip(drifts, adjusted) if p < DRIFT_P]


def steal_warnings(trials):
    """A sentence when the hypervisor took more than STEAL of the window in some trials."""
    if not {"steal_ns", "wall_ns"} <= set(trials.columns):
        return []
    share = (trials["steal_ns"] / trials["wall_ns"]).dropna()
    marked = share[share > STEAL]
    if marked.empty:
        return []
    return [f"CPU steal above {STEAL:.0%} of the window in {len(marked)} of {len(trials)} trials, "
            f"at most {marked.max():.1%}"]
