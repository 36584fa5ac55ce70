"""Each run's config: as the program resolved it, which is what ran, and as its author wrote it."""

import json

from load import level_label

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


def contradiction(written, ran, at):
    """The path of the first thing that `written` says and `ran` does not, or None. What was written may leave
    out what has a default, and name a kind alone where options have defaults."""
    if isinstance(written, dict) and isinstance(ran, dict):
        for key, value in written.items():
            inner = f"{at}.{key}" if at else key
            if key not in ran:
                return inner
            if found := contradiction(value, ran[key], inner):
                return found
        return None
    if isinstance(written, list) and isinstance(ran, list) and len(written) == len(ran):
        found = (contradiction(a, b, f"{at}[{i}]") for i, (a, b) in enumerate(zip(written, ran)))
        return next(filter(None, found), None)
    kind = ran.get("kind") if isinstance(ran, dict) and isinstance(written, str) else None
    same = written == ran or kind == written or _same_label(written, ran)
    return None if same else at or "the whole"


def _same_label(written, ran):
    """1 in a list of levels, "1" in an expectation that names one."""
    plain = (str, int, float)
    return isinstance(written, plain) and isinstance(ran, plain) and level_label(written) == level_label(ran)
