"""hyperfine's --export-json (of its versions 1.x): a result per cell, whose scripts draw and test it.

hyperfine measures how long a command takes. Where a trial works for a given time, that time says nothing: then it is
the time of one access that is exported.
"""

import json
import re

import numpy as np

from exports import Export, NotExported
from exports.names import samples
from study.samples import describe, is_missing
from words import IEC

SECOND = 1e9  # ns
SIZE = re.compile(r"(\d+(?:\.\d+)?) (B|KiB|MiB|GiB|TiB)")
BYTES = {suffix: step for step, suffix in IEC}


def export(run, metrics):
    """`metrics`: at most one, in ns."""
    if len(metrics) > 1:
        raise NotExported("a file of hyperfine's holds one time per command: give one --metric, or none")
    metric = metrics[0] if metrics else "wall_ns"
    if metric in run.metrics and run.metrics[metric]["unit"] != "ns":
        raise NotExported(f"hyperfine's format holds times: {metric} is in {run.metrics[metric]['unit']}, not ns")
    notes = []
    per_access = not metrics and _works_for_a_time(run)
    if per_access:
        notes.append(("", "the trials of this run last as long as they were told to: times are those of one access, "
                          "wall_ns / accesses"))
    what = "wall_ns / accesses" if per_access else metric
    results = [_result(run, cell, name, per_access, metric, notes) for cell, name, _ in samples(run, metric, notes)]
    content = {"results": [result for result in results if result],
               "faultlab": {"run": run.manifest["run"], "times": f"{what}, in seconds"}}
    return Export(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", notes)


def _works_for_a_time(run):
    work = run.manifest.get("config", {}).get("workload", {}).get("work", {})
    return isinstance(work, dict) and "seconds" in work


def _result(run, cell, name, per_access, metric, notes):
    """One element of "results", in hyperfine's order of keys; None where the cell has no time of an access."""
    ok = run.ok(cell)
    ok = ok[ok[metric].notna()]
    share = 1
    if per_access:
        ok = ok[ok["accesses"] > 0] if "accesses" in ok else ok[:0]
        if ok.empty:
            notes.append((name, "left out: accesses are missing, so there is no time of one"))
            return None
        share = ok["accesses"].to_numpy(dtype=float)
    times = ok[metric].to_numpy(dtype=float) / share / SECOND
    sample = describe(times)
    # As hyperfine writes it of a single run; its scripts expect the key.
    stddev = None if is_missing(sample["stdev"]) else sample["stdev"]
    result = {"command": name, "mean": sample["mean"], "stddev": stddev, "median": sample["median"],
              **_cpu_times(run, ok, share, name, notes), "min": sample["min"], "max": sample["max"],
              "times": [float(time) for time in times], "exit_codes": [0] * len(times)}
    varied = {factor: _plain(cell[factor]) for factor, levels in run.factors.items() if len(levels) > 1}
    return {**result, "parameters": varied} if varied else result


def _cpu_times(run, ok, share, name, notes):
    """user and system are means over the trials, as hyperfine's are."""
    found = {}
    for key, metric in (("user", "user_ns"), ("system", "system_ns")):
        values = ok[metric].to_numpy(dtype=float) if metric in ok else np.array([np.nan])
        if np.isnan(values).any():
            why = "; ".join(run.why_missing(ok, metric)) or "not recorded"
            notes.append((name, f"{key} is left out: {why}"))
        else:
            found[key] = float(np.mean(values / share / SECOND))
    return found


def _plain(level):
    """A size as its number of bytes: hyperfine's scripts draw over parameters that are numbers."""
    found = SIZE.fullmatch(level)
    if not found:
        return level
    size = float(found[1]) * BYTES[found[2]]
    return str(int(size)) if size == int(size) else str(size)
