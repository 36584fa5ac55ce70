"""What a reproduction found, as data: reproduction.json, and its exit code."""

import json
import os

from bundle import report
from bundle.agreement import AGREES, DISAGREES, NOT_COMPARED, UNDECIDED

JSON_NAME, MARKDOWN_NAME = "reproduction.json", "reproduction.md"
PARTS = ("figures", "expectations", "claims")
ALL_AGREE, SOME_DISAGREE, HOST_CANNOT = 0, 1, 3


def content(bundle, trials, only, runs):
    """The content of reproduction.json.

    trials_per_cell  as asked for, None as published
    counts           over all figures, expectations and claims: how many agree, disagree, ...
    verdict          a sentence
    runs             see reproduce._compared(): comparison.compare() of each run that could be reproduced
    """
    counts = {word: sum(each["agreement"] == word for run in runs for part in PARTS for each in run.get(part, []))
              for word in (AGREES, DISAGREES, UNDECIDED, NOT_COMPARED)}
    return {"schema_version": 1, "bundle": bundle.digest, "trials_per_cell": trials, "only": list(only),
            "verdict": _verdict(counts, runs), "counts": counts, "runs": runs}


def _verdict(counts, runs):
    ended = [run["ended"] for run in runs]
    if "failed" in ended:
        return f"{ended.count('failed')} of {len(runs)} runs failed"
    if counts[DISAGREES]:
        return f"{counts[DISAGREES]} of {sum(counts.values())} results disagree"
    if "cannot" in ended:
        return f"{ended.count('cannot')} of {len(runs)} runs cannot be made on this host; nothing disagrees"
    if not counts[AGREES]:
        return "nothing disagrees, and nothing could be decided: more trials may decide it"
    open_ones = counts[UNDECIDED] + counts[NOT_COMPARED]
    rest = f", {open_ones} could not be decided or compared" if open_ones else ""
    return f"all that could be decided agrees: {counts[AGREES]} of {sum(counts.values())} results{rest}"


def exit_code(found):
    """0 all agreed, 1 something did not or failed, 3 the host could not make some run."""
    ended = [run["ended"] for run in found["runs"]]
    if "failed" in ended or found["counts"][DISAGREES]:
        return SOME_DISAGREE
    if "cannot" in ended:
        return HOST_CANNOT
    return ALL_AGREE if found["counts"][AGREES] else SOME_DISAGREE


def write(results, bundle, found):
    """Writes reproduction.json and reproduction.md into the results folder, each whole or not at all."""
    texts = {JSON_NAME: json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
             MARKDOWN_NAME: report.as_markdown(found, bundle, results)}
    for name, text in texts.items():
        beside = results / f"{name}.new"
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, results / name)
