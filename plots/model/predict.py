"""Trials and cells: predicted time against measured time, beside the naive model. Nothing is fitted here."""

import numpy as np

from model import counts
from model.terms import ANONYMOUS, CALLS, ENGINES, FILE_WRITTEN, TERMS
from model.trial import Trial, Unknown
from study.samples import missing

FAILS = 15.0  # median error of a cell in per cent, above which the model is said to fail
# Fewer than half an event is rounding in an expectation, not an event.
LEAST_EVENTS = 0.5
SWAP_PRICES = {"file": "swap_in_file", "loop": "swap_in_file", "zram": "swap_in_zram"}


def counted(run):
    """An entry per record of `run` (a load.Run) that is no scenario, in the order of the run.

    sequence, trial, cell, engine, measured_ns and `counts`, a list of (term, count, prices) with the
    terms that occur; or sequence, trial, cell and missing, the reason.
    """
    return [_counted(run, row) for _, row in work(run)]


def work(run):
    """The records of what prices are to predict, [(index, row)]: all but the scenarios, which are prices."""
    return [(index, row) for index, row in run.trials.iterrows() if not _is_scenario(run, row)]


def _is_scenario(run, row):
    if not np.isnan(row.get("event_ns", np.nan)):
        return True
    try:
        return Trial(run, row).engine == "scenario"
    except Unknown:
        return False


def _counted(run, row):
    entry = {"sequence": int(row["sequence"]), "trial": int(row["trial"]),
             "cell": {name: row[name] for name in run.factors}}
    try:
        trial = Trial(run, row)
        _refuse(trial, row)
        entry.update(engine=trial.engine, measured_ns=trial.reading("wall_ns"), counts=_counts(trial),
                     naive=_naive(trial))
    except Unknown as why:
        entry.update(missing(str(why)))
    return entry


def _refuse(trial, row):
    """Raises Unknown where the prices are not those of what the trial did."""
    refusals = (
        (row["outcome"] != "ok", f"the trial was {row['outcome']}: {row['reason']}"),
        (trial.engine not in ENGINES, f"engine {trial.engine}: no terms"),
        (trial.threads != 1, f"{trial.threads} threads: prices are of one, and contention has none"),
        (trial.processes != 1, f"{trial.processes} processes: prices are of one, and contention has none"),
        (trial.latency != "off", "accesses were timed one by one, which takes time that no price holds"),
        (trial.consume == "copy" and trial.engine not in CALLS, "consume copy: no price of a copy"),
        ("advise" in trial.pressures, "another thread advises pages away: whose time that was is not recorded"),
        ("antagonist" in trial.pressures and trial.swap != "none",
         "a neighbour swaps too, and the counts are of both"),
        (trial.medium == "tmpfs", "dataset on tmpfs: no prices of its faults"),
        (trial.engine in FILE_WRITTEN and trial.writes not in (None, 100),
         "a mix of loads and stores: which faults were which is not recorded"),
        (trial.engine in ANONYMOUS and trial.start == "cold" and trial.writes not in (None, 100),
         "a mix of loads and stores in untouched memory: which faults were which is not recorded"),
        (trial.engine == "hugetlb" and _pool_page(trial) != "2 MiB", "huge pages of 1 GiB: no price"),
        (trial.advice == "populate_read" and trial.start != "warm",
         "populate_read of what is not in memory: no price without MADV_RANDOM"),
        (trial.advice in ("willneed", "populate_read") and trial.engine not in ("mmap_shared", "mmap_private"),
         f"advice {trial.advice} with engine {trial.engine}: no price"),
    )
    for refused, why in refusals:
        if refused:
            raise Unknown(why)


def _pool_page(trial):
    engine = trial.settings["workload"]["engine"]
    return engine.get("page", "2 MiB") if isinstance(engine, dict) else "2 MiB"


def _counts(trial):
    found = []
    for term in TERMS:
        count = term.count(trial) if trial.engine in term.engines else 0.0
        if count < LEAST_EVENTS:
            continue
        if term.device and trial.medium != "host" and trial.engine not in ANONYMOUS:
            raise Unknown(f"dataset on {trial.medium}: the list's prices are of the host's device")
        found.append((term, float(count), term.prices_of(trial)))
    return found


def _naive(trial):
    """[(count, prices)] of hits x hit + misses x latency, with the hit and the latency of the trial's
    own kind: the best that two prices can do."""
    if trial.engine in CALLS:
        hit, latency, misses = "read_warm_4k", "read_cold_4k", counts.device_pages(trial)
    else:
        swapped = trial.engine in ANONYMOUS and trial.swap in SWAP_PRICES
        hit, latency = "warm_near", SWAP_PRICES[trial.swap] if swapped else "file_cold_shuffled"
        misses = counts.major(trial)
    return [(max(0.0, trial.touches - misses), {hit: 1}), (misses, {latency: 1})]


def predicted(entry, prices):
    """The entry of counted() with what the model says: a dict for model.json.

    measured_ns, predicted_ns, low_ns, high_ns (from the prices' intervals; None where one has none),
    error_percent, naive_ns, naive_error_percent, and terms: name -> {count, ns}. naive_* are
    {"missing": why} where they cannot be had.
    """
    kept = {key: entry[key] for key in ("sequence", "trial", "cell")}
    if "missing" in entry:
        return {**kept, "missing": entry["missing"]}
    whys = prices.why_missing(dict.fromkeys(event for _, _, of in entry["counts"] for event in of))
    if whys:
        return {**kept, "measured_ns": entry["measured_ns"], "missing": "; ".join(whys)}
    costs = [(term.name, count, prices.cost(of)) for term, count, of in entry["counts"]]
    total = sum(count * cost["ns"] for _, count, cost in costs)
    measured = entry["measured_ns"]
    return {**kept, "engine": entry["engine"], "measured_ns": measured, "predicted_ns": total,
            **{end: _bound(costs, end) for end in ("low_ns", "high_ns")},
            "error_percent": 100 * (total / measured - 1), **_naive_of(entry, prices),
            "terms": {name: {"count": count, "ns": count * cost["ns"]} for name, count, cost in costs}}


def _bound(costs, end):
    if any(cost[end] is None for _, _, cost in costs):
        return None
    return sum(count * cost[end] for _, count, cost in costs)


def _naive_of(entry, prices):
    used = [(count, of) for count, of in entry["naive"] if count > 0]
    whys = prices.why_missing([event for _, of in used for event in of])
    if whys:
        return {key: missing("; ".join(whys)) for key in ("naive_ns", "naive_error_percent")}
    total = sum(count * prices.cost(of)["ns"] for count, of in used)
    return {"naive_ns": total, "naive_error_percent": 100 * (total / entry["measured_ns"] - 1)}


def cells(run, trials):
    """An entry per planned cell: cell, n (trials predicted), not_predicted {reason: how many},
    measured_ns, predicted_ns (medians), error_percent (median of the size of the error),
    signed_error_percent (median), naive_error_percent, split {term: share of the predicted time,
    the largest first}, fails (is error_percent above FAILS?); or cell, not_predicted and missing.
    """
    return [_cell(cell, [trial for trial in trials if trial["cell"] == cell])
            for cell in run.cells if not _is_price(run, cell)]


def _is_price(run, cell):
    """A cell of scenarios alone: nothing is predicted of it."""
    rows = run.select(cell)
    return len(rows) > 0 and all(_is_scenario(run, row) for _, row in rows.iterrows())


def _cell(cell, trials):
    known = [trial for trial in trials if "missing" not in trial]
    whys = [trial["missing"] for trial in trials if "missing" in trial]
    entry = {"cell": cell, "n": len(known), "not_predicted": {why: whys.count(why) for why in dict.fromkeys(whys)}}
    if not known:
        return {**entry, **missing("; ".join(entry["not_predicted"]) or "no trial was recorded")}
    errors = np.array([trial["error_percent"] for trial in known])
    whole = sum(trial["predicted_ns"] for trial in known)
    sums = {}
    for trial in known:
        for name, term in trial["terms"].items():
            sums[name] = sums.get(name, 0.0) + term["ns"]
    entry.update(
        engine=known[0]["engine"],
        measured_ns=float(np.median([trial["measured_ns"] for trial in known])),
        predicted_ns=float(np.median([trial["predicted_ns"] for trial in known])),
        error_percent=float(np.median(np.abs(errors))), signed_error_percent=float(np.median(errors)),
        naive_error_percent=_naive_median(known),
        split={name: sums[name] / whole if whole else 0.0
               for name in sorted(sums, key=sums.get, reverse=True)})
    return {**entry, "fails": entry["error_percent"] > FAILS}


def _naive_median(known):
    errors = [trial["naive_error_percent"] for trial in known]
    absent = [error["missing"] for error in errors if isinstance(error, dict)]
    return missing(absent[0]) if absent else float(np.median(np.abs(errors)))


def summary(trials):
    """Over all trials of a run: predicted, not_predicted (numbers of trials), and the median size of the
    error of both models in per cent over the trials that both predict; missing where there is none."""
    known = [trial for trial in trials if "missing" not in trial]
    both = [trial for trial in known if not isinstance(trial["naive_error_percent"], dict)]
    found = {"predicted": len(known), "not_predicted": len(trials) - len(known), "compared": len(both)}
    if not known:
        why = missing("no trial could be predicted")
        return {**found, "error_percent": why, "naive_error_percent": why}
    error = float(np.median([abs(trial["error_percent"]) for trial in known]))
    if not both:
        return {**found, "error_percent": error, "naive_error_percent": known[0]["naive_error_percent"]}
    return {**found, "error_percent": error,
            "naive_error_percent": float(np.median([abs(t["naive_error_percent"]) for t in both]))}
