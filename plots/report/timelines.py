"""The series of each cell, over its trials: few enough points for a page, and no extreme of them lost.

A curve is the median of the trials. Its band reaches from the smallest to the largest single step of any trial, before
steps were merged: what merging smooths away stays visible there.
"""

import warnings
from dataclasses import replace

import numpy as np

import over_time
from report.grid import short
from words import levels_text, metric_name, quantity

# In the order in which they are offered. Rates of counters, and what stands at a moment.
COUNTERS = ("accesses", "minor_faults", "major_faults", "evicted_pages", "refaulted_pages", "device_read_bytes",
            "device_written_bytes", "swapped_out_pages", "swapped_in_pages", "zswapped_in_pages", "bytes")
LEVELS = ("memory_charged_bytes", "resident_pages", "process_anonymous_bytes")
MOST_NUMBERS = 240_000      # in the page
MOST_POINTS, LEAST_POINTS = 400, 40
MOST_TRIALS = 2_000         # whose series are read
DIGITS = 4


def timelines(run):
    """The content of the block of JSON that charts.js shows, or None where no trial has a series.

    metrics  {name, label, unit, rate}; steps are seconds
    cells    {name, n, curves {index of metric: {t0, step, merged, median, low, high}}, marks [(seconds, text)]}
    notes    what was merged or left out
    """
    held, notes = _few_trials(run)
    cells = [cell for cell in run.cells if _first_series(held, cell) is not None]
    if not cells:
        return None
    names = _names(held, cells)
    most = MOST_NUMBERS // (3 * max(1, len(names)) * LEAST_POINTS)
    if len(cells) > most:
        notes.append(f"{len(cells) - most} of {len(cells)} cells are left out for want of room: series/ has them")
        cells = cells[:most]
    points = int(np.clip(MOST_NUMBERS // (3 * max(1, len(names)) * len(cells)), LEAST_POINTS, MOST_POINTS))
    shown = [_cell(held, cell, names, points) for cell in cells]
    used = sorted({index for cell in shown for index in cell["curves"]})
    if not used:
        return None
    merged = max(curve["merged"] for cell in shown for curve in cell["curves"].values())
    if merged > 1:
        notes.append(f"up to {merged} samples are merged into one point: a rate is the exact mean over them; the band "
                     "still reaches to the extremes of single samples")
    zero = [metric_name(name) for index, name in enumerate(names) if index not in used]
    if zero:
        notes.append(f"zero throughout: {', '.join(zero)}")
    return {"metrics": [_metric(run, name) for name in names], "used": used, "cells": shown, "notes": notes}


def _few_trials(run):
    """The run with no more trials a cell than there is time to read the series of."""
    most = max(6, MOST_TRIALS // max(1, len(run.cells)))
    if (run.trials["trial"] < most).all():
        return run, []
    kept = run.trials[run.trials["trial"] < most]
    return replace(run, trials=kept), [f"of the first {most} trials of each cell"]


def _first_series(run, cell):
    """The series of the cell's first ok trial that has one, or None."""
    series = (run.series(sequence) for sequence in run.ok(cell)["sequence"])
    return next((frame for frame in series if len(frame)), None)


def _names(run, cells):
    """What the series have and a reader may want: counters and levels, and what a pressure had in force."""
    columns = dict.fromkeys(column for cell in cells for column in _first_series(run, cell))
    pressures = [name for name in columns if name.endswith("_bytes") and name not in run.metrics]
    return [name for name in (*COUNTERS, *LEVELS, *pressures) if name in columns]


def _is_rate(name):
    return name in COUNTERS


def _metric(run, name):
    unit = run.metrics.get(name, {"unit": "bytes"})["unit"]
    rate = _is_rate(name)
    text = f"{metric_name(name)} per second" if rate else metric_name(name)
    return {"name": name, "label": text, "unit": "bytes" if unit == "bytes" else "", "rate": rate}


def _cell(run, cell, names, points):
    varied = {factor: level for factor, level in cell.items() if len(run.factors[factor]) > 1}
    curves = {}
    for index, name in enumerate(names):
        found = (over_time.rates if _is_rate(name) else over_time.levels)(run, cell, name)
        if found is not None and np.nanmax(np.abs(found.values), initial=0) > 0:
            curves[index] = _few_points(found, points)
    return {"name": levels_text(varied) or "all trials", "n": len(run.ok(cell)), "curves": curves,
            "marks": _marks(run, cell)}


def _few_points(curves, most):
    """The curves on a grid of at most `most` points."""
    merged = -(-len(curves.t) // most)
    bins = -(-len(curves.t) // merged)
    values = np.full((len(curves.values), bins * merged), np.nan)
    values[:, :len(curves.t)] = curves.values
    values = values.reshape(len(values), bins, merged)
    step = float(np.diff(curves.t).mean()) if len(curves.t) > 1 else 1.0
    t0 = float(curves.t[0]) + step * (merged - 1) / 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a step that no trial reached is NaN
        median = over_time.Curves(curves.t[:bins], np.nanmean(values, axis=2)).median
        low, high = np.nanmin(values, axis=(0, 2)), np.nanmax(values, axis=(0, 2))
    low, high = (np.where(np.isnan(median), np.nan, end) for end in (low, high))
    return {"t0": short(t0), "step": short(step * merged), "merged": merged,
            **{key: _numbers(each) for key, each in (("median", median), ("low", low), ("high", high))}}


def _numbers(values):
    return [None if np.isnan(value) else short(float(value), DIGITS) for value in values]


def _marks(run, cell):
    """Moments worth a line in the chart: changes of pressure, and when memory was full."""
    found = []
    for moment in over_time.moments(run, cell):
        value = "none" if np.isnan(moment.value) else quantity(moment.value, "bytes")
        found.append((moment.began, f"{moment.pressure} to {value}"))
    filled = over_time.filled_at(run, cell)
    if filled is not None:
        found.append((filled, f"{over_time.FILLED:.0%} of the limit reached"))
    return [(short(seconds), text) for seconds, text in found]
