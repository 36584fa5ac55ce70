"""Holds the kernel tests of the guest to their own verdicts: each ran, none failed, and what it left out it
says why."""

import re
from collections import Counter
from pathlib import Path

from brought import text

GTEST_SKIP = re.compile(r"^.*_test\.cpp:\d+: Skipped\n(.+)$", re.M)
PYTHON_SKIP = re.compile(r"\.\.\. skipped ['\"](.+)['\"]$", re.M)


def ran(said: str) -> tuple[int, list[str]]:
    """How many tests came to a verdict, and why the others did not."""
    if count := re.search(r"^\[==========\] (\d+) tests? from .* ran", said, re.M):
        whys = GTEST_SKIP.findall(said)
        return int(count[1]) - len(whys), whys
    count = re.search(r"^Ran (\d+) tests? in", said, re.M)
    whys = PYTHON_SKIP.findall(said)
    return int(count[1]) - len(whys) if count else 0, whys


def kernel_tests(out: Path) -> list[str]:
    found = []
    programs = sorted(path.name.removeprefix("test.") for path in out.glob("test.*"))
    if not programs:
        found.append("no test ran")
    for name in programs:
        said = text(out, f"test.{name}")
        code, seconds = text(out, f"status.{name}").split()
        count, whys = ran(said)
        print(f"{name}: {count} ran, {len(whys)} skipped, {seconds} s of the guest's")
        for why, times in Counter(whys).items():
            print(f"  skipped {times}: {why}")
        if code != "0" or count == 0:
            found.append(f"{name} ended with {code}, {count} tests ran:\n{said[-6000:]}")
    return found
