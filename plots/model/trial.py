"""One trial as the model sees it: its resolved config and its counts; what is not known says why."""

import copy
import math

from load import level_label

PAGE = 4096
UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
         "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}

# Pressures under which a task frees memory itself; with a balloon, kernel threads may do it for all.
OWN_RECLAIM = {"memcg_limit", "memcg_high", "memcg_protect", "swap_limit"}
KERNEL_RECLAIM = OWN_RECLAIM | {"balloon"}


class Unknown(Exception):
    """Why a count, and with it a trial's time, cannot be told."""


class Trial:
    """Config and counts of one trial of a load.Run.

    Attributes, all from the config as the trial's cell resolves it: engine, order, swap, medium
    (kinds), advice, consume, start, latency, content (words), block_pages, dataset_pages, threads,
    processes, writes (per cent or None), settings (the whole config).
    """

    def __init__(self, run, row):
        self._run, self._row = run, row
        self.sequence = int(row["sequence"])
        self.settings = resolved(run.manifest.get("config", {}), {name: row[name] for name in run.factors})
        workload = self.settings.get("workload", {})
        self.engine = kind(workload.get("engine"))
        self.order = kind(workload.get("order"))
        self.advice = workload.get("advice", "normal")
        self.consume = workload.get("consume", "touch")
        self.threads = workload.get("threads", 1)
        self.processes = workload.get("processes") or 1
        self.writes = workload.get("writes")
        self.latency = workload.get("latency", "off")
        dataset = self.settings.get("dataset", {})
        self.content = dataset.get("content", "random")
        self.medium = kind(dataset.get("medium", "host"))
        size = size_bytes(dataset.get("size", "0 B"), 0)
        self.dataset_pages = size // PAGE
        self.block_pages = max(1, size_bytes(workload.get("block", "4 KiB"), size) // PAGE)
        self.start = self.settings.get("start", "cold")
        self.swap = kind(self.settings.get("swap", "none"))

    def knob(self, name):
        """The value of a kernel setting that the trial changed; None where it left it alone."""
        return self.settings.get("knobs", {}).get(name)

    @property
    def pressures(self):
        """The kinds of pressure, a set."""
        return set(self.settings.get("pressure", {}))

    def known(self, column):
        """Is the reading there? `column` is a metric or `metric@source`."""
        return not math.isnan(self._row.get(column, math.nan))

    def reading(self, *columns):
        """The first of `columns` that is there. Raises Unknown with each one's reason."""
        for column in columns:
            if self.known(column):
                return float(self._row[column])
        whys = [f"{column} is missing: "
                f"{self._run.reasons.get((self.sequence, column), 'not recorded')}" for column in columns]
        raise Unknown("; ".join(whys))

    @property
    def touches(self):
        """Pages reached, each time counted."""
        return self.reading("accesses") * self.block_pages


def resolved(config, cell):
    """The config with the levels of `cell` (factor -> label) put in. Raises Unknown."""
    if "workload" not in config:
        raise Unknown("the manifest holds no config")
    settings = copy.deepcopy({key: value for key, value in config.items() if key != "factors"})
    for factor, levels in config.get("factors", {}).items():
        level = next((each for each in levels if _label(each) == cell.get(factor)), None)
        if level is None:
            raise Unknown(f"the config has no level {cell.get(factor)} of {factor}")
        changes = level["set"] if _is_set(level) else {factor: level}
        for path, value in changes.items():
            _put(settings, path.split("."), value)
    return settings


def kind(choice):
    """The name of a plugin, whether it was chosen with options or without."""
    return choice["kind"] if isinstance(choice, dict) else choice


def size_bytes(text, dataset_bytes):
    """`64 MiB`, or `50% of dataset`, in bytes. Raises Unknown for anything else."""
    number, _, unit = str(text).partition(" ")
    try:
        if number.endswith("%"):
            return int(float(number[:-1]) / 100 * dataset_bytes)
        return int(float(number) * UNITS[unit])
    except (ValueError, KeyError):
        raise Unknown(f"{text!r} is no size") from None


def _is_set(level):
    return isinstance(level, dict) and "set" in level


def _label(level):
    return level["label"] if isinstance(level, dict) and "label" in level else level_label(level)


def _put(settings, path, value):
    """Sets a nested value; a plugin that was named alone gets room for its options."""
    *above, last = path
    for key in above:
        below = settings.setdefault(key, {})
        if not isinstance(below, dict):
            below = settings[key] = {"kind": below}
        settings = below
    settings[last] = copy.deepcopy(value)
