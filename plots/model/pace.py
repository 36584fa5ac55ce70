"""What a price list says of a cell's accesses per second: what a decision map is set beside."""

import json

import numpy as np

from model.report import FILE_NAME

METRIC = "ops_per_second"


def paces(run):
    """{cell, as a tuple of its levels: predicted accesses per second, the median of its trials}.

    From the run's model.json; empty where there is none. A cell of which no trial was predicted is left out.
    """
    try:
        result = json.loads((run.path / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    measured = run.trials.set_index("sequence")[METRIC]
    found = {}
    for trial in result["trials"]:
        pace = measured.get(trial["sequence"], np.nan)
        if "missing" not in trial and np.isfinite(pace):
            # The same accesses, in the time that they would have taken.
            said = pace * trial["measured_ns"] / trial["predicted_ns"]
            found.setdefault(key(run, trial["cell"]), []).append(said)
    return {cell: float(np.median(values)) for cell, values in found.items()}


def key(run, cell):
    return tuple(cell[factor] for factor in run.factors)
