"""The numbers that a figure shows, by name: what two drawings of it are compared by.

Of a figure that shows one trial's course, or where things lie, there are none: it says why.
"""

from study.samples import is_missing, missing
from words import digits, levels_text

NO_NUMBERS = {
    "fault_map": "it shows single trials, fault by fault: look at the two side by side",
    "residency_map": "it shows single trials over time: look at the two side by side",
    "model": "its prices are of the machine on which it was made",
}
# What stands for a figure whose own numbers are curves.
METRICS = {"throughput_over_time": ("ops_per_second",),
           "counters_over_time": ("minor_faults", "major_faults", "evicted_pages", "refaulted_pages"),
           "policies": ("misses_per_access",), "copies": ("copies_per_byte",), "prices": ("event_ns",)}
RATIOS = ("ratio", "decision_map")


def of_figure(study, spec, number):
    """(points, None) or ({}, why there are none): name -> {"value", "interval"}, of figure `number` of a manifest's
    list."""
    kind = spec["kind"]
    if kind in NO_NUMBERS:
        return {}, NO_NUMBERS[kind]
    if kind in RATIOS:
        found = _ratios(study, number)
    elif kind == "time_split":
        found = _shares(study)
    elif kind == "latency_by_class":
        found = _latencies(study)
    else:
        found = _medians(study, METRICS.get(kind) or (spec.get("metric", "ops_per_second"),))
    return found, None if found else "no cell has a number"


def is_share(spec):
    """Are the points shares of one whole, of which small ones mean little?"""
    return spec["kind"] == "time_split"


def _medians(study, metrics):
    return {_name(entry["cell"], metric if len(metrics) > 1 else ""):
            _point(entry["metrics"][metric]["median"], entry["metrics"][metric]["interval"])
            for entry in study["cells"] for metric in metrics
            if not is_missing(entry["metrics"].get(metric, {"missing": ""}))}


def _ratios(study, number):
    return {_name({**entry["stratum"], **entry["of"]}, ""): _point(entry["ratio"], entry["interval"]) for entry in study["figure_ratios"]
            if entry["figure"] == number and not is_missing(entry["ratio"])}


def _shares(study):
    return {_name(entry["cell"], part): _point(share) for entry in study["time_split"]
            for part, share in entry.get("shares", {}).items()}


def _latencies(study):
    return {_name(entry["cell"], name): _point(row["median_ns"]) for entry in study["cells"]
            if not is_missing(entry.get("latency", {"missing": ""}))
            for name, row in entry["latency"]["classes"].items() if not is_missing(row["median_ns"])}


def _point(value, interval=None):
    return {"value": value, "interval": interval or missing("no interval of it is known")}


def _name(levels, of):
    """Of a cell in words, the same in every run; two cells never have the same."""
    where = levels_text({factor: str(level) for factor, level in levels.items()}) or "all trials"
    return f"{where}: {of}" if of else where


def in_words(name, old, new):
    """A point whose two values differ."""
    return f"{name}: {digits(old['value'])} to {digits(new['value'])}"
