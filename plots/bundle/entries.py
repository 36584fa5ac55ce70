"""The runs that go into a bundle: each read, studied anew, and given a name of its own."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import prices
from bundle import BundleError
from load import Run, load_run
from study.samples import is_missing
from study.study import study, watched_metrics

NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass
class Entry:
    """One run of a bundle.

    key     its name in the bundle: its experiment, and -run2, -run3 for later runs of the same
    number  1 for the first run of its experiment
    run     what was read
    study   the content of study.json, made now: all numbers of a bundle come from one program
    """

    key: str
    number: int
    run: Run
    study: dict

    @property
    def manifest(self):
        return self.run.manifest

    @property
    def name(self):
        return f"{self.manifest['experiment']}/{self.manifest['run']}"

    @property
    def metrics(self):
        """(names of the metrics that the paper may speak of, {metric: why} of those that no cell has)."""
        names = [*watched_metrics(self.run), *([prices.METRIC] if prices.wanted(self.manifest) else [])]
        present = [name for name in dict.fromkeys(names) if name in self.run.metrics]
        absent = {name: self._why(name) for name in present if self._why(name)}
        return [name for name in present if name not in absent], absent

    def _why(self, metric):
        """Why no cell has the metric; empty where one has."""
        numbers = [cell["metrics"][metric] for cell in self.study["cells"]]
        if not all(map(is_missing, numbers)):
            return ""
        return "; ".join(dict.fromkeys(each["missing"] for each in numbers)) or "no cell"

    @property
    def outcomes(self):
        """How many trials were planned, recorded, and ended ok."""
        trials = self.run.trials
        return {"planned": self.manifest.get("planned", len(self.run.cells) * self.manifest["trials_per_cell"]),
                "recorded": len(trials), "ok": int((trials["outcome"] == "ok").sum()),
                "per_cell": self.manifest["trials_per_cell"]}

    @property
    def seconds(self):
        """Machine time of the trials, set-up and verification included: the sum of their phases, so that
        the pause before a run was resumed is not in it."""
        return sum(_durations_ns(self.run.path / "trials.jsonl")) / 1e9


def read(paths):
    """The entries of `paths`, ordered by experiment and time, whatever the order in which they were given.

    Raises LoadError for a folder that is no run, BundleError for runs that cannot stand side by side.
    """
    runs = {}
    for path in paths:
        run = load_run(path)
        name = _identity(run)
        if name in runs:
            raise BundleError(f"{path}: the run {'/'.join(name)} was given twice; name each run once")
        runs[name] = run
    keys, entries = set(), []
    for (experiment, _), run in sorted(runs.items(), key=lambda item: item[0]):
        number = 1 + sum(entry.manifest["experiment"] == experiment for entry in entries)
        key = _key(experiment, number, keys, {name for name, _ in runs})
        entries.append(Entry(key, number, run, study(run)))
    return entries


def _identity(run):
    """(experiment, run), both fit to be the name of a file."""
    names = run.manifest["experiment"], run.manifest["run"]
    for name in names:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise BundleError(f"{Path(run.path) / 'manifest.json'}: {name!r} is no name of an experiment or a run; "
                              "letters, digits, dots and dashes are")
    return names


def _key(experiment, number, taken, experiments):
    key = experiment if number == 1 else f"{experiment}-run{number}"
    while key in taken or (number > 1 and key in experiments):
        key += "x"
    taken.add(key)
    return key


def _durations_ns(path):
    """The phases of all records; those of a torn last line are not known."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            phases = json.loads(line)["phases"]
        except ValueError:
            continue
        yield from (value for value in phases.values() if isinstance(value, (int, float)))
