"""CSV in the columns of fio's terse output, a row per cell: medians over its trials.

Names, units and order are those of fio's man page (terse version 3) as far as faultlab measures the same; percentiles
of latency carry theirs in the name. What was not measured is an empty field.
"""

import csv
import io

import numpy as np

from exports import Export, NotExported
from exports.names import cell_names
from histogram import Histogram

US, MS, KIB = 1e3, 1e6, 1024
WAYS = ("read", "write")
LATENCIES = ("clat_mean_us", "clat_p50_us", "clat_p99_us", "clat_p999_us", "clat_max_us")
PER_WAY = ("kb", "bandwidth_kb", "iops", "runtime_ms", *LATENCIES)
CPU = ("cpu_user", "cpu_sys", "cpu_csw", "cpu_mjf", "cpu_minf")
COLUMNS = ("jobname", "trials", *(f"{way}_{column}" for way in WAYS for column in PER_WAY), *CPU)


def export(run, metrics):
    """Every column, always."""
    if metrics:
        raise NotExported("the columns of fio-csv are fixed: leave --metric out")
    stream, notes = io.StringIO(), []
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for cell, name in cell_names(run):
        trials = run.ok(cell)
        if trials.empty:
            seen = run.select(cell)["outcome"].value_counts().sort_index()
            counts = ", ".join(f"{n} {word}" for word, n in seen.items()) or "none was recorded"
            notes.append((name, f"left out: no ok trial: {counts}"))
            continue
        writer.writerow({"jobname": name, "trials": len(trials), **_row(run, trials, name, notes)})
    return Export(stream.getvalue(), notes)


def _row(run, trials, name, notes):
    said = []
    row = {**_throughput(run, trials, said), **_cpu(run, trials, said)}
    if way := _only_way(trials):
        row.update({f"{way}_{column}": value for column, value in _latency(run, trials, said).items()})
    elif not said:
        said.append("latency is left out: reads and writes are timed together")
    notes += [(name, sentence) for sentence in said]
    return {column: _digits(value) for column, value in row.items()}


def _digits(value):
    return str(int(value)) if value == int(value) else f"{value:.9g}"


def _column(run, trials, metric, said):
    """The metric in each trial as an array, None and a sentence where a trial lacks it."""
    values = trials[metric].to_numpy(dtype=float) if metric in trials else np.array([np.nan])
    if not np.isnan(values).any():
        return values
    said.append(f"{metric} is left out: {'; '.join(run.why_missing(trials, metric)) or 'not recorded'}")
    return None


def _throughput(run, trials, said):
    """What reads and writes moved; stores are the writes of faultlab's trials."""
    accesses, stores, wall, moved = (_column(run, trials, metric, said)
                                     for metric in ("accesses", "stores", "wall_ns", "bytes"))
    if accesses is None or stores is None or wall is None:
        return {}
    row = {}
    for way, ios in zip(WAYS, (accesses - stores, stores)):
        if not ios.any():
            continue
        row.update({f"{way}_iops": np.median(ios / wall * 1e9), f"{way}_runtime_ms": np.median(wall / MS)})
        if moved is not None:
            share = moved * ios / accesses / KIB
            row.update({f"{way}_kb": np.median(share), f"{way}_bandwidth_kb": np.median(share / wall * 1e9)})
    return row


def _cpu(run, trials, said):
    """Shares are per cent of the time of all threads, as fio's of a group of threads are."""
    wall, threads = _column(run, trials, "wall_ns", said), trials["worker_count"].to_numpy(dtype=float)
    row = {}
    for column, metric in (("cpu_user", "user_ns"), ("cpu_sys", "system_ns")):
        spent = _column(run, trials, metric, said)
        if spent is not None and wall is not None and threads.all():
            row[column] = np.median(100 * spent / (wall * threads))
    for column, metric in (("cpu_csw", "context_switches"), ("cpu_mjf", "major_faults"), ("cpu_minf", "minor_faults")):
        counted = _column(run, trials, metric, said)
        if counted is not None:
            row[column] = np.median(counted)
    if not threads.all():
        said.append("cpu_user and cpu_sys are left out: how many threads worked was not recorded")
    return row


def _only_way(trials):
    """read, write, or None where a cell does both, or it is not known what."""
    if not {"stores", "accesses"} <= set(trials.columns) or trials[["stores", "accesses"]].isna().any(axis=None):
        return None
    if not trials["stores"].any():
        return "read"
    return "write" if (trials["stores"] == trials["accesses"]).all() else None


def _latency(run, trials, said):
    """Of all timed accesses of the cell, from its trials' histograms, merged over classes."""
    held = [histograms for histograms in map(run.histograms, trials["sequence"]) if histograms]
    merged = Histogram(held[0]["sub_buckets"]) if held else Histogram()
    for histograms in held:
        for content in histograms["classes"].values():
            merged.add(content)
    if not merged.count:
        said.append("latency is left out: " + ("; ".join(dict.fromkeys(
            run.latency[sequence].get("missing", "no file histograms/") for sequence in trials["sequence"]))))
        return {}
    values = (merged.total / merged.count, merged.percentile(0.5), merged.tail(0.99), merged.tail(0.999), merged.most)
    said += [f"{column} is left out: {value['missing']}" for column, value in zip(LATENCIES, values)
             if isinstance(value, dict)]
    return {column: value / US for column, value in zip(LATENCIES, values) if not isinstance(value, dict)}
