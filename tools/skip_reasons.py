#!/usr/bin/python3
"""Passes CTest's output on; before its summary, says which tests were skipped and why.

Usage: ctest --output-junit REPORT ... | skip_reasons.py REPORT
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict


def reasons_of(output: str) -> list[str]:
    """GTEST_SKIP's message, unittest's `skipped '...'`, or a program's `skipped: ...`."""
    found = re.findall(r": Skipped\n(.*?)\n*\[  SKIPPED \]", output, re.S)
    found += re.findall(r"\bskipped ['\"](.*)['\"]$", output, re.M)
    found += re.findall(r"^skipped: (.*)$", output, re.M)
    return [" ".join(each.split()) or "no reason given" for each in found]


def skipped(report: str) -> dict[str, list[str]]:
    """Reason -> tests, in the report's order. Also the skipped parts of tests that passed."""
    tests = defaultdict(list)
    for case in ElementTree.parse(report).iter("testcase"):
        reasons = reasons_of(case.findtext("system-out") or "")
        if case.find("skipped") is not None and not reasons:
            message = case.find("skipped").get("message") or ""
            reasons = ["no reason given" if "SKIP_" in message else message or "no reason given"]
        for reason in dict.fromkeys(reasons):
            tests[reason].append(case.get("name"))
    return tests


def main() -> None:
    summary = []
    for line in sys.stdin:
        if summary or re.match(r"\d+% tests passed", line):
            summary.append(line)
        else:
            print(line, end="", flush=True)
    try:
        tests = skipped(sys.argv[1])
    except (OSError, ElementTree.ParseError):
        tests = {}  # CTest stopped before its report: its own message stands above
    if tests:
        print("Skipped, and why:")
    for reason, names in tests.items():
        print(f"  {reason}")
        print("".join(f"    {name}\n" for name in names), end="")
    if tests:
        print()
    print("".join(summary), end="")


if __name__ == "__main__":
    main()
