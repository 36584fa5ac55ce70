"""Reads a run folder: the manifest, the records (checked against the schema) and the series."""

import json
import math
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import fastjsonschema
import jsonschema
import numpy as np
import pandas as pd

SCHEMA_PATH = Path(__file__).resolve().parent.parent / "results" / "record.schema.json"
MANIFEST_KEYS = ("schema_version", "run", "experiment", "seed", "factors", "cells", "metrics",
                 "trials_per_cell")
# Columns of a trial that are neither a factor nor a metric.
TRIAL_COLUMNS = ("sequence", "trial", "outcome", "reason", "started_at", "start", "worker_count",
                 "limit_bytes")
SIMULATED = "simulated.json"  # what simulation.py adds to the records
NO_READING = {"simulation": f"no {SIMULATED}; `faultlab study` makes it where the config asks"}


class LoadError(Exception):
    """A run folder that cannot be read; the message names the file, the line and the remedy."""


@dataclass
class ResidencyMap:
    """Which parts of a trial's file were in memory, and when.

    t         seconds since the window opened, length T
    first     first page of each range, length R
    pages     pages of each range, length R
    resident  T x R: how many of them were in memory
    """

    t: np.ndarray
    first: np.ndarray
    pages: np.ndarray
    resident: np.ndarray


@dataclass
class Run:
    """One run folder in memory.

    path      the folder
    manifest  manifest.json as it stands; "expect" and "figures" are lists, empty when absent
    trials    DataFrame, a row per record in the order of `sequence`:
              one string column per factor; sequence and trial (integers), outcome, reason,
              started_at, start (strings), workers (integer, 0 where not recorded),
              limit_bytes (bytes, NaN without a limit); per metric of the
              registry a float column of its primary reading and per reading a float column
              `metric@source`, in the registry's unit, NaN where missing
    reasons   (sequence, column) -> why that cell of `trials` is NaN
    sources   (sequence, metric) -> the source that the metric's primary column was taken from
    schedule  sequence -> the record's `schedule`: a list of changes of pressure, in order
    warned    sequence -> the record's `warnings`: what a reader of its numbers should know
    pressure  sequence -> the record's `pressure`: kind -> what the kernel read back
    simulated the content of simulated.json, {} where there is none
    latency   sequence -> the record's `latency`: a dict, {"missing": why} where nothing was timed
    remarks   what the reader should know: a torn last line, a record that was written twice
    """

    path: Path
    manifest: dict
    trials: pd.DataFrame
    reasons: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)
    simulated: dict = field(default_factory=dict)
    latency: dict = field(default_factory=dict)
    schedule: dict = field(default_factory=dict)
    warned: dict = field(default_factory=dict)
    pressure: dict = field(default_factory=dict)
    remarks: list = field(default_factory=list)
    _series: dict = field(default_factory=dict, repr=False)

    @property
    def factors(self):
        """Factor name -> list of level labels, both in the order of the config."""
        return {f["name"]: [level_label(v) for v in f["levels"]] for f in self.manifest["factors"]}

    @property
    def cells(self):
        """The planned cells, in plan order: dicts of factor -> level label."""
        return [{k: level_label(v) for k, v in cell.items()} for cell in self.manifest["cells"]]

    @property
    def metrics(self):
        """Metric name -> its row of the registry (name, unit, meaning, better, sources)."""
        return {m["name"]: m for m in self.manifest["metrics"]}

    def select(self, cell):
        """The rows of `trials` that have the levels of `cell` (a dict; other factors are free)."""
        rows = self.trials
        for factor, level in cell.items():
            rows = rows[rows[factor] == level_label(level)]
        return rows

    def ok(self, cell):
        """Like select(), only the trials with outcome ok: all that statistics may use."""
        rows = self.select(cell)
        return rows[rows["outcome"] == "ok"]

    def why_missing(self, rows, column):
        """The distinct reasons, in order of appearance, why `column` is NaN in `rows`."""
        reasons = (self.reasons.get((sequence, column)) for sequence in rows["sequence"])
        return list(dict.fromkeys(reason for reason in reasons if reason))

    def series(self, sequence):
        """The time series of one trial.

        DataFrame, a row per sample: t_ns (integer, relative to the window's start, may be
        negative), phase (string), then a float column per metric, cumulative since the window's
        start or absolute as results/README.md says, NaN where missing. Raises LoadError when the
        file is malformed; returns an empty frame when the trial has no series.
        """
        if sequence not in self._series:
            self._series[sequence] = _read_series(self.path / "series" / f"{sequence:05d}.csv")
        return self._series[sequence]

    def histograms(self, sequence):
        """The latency histograms of one trial as its file holds them; None where there is none."""
        path = self.path / "histograms" / f"{sequence:05d}.json"
        if "missing" in self.latency.get(sequence, {"missing": ""}) or not path.exists():
            return None
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise LoadError(f"{path}: not JSON: {error}") from error

    def residency_map(self, sequence):
        """The ResidencyMap of one trial, from its window; None where there is none."""
        path = self.path / "series" / f"{sequence:05d}.residency.csv"
        return _read_residency_map(path) if path.exists() else None


def level_label(level):
    """A level as the records write it: text stays, anything else is its JSON."""
    return level if isinstance(level, str) else json.dumps(level)


def load_run(path):
    """Reads the run folder `path`; returns a Run. Raises LoadError with file and line."""
    path = Path(path)
    manifest = _read_manifest(path / "manifest.json")
    remarks = []
    records = _read_records(path / "trials.jsonl", remarks)
    records = _last_of_each_sequence(records, remarks)
    run = Run(path=path, manifest=manifest, trials=None, remarks=remarks)
    run.simulated = _read_simulated(path / SIMULATED)
    _add_simulated(records, run.simulated)
    run.latency = {record["sequence"]: record.get("latency", {"missing": "not recorded"})
                   for record in records}
    run.schedule = {record["sequence"]: record.get("schedule", []) for record in records}
    run.warned = {record["sequence"]: record.get("warnings", []) for record in records}
    run.pressure = {record["sequence"]: record.get("pressure", {}) for record in records}
    rows = [_row(record, run) for record in records]
    run.trials = pd.DataFrame(rows, columns=_columns(run, rows))
    return run


def _read_manifest(path):
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"{path}: {error.strerror}; give the folder of one run, "
                        "results/<experiment>/<run>") from error
    except ValueError as error:
        raise LoadError(f"{path}: not JSON: {error}") from error
    absent = [key for key in MANIFEST_KEYS if key not in manifest]
    if absent:
        raise LoadError(f"{path}: no {', '.join(absent)}")
    if manifest["schema_version"] != 1:
        raise LoadError(f"{path}: schema_version {manifest['schema_version']}; this reader knows 1")
    manifest.setdefault("expect", [])
    manifest.setdefault("figures", [])
    return manifest


def _read_records(path, remarks):
    """The records of `path`.

    A last line without its newline that is not JSON was torn by a kill.
    """
    try:
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            lines = list(file)
    except OSError as error:
        raise LoadError(f"{path}: {error.strerror}; the run wrote no record") from error
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    fits = fastjsonschema.compile(schema)
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
        except ValueError as error:
            if number == len(lines) and not line.endswith("\n"):
                remark = f":{number}: the last record is torn and was left out"
                warnings.warn(f"{path}{remark}", stacklevel=3)
                remarks.append(f"{path.name}{remark}")
                break
            raise LoadError(f"{path}:{number}: not JSON: {error}") from error
        _check(record, fits, schema, f"{path}:{number}")
        records.append(record)
    return records


def _read_simulated(path):
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LoadError(f"{path}: not JSON: {error}; remove it, and study the run again") from error


def _add_simulated(records, simulated):
    """What was simulated of a trial stands among its readings, with the source `simulation`."""
    for record in records:
        trial = simulated.get("trials", {}).get(str(record["sequence"]), {"readings": {}})
        for metric, reading in trial["readings"].items():
            record["readings"].setdefault(metric, {})["simulation"] = reading


def _read_series(path):
    if not path.exists():
        return pd.DataFrame(columns=["t_ns", "phase"])
    try:
        frame = pd.read_csv(path, na_values=["NA"], keep_default_na=False)
    except ValueError as error:
        raise LoadError(f"{path}: not a series: {error}") from error
    if not {"t_ns", "phase"} <= set(frame.columns):
        raise LoadError(f"{path}: a series needs the columns t_ns and phase")
    return frame


def _read_residency_map(path):
    try:
        frame = pd.read_csv(path)
        ranges = [tuple(map(int, name.removeprefix("pages_").split("_")))
                  for name in frame.columns if name.startswith("pages_")]
        firsts, lasts = (np.array(ends) for ends in zip(*ranges))
        t = frame["t_ns"].to_numpy() / 1e9
    except (ValueError, KeyError) as error:
        raise LoadError(f"{path}: not a residency map: {error}") from error
    # Samples before the window have no clock of their own; the last of them is its start.
    begin = max(0, int(np.sum(t <= 0)) - 1)
    counts = frame.filter(like="pages_").to_numpy(dtype=float)
    return ResidencyMap(t[begin:], firsts, lasts - firsts + 1, counts[begin:])


def _check(record, fits, schema, where):
    """Raises LoadError where a record is not as the schema has it: the compiled `fits` is fast, jsonschema says why."""
    try:
        fits(record)
    except fastjsonschema.JsonSchemaException:
        error = jsonschema.exceptions.best_match(jsonschema.Draft7Validator(schema).iter_errors(record))
        if error is None:  # where they differ, the reference has the say
            return
        at = "/".join(str(part) for part in error.absolute_path) or "the record"
        raise LoadError(f"{where}: {at}: {error.message}") from error


def _last_of_each_sequence(records, remarks):
    """A resumed run writes an interrupted trial again: the last record of a sequence counts."""
    last = {}
    for record in records:
        if record["sequence"] in last:
            remarks.append(f"trials.jsonl: sequence {record['sequence']} was written twice; "
                           "the last record counts")
        last[record["sequence"]] = record
    return [last[sequence] for sequence in sorted(last)]


def _row(record, run):
    """One row of Run.trials; fills run.reasons and run.sources."""
    sequence = record["sequence"]
    if set(record["cell"]) != set(run.factors):
        raise LoadError(f"{run.path}/trials.jsonl: sequence {sequence}: its cell names "
                        f"{sorted(record['cell'])}, the manifest's factors are "
                        f"{sorted(run.factors)}")
    if taken := {*run.metrics, "worker_count", "limit_bytes"} & set(run.factors):
        raise LoadError(f"{run.path}: a factor is called {', '.join(sorted(taken))}, as a metric is; "
                        "give it another name")
    row = dict(record["cell"])
    row.setdefault("start", record.get("start", {}).get("requested", ""))
    row.update({key: record[key] for key in TRIAL_COLUMNS if key in record and key not in row})
    work = record.get("work", [])
    row["worker_count"] = len(work) if isinstance(work, list) else 0
    row["limit_bytes"], why = _number(_limit(record))
    _note(run, sequence, "limit_bytes", why)
    for metric, by_source in record["readings"].items():
        for source, reading in by_source.items():
            row[f"{metric}@{source}"], why = _number(reading)
            _note(run, sequence, f"{metric}@{source}", why)
    for metric in run.metrics.values():
        row[metric["name"]] = _primary(metric, row, record, run)
    return row


def _limit(record):
    achieved = record.get("pressure", {}).get("memcg_limit", {"missing": "no limit was asked for"})
    return achieved.get("limit_bytes", achieved)


def _primary(metric, row, record, run):
    """The first reading that is there, in the registry's order of sources."""
    name, sequence = metric["name"], record["sequence"]
    for source in metric["sources"]:
        value = row.get(f"{name}@{source}", math.nan)
        if not math.isnan(value):
            run.sources[sequence, name] = source
            return value
    whys = [run.reasons.get((sequence, f"{name}@{source}")) for source in metric["sources"]]
    _note(run, sequence, name, next((why for why in whys if why),
                                   NO_READING.get(metric["sources"][0], "no probe was asked for it")))
    return math.nan


def _number(reading):
    """(number, None) or (NaN, why) from any of the forms that a reading may have."""
    if isinstance(reading, dict) and "value" in reading:
        reading = reading["value"]
    if isinstance(reading, dict):
        return math.nan, reading["missing"]
    return float(reading), None


def _note(run, sequence, column, why):
    if why:
        run.reasons[sequence, column] = why


def _columns(run, rows):
    """Factors, what is known of a trial, metrics, readings; the readings in sorted order."""
    # A factor `start` has the column that every trial has.
    fixed = list(dict.fromkeys([*run.factors, *TRIAL_COLUMNS, *run.metrics]))
    readings = sorted({key for row in rows for key in row if "@" in key})
    return fixed + readings
