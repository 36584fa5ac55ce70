"""Holds what a guest brought back to what the case promises: counts exact, limits kept, host left as found."""

import json
import re
from pathlib import Path

from brought import PAGE, records, text, values, within
from check_generations import generations
from check_kernel import kernel_tests
from check_pressures import pressures

SMALLEST = json.loads((Path(__file__).resolve().parent / "smallest.json").read_text())
DATASET = 16 << 20
PAGES = DATASET // PAGE
LIMIT = DATASET // 2
QUICK_PAGES = 1024  # of a scenario of `calibrate --quick`
WINDOWS = [4096, 16384]  # of fault-around, in bytes, as guest/window sets them
TIMES = ["wall_ns", "user_ns", "system_ns", "ops_per_second"]


def counts(record: dict, engine: str) -> list[str]:
    """A permutation, one pass, cold, no read-ahead: every page is fetched exactly once."""
    found = []

    def hold(metric: str, source: str, low: float, high: float) -> None:
        found.extend(f"{engine}: {complaint}" for complaint in within(record, f"{metric}@{source}", low, high))

    mapped = engine == "mmap_shared"
    hold("accesses", "worker", PAGES, PAGES)
    hold("major_faults", "rusage", PAGES if mapped else 0, PAGES if mapped else 0)
    hold("minor_faults", "rusage", 0, 16)
    hold("device_read_bytes", "io", DATASET, DATASET)
    hold("memory_peak_bytes", "memcg", LIMIT // 2, LIMIT)
    hold("resident_pages_before", "mincore", 0, 0)
    hold("resident_pages_after", "mincore", 1, LIMIT // PAGE)
    after = values(record, "resident_pages_after").get("mincore")
    if isinstance(after, int):
        # What was read and is not there has left, and nobody but the cgroup's reclaim took it.
        hold("evicted_pages", "io", PAGES - after, PAGES - after)
        for metric in ("reclaimed_pages", "direct_reclaimed_pages"):
            hold(metric, "memcg", PAGES - after - 128, PAGES - after + 128)
        hold("background_reclaimed_pages", "memcg", 0, 0)
        # This kernel's tracepoints tell the folio's size: the ledger has every page, and who took it.
        for metric, pages in (("added_pages", PAGES), ("distinct_added_pages", PAGES), ("refaulted_pages", 0),
                              ("evicted_pages", PAGES - after), ("own_evicted_pages", PAGES - after),
                              ("background_evicted_pages", 0), ("foreign_evicted_pages", 0),
                              ("resident_pages_after", after), ("ledger_residual", 0),
                              ("ledger_inconsistencies", 0), ("lost_ledger_events", 0)):
            hold(metric, "page_cache", pages, pages)
    return found


def bounds(record: dict, engine: str) -> list[str]:
    """A source that states a bound of its error stays within it of what the task's own counter says."""
    found = []
    for metric in ("minor_faults", "major_faults"):
        exact = values(record, metric).get("rusage")
        for source, held in record["readings"].get(metric, {}).items():
            within = held.get("within") if isinstance(held, dict) else None
            if within is not None and abs(held["value"] - exact) > within:
                found.append(f"{engine}: {metric}@{source} is {held['value']}, said to be within {within}, "
                             f"but rusage counts {exact}")
    return found


def limited(out: Path) -> list[str]:
    """Every cell ran on cgroup v2 under its limit, and no time is given."""
    found = []
    engines = SMALLEST["factors"]["workload.engine"]
    if text(out, "status") != "0":
        found.append(f"the program ended with {text(out, 'status')}: {text(out, 'stderr')[-2000:]}")
    by_engine = {record["cell"]["workload.engine"]: record for record in records(out)}
    for engine in engines:
        record = by_engine.get(engine)
        if record is None:
            found.append(f"{engine}: no record")
            continue
        if record["outcome"] != "ok":
            found.append(f"{engine}: {record['outcome']}: {record.get('reason')}")
            continue
        if record.get("cgroup", {}).get("version") != 2:
            found.append(f"{engine}: cgroup is {record.get('cgroup')}")
        if record.get("pressure", {}).get("memcg_limit", {}).get("limit_bytes") != LIMIT:
            found.append(f"{engine}: the limit read back is {record.get('pressure')}, not {LIMIT}")
        for metric in TIMES:
            for source, value in (values(record, metric) or {"any source": None}).items():
                if not (isinstance(value, dict) and "emulated" in str(value.get("missing"))):
                    found.append(f"{engine}: {metric}@{source} is {value}, not missing: emulated")
        found += counts(record, engine) + bounds(record, engine)
    return found


def refused(out: Path) -> list[str]:
    """No cgroup can be had: the program says why and what would help, and measures nothing."""
    found = []
    if text(out, "status") != "3":
        found.append(f"the program ended with {text(out, 'status')}, not 3: {text(out, 'stderr')[-2000:]}")
    said = text(out, "stderr")
    for word in ("cgroup", r"systemd-run|own cgroup|cgroup of its own|empty cgroup"):
        if not re.search(word, said):
            found.append(f"the refusal does not mention {word}: {said[-2000:]}")
    if any(record["outcome"] == "ok" for record in records(out)):
        found.append("a limited trial is called ok without a limit")
    return found


def advised(out: Path) -> list[str]:
    """The refusal's own remedy, typed as it stands, gives the program its cgroup."""
    found = []
    if text(out, "refusal_status") != "3":
        found.append(f"the first attempt ended with {text(out, 'refusal_status')}, not 3")
    if not text(out, "advice"):
        found.append(f"the refusal names no `mkdir ...` to type: {text(out, 'refusal')[-2000:]}")
    return [f"{complaint} (after `{text(out, 'advice')}`)" for complaint in found + limited(out)]


def unclosed(scenarios: list[dict]) -> list[str]:
    """What does not close by the rules of this kernel, or cannot be done and does not say why."""
    found = []
    for scenario in scenarios:
        off = [f"{row['metric']}@{row['source']}: predicted {row['predicted']}, measured {row['measured']}"
               for row in scenario["rows"] if row["verdict"] == "off"]
        if scenario["outcome"] == "impossible":
            if not all(lack["why"] for lack in scenario["lacks"]):
                found.append(f"{scenario['scenario']}: cannot run, without a reason")
        elif scenario["outcome"] != "closes":
            found.append(f"{scenario['scenario']}: {scenario['outcome']}: {scenario['why']} {'; '.join(off)}")
    return found


def calibrated(out: Path) -> list[str]:
    """Every scenario closes by the rules of this kernel, or the kernel cannot do it and says why."""
    try:
        scenarios = json.loads(text(out, "stdout"))["scenarios"]
    except json.JSONDecodeError:
        return [f"the program ended with {text(out, 'status')}: {text(out, 'stderr')[-2000:]}"]
    found = unclosed(scenarios)
    if text(out, "status") != "0":
        found.append(f"the program ended with {text(out, 'status')}: {text(out, 'stderr')[-2000:]}")
    if sum(scenario["outcome"] == "closes" for scenario in scenarios) < 30:
        found.append("fewer than 30 scenarios close")
    return found


def windows(out: Path) -> list[str]:
    """Scenarios of fault-around close whatever its window is, and file_warm has the count of that window."""
    found = []
    for size in WINDOWS:
        try:
            scenarios = json.loads(text(out, f"window.{size}"))["scenarios"]
        except json.JSONDecodeError:
            found.append(f"no result with a window of {size} bytes: {text(out, 'stderr')[-2000:]}")
            continue
        found += [f"window of {size} bytes: {complaint}" for complaint in unclosed(scenarios)]
        rows = [row for scenario in scenarios if scenario["scenario"] == "file_warm" for row in scenario["rows"]]
        minor = [row["measured"] for row in rows if (row["source"], row["metric"]) == ("rusage", "minor")]
        if minor != [QUICK_PAGES * PAGE // size]:
            found.append(f"window of {size} bytes: {minor} faults of file_warm for {QUICK_PAGES} pages")
    if text(out, "window.after") != text(out, "window.before"):
        found.append(f"fault_around_bytes is {text(out, 'window.after')}, was {text(out, 'window.before')}")
    return found


# Case -> (its check, whether other processes share the cgroup in which the program starts).
CASES = {"alone": (limited, False), "sibling": (refused, True), "advised": (advised, True),
         "systemd": (limited, True), "calibrate": (calibrated, False), "window": (windows, False),
         "pressures": (pressures, False), "generations": (generations, False), "kernel": (kernel_tests, False)}


def complaints(case: str, out: Path) -> list[str]:
    if not text(out, "status"):
        return ["the guest did not get as far as the program's end"] + (kernel_tests(out) if case == "kernel" else [])
    verify, shared = CASES[case]
    found = verify(out)
    if (len(text(out, "members").split()) > 1) != shared:
        found.append(f"the case is not what it says: {text(out, 'members').split()} sit in the cgroup")
    if text(out, "before") != text(out, "after"):
        found.append(f"the cgroup is not as it was: before {text(out, 'before').split()}, "
                     f"after {text(out, 'after').split()}")
    return found
