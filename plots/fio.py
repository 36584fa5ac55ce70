"""fio's JSON output as a Run: a cell per job, a trial per file, so that it stands beside runs of faultlab.

Several files with the same jobs are repetitions: the trials of one sample. docs/compare.md says which of fio's
numbers becomes which metric.
"""

import json
import math
import os
from collections import Counter

import pandas as pd

from histogram import LEAST
from load import TRIAL_COLUMNS, LoadError, Run
from study.ratio import seed_of

FACTOR = "fio job"
SOURCE = "fio"
OPTIONS = {"ioengine": ("ioengine",), "rw": ("rw", "readwrite"), "bs": ("bs", "blocksize"),
           "iodepth": ("iodepth",)}
NOT_STATED = "not stated"
# Options that may differ between repetitions: they name places, not work.
PLACES = ("name", "filename", "directory", "description", "output", "write_bw_log", "write_lat_log",
          "write_iops_log")
PERCENTILES = {"p50": ("50.000000", None), "p90": ("90.000000", None), "p95": ("95.000000", None),
               "p99": ("99.000000", LEAST[0.99]), "p999": ("99.900000", LEAST[0.999])}
MS = 1e6  # ns
# name, unit, better, meaning.
METRICS = (
    ("ops_per_second", "1/s", "higher", "I/Os per second, all directions together (iops)."),
    ("bytes_per_second", "1/s", "higher", "Bytes per second, all directions together (bw_bytes)."),
    ("wall_ns", "ns", "lower", "Run time of the job, which fio says to 1 ms (runtime)."),
    ("accesses", "1", "higher", "I/Os (total_ios)."),
    ("bytes", "bytes", "higher", "Bytes moved (io_bytes)."),
    ("user_cpu_share", "1", "lower", "CPU time in user mode per time of a job's thread (usr_cpu)."),
    ("system_cpu_share", "1", "lower", "CPU time in the kernel per time of a job's thread (sys_cpu)."),
    ("user_ns", "ns", "lower", "CPU time in user mode: usr_cpu times job_runtime."),
    ("system_ns", "ns", "lower", "CPU time in the kernel: sys_cpu times job_runtime."),
    ("system_ns_per_access", "ns", "lower", "CPU time in the kernel per I/O."),
    ("minor_faults", "1", "lower", "Minor faults of the job's threads, set-up included (minf)."),
    ("major_faults", "1", "lower", "Major faults of the job's threads, set-up included (majf)."),
    ("faults_per_access", "1", "lower", "Minor and major faults per I/O."),
    ("context_switches", "1", "lower", "Switches away from the job's threads (ctx)."),
    ("context_switches_per_access", "1", "lower", "The same for each I/O."),
)


def load(paths, name):
    """Reads fio's JSON files; returns a load.Run called `name`. Raises LoadError with file and remedy.

    Beside the usual columns its trials have one for each of OPTIONS. manifest["config"] holds the options,
    by job; manifest["tool"] the version. It has no facts: fio records nothing of its host.
    """
    contents = [(path, _read(path)) for path in paths]
    jobs = list(dict.fromkeys(job["jobname"] for _, content in contents for job in content["jobs"]))
    options = {job: _options_of(job, contents) for job in jobs}
    run = Run(path=paths[0], manifest=_manifest(name, contents, jobs, options), trials=None)
    run.remarks = _remarks(contents)
    rows = []
    for trial, (_, content) in enumerate(contents):
        for job in jobs:
            entries = [entry for entry in content["jobs"] if entry["jobname"] == job]
            if entries:
                rows.append(_row(run, len(rows), trial, job, entries, options[job]))
    metrics = list(run.metrics)
    columns = [FACTOR, *TRIAL_COLUMNS, *OPTIONS, *metrics, *(f"{metric}@{SOURCE}" for metric in metrics)]
    run.trials = pd.DataFrame(rows, columns=columns)
    return run


def _read(path):
    """The JSON in `path`: fio writes its warnings before it, into the same file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise LoadError(f"{path}: {error.strerror}") from error
    begin = 0 if text.startswith("{") else text.find("\n{") + 1
    try:
        content, _ = json.JSONDecoder().raw_decode(text[begin:])
    except ValueError as error:
        raise LoadError(f"{path}: not JSON: {error}; write it by `fio --output-format=json --output={path.name}`"
                        ) from error
    if not isinstance(content, dict) or "fio version" not in content:
        raise LoadError(f"{path}: no \"fio version\" in it: not written by `fio --output-format=json`")
    if "jobs" not in content:
        raise LoadError(f"{path}: no \"jobs\" in it; the output of fio's client/server mode is not read")
    return content


def _options_of(job, contents):
    """The options of a job, those of the global section among them; the same in every file, or LoadError."""
    stated = [(path, {**content.get("global options", {}), **entry.get("job options", {})})
              for path, content in contents for entry in content["jobs"] if entry["jobname"] == job]
    first_path, first = stated[0]
    for path, other in stated[1:]:
        for option in sorted({*first, *other} - set(PLACES)):
            if first.get(option) != other.get(option):
                raise LoadError(f"{path}: job {job} has {option} {other.get(option, NOT_STATED)}, in {first_path} it "
                                f"has {first.get(option, NOT_STATED)}: trials of one sample do the same work; give the "
                                "files as inputs of their own")
    return {option: value for option, value in first.items() if option != "name"}


def _remarks(contents):
    remarks = []
    versions = sorted({content["fio version"] for _, content in contents})
    if len(versions) > 1:
        remarks.append(f"the files are of several versions: {', '.join(versions)}")
    if len(contents) == 1:
        remarks.append("one file is one trial: its ratios have no interval; give several files, joined by commas")
    return remarks


def _manifest(name, contents, jobs, options):
    used = [way for way in ("read", "write", "trim", "mixed")
            if any(way in _ways(entry) for _, content in contents for entry in content["jobs"])]
    rows = [*METRICS, *(row for way in used for row in _latency_metrics(way))]
    return {
        "schema_version": 1, "run": name, "experiment": "fio",
        "seed": seed_of(*(json.dumps(content, sort_keys=True) for _, content in contents)),
        "factors": [{"name": FACTOR, "levels": jobs}], "cells": [{FACTOR: job} for job in jobs],
        "trials_per_cell": len(contents), "expect": [], "figures": [], "config": options,
        "tool": {"version": contents[0][1]["fio version"]}, "facts_before": {},
        "metrics": [{"name": metric, "unit": unit, "meaning": meaning, "better": better, "sources": [SOURCE]}
                    for metric, unit, better, meaning in rows],
    }


def _latency_metrics(way):
    yield f"{way}_clat_mean_ns", "ns", "lower", f"Completion latency of a {way}, mean (clat_ns)."
    for word, (key, _) in PERCENTILES.items():
        yield f"{way}_clat_{word}_ns", "ns", "lower", f"Completion latency, percentile {float(key):g} of a trial."


def _ways(entry):
    """The directions in which a job moved something. With unified_rw_reporting=both, `mixed` repeats the others."""
    ways = [way for way in ("read", "write", "trim") if entry.get(way, {}).get("total_ios")]
    return ways or [way for way in ("mixed",) if entry.get(way, {}).get("total_ios")]


def _row(run, sequence, trial, job, entries, options):
    """One row of Run.trials; fills run.reasons and run.sources."""
    errors = sorted({entry["error"] for entry in entries if entry.get("error")})
    row = {FACTOR: job, "sequence": sequence, "trial": trial, "outcome": "failed" if errors else "ok",
           "reason": "; ".join(f"fio: error {error}, {os.strerror(error)}" for error in errors),
           "started_at": "", "start": "", "worker_count": 0, "limit_bytes": math.nan}
    row.update({column: next((options[word] for word in words if word in options), NOT_STATED)
                for column, words in OPTIONS.items()})
    readings = _readings(entries)
    for metric in run.metrics:
        value = readings.get(metric, {"missing": "the job moved nothing in this direction"})
        absent = isinstance(value, dict)
        row[metric] = row[f"{metric}@{SOURCE}"] = math.nan if absent else float(value)
        if absent:
            run.reasons[sequence, metric] = run.reasons[sequence, f"{metric}@{SOURCE}"] = value["missing"]
        else:
            run.sources[sequence, metric] = SOURCE
    return row


def _readings(entries):
    """{metric: number or {"missing": why}} of one job of one file; `entries` are its threads where fio was not asked
    to report them as a group."""
    moved = [(way, entry[way]) for entry in entries for way in _ways(entry)]
    if not moved:
        return {name: {"missing": "the job moved nothing"} for name, *_ in METRICS}
    accesses = sum(each["total_ios"] for _, each in moved)
    readings = {"accesses": accesses, "bytes": sum(each["io_bytes"] for _, each in moved),
                "ops_per_second": sum(each["iops"] for _, each in moved),
                "bytes_per_second": sum(each.get("bw_bytes", each["bw"] * 1024) for _, each in moved),
                "wall_ns": max(each["runtime"] for _, each in moved) * MS,
                **_cpu(entries, accesses), **_counts(entries, accesses)}
    for way in dict.fromkeys(way for way, _ in moved):
        readings.update(_latencies(way, [each for one, each in moved if one == way]))
    return readings


def _cpu(entries, accesses):
    """CPU times. usr_cpu is per cent of job_runtime, which is the sum over the threads of a group."""
    runtime = sum(entry.get("job_runtime", 0) for entry in entries)
    names = ("user_cpu_share", "system_cpu_share", "user_ns", "system_ns", "system_ns_per_access")
    if not runtime:
        return {name: {"missing": "this version of fio says no job_runtime"} for name in names}
    user, system = (sum(entry[key] / 100 * entry["job_runtime"] for entry in entries) for key in ("usr_cpu", "sys_cpu"))
    return dict(zip(names, (user / runtime, system / runtime, user * MS, system * MS, system * MS / accesses)))


def _counts(entries, accesses):
    total = Counter()
    for entry in entries:
        total.update({key: entry[key] for key in ("minf", "majf", "ctx")})
    return {"minor_faults": total["minf"], "major_faults": total["majf"], "context_switches": total["ctx"],
            "faults_per_access": (total["minf"] + total["majf"]) / accesses,
            "context_switches_per_access": total["ctx"] / accesses}


def _latencies(way, parts):
    """Mean and percentiles of the completion latency in one direction; `parts` are the job's threads."""
    held = [part.get("clat_ns", {}) for part in parts]
    n = sum(each.get("N", 0) for each in held)
    names = ["mean", *PERCENTILES]
    if not n:
        why = "no clat_ns: latencies were not measured (disable_clat), or fio is older than 3.0"
        return {f"{way}_clat_{word}_ns": {"missing": why} for word in names}
    readings = {f"{way}_clat_mean_ns": sum(each["mean"] * each["N"] for each in held if each.get("N")) / n}
    for word, (key, least) in PERCENTILES.items():
        readings[f"{way}_clat_{word}_ns"] = _percentile(held, n, key, least)
    return readings


def _percentile(held, n, key, least):
    if len(held) > 1:
        return {"missing": f"percentiles of {len(held)} threads cannot be merged: add group_reporting to the job"}
    if least and n < least:
        return {"missing": f"{n} samples: this percentile needs {least}"}
    absent = {"missing": f"fio was not asked for percentile {float(key):g} (clat_percentiles, percentile_list)"}
    return held[0].get("percentile", {}).get(key, absent)
