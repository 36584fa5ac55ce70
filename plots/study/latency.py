"""Latency by fault class: the histograms of a cell's trials, merged; and what the timing cost."""

from histogram import merged
from study import expectations
from study.ratio import compare, seed_of
from study.samples import missing

FACTOR = "workload.latency"
# Rows of every table and figure, from the cheapest to the dearest.
CLASSES = ("hit", "minor", "zero_page", "zero_fill", "cow", "write_protect", "hugepage", "swap_cache",
           "blocked_minor", "major", "zero_swap_in", "zram_swap_in", "zswap_swap_in", "device_swap_in",
           "blocked", "queued", "unclassified", "any")


def of_cell(run, cell):
    """The entry `latency` of one cell of study.json, or missing with the reason.

    mode, clock     as the records say
    trials          how many trials were merged
    classes         {name: count, total_ns, median_ns, p99_ns, p999_ns, max_ns, share}, in the order
                    of CLASSES; share of all the threads' time, or of the sampled accesses' time
    harness_ns      time between accesses, and harness_share; missing where accesses were sampled
    threads_ns      the threads' time in their windows, measured apart from the classes
    cost            ratio of ops_per_second to the untimed twin, as ratio.compare() gives it
    no_classes      why accesses could not be told apart, where they could not
    """
    held, why = _held(run, cell)
    if why:
        return missing(why)
    classes = merged(held)
    timed = sum(histogram.total for histogram in classes.values())
    sampled = held[0]["mode"] == "sampled"
    harness = sum(one["harness_ns"] for one in held)
    whole = timed if sampled else timed + harness
    sparse = missing("sampled: what lies between timed accesses are accesses too")
    result = {
        "mode": held[0]["mode"],
        "clock": "; ".join(sorted({one["clock"] for one in held})),
        "timer_ns": sorted(one["timer_ns"] for one in held)[len(held) // 2],
        "trials": len(held),
        "classes": {name: _row(classes[name], whole) for name in CLASSES if name in classes},
        "harness_ns": sparse if sampled else harness,
        "harness_share": sparse if sampled else harness / whole,
        "threads_ns": sum(one["threads_ns"] for one in held),
        "cost": _cost(run, cell),
    }
    lacks = dict.fromkeys(one["no_classes"] for one in held if one["no_classes"])
    if lacks:
        result["no_classes"] = missing("; ".join(lacks))
    return result


def _held(run, cell):
    """(histogram files of the ok trials, None) or (none, why)."""
    ok = run.ok(cell)
    if ok.empty:
        bad = run.select(cell)["outcome"].value_counts().sort_index()
        return [], "no ok trial: " + ", ".join(f"{n} {word}" for word, n in bad.items())
    held = [run.histograms(sequence) for sequence in ok["sequence"]]
    held = [one for one in held if one is not None]
    if not held:
        whys = dict.fromkeys(run.latency[sequence].get("missing", "no file histograms/")
                             for sequence in ok["sequence"])
        return [], "; ".join(whys)
    return held, None


def _row(histogram, whole):
    return {
        "count": histogram.count, "total_ns": histogram.total,
        "median_ns": histogram.percentile(0.5), "p99_ns": histogram.tail(0.99),
        "p999_ns": histogram.tail(0.999), "max_ns": histogram.most,
        "share": histogram.total / whole,
    }


def _cost(run, cell):
    """Speed with timing over speed without; below 1, timing slows the trial down."""
    twin = {**cell, FACTOR: "off"}
    if FACTOR not in cell or twin not in run.cells:
        return missing(f"no cell differs in {FACTOR} alone")
    (timed, why), (untimed, other) = (expectations.values_of(run, each, "ops_per_second")
                                      for each in (cell, twin))
    if why or other:
        return missing(why or other)
    seed = seed_of(run.manifest["run"], run.manifest["seed"], "latency", sorted(cell.items()))
    return compare(timed, untimed, seed)
