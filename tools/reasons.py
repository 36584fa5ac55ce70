#!/usr/bin/python3
"""Passes CTest's output on; before its summary, says why tests were skipped, and why tests failed.

Usage: ctest --output-junit REPORT ... | reasons.py REPORT
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict

# A failed comparison of two long texts says enough with its beginning.
LONGEST = 300


def why_skipped(output: str) -> list[str]:
    """GTEST_SKIP's message, unittest's `skipped '...'`, or a program's `skipped: ...`."""
    found = re.findall(r": Skipped\n(.*?)\n*\[  SKIPPED \]", output, re.S)
    found += re.findall(r"\bskipped ['\"](.*)['\"]$", output, re.M)
    found += re.findall(r"^skipped: (.*)$", output, re.M)
    return [one_line(each) or "no reason given" for each in found]


def why_failed(output: str) -> list[str]:
    """GoogleTest's failures, unittest's with the exception that ended each, or else the last line there is."""
    found = re.findall(r"^(\S+:\d+: Failure\n.*?)\n\n", output, re.S | re.M)
    for test, traceback in re.findall(r"^(?:FAIL|ERROR): (.*?)\n-{70}\n(.*?)(?=\n={70}\n|\n-{70}\n)", output, re.S | re.M):
        ends = re.findall(r"^[\w.]+(?:Error|Exception|Expired|Interrupt)\b.*", traceback, re.M)
        found.append(f"{test}: {ends[-1] if ends else traceback.strip().splitlines()[-1]}")
    if not found:
        found = output.strip().splitlines()[-1:]
    return [one_line(each)[:LONGEST] for each in found]


def one_line(text: str) -> str:
    return " ".join(text.split())


def skipped(report: ElementTree.ElementTree) -> dict[str, list[str]]:
    """Reason -> tests, in the report's order. Also the skipped parts of tests that passed."""
    tests = defaultdict(list)
    for case in report.iter("testcase"):
        reasons = why_skipped(case.findtext("system-out") or "")
        if case.find("skipped") is not None and not reasons:
            message = case.find("skipped").get("message") or ""
            reasons = ["no reason given" if "SKIP_" in message else message or "no reason given"]
        for reason in dict.fromkeys(reasons):
            tests[reason].append(case.get("name"))
    return tests


def failed(report: ElementTree.ElementTree) -> dict[str, list[str]]:
    """Test -> what it complained of; CTest's own word where it was that which ended the test (a timeout)."""
    tests = {}
    for case in report.iter("testcase"):
        if (failure := case.find("failure")) is not None:
            ended = failure.get("message") or ""
            tests[case.get("name")] = [ended] * bool(ended and ended != "Failed") + why_failed(
                case.findtext("system-out") or "")
    return tests


def said(title: str, groups: dict[str, list[str]]) -> str:
    lines = [f"  {head}\n" + "".join(f"    {each}\n" for each in below) for head, below in groups.items()]
    return "".join([f"{title}, and why:\n", *lines, "\n"]) if lines else ""


def main() -> None:
    summary = []
    for line in sys.stdin:
        if summary or re.match(r"\d+% tests passed", line):
            summary.append(line)
        else:
            print(line, end="", flush=True)
    try:
        report = ElementTree.parse(sys.argv[1])
    except (OSError, ElementTree.ParseError):
        pass  # CTest stopped before its report: its own message stands above
    else:
        print(said("Skipped", skipped(report)) + said("Failed", failed(report)), end="")
    print("".join(summary), end="")


if __name__ == "__main__":
    main()
