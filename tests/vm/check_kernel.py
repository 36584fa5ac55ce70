"""Holds the kernel tests of the guest to their own verdicts: each ran, none failed, and what it left out it
says why."""

import re
from collections import Counter
from pathlib import Path

from brought import text

GTEST_SKIP = re.compile(r"^.*_test\.cpp:\d+: Skipped\n(.+)$", re.M)
# What unittest says of a subtest begins with spaces: the test itself came to a verdict. Whole classes that are
# skipped are not among the tests that "ran".
PYTHON_SKIP = re.compile(r"^(?P<what>.*)\.\.\. skipped ['\"](?P<why>.+)['\"]$", re.M)


def ran(said: str) -> tuple[int, list[str]]:
    """How many tests came to a verdict, and why the others, whole classes and parts of tests did not."""
    if count := re.search(r"^\[==========\] (\d+) tests? from .* ran", said, re.M):
        whys = GTEST_SKIP.findall(said)
        return int(count[1]) - len(whys), whys
    count = re.search(r"^Ran (\d+) tests? in", said, re.M)
    skips = [skip.groupdict() for skip in PYTHON_SKIP.finditer(said)]
    whole = [skip for skip in skips if not skip["what"].startswith((" ", "setUpClass"))]
    return int(count[1]) - len(whole) if count else 0, [skip["why"] for skip in skips]


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
