"""A world in which events cost what a list says: price lists, and runs of trials that take exactly so long."""

import csv
import json

import numpy as np

import synthetic

PAGES = 16384  # of a dataset of 64 MiB
CASE = "case"
HIT = 9.0  # in whatever order
PRICES = {
    "warm_near": 2.0, "warm_touch": HIT, "warm_touch_shuffled": HIT, "warm_sum_near": 90.0, "warm_sum_far": 250.0,
    "read_warm_4k": 750.0, "read_warm_16k": 1650.0, "read_warm_4k_random": 800.0, "read_cold_4k": 90750.0,
    "file_warm": 360.0, "file_single_page_mappings": 1800.0, "file_written_large": 42.0,
    "file_cold_shuffled": 100000.0, "file_cold_normal": 3000.0, "file_shared_write": 2400.0,
    "file_private_write": 2600.0, "call_pageout": 900.0, "anon_write": 2000.0, "swap_in_zram": 5000.0,
    "swap_out_zram": 6500.0, "swap_in_cached": 1700.0,
}
CASES = {
    "pread, warm": {"workload.engine": "pread", "start": "warm"},
    "pread, cold": {"workload.engine": "pread"},
    "mmap, warm": {"workload.engine": "mmap_shared", "start": "warm", "workload.order": "sequential"},
    "mmap, cold": {"workload.engine": "mmap_shared"},
    "mmap, limited": {"workload.engine": "mmap_shared", "pressure.memcg_limit.limit": "50% of dataset"},
    "anonymous": {"workload.engine": "anon", "workload.advice": "normal", "swap": {"kind": "zram"},
                  "workload.order": "sequential", "pressure.memcg_limit.limit": "50% of dataset"},
}
CONFIG = {
    "dataset": {"size": "64 MiB", "content": "random", "medium": "host"},
    "workload": {"engine": "pread", "order": {"kind": "uniform"}, "advice": "random", "block": "4 KiB",
                 "consume": "touch", "threads": 1, "latency": "off"},
    "start": "cold", "pressure": {}, "swap": "none", "knobs": {},
}
METRICS = ("own_evicted_pages", "added_pages", "swapped_in_pages", "swapped_out_pages",
           "background_evicted_pages", "tlb_shootdowns", "events", "event_ns")


def price_list(folder, prices=None, spread=0.02, why_not=None):
    """Writes a price list, prices.csv, whose intervals reach `spread` to both sides; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"event": event, "price_ns": price, "low_ns": price * (1 - spread), "high_ns": price * (1 + spread),
             "minor_per_event": ""} for event, price in (PRICES if prices is None else prices).items()]
    rows += [{"event": event, "price_ns": "", "low_ns": "", "high_ns": "", "minor_per_event": "", "why_not": why}
             for event, why in (why_not or {}).items()]
    with open(folder / "prices.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["event", "price_ns", "low_ns", "high_ns", "minor_per_event", "why_not"])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def counts(case, rng):
    """(readings, time in ns) of a trial, from a formula a case that knows nothing of the model's table."""
    # Counts vary by orders of magnitude, so that no two terms go together.
    accesses, misses, evicted, out, again = (int(np.exp(rng.uniform(*np.log(ends)))) for ends in (
        (40000, 4000000), (20, 20000), (20, 200000), (20, 40000), (2, 20000)))
    if case == "pread, warm":
        return {"accesses": accesses, "added_pages": 0}, accesses * 800
    if case == "pread, cold":
        return {"accesses": accesses, "added_pages": misses}, accesses * 800 + misses * 90000
    if case == "mmap, warm":
        return ({"accesses": accesses, "minor_faults": PAGES // 16, "major_faults": 0, "added_pages": 0},
                PAGES * 360 + (accesses - PAGES) * HIT)
    if case == "anonymous":
        return ({"accesses": accesses, "minor_faults": PAGES + again, "major_faults": misses,
                 "swapped_out_pages": out},
                PAGES * 2000 + again * 1700 + misses * 5000 + out * 6500
                + max(0, accesses - PAGES - again - misses) * HIT)
    time = misses * 100000 + (accesses - misses) * HIT
    readings = {"accesses": accesses, "minor_faults": 0, "major_faults": misses, "added_pages": misses}
    if case == "mmap, limited":
        readings["own_evicted_pages"] = evicted
        time += evicted * 900
    return readings, time


def run(folder, cases=None, trials=8, change=None, config=None):
    """Writes a run of `cases` (label -> what it sets); `change(record)` may alter each record."""
    cases = CASES if cases is None else cases

    def mend(record):
        readings, time = counts(record["cell"][CASE], np.random.default_rng(record["sequence"]))
        record["readings"] = {"wall_ns": {"clock": time}, **{name: {"worker": n} for name, n in readings.items()}}
        if change:
            change(record)

    synthetic.quickstart(folder, trials=trials, factors={CASE: list(cases)}, expect=[], figures=[], mend=mend)
    _declare(folder, {**CONFIG, **(config or {}),
                      "factors": {CASE: [{"label": label, "set": sets} for label, sets in cases.items()]}})
    return folder


def price_run(folder, prices, faults=None, trials=7, absent=None):
    """Writes a run of a price list; process `trial` of seven costs `trial - 3` thousandths more than the price.

    `faults` is event -> minor faults per event; `absent` event -> why it has no price.
    """
    absent, faults = absent or {}, faults or {}

    def mend(record):
        event = record["cell"]["workload.scenario"]
        if event in absent:
            record.update(outcome="failed", reason=absent[event], readings={})
            return
        price = prices[event] * (1 + (record["trial"] - 3) / 1000)
        record["readings"] = {"wall_ns": {"clock": price * 4096}, "events": {"worker": 4096},
                              "event_ns": {"worker": price},
                              "minor_faults": {"worker": 4096 * faults.get(event, 0)}}

    synthetic.quickstart(folder, trials=trials, factors={"workload.scenario": [*prices, *absent]}, expect=[],
                         figures=[{"kind": "prices", "x": "workload.scenario"}], mend=mend)
    _declare(folder, {})
    return folder


def _declare(folder, config):
    """Puts the config and the metrics of this world into the manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["config"] = config
    manifest["metrics"] += [{"name": name, "unit": "1", "meaning": name, "better": "lower", "sources": []}
                            for name in METRICS]
    for metric in manifest["metrics"]:
        metric["sources"] = ["worker", *metric["sources"]]
    path.write_text(json.dumps(manifest), encoding="utf-8")
