#!/usr/bin/python3
"""Scenarios beside bare C loops: `side_by_side.py OUT.json`, what faultlab_prices wrote with --benchmark_out.

The first table has every event that both sides time: medians over processes, the ratio of scenario over bare loop with
its interval, by the clock and by the processor's time, which other programs disturb less, and how often a touch
faulted. The second has the classic tools: what they would print for a fault, how many faults there were, and what a
fault costs. Exit codes: 0 no ratio by processor's time is certainly more than 10 % off; 1 one is; 2 nothing to compare.
"""

import json
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "plots"))
# pylint: disable=wrong-import-position
from study.ratio import compare, seed_of  # noqa: E402
from study.samples import is_missing  # noqa: E402
from words import digits  # noqa: E402

CLOSE = 1.10
SAME_COUNT = 0.01  # of a fault per event: page tables and the stack fault now and then, too

# The classic tool, the loop that does what it does, the scenario of the event that its figure is taken for, and what
# else is in the figure.
TOOLS = (
    ("will-it-scale page_fault1", "anon_write", "anon_write", "with mmap and munmap"),
    ("will-it-scale page_fault2", "page_fault2", "file_private_write", "with mmap and munmap"),
    ("will-it-scale page_fault3", "page_fault3", "file_shared_write",
     "with mmap and munmap, of pages that the first round has left dirty, with their blocks allocated"),
    ("lmbench lat_pagefault", "lat_pagefault", "file_single_page_mappings", "with unmapping"),
    ("lmbench lat_sig prot", "lat_sig_prot", "segv_protected",
     "with sigreturn, less a signal caught without a fault"),
)


class Side:
    """One benchmark's repetitions that ended well."""

    def __init__(self, rows):
        self.rows = rows
        self.times = [row["real_time"] for row in rows]
        self.cpu_times = [row["cpu_ns_per_event"] for row in rows]

    def of(self, counter):
        """The counter's median; None where no repetition has it."""
        values = [row[counter] for row in self.rows if counter in row]
        return median(values) if values else None

    @property
    def ns(self):
        return median(self.times)

    @property
    def faults(self):
        return self.of("minor_per_event") + self.of("major_per_event")


def load(path):
    """{name: Side} of a Google Benchmark file; a benchmark of which nothing ended well is left out."""
    rows = {}
    for row in json.loads(Path(path).read_text(encoding="utf-8"))["benchmarks"]:
        if row["run_type"] == "iteration" and not row.get("error_occurred"):
            rows.setdefault(row["run_name"].split("/iterations")[0], []).append(row)
    return {name: Side(each) for name, each in rows.items()}


def pairs_of(sides):
    """(event, scenario, bare loop) of every event that both have."""
    names = [name.removeprefix("bare/") for name in sides if name.startswith("bare/")]
    return [(name, sides[f"scenario/{name}"], sides[f"bare/{name}"]) for name in names if f"scenario/{name}" in sides]


def why_not(scenario, bare):
    """Why the two did not do the same; empty where they did."""
    if scenario.of("events") != bare.of("events"):
        return f"not comparable: {scenario.of('events'):.0f} events beside {bare.of('events'):.0f}"
    return "not the same event: see the faults" if abs(scenario.faults - bare.faults) > SAME_COUNT else ""


def verdict(ratio):
    """In words; "apart" where the whole interval lies more than 10 % off."""
    interval = ratio["interval"]
    if is_missing(interval):
        return f"undecided: {interval['missing']}"
    if interval["low"] > CLOSE or interval["high"] < 1 / CLOSE:
        return "apart"
    inside = interval["low"] >= 1 / CLOSE and interval["high"] <= CLOSE
    if inside:
        return "within 10 %"
    return "within 10 %, by the median" if 1 / CLOSE <= ratio["ratio"] <= CLOSE else "undecided"


def ratio_words(ratio):
    interval = ratio["interval"]
    if is_missing(ratio["ratio"]):
        return "-"
    if is_missing(interval):
        return f"{ratio['ratio']:.3f}"
    return f"{ratio['ratio']:.3f} [{interval['low']:.3f}, {interval['high']:.3f}]"


def pair_rows(sides):
    """The rows of the first table, the verdict by processor's time last."""
    rows = []
    for event, scenario, bare in pairs_of(sides):
        ratio = compare(scenario.times, bare.times, seed_of("side by side", event))
        cpu = compare(scenario.cpu_times, bare.cpu_times, seed_of("side by side", event, "cpu"))
        apart = why_not(scenario, bare)
        rows.append((event, digits(scenario.ns), digits(bare.ns), ratio_words(ratio), apart or verdict(ratio),
                     ratio_words(cpu), f"{scenario.faults:.4f}", f"{bare.faults:.4f}", apart or verdict(cpu)))
    return rows


def sentence(tool, loop, event, scenario, beside):
    """Whether what the tool counts happened, and what its figure is."""
    events, faults, figure = loop.of("events"), loop.faults, loop.of("tool_ns_per_event")
    if abs(scenario.faults - faults) <= SAME_COUNT:
        return f"{tool}: each event happened, as in {event}; the figure is {beside}."
    return (f"{tool}: the event did not happen. Of {events:.0f} touches {faults * events:.0f} faulted and the rest were"
            f" hits. Divided by touches, {beside}, it is {digits(figure)} ns; by faults, {digits(figure / faults)} ns"
            f" for {1 / faults:.0f} pages each; {event}, which faults at every touch, is {digits(scenario.ns)} ns.")


def tool_rows(sides):
    """(rows of the second table, a sentence each)."""
    rows, sentences = [], []
    for tool, loop_name, event, beside in TOOLS:
        loop, scenario = sides.get(f"bare/{loop_name}"), sides.get(f"scenario/{event}")
        if not loop or not scenario:
            continue
        first = loop.of("first_ns_per_event")
        rows.append((tool, digits(loop.of("tool_ns_per_event")), digits(loop.ns), digits(first) if first else "-",
                     f"{loop.faults:.4f}", event, digits(scenario.ns), f"{scenario.faults:.4f}"))
        sentences.append(sentence(tool, loop, event, scenario, beside))
    return rows, sentences


def table(head, rows):
    """Columns as wide as their widest cell, two spaces apart."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in (head, *rows)]
    return "\n".join(lines)


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.split("\n", maxsplit=1)[0], file=sys.stderr)
        return 2
    try:
        sides = load(arguments[0])
    except (OSError, ValueError, KeyError) as error:
        print(f"side_by_side: {error}", file=sys.stderr)
        return 2
    pairs = pair_rows(sides)
    if not pairs:
        print("side_by_side: no event is timed by both a scenario and a bare loop", file=sys.stderr)
        return 2
    print(table(("event", "scenario ns", "bare ns", "by the clock", "", "by processor's time", "faults/event",
                 "bare", ""), pairs))
    tools, sentences = tool_rows(sides)
    if tools:
        print()
        print(table(("classic tool", "it prints ns", "touch alone", "first round", "faults/event", "taken for",
                     "which costs ns", "faults/event"), tools))
        print("\n" + "\n".join(sentences))
    return 1 if any(row[-1] == "apart" for row in pairs) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
