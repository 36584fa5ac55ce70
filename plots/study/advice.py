"""Advice: which level of a factor to use where, on the host and the device of a run, and how sure that is.

A figure of kind `decision_map` asks for it: of each of its cells, the level of `series` with the best median of
`metric`, over the second best. It is certain where the interval of their ratio leaves out 1.
"""

import json
import os

from study import expectations
from study.ratio import compare, seed_of
from study.samples import is_missing
from study.strata import strata
from words import digits, factor_name, levels_text

FILE_NAME = "advice.json"
KIND = "decision_map"


def give(run):
    """A list with an entry for each figure of kind `decision_map`.

    figure, metric, series, x, y   as the manifest has them
    choices   per combination of levels of the other factors: where {factor: level}, use (a level, or missing),
              second, ratio and interval of use over second (1 and more: better by so much), certain
    regions   neighbours along x with the same answer: where (without x), from, to, use, certain, least, most (of
              the ratio), sentence
    """
    return [_of_figure(run, number, figure) for number, figure in enumerate(run.manifest["figures"])
            if figure["kind"] == KIND]


def write(run, result, machine):
    """Writes advice.json, whole or not at all; its path, or None where no figure asks for advice.

    `machine` says on which the advice holds: {name: text}; what the data lay on is added.
    """
    if not result["advice"]:
        return None
    path = run.path / FILE_NAME
    beside = path.with_suffix(".json.new")
    content = {"schema_version": 1, "run": run.manifest["run"], "experiment": run.manifest["experiment"],
               "holds_on": {**machine, **_storage(run)}, "advice": result["advice"]}
    beside.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(beside, path)
    return path


def _storage(run):
    """What the dataset lay on, as the run's provenance has it."""
    facts, config = run.manifest["facts_before"], run.manifest["config"]
    medium = config.get("dataset", {}).get("medium", "host")
    device, files = facts.get("device", {}), facts.get("file_system", {})
    kind = medium["kind"] if isinstance(medium, dict) else medium
    varied = "dataset.medium" in json.dumps(config.get("factors", {}))
    return {"medium": "by cell" if varied else kind,
            "data folder": f"{files.get('type', 'unknown')} on {device.get('name', 'unknown')}, which reads ahead "
                           f"{device.get('read_ahead_kb', 'unknown')} KiB"}


def _of_figure(run, number, figure):
    series, metric = figure["series"], figure["metric"]
    levels = run.factors[series]
    choices = [_choice(run, number, figure, stratum, dict(zip(levels, cells)))
               for stratum, cells in strata(run, [{series: level} for level in levels], {})]
    regions = _regions(run, figure, choices)
    return {"figure": number, **{key: figure[key] for key in ("metric", "series", "x", "y")},
            "choices": choices, "regions": regions}


def _choice(run, number, figure, stratum, cells):
    values = {}
    for level, chosen in cells.items():
        if chosen:
            sample, _ = expectations.values_of(run, chosen[0], figure["metric"])
            if len(sample):
                values[level] = sample
    if not values:
        return {"where": stratum, "use": {"missing": "no level has the metric here"}, "certain": False}
    lower = run.metrics[figure["metric"]]["better"] == "lower"
    ranked = sorted(values, key=lambda level: _median(values[level]), reverse=not lower)
    if len(ranked) == 1:
        why = {"missing": "no other level has the metric here"}
        return {"where": stratum, "use": ranked[0], "second": why, "ratio": why, "interval": why, "certain": False}
    seed = seed_of(run.manifest["run"], run.manifest["seed"], f"advice {number}", sorted(stratum.items()))
    return {"where": stratum, **_first_over_second(values, ranked[:2], lower, seed)}


def _first_over_second(values, levels, lower, seed):
    """use, second, ratio, interval, certain of two levels, the one with the better median first."""
    use, second = levels
    of, over = (second, use) if lower else (use, second)
    numbers = compare(values[of], values[over], seed)
    ratio, interval = numbers["ratio"], numbers["interval"]
    # Of near equals the ratio of all trials can favour the other one; then it goes the other way round.
    if not is_missing(ratio) and 0 < ratio < 1:
        return _first_over_second(values, [second, use], lower, seed)
    return {"use": use, "second": second, "ratio": ratio, "interval": interval,
            "certain": not is_missing(interval) and interval["low"] > 1}


def _median(values):
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _regions(run, figure, choices):
    """Along x, the runs of neighbours that have one answer and are all certain of it or all not."""
    x = figure["x"]
    places = {level: place for place, level in enumerate(run.factors[x])}
    rows = {}
    for choice in choices:
        if not is_missing(choice["use"]):
            rest = {factor: level for factor, level in choice["where"].items() if factor != x}
            rows.setdefault(tuple(rest.items()), []).append(choice)
    regions = []
    for rest, row in rows.items():
        row.sort(key=lambda choice: places[choice["where"][x]])
        held = []
        for choice in row:
            if held and _answer(held[-1]) != _answer(choice):
                regions.append(_region(run, x, dict(rest), held))
                held = []
            held.append(choice)
        regions.append(_region(run, x, dict(rest), held))
    return regions


def _answer(choice):
    return choice["use"] if choice["certain"] else None


def _region(run, x, rest, held):
    first, last = held[0]["where"][x], held[-1]["where"][x]
    certain = held[0]["certain"]
    ratios = [choice["ratio"] for choice in held if not is_missing(choice.get("ratio", {"missing": ""}))]
    uses = list(dict.fromkeys(choice["use"] for choice in held))
    region = {"where": rest, "from": first, "to": last, "use": uses[0] if certain else uses, "certain": certain,
              "least": min(ratios, default=None), "most": max(ratios, default=None)}
    several = {factor: level for factor, level in rest.items() if len(run.factors[factor]) > 1}
    place = f"{factor_name(x)} {first}" + (f" to {last}" if last != first else "")
    where = ", ".join(filter(None, (levels_text(several), place)))
    if certain:
        least, most = digits(region["least"]), digits(region["most"])
        span = least if least == most else f"{least} to {most}"
        sentence = f"{where}: {uses[0]}, {span} times as good as the second best"
    else:
        sentence = f"{where}: no certain winner; {', '.join(uses)} ahead"
    return {**region, "sentence": sentence}
