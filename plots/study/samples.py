"""One sample: its median, the median's interval by order statistics, its spread."""

import numpy as np
from scipy import stats

LEVEL = 0.95
# Below six trials even (minimum, maximum) covers the median with less than 95 %, and a bootstrap
# of medians covers less than it says (91 % at four): one threshold for both kinds of interval.
MIN_TRIALS = 6


def missing(why):
    """The form that every absent number has in study.json."""
    return {"missing": why}


def is_missing(value):
    return isinstance(value, dict) and "missing" in value


def too_few(n):
    """The reason why `n` trials give no interval."""
    trials = "trial" if n == 1 else "trials"
    return f"{n} ok {trials}: an interval needs {MIN_TRIALS}"


def median_interval(values):
    """The distribution-free interval of the median of `values` (1-D).

    Returns {"low", "high", "level"}: the narrowest pair of order statistics (k-th smallest, k-th
    largest) that covers the median with at least LEVEL; `level` is its exact coverage. Missing
    below MIN_TRIALS.
    """
    n = len(values)
    if n < MIN_TRIALS:
        return missing(too_few(n))
    k = int(stats.binom.ppf((1 - LEVEL) / 2, n, 0.5))
    ordered = np.sort(values)
    level = 1 - 2 * stats.binom.cdf(k - 1, n, 0.5)
    return {"low": float(ordered[k - 1]), "high": float(ordered[n - k]), "level": float(level)}


def describe(values):
    """n, median, interval, min, max, mean and stdev (n - 1) of `values` (1-D, at least one)."""
    values = np.asarray(values, dtype=float)
    return {
        "n": len(values),
        "median": float(np.median(values)),
        "interval": median_interval(values),
        "min": float(values.min()),
        "max": float(values.max()),
        "mean": float(values.mean()),
        "stdev": float(values.std(ddof=1)) if len(values) > 1 else missing(too_few(len(values))),
    }


def trials_for_precision(values, half_width):
    """How many trials would bring the median's interval within +-`half_width` (a fraction).

    From the normal approximation of the median's error, sqrt(pi / 2n) standard deviations.
    """
    spread = np.std(values, ddof=1) / abs(np.mean(values))
    z = stats.norm.ppf((1 + LEVEL) / 2)
    return int(np.ceil((z * np.sqrt(np.pi / 2) * spread / half_width) ** 2))
