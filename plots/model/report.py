"""model.json and model.md of a run, and what the terminal shows of them."""

import json
import os
import textwrap

from model import inverse, predict
from model.terms import TERMS
from study.samples import is_missing
from words import digits, quantity

FILE_NAME = "model.json"
WIDTH = 100
MOST_SHARES = 3  # terms of a cell that a table names
LEAST_SHARE = 0.01
SAME_MACHINE = ("processor", "kernel", "virtualisation", "paging")


def model(run, prices, machine):
    """The content of model.json; `prices` is a price_list.PriceList, `machine` that of the run's host as
    prices.machine() tells it.

    price_lists  the runs whose prices were used, in order
    remarks      what makes the lists doubtful for this run
    summary, cells, trials   see predict.summary(), cells(), predicted()
    inverse      see inverse.estimate()
    """
    counted = predict.counted(run)
    trials = [predict.predicted(entry, prices) for entry in counted]
    return {
        "schema_version": 1, "run": run.manifest["run"], "experiment": run.manifest["experiment"],
        "price_lists": prices.runs, "remarks": _remarks(prices, machine),
        "fails_above_percent": predict.FAILS, "summary": predict.summary(trials),
        "cells": predict.cells(run, trials), "trials": trials,
        "inverse": inverse.estimate(run, counted, prices),
    }


def write(run, result):
    """Writes model.json and model.md beside the records, each whole or not at all; returns their paths."""
    paths = []
    for name, text in ((FILE_NAME, json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"),
                       ("model.md", as_markdown(result))):
        path = run.path / name
        beside = path.with_suffix(path.suffix + ".new")
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
        paths.append(path)
    return paths


def _remarks(prices, machine):
    found = []
    for run, its in prices.machines.items():
        if not its:
            found.append(f"{run} does not say of which machine its prices are")
        found += [f"{run} is of another {name}: {its[name]}, and here {machine[name]}"
                  for name in SAME_MACHINE if name in its and its[name] != machine.get(name, its[name])]
    return found


def as_markdown(result):
    lines = [f"Prices of {', '.join(result['price_lists'])}. {_verdict(result['summary'])}", ""]
    lines += [f"- {remark}" for remark in result["remarks"]] + [""] * bool(result["remarks"])
    lines += _table(*_cell_rows(result)) + _section("Where it fails", _failures(result))
    lines += _section("Not predicted", _unpredicted(result))
    lines += ["", "## Prices from the trials", ""] + _inverse_lines(result["inverse"])
    lines += ["", "## Terms", ""]
    occurring = {name for trial in result["trials"] for name in trial.get("terms", {})}
    lines += [f"- **{term.name}**: {term.why}." for term in TERMS if term.name in occurring]
    return "\n".join(lines) + "\n"


def render(result):
    """A short table for the terminal: a line a cell, then how good it is and what was not predicted."""
    head, rows = _cell_rows(result, "*")
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = ["Cost model: predicted against measured"]
    for row in (head, *rows):
        lines.append("  ".join(text.ljust(width) if i in (0, len(head) - 1) else text.rjust(width)
                               for i, (text, width) in enumerate(zip(row, widths))).rstrip())
    failing = [cell for cell in result["cells"] if cell.get("fails")]
    notes = [_verdict(result["summary"])]
    if failing:
        notes.append(f"* {len(failing)} of {len(rows)} cells are more than {predict.FAILS:g} % off")
    notes += [*result["remarks"], *_unpredicted(result, lambda cells: "")]
    if is_missing(result["inverse"]):
        notes.append(f"prices from the trials: {result['inverse']['missing']}")
    for note in notes:
        lines += textwrap.wrap(note, WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False)
    return "\n".join(lines)


def _verdict(summary):
    if is_missing(summary["error_percent"]):
        return f"No trial of {summary['not_predicted']} could be predicted."
    text = (f"Median error {_percent(summary['error_percent'])} over {summary['predicted']} trials"
            f" ({summary['not_predicted']} not predicted)")
    naive = summary["naive_error_percent"]
    if is_missing(naive):
        return f"{text}; the naive model is missing: {naive['missing']}."
    return f"{text}; hits × hit + misses × latency: {_percent(naive)} over {summary['compared']}."


def _cell_rows(result, mark=""):
    """(head, rows) of the table of cells; `mark` stands at the error of those that fail."""
    head = ["cell", "trials", "measured", "predicted", "error", "signed", "naive", "of which"]
    rows = []
    for cell in result["cells"]:
        name = _name(cell["cell"])
        if "missing" in cell:
            rows.append([name, "0", "-", "-", "-", "-", "-", "not predicted"])
            continue
        naive = cell["naive_error_percent"]
        rows.append([name, str(cell["n"]), quantity(cell["measured_ns"], "ns"),
                     quantity(cell["predicted_ns"], "ns"), _percent(cell["error_percent"]) + mark * cell["fails"],
                     f"{cell['signed_error_percent']:+.0f} %", "-" if is_missing(naive) else _percent(naive),
                     _split(cell["split"])])
    return head, rows


def _name(cell):
    return ", ".join(cell.values()) or "the only cell"


def _split(split):
    return ", ".join(f"{name} {100 * share:.0f} %" for name, share in list(split.items())[:MOST_SHARES]
                     if share >= LEAST_SHARE)


def _percent(value):
    return f"{digits(value, 2)} %"


def _failures(result):
    return [f"fails in {_name(cell['cell'])}: {cell['signed_error_percent']:+.0f} %, most of the prediction "
            f"being {_split(cell['split'])}" for cell in result["cells"] if cell.get("fails")]


def _unpredicted(result, names=lambda cells: " of " + "; ".join(cells)):
    """A sentence for each reason; `names` says of which cells."""
    numbers, found = {}, {}
    for cell in result["cells"]:
        for why, n in cell["not_predicted"].items():
            numbers[why] = numbers.get(why, 0) + n
            found.setdefault(why, []).append(_name(cell["cell"]))
    return [f"{numbers[why]} {'trial' if numbers[why] == 1 else 'trials'}{names(cells)} not predicted: {why}"
            for why, cells in found.items()]


def _section(title, lines):
    return ["", f"## {title}", "", *(f"- {line}" for line in lines)] if lines else []


def _table(head, rows):
    return ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 2) + "|---|",
            *("| " + " | ".join(row) + " |" for row in rows)]


def _inverse_lines(estimate):
    if is_missing(estimate):
        return [f"Missing: {estimate['missing']}."]
    head = ["term", "estimate", "from", "to", "VIF", "list", "from", "to", "trials", "verdict"]
    rows = []
    for term in estimate["terms"]:
        listed = term["list"]
        of_list = ["-"] * 3 if is_missing(listed) else [_time(listed[key]) for key in ("ns", "low_ns", "high_ns")]
        vif = "infinite" if is_missing(term["vif"]) else digits(term["vif"])
        rows.append([term["name"], *(_time(term[key]) for key in ("ns", "low_ns", "high_ns")), vif, *of_list,
                     str(term["trials"]), term["verdict"]])
    return [*_table(head, rows), *([""] if estimate["collinear"] else []),
            *(f"- {line}" for line in estimate["collinear"])]


def _time(value):
    return "-" if value is None else quantity(value, "ns")
