"""Pairs of runs of one config and one program, and runs in two halves each."""

from dataclasses import dataclass

import numpy as np

from load import LoadError
from study import expectations
from study.samples import MIN_TRIALS
from study.terminal import HEADLINES
from words import levels_text

# Of a manifest: what two runs must share to be repetitions of each other.
SHARED = (("config_hash", "config"), ("binary_hash", "program"))


@dataclass
class Pair:
    """Two samples of each cell, of the same program.

    name     for the report
    samples  cell in words -> (of, over), 1-D arrays; one that is missing is empty
    """

    name: str
    samples: dict


def metric_of(runs, asked):
    """The metric that is compared: `asked`, or the headline that the runs have. Raises LoadError."""
    known = runs[0].metrics
    if asked and asked not in known:
        raise LoadError(f"no metric {asked} in {runs[0].path}; results/README.md lists them")
    candidates = [asked] if asked else [name for name in HEADLINES if name in known]
    for name in candidates:
        if any(len(values(run, cell, name)) for run in runs for cell in run.cells):
            if known[name]["better"] == "neither":
                raise LoadError(f"{name} has no better direction: choose a time or a rate")
            return name
    raise LoadError(f"{', '.join(candidates) or 'every headline'} is missing in every trial: name another with "
                    "--metric")


def of_runs(runs, metric):
    """Disjoint pairs of consecutive runs, (second over first), (fourth over third), ...

    A run is in one pair only: overlapping pairs would share trials, and their errors would come together.
    """
    _check_repetitions(runs)
    ordered = sorted(runs, key=lambda run: run.manifest["run"])
    return [Pair(f"{of.manifest['run']} over {over.manifest['run']}",
                 {_words(cell): (values(of, cell, metric), values(over, cell, metric)) for cell in of.cells})
            for over, of in zip(ordered[0::2], ordered[1::2])]


def within_runs(runs, metric):
    """A pair a run: its odd trials over its even ones, which take turns as the cells of one run do.

    What differs from run to run (where memory lies, what the host does that hour) is the same in both halves: so it is
    in what a study compares, and not in what `compare` does.
    """
    _check_repetitions(runs)
    return [_halves(run, metric) for run in sorted(runs, key=lambda run: run.manifest["run"])]


def _halves(run, metric):
    if run.manifest["trials_per_cell"] < 2 * MIN_TRIALS:
        raise LoadError(f"{run.path}: {run.manifest['trials_per_cell']} trials a cell; halves need {2 * MIN_TRIALS}: "
                        "run it with more trials, or compare runs with each other")
    samples = {}
    for cell in run.cells:
        rows = run.ok(cell)
        rows = rows[rows[metric].notna()]
        odd = rows["trial"] % 2 == 1
        samples[_words(cell)] = rows[odd][metric].to_numpy(), rows[~odd][metric].to_numpy()
    return Pair(f"odd over even trials of {run.manifest['run']}", samples)


def values(run, cell, metric):
    found, _ = expectations.values_of(run, cell, metric)
    return np.asarray(found, dtype=float)


def _words(cell):
    return levels_text(cell) or "all trials"


def _check_repetitions(runs):
    """Raises LoadError where the runs are not repetitions of each other."""
    paths = [run.path.resolve() for run in runs]
    if len(set(paths)) < len(paths):
        raise LoadError("one run was given twice: a run compared with itself is never different")
    for key, word in SHARED:
        known = {str(run.path): _shared(run, key) for run in runs}
        if len(set(known.values())) > 1:
            other = next(path for path, value in known.items() if value != _shared(runs[0], key))
            raise LoadError(f"{other} has another {word} than {runs[0].path}: the self-test wants repetitions of one "
                            "run")


def _shared(run, key):
    return run.manifest.get(key, run.manifest.get("tool", {}).get(key))
