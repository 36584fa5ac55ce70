"""Bencher Metric Format: {name: {measure: {value, lower_value, upper_value}}}, a measure per metric."""

import json

from exports import Export, NotExported
from exports.names import samples
from study.samples import describe, is_missing
from study.study import watched_metrics
from study.terminal import headlines

LONGEST_NAME = 1024  # of a benchmark, by Bencher's reference


def export(run, metrics):
    """Without `metrics`: what the run's config asks about, as far as it was measured."""
    notes, found = [], {}
    usual = headlines(lambda metric: metric in run.metrics and samples(run, metric, []))
    asked = dict.fromkeys([*usual, *watched_metrics(run)])
    wanted = metrics or [metric for metric in asked if metric in run.metrics]
    for metric in wanted:
        lacks = []
        held = samples(run, metric, lacks)
        notes += [(name, f"{metric} is {why}") for name, why in lacks]
        for _, name, values in held:
            found.setdefault(name, {})[metric] = _measure(describe(values), (name, metric), notes)
    if not found:
        raise NotExported(f"no cell has {', '.join(wanted) or 'a time, or a metric that the config asks about'}")
    notes += [(name, f"a name of {len(name)} characters, of which Bencher takes {LONGEST_NAME}") for name in found
              if len(name) > LONGEST_NAME]
    return Export(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n", notes)


def _measure(sample, where, notes):
    name, metric = where
    interval = sample["interval"]
    if is_missing(interval):
        notes.append((name, f"{metric}'s bounds are left out: {interval['missing']}"))
        return {"value": sample["median"]}
    return {"value": sample["median"], "lower_value": interval["low"], "upper_value": interval["high"]}
