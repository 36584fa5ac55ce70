"""The expectations of the config, each stratum with its own verdict."""

import math

from study import verdict
from study.ratio import MOST_TRIALS, compare, compare_pairs, constant, holm, paired_p, seed_of, two_sided_p
from study.samples import describe, is_missing, missing
from study.strata import sole_cell_problem, strata, unknown

# The statement of a claim that nothing here can show.
UNTESTABLE = "not testable here"


def evaluate(run):
    """A list parallel to manifest["expect"]: the statement, its strata and its verdict.

    The Holm correction runs over the strata of all ratio expectations together, so that asking
    more questions makes each answer more careful.
    """
    results = [_evaluate(run, index, expect) for index, expect in enumerate(run.manifest["expect"])]
    pending = [s for result in results for s in result["strata"] if "p" in s]
    testable = [s for s in pending if not is_missing(s["p"])]
    for stratum, p in zip(testable, holm([s["p"] for s in testable])):
        stratum["p_holm"] = p
    for result in results:
        _judge_ratios(result)
        result["verdict"] = verdict.weakest([s["verdict"] for s in result["strata"]])
    return results


def _evaluate(run, index, expect):
    """The numbers of every stratum; ratios get their verdict once Holm has seen them all."""
    result = {key: expect[key] for key in
              ("that", "of", "over", "where", "best_of", "at_least", "at_most", "is", "because", "claim")
              if key in expect}
    if expect["that"] == UNTESTABLE:
        return {**result, "strata": [_untestable({}, expect["because"])]}
    of, where = expect.get("of", {}), expect.get("where", {})
    sides = [of, expect["over"]] if "over" in expect else [of]
    why = unknown(run, where, *sides) or _no_claim(expect)
    found = [] if why else strata(run, sides, where, _best_of(expect))
    complete = [(stratum, cells) for stratum, cells in found if all(cells)]
    if not complete and not why:
        why = "the plan has no such cells"
    result["strata"] = [_untestable({}, why)] if why else [
        _stratum(run, expect, f"expect {index}", stratum, sides, cells)
        for stratum, cells in complete]
    return result


def _best_of(expect):
    return [expect["best_of"]] if "best_of" in expect else []


def _no_claim(expect):
    if expect["that"] == "outcome":
        return None if "is" in expect else "the expectation names no outcome"
    if "at_least" in expect or "at_most" in expect:
        return None
    return "the expectation states no bound"


def _stratum(run, expect, seed_word, stratum, sides, cells):
    if "best_of" in expect:
        chosen = [_best(run, expect, side) for side in cells]
        stratum = {**stratum, **_chosen_levels(expect, chosen)}
    elif problem := sole_cell_problem(sides, cells):
        return _untestable(stratum, problem)
    else:
        chosen = [side[0] for side in cells]
    if expect["that"] == "outcome":
        return _outcome(run, expect, stratum, chosen[0])
    what, metric = expect["that"].split(" of ", 1)
    paired = what == "paired ratio"
    samples = pairs_of(run, *chosen, metric) if paired else [
        values_of(run, cell, metric) for cell in chosen]
    why = next((why for _, why in samples if why), None)
    if why:
        return _untestable(stratum, why)
    values = [values for values, _ in samples]
    bounds = expect.get("at_least"), expect.get("at_most")
    if what == "median":
        return _median(stratum, values[0], *bounds)
    seed = seed_of(run.manifest["run"], run.manifest["seed"], seed_word, sorted(stratum.items()))
    return _ratio(stratum, *values, *bounds, seed, paired)


def _best(run, expect, cells):
    """Of the cells of a side, the one with the best median; a cell without the metric is none."""
    metric = expect["that"].split(" of ", 1)[1]
    medians = {index: describe(values)["median"] for index, (values, _) in
               enumerate(values_of(run, cell, metric) for cell in cells) if len(values)}
    if not medians:
        return cells[0]
    pick = min if run.metrics[metric]["better"] == "lower" else max
    return cells[pick(medians, key=medians.get)]


def _chosen_levels(expect, chosen):
    """Which level of the factor each side is at its best with: part of the answer, so part of its name."""
    factor = expect["best_of"]
    return {factor: " over ".join(cell[factor] for cell in chosen)}


def values_of(run, cell, metric):
    """(values, None) or (empty, why): the metric in the ok trials of one cell."""
    trials = run.ok(cell)
    if metric not in run.metrics:
        return [], f"no metric {metric} in the registry of this run"
    if trials.empty:
        seen = run.select(cell)["outcome"].value_counts().sort_index()
        counts = ", ".join(f"{n} {word}" for word, n in seen.items()) or "none was recorded"
        return [], f"no ok trial: {counts}"
    values = trials[metric].dropna().to_numpy()
    if len(values) == 0:
        whys = "; ".join(run.why_missing(trials, metric)) or "not recorded"
        return [], f"{metric} is missing: {whys}"
    return values, None


def pairs_of(run, of, over, metric):
    """[(values, None), (values, None)] of the blocks in which both cells have an ok trial; like values_of."""
    samples = [values_of(run, cell, metric) for cell in (of, over)]
    if any(why for _, why in samples):
        return samples
    sides = [run.ok(cell).set_index("trial")[metric].dropna() for cell in (of, over)]
    blocks = sides[0].index.intersection(sides[1].index)
    if blocks.empty:
        return [([], "no block has an ok trial of both"), ([], None)]
    return [(side.loc[blocks].to_numpy(), None) for side in sides]


def _untestable(stratum, why):
    return {"stratum": stratum, "verdict": UNTESTABLE, "why": why}


def _outcome(run, expect, stratum, cell):
    """All trials, none, or some: a trial that the user interrupted says nothing about the cell."""
    trials = run.select(cell)
    trials = trials[trials["outcome"] != "interrupted"]
    hits, n = int((trials["outcome"] == expect["is"]).sum()), len(trials)
    if n == 0:
        return _untestable(stratum, "no trial was recorded")
    word = "confirmed" if hits == n else "refuted" if hits == 0 else "undecided"
    return {"stratum": stratum, "n": n, "hits": hits, "verdict": word,
            "why": f"{hits} of {n} trials: {expect['is']}"}


def _median(stratum, values, at_least, at_most):
    sample = describe(values)
    word = verdict.of_interval(sample["interval"], at_least, at_most)
    why = {"confirmed": "the whole interval lies within the bounds",
           "refuted": "the whole interval lies outside the bounds"}.get(word)
    if word == "undecided":
        interval = sample["interval"]
        why = interval["missing"] if is_missing(interval) else "the interval straddles a bound"
    return {"stratum": stratum, "n": sample["n"], "median": sample["median"],
            "interval": sample["interval"], "verdict": word, "why": why}


def _ratio(stratum, of, over, at_least, at_most, seed, paired):
    """A ratio without its verdict: "p" marks it as one of the family that Holm corrects."""
    result = {"stratum": stratum, **(compare_pairs if paired else compare)(of, over, seed)}
    if is_missing(result["ratio"]):
        return {**result, "verdict": "not testable here", "why": result["ratio"]["missing"]}
    bound = verdict.bound_at_issue(result["ratio"], at_least, at_most)
    return {**result, "exact": constant(of) and constant(over), "bound_at_issue": bound,
            "p": (paired_p if paired else two_sided_p)(of, over, bound)}


def _judge_ratios(result):
    for stratum in result["strata"]:
        if "p" not in stratum:
            continue
        stratum.setdefault("p_holm", missing("no p"))
        stratum["verdict"], stratum["why"] = verdict.of_ratio(
            stratum["interval"], result.get("at_least"), result.get("at_most"),
            stratum["p_holm"], stratum["exact"])
        if stratum["verdict"] == "undecided":
            stratum["trials_to_decide"] = _trials_to_decide(stratum)


def _trials_to_decide(stratum):
    """Trials a cell at which the interval would clear the bound, should the ratio stay put.

    An interval shrinks with the root of the number of trials.
    """
    interval, bound, ratio = (stratum[key] for key in ("interval", "bound_at_issue", "ratio"))
    if is_missing(interval):
        return missing(interval["missing"])
    if bound <= 0 or interval["low"] <= 0:
        return missing("no logarithm of a bound or interval that reaches 0")
    distance = abs(math.log(ratio / bound))
    reach = max(math.log(interval["high"] / ratio), math.log(ratio / interval["low"]))
    if distance == 0 or reach / distance > math.sqrt(MOST_TRIALS):
        return missing("the ratio is too close to the bound")
    fewer = min(stratum["n_of"], stratum["n_over"])
    return max(fewer + 1, math.ceil(fewer * (reach / distance) ** 2))
