"""Writes run folders that look like real ones, for tests and for looking at figures.

    /usr/bin/python3 tests/plots/synthetic.py DIR    writes DIR/quickstart and its variants

The numbers follow a small model of a file that is read through a page cache: uniform random reads
hit with the fraction that fits, sequential passes evict what they will need next.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
PAGE = 4096
DATASET = 256 << 20
ENGINE, LIMIT, ORDER = "workload.engine", "pressure.memcg_limit.limit", "workload.order"
FACTORS = {ENGINE: ["pread", "mmap_shared"], LIMIT: ["none", "50% of dataset"],
           ORDER: ["uniform", "sequential"]}
# name, unit, better, sources: the rows of the registry that the model fills.
METRICS = [
    ("wall_ns", "ns", "lower", "clock"),
    ("steal_ns", "ns", "lower", "proc_stat"),
    ("accesses", "1", "higher", "worker"),
    ("ops_per_second", "1/s", "higher", "derived"),
    ("minor_faults", "1", "lower", "rusage,task_stat,memcg,vmstat"),
    ("major_faults", "1", "lower", "rusage,task_stat,memcg,vmstat"),
    ("evicted_pages", "pages", "lower", "io,disk"),
    ("refaulted_pages", "pages", "lower", "memcg,vmstat"),
    ("device_read_bytes", "bytes", "lower", "io,disk"),
    ("read_amplification", "1", "lower", "derived"),
    ("memory_charged_bytes", "bytes", "neither", "memcg"),
    ("psi_some_ns", "ns", "lower", "psi"),
    ("event_ns", "ns", "lower", "scenario"),
]
EXPECT = [
    {"that": "ratio of ops_per_second", "of": {ENGINE: "mmap_shared"}, "over": {ENGINE: "pread"},
     "where": {LIMIT: "none"}, "at_least": 1.0,
     "because": "a mapped page costs no system call once it is mapped"},
    {"that": "ratio of ops_per_second", "of": {LIMIT: "50% of dataset"}, "over": {LIMIT: "none"},
     "where": {ORDER: "uniform"}, "at_most": 0.5, "because": "half of the reads miss"},
    {"that": "ratio of ops_per_second", "of": {ENGINE: "mmap_shared"}, "over": {ENGINE: "pread"},
     "where": {LIMIT: "50% of dataset", ORDER: "uniform"}, "at_least": 1.1,
     "because": "the device decides, not the engine"},
    {"that": "median of minor_faults", "of": {ENGINE: "pread"}, "at_most": 200},
    {"that": "median of psi_some_ns", "of": {LIMIT: "50% of dataset"}, "at_least": 1},
    {"that": "outcome", "of": {LIMIT: "50% of dataset"}, "is": "ok"},
]
FIGURES = [
    {"kind": "bars", "metric": "ops_per_second", "x": LIMIT, "series": ENGINE, "panel": ORDER},
    {"kind": "bars", "metric": "minor_faults", "x": LIMIT, "series": ENGINE, "panel": ORDER},
    {"kind": "bars", "metric": "psi_some_ns", "x": LIMIT, "series": ENGINE},
    {"kind": "ratio", "metric": "ops_per_second", "x": LIMIT, "series": ENGINE, "over": "pread",
     "panel": ORDER},
    {"kind": "throughput_over_time", "series": ENGINE, "panel": ORDER},
    {"kind": "counters_over_time", "series": ENGINE, "panel": ORDER},
]


def quickstart(folder, trials=9, seed=1, factors=None, expect=None, figures=None, mend=None):
    """Writes a run folder and returns its path.

    `mend(record)` may change each record before it is written (to kill a trial, to take a reading
    away); the series of a trial that is not ok end early.
    """
    folder = Path(folder)
    (folder / "series").mkdir(parents=True, exist_ok=True)
    factors = FACTORS if factors is None else factors
    cells = [dict(zip(factors, levels)) for levels in itertools.product(*factors.values())]
    manifest = _manifest(folder.name, factors, cells, trials, seed, expect, figures)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    rng = np.random.default_rng(seed)
    lines = []
    # Blocks: each block holds every cell once, in random order.
    plan = [(cells[i], trial) for trial in range(trials) for i in rng.permutation(len(cells))]
    for sequence, (cell, trial) in enumerate(plan):
        series = _series(cell, rng)
        record = _record(folder.name, cell, trial, sequence, series[-1], rng)
        if mend:
            mend(record)
        lines.append(json.dumps(record) + "\n")
        keep = series if record["outcome"] == "ok" else series[:len(series) // 3]
        _write_series(folder / "series" / f"{sequence:05d}.csv", keep)
    (folder / "trials.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def _manifest(run, factors, cells, trials, seed, expect, figures):
    return {
        "schema_version": 1, "run": run, "experiment": "quickstart",
        "question": "What does a page fault cost beside a system call?", "seed": seed,
        "config": {}, "config_hash": "0" * 16,
        "factors": [{"name": name, "levels": levels} for name, levels in factors.items()],
        "cells": cells, "trials_per_cell": trials, "planned": trials * len(cells),
        "dataset": {"size_bytes": DATASET},
        "expect": EXPECT if expect is None else expect,
        "figures": FIGURES if figures is None else figures,
        "metrics": [{"name": n, "unit": u, "meaning": n, "better": b, "sources": s.split(",")}
                    for n, u, b, s in METRICS],
        "tool": {"version": "0.1.0", "preset": "measure"}, "facts_before": {}, "facts_after": {},
        "emulated": False, "unmet": [],
    }


def _series(cell, rng, step_s=0.1, window_s=2.0):
    """Samples of one trial: a list of dicts of cumulative counters; the last closes the window."""
    mapped, limited = cell.get(ENGINE) == "mmap_shared", cell.get(LIMIT) != "none"
    sequential = cell.get(ORDER) == "sequential"
    limit = DATASET // 2 if limited else DATASET
    hit, miss = (0.2e-6 if mapped else 1.1e-6), (4e-6 if sequential else 6e-6)
    pace = rng.lognormal(0, 0.03)
    resident, now = 0.0, 0.0
    total = dict.fromkeys(("accesses", "minor_faults", "major_faults", "device_read_bytes",
                           "refaulted_pages", "evicted_pages"), 0.0)
    samples = [_sample(seconds, phase, total, 0.0) for seconds, phase in
               ((0.0, "preparing"), (-0.02, "ready"), (0.0, "running"))]
    while now < window_s - 1e-9:
        # Finer steps than the samples', so that the fill of the cache is smooth.
        for _ in range(10):
            held = resident * PAGE / DATASET
            missing = (1 - held) if not sequential else (1.0 if limited or held < 1 else 0.0)
            done = step_s / 10 / (hit + missing * miss) * pace * rng.lognormal(0, 0.02)
            read = done * missing
            grown = min(read, limit / PAGE - resident)
            total["accesses"] += done
            total["major_faults"] += read * (0.02 if sequential else 1.0) if mapped else 0
            total["minor_faults"] += (done * missing * 0.1 + grown / 16) if mapped else 0
            total["device_read_bytes"] += read * PAGE
            total["evicted_pages"] += read - grown
            total["refaulted_pages"] += (read - grown) * (0.97 if limited else 0)
            resident += grown
        now += step_s
        samples.append(_sample(now * rng.normal(1, 1e-4), "running", total, resident * PAGE))
    samples[-1]["phase"] = "done"
    if not mapped:  # the harness's own pages, touched at the start
        for sample in samples[2:]:
            sample["minor_faults"] = 110
        samples[-1]["minor_faults"] += int(rng.integers(-10, 10))
    return samples


def _sample(seconds, phase, total, charged):
    return {"t_ns": int(seconds * 1e9), "phase": phase,
            "memory_charged_bytes": int(charged // (64 * PAGE) * 64 * PAGE + 300 * PAGE),
            **{name: int(value) for name, value in total.items()}}


def _write_series(path, samples):
    names = list(samples[0])
    rows = [",".join(str(sample[name]) for name in names) for sample in samples]
    path.write_text("\n".join([",".join(names), *rows]) + "\n", encoding="utf-8")


def _record(run, cell, trial, sequence, end, rng):
    """A record in every form that a reading may have."""
    wall = max(1, end["t_ns"])
    limited = cell.get(LIMIT) == "50% of dataset"
    limit = DATASET // 2 if limited else {"missing": "no limit was asked for"}
    return {
        "schema_version": 1, "run": run, "experiment": "quickstart", "cell": cell,
        "trial": trial, "sequence": sequence, "seed": int(rng.integers(1 << 62)),
        "outcome": "ok", "reason": "", "started_at": "2026-11-23T08:15:00.123Z",
        "phases": {"starting_ns": 1000000, "preparing_ns": 20000000, "ready_ns": 1000,
                   "running_ns": wall},
        "start": {"requested": "cold", "verified": True}, "cgroup": {"version": 1},
        "pressure": {"memcg_limit": {"limit_bytes": limit}}, "binding": {"cpus": [0]},
        "warnings": [],
        "readings": {
            "wall_ns": {"clock": wall},
            "steal_ns": {"proc_stat": int(wall * 0.002)},
            "accesses": {"worker": end["accesses"]},
            "ops_per_second": {"derived": end["accesses"] / wall * 1e9},
            "minor_faults": {"rusage": end["minor_faults"], "memcg": {
                "value": end["minor_faults"] + 7, "within": 128, "note": "whole cgroup"}},
            "major_faults": {"rusage": end["major_faults"]},
            "evicted_pages": {"io": end["evicted_pages"]},
            "refaulted_pages": {"memcg": {"missing": "cgroup v1 does not count refaults"},
                                "vmstat": {"value": end["refaulted_pages"], "within": 64}},
            "device_read_bytes": {"io": end["device_read_bytes"]},
            "read_amplification": {"derived": end["device_read_bytes"]
                                   / (PAGE * max(1, end["accesses"]))},
            "memory_charged_bytes": {"memcg": end["memory_charged_bytes"]},
            "psi_some_ns": {"psi": {"missing": "no PSI file of a cgroup in v1"}},
        },
    }


def kill(record, outcome="oom_killed", reason="the kernel's OOM killer ended the trial"):
    """Makes a record one of a trial that did not end well."""
    record.update(outcome=outcome, reason=reason)
    record["readings"] = {"wall_ns": {"clock": {"missing": f"the trial was {outcome}"}}}


def one_killed(record):
    """One limited mmap trial dies, and so does every sequential one of them."""
    cell = record["cell"]
    if cell[ENGINE] == "mmap_shared" and cell[LIMIT] != "none":
        if cell[ORDER] == "sequential" or record["trial"] == 2:
            kill(record)


def main():
    folder = Path(sys.argv[1])
    print(quickstart(folder / "quickstart"))
    print(quickstart(folder / "killed", mend=one_killed))
    print(quickstart(folder / "few", trials=3))


if __name__ == "__main__":
    main()
