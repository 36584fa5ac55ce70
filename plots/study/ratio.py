"""Two samples: their ratio, its interval and a second witness.

The ratio is Hodges and Lehmann's, the shift that Mann-Whitney tests, of quotients in place of differences: the median
of all quotients of a trial of the one and a trial of the other. Where trials fall into two groups, as on a host with
busy neighbours, medians jump from one group to the other, and this does not (docs/adr/0019-all-quotients.md).
"""

import hashlib
import math
import warnings

import numpy as np
from scipy import stats

from study.samples import LEVEL, MIN_TRIALS, is_missing, median_interval, missing, too_few
from study.verdict import EQUIVALENCE

RESAMPLES = 9999
POWER = 0.80
# Beyond this many trials the answer is "not with this noise", not a number.
MOST_TRIALS = 10000
# Quotients of two samples up to which they are resampled; of more, ranks give the same interval at once.
MOST_RESAMPLED = 64 * 64
# What was done, in words, for who reads a result.
METHOD = {
    "ratio": "Hodges and Lehmann's: the median of all quotients of two trials",
    "ratio_interval": "two-sample bootstrap of it (BCa; percentile where BCa is degenerate; exact for constant samples; "
                      f"of more than {MOST_RESAMPLED} quotients by Mann-Whitney inverted)",
}
# Quotients in memory at a time: 32 MiB of them.
QUOTIENTS_AT_ONCE = 1 << 22
# A logarithm of a ratio, beyond which nothing is detectable.
MOST_REACH = 20


def seed_of(*words):
    """A seed for one computation that depends on nothing but `words`."""
    digest = hashlib.sha256("\0".join(map(str, words)).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def compare(of, over, seed):
    """Ratio of two 1-D samples (trials of two cells): the median of the quotients of all pairs of trials.

    Returns {"n_of", "n_over", "median_of", "median_over", "ratio", "interval",
    "minimum_detectable_ratio", "trials_for_margin"}; whatever the samples cannot give is missing with the reason.
    `interval` is {"low", "high", "level", "method"}. `trials_for_margin` is how many trials a side would tell a ratio
    of EQUIVALENCE from 1.
    """
    of, over = np.asarray(of, dtype=float), np.asarray(over, dtype=float)
    result = {"n_of": len(of), "n_over": len(over),
              "median_of": _median(of), "median_over": _median(over)}
    why = _no_ratio(of, over)
    if why:
        absent = missing(why)
        return {**result, "ratio": absent, "interval": absent, **_power(result, absent, absent, None)}
    ratio = float(_ratio(of, over))
    interval, error = _interval(of, over, ratio, seed)
    return {**result, "ratio": ratio, "interval": interval, **_power(result, ratio, interval, error)}


def compare_pairs(of, over, seed):
    """Median of the ratios of pairs (trials of two cells in one block); else like compare().

    What drifts over a run is the same for both halves of a pair. The interval is the
    distribution-free one of the median.
    """
    of, over = np.asarray(of, dtype=float), np.asarray(over, dtype=float)
    result = {"n_of": len(of), "n_over": len(over),
              "median_of": _median(of), "median_over": _median(over)}
    why = _no_ratio(of, over) or ("some trials below the line are 0" if np.any(over == 0) else None)
    if why:
        absent = missing(why)
        return {**result, "ratio": absent, "interval": absent, **_power(result, absent, absent, None)}
    ratios = of / over
    ratio, interval = float(np.median(ratios)), median_interval(ratios)
    if is_missing(interval):
        return {**result, "ratio": ratio, "interval": interval, **_power(result, ratio, interval, None)}
    interval = {**interval, "method": "order statistics of pairs"}
    error = 0.0 if constant(ratios) else stats.bootstrap(
        (ratios,), np.median, vectorized=True, n_resamples=RESAMPLES, method="percentile",
        random_state=np.random.default_rng(seed)).standard_error
    return {**result, "ratio": ratio, "interval": interval, **_power(result, ratio, interval, float(error))}


def paired_p(of, over, bound):
    """Wilcoxon's signed-rank p for "the median of the pairs' ratios is `bound`"."""
    differences = np.asarray(of, dtype=float) - np.asarray(over, dtype=float) * bound
    if not np.any(differences):
        return 1.0
    return float(stats.wilcoxon(differences).pvalue)


def two_sided_p(of, over, bound):
    """Mann-Whitney's p for "the ratio is `bound`": `of` against `bound` times `over`."""
    if len(of) == 0 or len(over) == 0:
        return missing("no ok trial on one side")
    scaled = np.asarray(over, dtype=float) * bound
    return float(stats.mannwhitneyu(of, scaled, alternative="two-sided").pvalue)


def constant(values):
    return len(values) > 0 and bool(np.all(np.asarray(values) == values[0]))


def holm(p_values):
    """Holm's step-down correction; a list of adjusted p in the order given."""
    order = np.argsort(p_values, kind="stable")
    adjusted, running = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = float(running)
    return adjusted


def _median(values):
    return float(np.median(values)) if len(values) else missing("no ok trial with this metric")


def _no_ratio(of, over):
    if len(of) == 0 or len(over) == 0:
        return "no ok trial with this metric on one side"
    if np.median(over) == 0:
        return "the median below the line is 0"
    if np.median(of) < 0 or np.median(over) < 0:
        return "a ratio of negative medians says nothing"
    return None


def _interval(of, over, ratio, seed):
    """(interval, standard error of the ratio); the error is None when there is no interval."""
    fewer = min(len(of), len(over))
    if fewer < MIN_TRIALS:
        return missing(too_few(fewer)), None
    if constant(of) and constant(over):
        exact = {"low": ratio, "high": ratio, "level": LEVEL, "method": "constant samples"}
        return exact, 0.0
    if over.min() <= 0:
        return missing("some trials below the line are 0 or less"), None
    if len(of) * len(over) > MOST_RESAMPLED:
        return _interval_by_ranks(of, over)
    # BCa's correction divides by the jackknife's spread, which ties around the median make zero.
    for method in ("BCa", "percentile"):
        result = _bootstrap(of, over, method, seed)
        low, high = map(float, result.confidence_interval)
        if np.isfinite(low) and np.isfinite(high):
            interval = {"low": low, "high": high, "level": LEVEL, "method": f"bootstrap {method}"}
            return interval, float(result.standard_error)
    return missing("the bootstrap gives no finite interval"), None


def _bootstrap(of, over, method, seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # degenerate BCa warns; its NaN is handled by the caller
        return stats.bootstrap((of, over), _ratio, vectorized=True, paired=False,
                               n_resamples=RESAMPLES, batch=max(1, QUOTIENTS_AT_ONCE // (len(of) * len(over))),
                               confidence_level=LEVEL, method=method, random_state=np.random.default_rng(seed))


def _ratio(of, over, axis=-1):
    """The median of all quotients along the last axis, which is the only one that it is asked for."""
    return np.median(_quotients(of, over), axis=axis)


def _quotients(of, over):
    """(..., n) over (..., m): (..., n m). Two zeros are equal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients = of[..., :, None] / over[..., None, :]
    quotients[np.isnan(quotients)] = 1
    return quotients.reshape(*quotients.shape[:-2], -1)


def _interval_by_ranks(of, over):
    """The ratios that Mann-Whitney does not reject (Moses), and the standard error that they stand for.

    Of n m quotients in order, the k-th from either end; the ranks' sum is normal to a hair at this size.
    """
    quotients = _quotients(of, over)
    n, m = len(of), len(over)
    z = stats.norm.ppf((1 + LEVEL) / 2)
    k = max(0, math.floor(n * m / 2 - z * math.sqrt(n * m * (n + m + 1) / 12)))
    ends = np.partition(quotients, (k, n * m - 1 - k))
    low, high = float(ends[k]), float(ends[n * m - 1 - k])
    interval = {"low": low, "high": high, "level": LEVEL, "method": "Mann-Whitney inverted"}
    return interval, (high - low) / (2 * z)


def _power(result, ratio, interval, error):
    """What these trials, and how many, could show; `error` is the ratio's standard error, None without an interval."""
    if error is None or ratio == 0:
        why = interval if is_missing(interval) else missing("the ratio is 0")
        return {"minimum_detectable_ratio": why, "trials_for_margin": why}
    # The ratio nearest to 1 that is told from 1 with probability POWER.
    z = stats.norm.ppf((1 + LEVEL) / 2) + stats.norm.ppf(POWER)
    reach = float(z * error / ratio)
    if reach > MOST_REACH:
        why = missing("the trials scatter by orders of magnitude")
        return {"minimum_detectable_ratio": why, "trials_for_margin": why}
    # An error shrinks with the root of the number of trials.
    trials = math.ceil(min(result["n_of"], result["n_over"]) * (reach / math.log(EQUIVALENCE)) ** 2)
    return {"minimum_detectable_ratio": math.exp(reach),
            "trials_for_margin": max(MIN_TRIALS, trials) if trials <= MOST_TRIALS else
            missing(f"more than {MOST_TRIALS}")}
