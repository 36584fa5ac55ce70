"""The comparison itself: every later input against the base, cell by cell and metric by metric.

A pure function of the inputs: the same inputs give the same bytes.
"""

from collections import Counter

import numpy as np
import scipy

import fio
from compare import bounds, cells, provenance
from compare.inputs import FIO, UsageError
from study import verdict
from study.disturbance import stolen
from study.expectations import values_of
from study.ratio import METHOD, POWER, RESAMPLES, compare as compare_samples, constant, holm, seed_of, two_sided_p
from study.samples import LEVEL, MIN_TRIALS, is_missing, missing
from study.study import watched_metrics
from study.terminal import HEADLINES, headlines

NO_DIFFERENCE, UNDECIDED, NOT_COMPARABLE = "no difference", "undecided", "not comparable"
SPEEDS = ("1/s", "ns")  # units of which more or less is faster or slower


def compare(inputs, metrics=(), matches=(), chosen=(), bound_texts=()):
    """The comparison as a dict. Raises UsageError.

    method       how the numbers were computed
    inputs       letter, argument, kind, run, experiment, started_at, cells, trials_per_cell, machine, jobs (of fio:
                 what they do), remarks
    provenance   provenance.differences()
    metrics      the compared ones: name, unit, better, meaning
    left_out     metrics that nobody measured, with the reason
    factors      those that tell the compared cells apart
    comparisons  per metric, cell and later input: see _compared(); p_holm, verdict, why, direction
    lonely       cells without a counterpart: input, cell, why
    bounds       bounds.check()
    counts       {verdict: n} over all comparisons
    """
    registry = _registry(inputs)
    limits = [bounds.parse(text, registry) for text in bound_texts]
    found, displaced = cells.candidates(inputs, matches, chosen)
    pairs, lonely = _pairs(inputs, found)
    names, left_out = _metrics(inputs, metrics, limits, registry, pairs)
    comparisons, samples = [], []
    for name in names:
        for one, other, two in pairs:
            sides = [values_of(inputs[0].run, one.cell, name), values_of(other.run, two.cell, name)]
            comparisons.append(_compared(registry[name], inputs[0], other, one.levels, sides))
            samples.append([values for values, _ in sides])
    _add_verdicts(comparisons)
    return {
        "schema_version": 1, "method": _method(), "inputs": [_about(each) for each in inputs],
        "provenance": provenance.differences(inputs),
        "metrics": [{key: registry[name][key] for key in ("name", "unit", "better", "meaning")} for name in names],
        "left_out": left_out,
        "factors": cells.varied([one for one, _, _ in pairs]),
        "comparisons": comparisons, "lonely": lonely + displaced,
        "bounds": bounds.check(limits, comparisons, samples),
        "counts": dict(Counter(entry["verdict"] for entry in comparisons)),
    }


def _registry(inputs):
    """{metric: row}; where inputs disagree on a row, the first that has it counts."""
    registry = {}
    for each in inputs:
        for name, row in each.run.metrics.items():
            registry.setdefault(name, row)
    return registry


def _pairs(inputs, found):
    """([(Candidate of base, later input, its Candidate)] cell by cell, lonely cells)."""
    base, *others = inputs
    pairs, lonely = [], []
    for other in others:
        shared, alone = cells.pair(base, other, found)
        pairs += [(one, other, two) for one, two in shared]
        lonely += [entry for entry in alone if entry not in lonely]
    if not pairs:
        whys = dict.fromkeys(entry["why"] for entry in lonely)
        raise UsageError(f"no cell in common: {'; '.join(whys)}. --match 'F=LEVEL' 'G=LEVEL' says which level of a "
                         "later input is which of the first")
    order = {_key(one.levels): place for place, one in enumerate(found[base.letter])}
    return sorted(pairs, key=lambda pair: (order[_key(pair[0].levels)], pair[1].letter)), lonely


def _key(levels):
    return tuple(sorted(levels.items()))


def _metrics(inputs, wanted, limits, registry, pairs):
    """(names, left out): what was asked for, else what the configs ask about and somebody measured."""
    if strange := [name for name in wanted if name not in registry]:
        raise UsageError(f"--metric {strange[0]}: no input has it; `faultlab list metrics` names them, fio's are in "
                         "docs/compare.md")
    bound = [limit.metric for limit in limits]
    if wanted:
        return list(dict.fromkeys([*wanted, *bound])), []
    asked = [name for each in inputs for name in watched_metrics(each.run)]
    names = headlines(lambda name: _nobody_has(inputs[0], name, pairs) is None)
    left_out = []
    for name in dict.fromkeys([*asked, *bound]):
        if name in names:
            continue
        whys = _nobody_has(inputs[0], name, pairs)
        if whys is None or name in bound:
            names.append(name)
        elif name not in HEADLINES:
            left_out.append({"metric": name, "why": whys})
    if not names:
        raise UsageError(f"nothing was measured that could be compared: none of {', '.join(HEADLINES)}; name a metric "
                         "by --metric")
    return names, left_out


def _nobody_has(base, name, pairs):
    """Why no cell has the metric on both sides; None where one has."""
    whys = {}
    for one, other, two in pairs:
        sides = ((base, one.cell), (other, two.cell))
        lacks = [f"{each.letter}: {why}" for each, cell in sides for why in [values_of(each.run, cell, name)[1]] if why]
        if not lacks:
            return None
        whys.update(dict.fromkeys(lacks))
    return "; ".join(whys)


def _compared(metric, base, other, levels, sides):
    """One ratio, without its verdict; `sides` are (values, why not) of base and other.

    metric, unit, input (letter), cell (levels, by the base's names), and the numbers of ratio.compare(): n, n_base,
    median, median_base, ratio, interval, minimum_detectable_ratio; exact, and p of a ratio of 1.
    """
    name, (base_values, values) = metric["name"], [values for values, _ in sides]
    seed = seed_of("compare", _identity(base), _identity(other), name, sorted(levels.items()))
    numbers = compare_samples(values, base_values, seed)
    if why := _not_comparable(name, (base, other), [why for _, why in sides]):
        numbers |= dict.fromkeys(("ratio", "interval", "minimum_detectable_ratio"), missing(why))
    # Without an interval no p changes the verdict: it would only cost the others their share of Holm's 5 %.
    p = numbers["interval"] if is_missing(numbers["interval"]) else two_sided_p(values, base_values, 1)
    return {"metric": name, "unit": metric["unit"], "better": metric["better"], "input": other.letter, "cell": levels,
            "n": numbers["n_of"], "n_base": numbers["n_over"],
            "median": numbers["median_of"], "median_base": numbers["median_over"], "ratio": numbers["ratio"],
            "interval": numbers["interval"], "minimum_detectable_ratio": numbers["minimum_detectable_ratio"],
            "exact": constant(values) and constant(base_values), "p": p}


def _identity(each):
    """What makes an input itself, however its files are called: fio's are told apart by what is in them."""
    return each.run.manifest["seed" if each.kind == FIO else "run"]


def _not_comparable(name, sides, whys):
    if any(whys):
        return "; ".join(f"{each.letter}: {why}" for each, why in zip(sides, whys) if why)
    units = sorted({each.run.metrics[name]["unit"] for each in sides})
    return f"{name} is in {' and in '.join(units)}" if len(units) > 1 else None


def _add_verdicts(comparisons):
    tested = [entry for entry in comparisons if not is_missing(entry["p"])]
    adjusted = holm([entry["p"] for entry in tested])
    for entry, p in zip(tested, adjusted):
        entry["p_holm"] = p
    for entry in comparisons:
        entry.setdefault("p_holm", entry["p"])
        entry["verdict"], entry["why"] = _verdict(entry)
        entry["direction"] = _direction(entry)


def _verdict(entry):
    """(word, why). More or less is known when the whole interval lies on one side of 1 and the witness agrees; within
    the margin of equality, what is known to differ makes no difference."""
    if is_missing(entry["ratio"]):
        if entry["exact"] and entry["median"] == entry["median_base"] == 0:
            return NO_DIFFERENCE, "0 in every trial of both"
        return NOT_COMPARABLE, entry["ratio"]["missing"]
    interval = entry["interval"]
    if is_missing(interval):
        return UNDECIDED, interval["missing"]
    if interval["low"] >= 1 / verdict.EQUIVALENCE and interval["high"] <= verdict.EQUIVALENCE:
        return NO_DIFFERENCE, "the whole interval lies within 3 % of 1"
    if interval["low"] <= 1 <= interval["high"]:
        return UNDECIDED, "the interval straddles 1"
    if not entry["exact"] and entry["p_holm"] >= verdict.ALPHA:
        return UNDECIDED, "the interval lies on one side of 1, the second witness does not agree"
    return _word(entry), "the whole interval lies on one side of 1, and the second witness agrees"


def _word(entry):
    """Speeds and times are faster or slower, everything else is more or less."""
    way = "more" if entry["ratio"] > 1 else "less"
    if entry["unit"] not in SPEEDS or entry["better"] == "neither":
        return way
    return "faster" if (way == "more") == (entry["better"] == "higher") else "slower"


def _direction(entry):
    """better, worse, or neither: nobody minds, or nothing is known to differ."""
    if entry["verdict"] not in ("faster", "slower", "more", "less") or entry["better"] == "neither":
        return "neither"
    return "better" if (entry["ratio"] > 1) == (entry["better"] == "higher") else "worse"


def _about(each):
    manifest = each.run.manifest
    ok = each.run.trials[each.run.trials["outcome"] == "ok"]
    bad = each.run.trials["outcome"].value_counts().sort_index().drop("ok", errors="ignore")
    left_out = [f"{', '.join(f'{n} {word}' for word, n in bad.items())}: not in the statistics"] if len(bad) else []
    kernel, cpu = (each.facts.get(name, {}) for name in ("kernel", "cpu"))
    known = [provenance.text(part) for part in (kernel.get("release"), cpu.get("model")) if part is not None]
    return {"letter": each.letter, "argument": each.argument, "kind": each.kind, "run": manifest["run"],
            "experiment": manifest["experiment"], "started_at": manifest.get("started_at", ""),
            "cells": len(each.run.cells), "trials_per_cell": manifest["trials_per_cell"], "machine": known,
            "jobs": _jobs(each), "remarks": [*each.run.remarks, *left_out,
                                            *(told["text"] for told in stolen(each.run, ok))]}


def _jobs(each):
    """fio's jobs by what they do."""
    if each.kind != FIO:
        return []
    first = each.run.trials.drop_duplicates(fio.FACTOR)
    return [f"{row[fio.FACTOR]}: {', '.join(f'{option} {row[option]}' for option in fio.OPTIONS)}"
            for _, row in first.iterrows()]


def _method():
    return {
        "sampling_unit": "trial", **METHOD, "level": LEVEL, "resamples": RESAMPLES,
        "min_trials": MIN_TRIALS, "second_witness": "Mann-Whitney, two-sided, Holm over all ratios with an interval",
        "equivalence_margin": [1 / verdict.EQUIVALENCE, verdict.EQUIVALENCE], "power": POWER,
        "numpy": np.__version__, "scipy": scipy.__version__,
    }
