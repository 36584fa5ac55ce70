"""Writes files as fio writes them, for tests: what plots/fio.py reads, with numbers to order."""

import copy
import json
from pathlib import Path

# A true file of fio 3.33, of which parts that nobody reads were taken out.
SAMPLE = Path(__file__).resolve().parent / "data" / "fio-3.33.json"


def job(name, iops, samples=20000, latency_ns=5000, **options):
    """One element of "jobs": reads of 4 KiB for a second."""
    latency = {"min": 100, "max": 9 * latency_ns, "mean": float(latency_ns), "stddev": 1.0, "N": samples,
               "percentile": {"50.000000": latency_ns, "99.000000": 3 * latency_ns, "99.900000": 8 * latency_ns}}
    idle = {"io_bytes": 0, "bw_bytes": 0, "bw": 0, "iops": 0.0, "runtime": 0, "total_ios": 0, "clat_ns": {"N": 0}}
    read = {"io_bytes": 4096 * iops, "bw_bytes": 4096 * iops, "bw": 4 * iops, "iops": float(iops), "runtime": 1000,
            "total_ios": iops, "clat_ns": latency}
    return {"jobname": name, "groupid": 0, "error": 0, "job options": {"name": name, **options}, "read": read,
            "write": copy.deepcopy(idle), "trim": copy.deepcopy(idle), "job_runtime": 1000, "usr_cpu": 20.0,
            "sys_cpu": 60.0, "ctx": 10, "majf": 2, "minf": 98}


def write(path, jobs, before="", **options):
    """A file of these jobs; `before` stands before the JSON, as fio's warnings do."""
    content = {"fio version": "fio-3.33", "timestamp_ms": 0,
               "global options": {"ioengine": "psync", "bs": "4k", **options}, "jobs": jobs}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before + json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def repetitions(folder, iops, n=8, name="randread"):
    """A folder of `n` files of one job, whose speeds are spread by a few per cent."""
    for number in range(n):
        write(folder / f"{number}.json", [job(name, int(iops * (1 + (number - n / 2) / 200)), rw="randread")])
    return folder
