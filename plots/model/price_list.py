"""Price lists of runs, as fault-cost and call-cost make them, read and merged.

Of an event that several have, the last price counts.
"""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

from load import LoadError

NUMBERS = ("price_ns", "low_ns", "high_ns", "minor_per_event")


@dataclass
class PriceList:
    """Prices by event.

    rows      event -> {price_ns, low_ns, high_ns (ns per event, None where there are too few
              processes for an interval), minor_per_event (None where missing), run}
    why_not   event -> why a list has no price of it; another may have one
    runs      names of the runs, in the order given
    machines  run -> {name: text} of the machine, {} where the list does not say
    """

    rows: dict = field(default_factory=dict)
    why_not: dict = field(default_factory=dict)
    runs: list = field(default_factory=list)
    machines: dict = field(default_factory=dict)

    def why_missing(self, events):
        """Reasons, a sentence each, of those of `events` that have no price."""
        return [f"no price of {event}: {self.why_not.get(event, 'in no price list given')}"
                for event in events if event not in self.rows]

    def cost(self, prices):
        """{"ns", "low_ns", "high_ns"} of a sum of events: `prices` is event -> how many of it.

        The bounds are those of interval arithmetic, None where a price has no interval.
        """
        total, low, high = 0.0, 0.0, 0.0
        for event, scale in prices.items():
            row = self.rows[event]
            total += scale * row["price_ns"]
            ends = (row["low_ns"], row["high_ns"]) if scale >= 0 else (row["high_ns"], row["low_ns"])
            low = None if low is None or ends[0] is None else low + scale * ends[0]
            high = None if high is None or ends[1] is None else high + scale * ends[1]
        return {"ns": total, "low_ns": low, "high_ns": high}


def read(folders):
    """The PriceList of the run folders `folders`. Raises LoadError with the file and the remedy."""
    found = PriceList()
    for folder in map(Path, folders):
        name, machine, rows = _read_one(folder)
        found.runs.append(name)
        found.machines[name] = machine
        for row in rows:
            _merge(found, row, name)
    return found


def _merge(found, row, run):
    """A list that could not price an event does not take away another's price."""
    event = row["event"]
    if row["price_ns"] is None:
        found.why_not[event] = row.get("why_not") or "no reason given"
        return
    found.rows[event] = {**{key: row.get(key) for key in NUMBERS}, "run": run}


def _read_one(folder):
    """(run, machine, rows) of one folder; prices.json is preferred, prices.csv does without a machine."""
    path = folder / "prices.json"
    try:
        if path.exists():
            content = json.loads(path.read_text(encoding="utf-8"))
            return content["run"], content.get("machine", {}), content["prices"]
        path = folder / "prices.csv"
        with open(path, encoding="utf-8", newline="") as file:
            return folder.name, {}, [_of_csv(row) for row in csv.DictReader(file)]
    except OSError as error:
        raise LoadError(f"{path}: {error.strerror}; give the folder of a run whose config asks for a "
                        "figure `prices`, as experiments/fault-cost and call-cost do") from error
    except (ValueError, KeyError, TypeError) as error:
        raise LoadError(f"{path}: not a price list: {error!r}") from error


def _of_csv(row):
    return {**row, **{key: float(row[key]) if row[key] else None for key in NUMBERS}}
