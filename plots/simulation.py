"""What replacement policies would have missed in a run's trials: simulated.json, beside the records.

The trace of a trial is what its worker reached, printed by `faultlab offsets` from the order and the
seed that made it; the capacity is how much of the dataset the trial's memory was seen to hold.
"""

import json
import os
import subprocess

import numpy as np

import replacement
from evictions import DELETE, load_evictions, path_of
from load import SIMULATED, LoadError

PAGE = 4096
CURVE_POINTS = 24
LEDGER = "the ledger's mean"
# Metric -> policy; the others of this source are `capacity_pages` and `misses_per_access`.
RATIOS = {f"misses_over_{policy}": policy for policy in replacement.POLICIES}
METRICS = ("capacity_pages", "misses_per_access", *RATIOS)


def wanted(manifest):
    """Does the config ask for anything that is simulated?"""
    asked = {expect["that"].split(" of ", 1)[-1] for expect in manifest["expect"]}
    shown = {figure.get("metric") for figure in manifest["figures"]}
    return bool((asked | shown) & set(METRICS)) or any(
        figure["kind"] == "policies" for figure in manifest["figures"])


def simulate(run, program):
    """The content of simulated.json as a dict; `run` is a load.Run, `program` the path of faultlab.

    traces  accesses (of pages), pages (of the dataset), distinct (pages reached), and of those of the
            first block of trials `curve`: capacity_pages and, per policy, misses, all of one length
    trials  per sequence: trace (index into traces), capacity_pages, capacity_from, misses,
            misses_from, predicted (policy -> misses), and `readings` as a record has them; or
            readings alone, all missing, with the reason
    """
    traces, trials = _Traces(), {}
    for _, trial in run.trials.iterrows():
        sequence = int(trial["sequence"])
        try:
            trials[str(sequence)] = _trial(run, trial, traces, program)
        except _Unknown as why:
            trials[str(sequence)] = {"readings": {m: {"missing": str(why)} for m in METRICS}}
    return {"schema_version": 1, "run": run.manifest["run"], "traces": traces.described,
            "trials": trials}


def write(run, result):
    """Writes simulated.json into the run folder, whole or not at all."""
    path = run.path / SIMULATED
    beside = path.with_suffix(".json.new")
    beside.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(beside, path)


class _Unknown(Exception):
    """Why a trial cannot be simulated."""


class _Traces:
    """The distinct traces of a run: trials of one block and order share theirs."""

    def __init__(self):
        self.described = []
        self._index, self._pages = {}, []

    def add(self, pages, dataset_pages, first_block):
        """The trace's index; its curve is drawn when it is of the first block."""
        key = (dataset_pages, pages.tobytes())
        if key not in self._index:
            self._index[key] = len(self._pages)
            self._pages.append(pages)
            self.described.append({"accesses": len(pages), "pages": dataset_pages,
                                   "distinct": len(np.unique(pages))})
        index = self._index[key]
        if first_block and "curve" not in self.described[index]:
            self.described[index]["curve"] = _curve(pages, dataset_pages)
        return index

    def predicted(self, index, capacity):
        return {name: policy(self._pages[index], capacity)
                for name, policy in replacement.POLICIES.items()}


def _curve(pages, dataset_pages):
    capacities = [round(dataset_pages * step / CURVE_POINTS) for step in range(1, CURVE_POINTS + 1)]
    return {"capacity_pages": capacities,
            **{policy: replacement.curve(policy, pages, capacities)
               for policy in replacement.POLICIES}}


def _trial(run, trial, traces, program):
    sequence = int(trial["sequence"])
    if trial["outcome"] != "ok":
        raise _Unknown(f"the trial was {trial['outcome']}")
    if trial["start"] != "cold":
        raise _Unknown(f"what a {trial['start']} start read before the window is not recorded; "
                       "a simulation needs \"start\": \"cold\"")
    if trial["worker_count"] != 1:
        raise _Unknown("how several threads took turns is not recorded; a simulation needs "
                       "\"threads\": 1")
    misses, misses_from = _misses(run, trial)
    capacity, capacity_from = _capacity(run, trial)
    pages, dataset_pages = _trace(run, sequence, program)
    index = traces.add(pages, dataset_pages, trial["trial"] == 0)
    predicted = traces.predicted(index, capacity)
    readings = {"capacity_pages": capacity, "misses_per_access": misses / len(pages)}
    readings.update({metric: misses / predicted[policy] for metric, policy in RATIOS.items()})
    return {"trace": index, "capacity_pages": capacity, "capacity_from": capacity_from,
            "misses": misses, "misses_from": misses_from, "predicted": predicted,
            "readings": readings}


def _misses(run, trial):
    """(pages that came into memory, the reading that says so)."""
    for metric, pages in (("added_pages@page_cache", 1), ("device_read_bytes@io", PAGE)):
        if not np.isnan(trial.get(metric, np.nan)):
            return int(round(trial[metric] / pages)), metric
    raise _Unknown("neither of the probes page_cache and io says how many pages came into memory: "
                   + (run.reasons.get((trial["sequence"], "added_pages"), "not recorded")))


def _capacity(run, trial):
    """(pages of the dataset that memory held, where that is from).

    The kernel evicts some 32 pages and more at a time, so what is resident goes up and down: the
    ledger gives its mean over the misses after the first eviction, a reading at the window's end a
    value between its extremes.
    """
    path = path_of(run.path, trial["sequence"])
    if path is not None:
        ledger = load_evictions(path)
        deleted = ledger.deleted
        held = np.cumsum(np.where(deleted, -1, 1) * ledger.records["pages"].astype(np.int64))
        late = np.cumsum(deleted) > 0
        at_misses = held[late & ~deleted]
        if ledger.complete and len(at_misses):
            return int(round(float(np.mean(at_misses)))), LEDGER
    # Eviction files are large, and a run that is kept may have lost them since it was first studied.
    earlier = run.simulated.get("trials", {}).get(str(trial["sequence"]), {})
    if earlier.get("capacity_from") == LEDGER:
        return earlier["capacity_pages"], LEDGER
    resident = trial["resident_pages_after"]
    if np.isnan(resident) or resident < 1:
        raise _Unknown("how much memory held is not known: " + (
            run.reasons.get((trial["sequence"], "resident_pages_after"), "nothing was resident")))
    return int(resident), "resident_pages_after"


def _trace(run, sequence, program):
    """(page numbers in the order of the accesses, pages of the dataset)."""
    command = [program, "offsets", str(run.path), str(sequence), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LoadError(f"{' '.join(command)}: {done.stderr.strip()}")
    printed = json.loads(done.stdout)
    per_block = printed["block_bytes"] // PAGE
    blocks = np.array(printed["blocks"], dtype=np.int64)
    if not len(blocks):
        raise _Unknown("the trial made no access")
    pages = (blocks[:, np.newaxis] * per_block + np.arange(per_block)).ravel()
    return pages, printed["dataset_blocks"] * per_block
