"""Each run's config: as the program resolved it, which is what ran, and as its author wrote it."""

import json
import re
from pathlib import Path

from load import level_label

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
# A string, which may hold what looks like a comment, or a comment.
TOKEN = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.S)


def resolved(manifest):
    """The text of the config that ran; the config reader takes it."""
    return json.dumps(manifest["config"], indent=2, ensure_ascii=False) + "\n"


def with_trials(text, trials):
    """The same config with so many trials a cell."""
    return json.dumps({**json.loads(text), "trials": trials}, indent=2, ensure_ascii=False) + "\n"


def as_written(manifest, experiments=EXPERIMENTS):
    """(text, None) of the experiment in this tree, or (None, why it is not in the bundle).

    A run folder holds no text of its config as it was written. The one in the tree is shown only where
    nothing in it contradicts what ran.
    """
    path = experiments / manifest["experiment"] / "experiment.json"
    try:
        text = path.read_text(encoding="utf-8")
        written = json.loads(TOKEN.sub(lambda match: match[1] or "", text))
    except OSError:
        return None, "this tree has no experiment of that name"
    except ValueError as error:
        return None, f"the experiment in this tree is not JSON: {error}"
    written.pop("$schema", None)
    if at := contradiction(written, manifest["config"], ""):
        return None, f"the experiment in this tree is another by now: {at} differs"
    return text, None


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
