"""Each run's config: as the program resolved it, which is what ran, and as its author wrote it."""

import json

WRITTEN = "experiment.json"


def resolved(manifest):
    """The text of the config that ran; the config reader takes it."""
    return json.dumps(manifest["config"], indent=2, ensure_ascii=False) + "\n"


def with_trials(text, trials):
    """The same config with so many trials a cell."""
    return json.dumps({**json.loads(text), "trials": trials}, indent=2, ensure_ascii=False) + "\n"


def as_written(run):
    """(text, None) of the config that the run folder `run` keeps, or (None, why it keeps none)."""
    path = run / WRITTEN
    try:
        return path.read_text(encoding="utf-8"), None
    except FileNotFoundError:
        return None, f"the run folder has no {WRITTEN}: a command made its config, or the run is of an older faultlab"
