"""When a sequence of rates has settled: where its transient ends, and whether what is left still moves.

The transient is cut where MSER has it (White 1997, "An effective truncation heuristic for bias reduction in simulation
output"): where the standard error of the mean of what is left is smallest. MSER always cuts somewhere, so a cut counts
only where what was cut differs from the rest by more than HEAD, and by more than its noise. What is left has settled
where its halves agree and it has no trend; a difference must both matter and be significant to be one.

Steps of one trial are not independent of each other: beside them stand the trials, which are. settled_together() asks
both.
"""

import numpy as np
from scipy import stats

FEWEST = 5           # steps, of what is left
FEWEST_TRIALS = 3    # for a scatter over trials
LEAST_SHARE = 0.25   # of the steps must be left: MSER says nothing near the end
HEAD = 0.05          # of the rest's mean: a transient that differs less is none
NOISE = 4.0          # standard errors; as many because the cut is the best of many
HALVES = 0.10        # by which the medians of two halves may differ
HALVES_P = 0.05      # Mann-Whitney
TREND = 0.10         # from first to last, of the median
TREND_P = 0.01       # Kendall
MOST_CUT = 0.5       # of the steps: beyond it, what is left is too little to call it settled
TOO_LATE = "changes for more than half of what is left"
TOO_LITTLE = "too little of the window is left"


def settled_after(rates):
    """(steps of the transient at the head of `rates` (1-D, equal steps), why the rest has not settled or None)."""
    rates = np.asarray(rates, dtype=float)
    if len(rates) < FEWEST:
        return 0, TOO_LITTLE
    keep = max(FEWEST, int(np.ceil(LEAST_SHARE * len(rates))))
    begin = 0
    while cut := _transient(rates[begin:], keep):
        begin += cut
    # The least error may lie further on, by chance: what is like the rest is given back.
    rest = rates[begin:]
    begin = next(step for step in range(begin + 1) if step == begin or not (
        _differs(rates[step:step + 1], rest) or _differs(rates[step:begin], rest)))
    # A rate that never stops rising is cut as late as may be.
    return begin, TOO_LATE if begin > MOST_CUT * len(rates) else _moves(rates[begin:])


def settled_together(trials):
    """settled_after() of the median over trials, each in parts of its own median; `trials` is a list of 1-D arrays.

    What the median shows counts only where the trials share it: where the contrast of head and rest, or of the rest's
    halves, is NOISE standard errors from nothing over trials.
    """
    common = _median_over_trials(trials)
    begin, why = settled_after(common)
    if begin and not _shared(trials, 0, begin, len(common)):
        begin, why = 0, _moves(common)
    if why not in (None, TOO_LITTLE, TOO_LATE) and not _shared(trials, begin, (begin + len(common)) // 2, len(common)):
        why = None
    return begin, why


def _median_over_trials(trials):
    """As long as half of the trials last."""
    length = sorted(map(len, trials))[len(trials) // 2]
    rows = np.full((len(trials), length), np.nan)
    for row, each in zip(rows, trials):
        scale = np.median(each) or np.mean(each) or 1.0
        row[:min(length, len(each))] = each[:length] / scale
    return np.nanmedian(rows, axis=0)


def _shared(trials, begin, cut, end):
    """Do the steps from `begin` to `cut` differ from those up to `end` in the same way in all trials?"""
    pairs = [(each[begin:cut].mean(), each[cut:end].mean()) for each in trials if len(each) > cut]
    contrasts = np.log([head / rest for head, rest in pairs if head > 0 and rest > 0])
    if len(contrasts) < FEWEST_TRIALS:
        return True
    return abs(contrasts.mean()) > NOISE * contrasts.std(ddof=1) / np.sqrt(len(contrasts))


def _transient(rates, keep):
    """Steps of the transient at the head of `rates`; at least `keep` steps are left, 0 where there is none."""
    most = len(rates) - keep
    if most < 1:
        return 0
    cut = int(np.argmin(_errors(rates)[:most + 1]))
    return cut if cut and _differs(rates[:cut], rates[cut:]) else 0


def _errors(rates):
    """For each number of steps cut, the squared standard error of the mean of the rest."""
    left = np.arange(len(rates), 0, -1)
    centred = rates - rates.mean()  # else rounding is all that is left of large, constant rates
    sums, squares = (np.cumsum(each[::-1])[::-1] for each in (centred, centred**2))
    return (squares - sums**2 / left) / left**2


def _differs(head, rest):
    distance, mean = abs(head.mean() - rest.mean()), abs(rest.mean())
    return distance > HEAD * mean and distance > NOISE * _scatter(rest) * np.sqrt(1 / len(head) + 1 / len(rest))


def _scatter(rates):
    """The standard deviation, by the median of deviations: a burst of others' work must not hide a transient."""
    by_median = 1.4826 * float(np.median(np.abs(rates - np.median(rates))))
    return by_median or float(rates.std())


def _moves(rates):
    """How `rates` still move, or None."""
    middle, median = len(rates) // 2, float(np.median(rates))
    if median == 0 or np.ptp(rates) == 0:
        return None
    p = stats.kendalltau(np.arange(len(rates)), rates).pvalue
    change = float(stats.theilslopes(rates).slope) * len(rates) / abs(median)
    if p < TREND_P and abs(change) > TREND:
        return "still rises" if change > 0 else "still falls"
    first, second = rates[:middle], rates[middle:]
    apart = abs(np.median(second) - np.median(first)) / abs(median)
    if apart > HALVES and stats.mannwhitneyu(first, second).pvalue < HALVES_P:
        return "differs between the halves of what is left"
    return None
