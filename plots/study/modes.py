"""Two modes: do the trials of a cell fall into two groups, rather than scatter around one value?

The statistic is that of Engelman and Hartigan's test for clusters (JASA 64, 1969): over all cuts of the sorted
sample, the largest ratio of the sum of squares between the two groups to that within them. Its null distribution is
that of uniform samples of the same size, from seeded simulation. Among usual shapes with one mode the uniform one is
cut best: the ratio tends to 3 for it, to 1.8 for an exponential one, to 1.75 for a normal one, to 1 for a Laplacian
one (from the errors of two-level quantizers, Max 1960); what looks like two groups beside it looks so beside them, too.
"""

from functools import lru_cache

import numpy as np

from study.ratio import seed_of
from study.samples import MIN_TRIALS

SIMULATED = 9999
SMALLEST_GROUP = 0.25  # of the trials: fewer are outliers, which have a warning of their own
APART = 0.05           # of the median: groups that are nearer to each other are no finding
P = 0.05               # after Holm over all cells and metrics


def two_modes(values):
    """{"p", "low", "high", "n_low", "n_high"} (means and sizes of the two groups of `values`, 1-D), or None where
    there are too few values, or groups too near to each other to matter."""
    values = np.sort(np.asarray(values, dtype=float))
    n = len(values)
    if n < MIN_TRIALS or values[0] == values[-1] or np.median(values) == 0:
        return None
    statistic, cut = _best_cut(values[np.newaxis])
    cut, statistic = int(cut[0]), float(statistic[0])
    low, high = float(values[:cut].mean()), float(values[cut:].mean())
    if high - low < APART * abs(np.median(values)):
        return None
    reached = int(np.sum(_null(n) >= statistic))
    return {"p": (1 + reached) / (1 + SIMULATED), "low": low, "high": high, "n_low": cut, "n_high": n - cut}


def _best_cut(samples):
    """For each row of `samples` (sorted) the largest ratio, and the size of the lower group at it."""
    n = samples.shape[1]
    least = max(2, int(np.ceil(SMALLEST_GROUP * n)))
    sizes = np.arange(least, n - least + 1)
    centred = samples - samples.mean(axis=1, keepdims=True)
    total = np.sum(centred**2, axis=1, keepdims=True)
    sums = np.cumsum(centred, axis=1)[:, sizes - 1]
    between = sums**2 * n / (sizes * (n - sizes))
    within = np.maximum(total - between, 1e-12 * total)  # two points, many times each: no scatter at all
    ratios = between / within
    best = np.argmax(ratios, axis=1)
    return ratios[np.arange(len(samples)), best], sizes[best]


@lru_cache(maxsize=None)
def _null(n):
    rng = np.random.default_rng(seed_of("two modes", n))
    return _best_cut(np.sort(rng.random((SIMULATED, n)), axis=1))[0]
