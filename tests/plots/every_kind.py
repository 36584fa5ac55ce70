"""A run folder for every kind of figure, and the entry of a config that draws it."""

import json

import numpy as np
import pandas as pd

import fault_files
import synthetic
from figures import KINDS
from fault_files import BEGIN, WINDOW
from load import load_run
from study.latency import FACTOR as LATENCY
from study.study import study, write
from study.time_split import HEADS
from synthetic import ENGINE

SIZE, SCENARIO = "dataset.size", "workload.scenario"
FACTORS = {ENGINE: ["pread", "mmap_shared"], SIZE: ["64 MiB", "256 MiB"], LATENCY: ["full"]}
LIMIT = 128 << 20
CONFIG = {"dataset": {"size": "64 MiB"}, "workload": {"engine": "pread"},
          "pressure": {"memcg_limit": {"limit": "128 MiB"}}, "factors": FACTORS}
COPIED = ("bytes", "buffered_read_bytes", "cpu_copied_bytes", "copied_after_all_bytes", "receiver_copied_bytes")
POLICIES = ("fifo", "clock", "lru", "two_lists", "optimum")
SPECS = {
    "bars": {"metric": "ops_per_second", "x": SIZE, "series": ENGINE},
    "ratio": {"metric": "ops_per_second", "x": SIZE, "series": ENGINE, "over": "pread"},
    "working_set": {"x": SIZE, "series": ENGINE},
    "policies": {"x": SIZE, "series": ENGINE},
    "prices": {"x": SCENARIO},
    "decision_map": {"metric": "ops_per_second", "x": SIZE, "y": LATENCY, "series": ENGINE, "over": "pread"},
}
TRIALS = 6


def spec(kind):
    """The config's entry that asks for a figure of the kind."""
    return {"kind": kind, **SPECS.get(kind, {})}


def full(folder):
    """Writes and studies a run that has data for every kind but prices; returns its path."""
    timed(folder, mend=_add_readings, figures=[spec(kind) for kind in KINDS if kind not in ("prices", "model")])
    _declare(folder, ("ns", *HEADS), ("bytes", *COPIED), ("1", "capacity_pages", "misses_per_access"))
    _write_series(folder)
    _write_faults(folder)
    _write_simulated(folder)
    _write_model(folder)
    return _studied(folder)


def timed(folder, factors=None, held=None, trials=TRIALS, figures=(), mend=None):
    """Writes a run whose cells with workload.latency full have the histogram file `held` for each trial."""
    held = held or histogram(hit=[(10, 5000), (20, 600), (100, 3)], major=[(90, 30), (120, 2)])
    (folder / "histograms").mkdir(parents=True)

    def change(record):
        if mend:
            mend(record)
        if record["cell"][LATENCY] == "full":
            record["latency"] = {"mode": "full", "clock": "tsc", "timer_ns": 20.0, "threads_ns": 2e6,
                                 "harness_ns": 1e3, "classes": {}}
            (folder / "histograms" / f"{record['sequence']:05d}.json").write_text(json.dumps(held), encoding="utf-8")

    return synthetic.quickstart(folder, trials=trials, factors=factors or FACTORS, expect=[], figures=list(figures),
                                mend=change)


def priced(folder):
    """Writes and studies a run of scenarios; returns its path."""
    def mend(record):
        cost = 1000.0 + record["trial"]
        record["readings"] = {"wall_ns": {"clock": cost * 100}, "events": {"scenario": 100},
                              "event_ns": {"scenario": cost}, "minor_faults": {"rusage": 100}}

    synthetic.quickstart(folder, trials=TRIALS, factors={SCENARIO: ["anon_write", "file_warm"]}, expect=[],
                         figures=[spec("prices")], mend=mend)
    _declare(folder, ("1", "events"))
    return _studied(folder)


def _add_readings(record):
    """Limits, a split of the time, and copies."""
    record["pressure"]["memcg_limit"]["limit_bytes"] = LIMIT
    readings = record["readings"]
    wall = readings["wall_ns"]["clock"]
    for part, tenths in (("user_work_ns", 3), ("fault_ns", 2), ("io_wait_ns", 4), ("unexplained_ns", 1)):
        readings[part] = {"derived": wall * tenths / 10}
    reads = 1 << 20 if record["cell"][ENGINE] == "pread" else 0
    for metric, value in zip(COPIED, (1 << 20, reads, reads + (1 << 20), 0, 1 << 20)):
        readings[metric] = {"derived": value}
    readings["capacity_pages"] = {"derived": 60}
    readings["misses_per_access"] = {"derived": 0.5}
    readings["psi_some_ns"] = {"psi": {"value": wall // 10, "note": "the whole host's"}}


def _declare(folder, *groups):
    """Puts metrics (unit, names) and the config into the manifest."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["config"] = CONFIG
    known = {metric["name"] for metric in manifest["metrics"]}
    manifest["metrics"] += [{"name": name, "unit": unit, "meaning": name, "better": "lower",
                             "sources": ["derived", "scenario"]}
                            for unit, *names in groups for name in names if name not in known]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def histogram(**classes):
    """A histogram file: class -> (bucket, count) pairs below 128, where a bucket is its value in ns."""
    held = {name: {"count": sum(n for _, n in pairs), "total_ns": sum(b * n for b, n in pairs),
                   "min_ns": pairs[0][0], "max_ns": pairs[-1][0], "buckets": [list(pair) for pair in pairs]}
            for name, pairs in classes.items()}
    return {"unit": "ns", "sub_buckets": 64, "clock": "tsc", "timer_ns": 20.0, "mode": "full", "threads_ns": 2e6,
            "harness_ns": 1e3, "preempted": 0, "no_classes": "", "reasons": [0, 0, 0, 0], "classes": held}


def _write_series(folder):
    """What a host with PSI and a ledger adds to each series, and a residency map beside it."""
    for path in sorted((folder / "series").glob("?????.csv")):
        frame = pd.read_csv(path)
        seconds = frame["t_ns"].clip(lower=0) / 1e9
        frame["psi_some_ns"] = (seconds * 4e8).astype(int)
        frame["psi_full_ns"] = (seconds * 1e8).astype(int)
        frame["background_evicted_pages"] = frame["evicted_pages"] // 4
        frame["scanned_pages"] = frame["evicted_pages"] * 2
        frame["swapped_in_pages"] = frame["refaulted_pages"] // 8
        frame["swapped_out_pages"] = (seconds * 1000).astype(int)
        frame.to_csv(path, index=False)
        path.with_suffix(".residency.csv").write_text(
            "t_ns,pages_0_511,pages_512_1023\n0,0,0\n1000000000,256,0\n2000000000,512,100\n", encoding="utf-8")


def _write_faults(folder):
    rng = np.random.default_rng(1)
    records = [fault_files.record(WINDOW + int(t), BEGIN + int(page) * fault_files.PAGE, kind=int(page) % 2)
               for t, page in zip(rng.integers(0, 10**9, 400), rng.integers(0, 100, 400))]
    for sequence in range(8):
        fault_files.write_trace(folder, sequence, records)
        fault_files.write_ledger(folder, sequence, [fault_files.eviction(WINDOW + 10**8 * i, i * 8, pages=8)
                                                    for i in range(9)])


def _write_simulated(folder):
    records = [json.loads(line) for line in (folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()]
    curve = {"capacity_pages": [50, 100], **{policy: [80, 10 + i] for i, policy in enumerate(POLICIES)}}
    held = {"trials": {str(record["sequence"]): {"trace": 0, "readings": {}} for record in records},
            "traces": [{"accesses": 100, "pages": 100, "distinct": 100, "curve": curve}]}
    (folder / "simulated.json").write_text(json.dumps(held), encoding="utf-8")


def _write_model(folder):
    records = [json.loads(line) for line in (folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()]
    trials = [{"sequence": record["sequence"], "cell": record["cell"], "engine": record["cell"][ENGINE],
               "measured_ns": 2e9, "predicted_ns": 2e9 + 1e7 * record["sequence"]} for record in records]
    cells = {json.dumps(record["cell"]): record["cell"] for record in records}
    held = {"trials": trials, "cells": [{"cell": cell, "n": TRIALS} for cell in cells.values()],
            "fails_above_percent": 30, "price_lists": ["20260101T000000Z-abcdef"],
            "summary": {"error_percent": 10.0, "predicted": len(trials), "not_predicted": 0}}
    (folder / "model.json").write_text(json.dumps(held), encoding="utf-8")


def _studied(folder):
    run = load_run(folder)
    write(run, study(run))
    return folder
