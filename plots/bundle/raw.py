"""The run folders of a bundle: copies, without figures, which are drawn anew, and without what is too big."""

import dataclasses
import shutil

import prices
from bundle import checksums
from study import advice, claims
from study.study import write as write_study

# Binary traces, which nobody reads without the program, and which most figures do not need.
TRACES = (".faults", ".evictions")
LARGEST_TRACE_BYTES = 1 << 20
NOT_COPIED = ("figures",)
HALF_WRITTEN = ".new"


def copy(entry, target):
    """Copies the run folder of `entry` to `target`, with its study as it is now; returns what was left out: a
    list of {path, bytes, sha256, why}, the path relative to the run folder."""
    left_out = []
    for name in checksums.names_below(entry.run.path):
        path = entry.run.path / name
        if name.split("/")[0] in NOT_COPIED or name.endswith(HALF_WRITTEN) or path.is_symlink():
            continue
        if path.suffix in TRACES and path.stat().st_size > LARGEST_TRACE_BYTES:
            left_out.append({"path": name, "bytes": path.stat().st_size, "sha256": checksums.of_file(path),
                             "why": f"a binary trace of more than {LARGEST_TRACE_BYTES} bytes"})
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / name)
    _write_derived(entry, target)
    return left_out


def _write_derived(entry, target):
    """What a study writes beside study.json says the same as it."""
    run = dataclasses.replace(entry.run, path=target)
    write_study(run, entry.study)
    claims.write(run, entry.study)
    advice.write(run, entry.study, prices.machine(run))
    if prices.wanted(run.manifest):
        prices.write(run, entry.study)
