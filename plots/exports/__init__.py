"""A run in the formats of other tools, one file here for each.

    names.py             what a cell is called in all of them: experiment/engine:mmap_shared/limit:none
    google_benchmark.py  benchmark.json, which the harness wrote
    hyperfine.py         hyperfine's --export-json, for its plotting scripts
    github_action.py     github-action-benchmark's custom arrays
    fio_csv.py           a row per cell in the columns of fio's terse output
    bencher.py           Bencher Metric Format

A format is a function export(run, metrics) -> Export. What cannot be told is left out, with a sentence.
"""

from dataclasses import dataclass, field


class NotExported(Exception):
    """Why a run cannot be written in a format; the message says what can."""


@dataclass
class Export:
    """A whole file, and what its reader should know: what was left out and why, and how to use it.

    notes  pairs (name of a cell, or "" for the whole file; sentence)
    """

    text: str
    notes: list = field(default_factory=list)
