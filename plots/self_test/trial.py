"""What the comparison says of pairs of the same program, as they are, and with one side slowed down."""

import numpy as np
from scipy import stats

from study.difference import contrast, judge
from study.ratio import seed_of
from study.samples import LEVEL, is_missing
from study.verdict import DIFFERENT, difference


def compare(pairs, slowdown, better):
    """A list with an entry per pair and cell.

    pair, cell       names
    n_of, n_over, ratio, interval, p, minimum_detectable_ratio   of the pair as it is
    verdict          of this comparison alone; verdict_holm: among the cells of its pair
    why              of `verdict`
    detectable       would these trials have shown the slowdown, by their minimum detectable ratio? None: not known
    found            with the slowdown put in: is it found, and of the right sign? found_holm: among the cells
    """
    found = []
    factor = 1 + slowdown if better == "lower" else 1 / (1 + slowdown)
    for pair in pairs:
        seeds = [seed_of("self-test", pair.name, cell) for cell in pair.samples]
        same = judge([contrast(of, over, seed) for (of, over), seed in zip(pair.samples.values(), seeds)])
        slowed = judge([contrast(of * factor, over, seed) for (of, over), seed in zip(pair.samples.values(), seeds)])
        found += [_entry(pair.name, cell, *both, factor, 1 + slowdown)
                  for cell, *both in zip(pair.samples, same, slowed)]
    return found


def _entry(pair, cell, same, slowed, factor, effect):
    least = same["minimum_detectable_ratio"]
    verdict, why = _alone(same)
    return {"pair": pair, "cell": cell,
            **{key: same[key] for key in ("n_of", "n_over", "ratio", "interval", "p", "minimum_detectable_ratio")},
            "verdict": verdict, "verdict_holm": same["verdict"], "why": why,
            "detectable": None if is_missing(least) else least < effect,
            "found": _is_found(_alone(slowed)[0], slowed, factor),
            "found_holm": _is_found(slowed["verdict"], slowed, factor)}


def _alone(result):
    """(word, why) of a contrast without its family."""
    if is_missing(result["ratio"]):
        return "not testable here", result["ratio"]["missing"]
    return difference(result["interval"], result["p"], result["exact"])


def _is_found(verdict, slowed, factor):
    return verdict == DIFFERENT and (slowed["ratio"] < 1) == (factor < 1)


def exact_interval(hits, n):
    """Clopper and Pearson's interval of a rate: `hits` of `n`."""
    tail = (1 - LEVEL) / 2
    low = stats.beta.ppf(tail, hits, n - hits + 1) if hits else 0.0
    high = stats.beta.ppf(1 - tail, hits + 1, n - hits) if hits < n else 1.0
    return {"low": float(low), "high": float(high), "level": LEVEL, "method": "Clopper-Pearson"}


def run_to_run(runs, metric, values):
    """Per cell, in plan order: how much the means of runs scatter, over what the scatter of trials makes of them.

    1 where trials tell the whole story; None with fewer than four runs. Means and standard deviations of logarithms:
    like the ratio, and other than medians, they do not jump where trials fall into two groups.
    """
    found = []
    for cell in runs[0].cells:
        samples = [np.log(sample) for run in runs if len(sample := values(run, cell, metric)) > 1 and sample.min() > 0]
        if len(samples) < 4:
            found.append(None)
            continue
        between = np.std([sample.mean() for sample in samples], ddof=1)
        within = np.sqrt(np.mean([sample.var(ddof=1) / len(sample) for sample in samples]))
        found.append(float(between / within) if within > 0 else None)
    return found
