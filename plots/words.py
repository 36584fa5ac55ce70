"""How numbers and names are written, the same on the terminal and in figures."""

import math

SI = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""))
IEC = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B"))
NS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))
SCALES = {"bytes": IEC, "ns": NS}
METRIC_NAMES = {"ops_per_second": "accesses per second", "device_read_bytes": "device read",
                "device_written_bytes": "device written", "memory_charged_bytes": "memory charged",
                "memory_peak_bytes": "memory peak"}
# Words inside of a name: units, which axes carry for what they show, and those that are written in capitals.
SPELLINGS = {"ns": "time", "gib": "GiB", "mib": "MiB", "cpu": "CPU", "tlb": "TLB", "psi": "PSI"}


def digits(value, significant=3):
    """`value` (below 10 000) with at most `significant` digits, without trailing zeros of noise.

    1.234 -> "1.23", 12.34 -> "12.3", 123.4 -> "123", 5.0 -> "5", 0.0001234 -> "0.000123".
    """
    if value == 0:
        return "0"
    if value == round(value) and abs(value) < 1000:
        return str(int(value))
    value = float(f"{value:.{significant - 1}e}")  # rounded first: 0.9997 has the places of 1.00
    places = significant - 1 - math.floor(math.log10(abs(value)))
    if places > significant + 4:
        return f"{value:.{significant - 1}e}"
    return f"{value:.{max(places, 0)}f}"


def scale_of(value, unit):
    """(divisor, suffix) that brings `value` (in `unit`, of the registry) to one to three digits."""
    scales = SCALES.get(unit, SI)
    # 999.6 is written as 1.00 of the next step, not as 1000 of this one.
    return next((step for step in scales if abs(value) >= step[0] * 0.9995), scales[-1])


def quantity(value, unit, significant=3):
    """A value with its prefix: 1.23 M, 256 MiB, 12.3 ms."""
    divisor, suffix = scale_of(value, unit)
    return f"{digits(value / divisor, significant)} {suffix}".strip()


def quantity_with_interval(value, interval, unit):
    """1.23 M [1.20, 1.25]: the bounds share the median's prefix."""
    text = quantity(value, unit)
    if "missing" in interval:
        return text
    divisor, _ = scale_of(value, unit)
    low, high = (digits(interval[end] / divisor) for end in ("low", "high"))
    return f"{text} [{low}, {high}]"


def factor_name(factor):
    """`workload.engine` -> engine, `pressure.memcg_limit.limit` -> memcg limit."""
    words = factor.split(".")
    if len(words) > 1 and words[0] in ("workload", "pressure", "dataset"):
        words = words[1:]
    words = " ".join(words).replace("_", " ").split(" ")
    return " ".join(word for i, word in enumerate(words) if i == 0 or word != words[i - 1])


def level_name(factor, level):
    """A level that stands alone, in a legend: a number says of what it is one."""
    return f"{factor_name(factor)} {level}" if level.replace(".", "", 1).isdigit() else level


def metric_name(metric):
    """`minor_faults` -> minor faults, wall_ns -> wall time: units are left to the axis."""
    if metric in METRIC_NAMES:
        return METRIC_NAMES[metric]
    words = metric.split("_")
    if words[-1] == "bytes" and len(words) > 1:
        words = words[:-1]
    return " ".join(SPELLINGS.get(word, word) for word in words)


def levels_text(levels, joint=", "):
    """{factor: level} in words: engine pread, memcg limit none."""
    return joint.join(f"{factor_name(factor)} {level}" for factor, level in levels.items())
