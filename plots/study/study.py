"""Puts study.json together: a pure function of the run folder, the same bytes every time."""

import json
import os

import numpy as np
import scipy

from study import advice, claims, disturbance, expectations, latency, phases, stability, time_split, verdict
from study.difference import contrast, judge
from study.ratio import METHOD, POWER, RESAMPLES, seed_of
from study.samples import LEVEL, MIN_TRIALS, describe, missing
from study.strata import strata

FILE_NAME = "study.json"
RATIO_KINDS = ("ratio", advice.KIND)


def study(run):
    """The content of study.json as a dict; `run` is a load.Run.

    method         how every number was computed, with the versions that matter for its last digits
    cells          per planned cell: cell, planned, outcomes {word: count}, metrics {name: n,
                   median, interval, min, max, mean, stdev, sources, or missing}, latency (see
                   latency.of_cell), phases (see phases.of_cell), warnings (see warning.warning), unchecked
                   {check: why it was not made}
    warnings       those on the run as a whole
    expectations   expectations.evaluate()
    claims         claims.judge(): the sentences that expectations are to show, a verdict each
    figure_ratios  what figures of RATIO_KINDS show: figure (index into the manifest's list),
                   metric, of, over, stratum, the numbers of difference.contrast() and, judged as a family a
                   figure, p_holm, verdict and why
    advice         which level to use where: advice.give()
    time_split     where the workers' time went, per cell: time_split.split()
    remarks        load.Run.remarks

    A number that cannot be had is {"missing": why}; numbers are in the registry's units.
    """
    evaluated = expectations.evaluate(run)
    return {
        "schema_version": 1,
        "run": run.manifest["run"],
        "experiment": run.manifest["experiment"],
        "method": _method(),
        "cells": _cells(run),
        "warnings": disturbance.of_run(run),
        "expectations": evaluated,
        "claims": claims.judge(evaluated),
        "figure_ratios": _figure_ratios(run),
        "advice": advice.give(run),
        "time_split": time_split.split(run),
        "remarks": list(run.remarks),
    }


def write(run, result):
    """Writes study.json beside the records, whole or not at all; returns its path."""
    path = run.path / FILE_NAME
    text = json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    beside = path.with_suffix(".json.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
    return path


def _method():
    return {
        "sampling_unit": "trial",
        "median_interval": "order statistics",
        **METHOD,
        "level": LEVEL,
        "resamples": RESAMPLES,
        "min_trials": MIN_TRIALS,
        "paired_ratio_interval": "median of the ratios within blocks, order statistics",
        "second_witness": "Mann-Whitney, for pairs Wilcoxon, two-sided, Holm over all ratio expectations",
        "equivalence_margin": [1 / verdict.EQUIVALENCE, verdict.EQUIVALENCE],
        "alpha": verdict.ALPHA,
        "power": POWER,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def _cells(run):
    watched = watched_metrics(run)
    cells = [_cell(run, cell, watched) for cell in run.cells]
    over_all = [*stability.drift_warnings(_drifts(run, watched)), *stability.mode_warnings(_modes(run, watched))]
    for index, each in over_all:
        cells[index]["warnings"].append(each)
    return cells


def _cell(run, cell, watched):
    recorded, ok = run.select(cell), run.ok(cell)
    outcomes = recorded["outcome"].value_counts().sort_index()
    values = {metric: ok[metric].dropna().to_numpy() for metric in watched}
    few = [each for metric in watched for each in stability.few_warnings(metric, values[metric])]
    spread = [each for metric in watched for each in stability.spread_warnings(metric, values[metric])]
    disturbed, unchecked = disturbance.of_cell(run, cell)
    found = phases.of_cell(run, cell)
    return {
        "cell": cell,
        "planned": run.manifest["trials_per_cell"],
        "outcomes": {word: int(n) for word, n in outcomes.items()},
        "metrics": {metric: _metric(run, ok, metric) for metric in run.metrics},
        "latency": latency.of_cell(run, cell),
        "phases": found,
        # What is said of the first metric that lacks trials holds for all of them.
        "warnings": few[:1] + spread + disturbed + phases.warnings(run, cell, found),
        "unchecked": unchecked,
    }


def _metric(run, ok, metric):
    present = ok[ok[metric].notna()]
    if present.empty:
        whys = run.why_missing(ok, metric) if len(ok) else ["no ok trial"]
        return missing("; ".join(whys) or "not recorded")
    sources = {run.sources[sequence, metric] for sequence in present["sequence"]}
    result = {**describe(present[metric]), "sources": sorted(sources)}
    if len(present) < len(ok):
        result["missing_trials"] = len(ok) - len(present)
    return result


def watched_metrics(run):
    """The metrics whose stability matters: those that the config asks about, and the headline."""
    asked = [expect["that"].split(" of ", 1)[1] for expect in run.manifest["expect"]
             if " of " in expect["that"]]
    shown = [figure["metric"] for figure in run.manifest["figures"] if "metric" in figure]
    names = dict.fromkeys(["ops_per_second", *asked, *shown])
    return [name for name in names if name in run.metrics]


def _drifts(run, watched):
    found = []
    for index, metric, rows in _watched_values(run, watched):
        drift = stability.drift(rows["sequence"].to_numpy(), rows[metric].to_numpy())
        if drift:
            found.append((index, metric, *drift))
    return found


def _modes(run, watched):
    found = []
    for index, metric, rows in _watched_values(run, watched):
        modes = stability.modes(rows[metric].to_numpy())
        if modes:
            found.append((index, metric, run.metrics[metric]["unit"], modes))
    return found


def _watched_values(run, watched):
    """Triples (cell index, metric, the ok trials that have it)."""
    for index, cell in enumerate(run.cells):
        ok = run.ok(cell)
        for metric in watched:
            yield index, metric, ok[ok[metric].notna()]


def _figure_ratios(run):
    """The ratios that figures of the kinds of RATIO_KINDS show: every level of the series over one of them."""
    return [ratio for number, figure in enumerate(run.manifest["figures"])
            if figure["kind"] in RATIO_KINDS for ratio in judge(list(ratios_of(run, number, figure)))]


def ratios_of(run, number, figure):
    """The ratios of one figure, an entry of figure_ratios each; `number` may be any name of the figure."""
    series, metric = figure["series"], figure["metric"]
    over = {series: figure["over"]}
    for level in run.factors.get(series, []):
        if level == figure["over"]:
            continue
        of = {series: level}
        for stratum, cells in strata(run, [of, over], {}):
            if not all(cells):
                continue
            values, whys = zip(*(expectations.values_of(run, side[0], metric) for side in cells))
            seed = seed_of(run.manifest["run"], run.manifest["seed"], f"figure {number}", level,
                           sorted(stratum.items()))
            numbers = contrast(*values, seed)
            why = next((why for why in whys if why), None)
            if why:
                numbers["ratio"] = numbers["interval"] = numbers["p"] = missing(why)
            yield {"figure": number, "metric": metric, "of": of, "over": over,
                   "stratum": stratum, **numbers}
