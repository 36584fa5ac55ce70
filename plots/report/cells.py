"""The tables with a row per cell of the study: medians, where the time went, latency by class, warnings."""

from report.grid import Column, Grid, level_columns
from report.plain import brief
from study import latency_table
from study.samples import is_missing
from study.study import watched_metrics
from study.terminal import KEY_METRICS, LEAST_SHARE, cell_warnings
from study.time_split import HEADS
from words import factor_name, levels_text, metric_name, quantity, quantity_with_interval

MOST_VALUES = 25_000  # medians in the page; what is beyond them stands in study.json
AT_FIRST = 7          # metrics that are shown before the reader asks for more; all that the config asks about are
NOUN = ("cell", "cells")


def medians(run, study):
    """(the Grid of cells by metrics, names of the metrics that were left out for their number)."""
    cells = study["cells"]
    present = [name for name in run.metrics if any(not is_missing(_numbers(cell, name)) for cell in cells)]
    first = [name for name in headline(run) if name in present][:max(AT_FIRST, len(watched_metrics(run)))]
    rest = [name for name in present if name not in first]
    kept = [*first, *rest][:max(len(first), MOST_VALUES // max(1, len(cells)))]
    columns = [*_named(run, cells), Column("ok", "number", [_ok(cell) for cell in cells],
                                           meaning="trials that ended ok, of those planned")]
    bad = [_not_ok(cell) for cell in cells]
    if any(bad):
        columns.append(Column("not ok", "level", bad, meaning="how the others ended"))
    columns += [Column(metric_name(name), "number", [_median(run, cell, name) for cell in cells],
                       meaning=meaning_of(run, name), hidden=name not in first) for name in kept]
    caption = "Median of each metric by cell, with its 95 % interval by order statistics"
    return Grid("cells", caption, columns, NOUN), [name for name in present if name not in kept]


def absent(run, study):
    """(reasons, metrics) of the metrics that no cell has."""
    found = {}
    for name in run.metrics:
        numbers = [_numbers(cell, name) for cell in study["cells"]]
        if numbers and all(is_missing(each) for each in numbers):
            found.setdefault(brief("; ".join(dict.fromkeys(each["missing"] for each in numbers))), []).append(name)
    return list(found.items())


def headline(run):
    """The metrics that tables begin with: what the config asks about, and the few that describe any run."""
    return list(dict.fromkeys([*watched_metrics(run), *(name for name in KEY_METRICS if name in run.metrics)]))


def meaning_of(run, metric):
    return f"{metric}: {run.metrics[metric]['meaning']}"


def time_split(run, study):
    """The Grid of where the workers' time went, and its notes; None where no cell could be split."""
    split = study.get("time_split", [])
    known = [entry for entry in split if "shares" in entry]
    if not known or any(not is_missing(_numbers(cell, "event_ns")) for cell in study["cells"]):
        return None, []  # of scenarios: what is inside an event is the kernel's
    shown = [part for part in HEADS if part == "unexplained_ns" or any(
        abs(entry["shares"].get(part, 0)) >= LEAST_SHARE for entry in known)]
    columns = [*_named(run, known), Column("per access", "number", [
        entry["per_access_ns"] if is_missing(entry["per_access_ns"])
        else (entry["per_access_ns"], quantity(entry["per_access_ns"], "ns")) for entry in known])]
    columns += [Column(HEADS[part], "number", [_share(entry, part) for entry in known], unit="%") for part in shown]
    sources = dict.fromkeys(source for entry in known for source in entry["sources"].values())
    notes = [f"From {', '.join(source for source in sources if source != 'derived')}."]
    if len(known) < len(split):
        notes.append(f"{len(split) - len(known)} of {len(split)} cells could not be split.")
    return Grid("time", "Where the workers' time went: mean shares of threads × wall time", columns, NOUN), notes


def latency(run, study):
    """The Grid of timed accesses by fault class, and (cell, how it was timed) for below it; None without any."""
    rows, notes = [], []
    for cell in study["cells"]:
        timed = cell.get("latency", {"missing": ""})
        if not is_missing(timed):
            rows += [(cell, name, row) for name, row in timed["classes"].items()]
            notes.append((levels_text(_varied(run, cell["cell"])) or "all trials", latency_table.notes(timed)))
    if not rows:
        return None, []
    columns = [*_named(run, [cell for cell, _, _ in rows]), Column("class", "level", [name for _, name, _ in rows]),
               Column("accesses", "number", [(row["count"], f"{row['count']:,}") for _, _, row in rows])]
    for heading, key in (("median", "median_ns"), ("p99", "p99_ns"), ("p99.9", "p999_ns"), ("longest", "max_ns")):
        columns.append(Column(heading, "number", [
            row[key] if is_missing(row[key]) else (row[key], quantity(row[key], "ns")) for _, _, row in rows]))
    columns.append(Column("share of time", "number", [
        (row["share"], f"{100 * row['share']:.1f}") for _, _, row in rows], unit="%"))
    return Grid("latency", latency_table.CAPTION, columns, ("class", "classes")), notes


def doubts(run, study):
    """The Grid of what makes cells doubtful; None where nothing does."""
    rows = [(cell, sentence) for cell in study["cells"] for sentence in cell_warnings(cell)]
    if not rows:
        return None
    columns = [*_named(run, [cell for cell, _ in rows]), Column("what to know", "text", [text for _, text in rows])]
    return Grid("doubts", "What makes cells doubtful. Nothing was dropped but trials that did not end ok", columns,
                ("warning", "warnings"))


def _named(run, entries):
    """The columns that name the cell of each of `entries` (dicts with "cell")."""
    return level_columns(run, [entry["cell"] for entry in entries]) or [
        Column("cell", "text", ["the only one"] * len(entries))]


def _varied(run, cell):
    return {factor: level for factor, level in cell.items() if len(run.factors[factor]) > 1}


def _numbers(cell, metric):
    return cell["metrics"].get(metric, {"missing": "not in this study"})


def _median(run, cell, metric):
    numbers = _numbers(cell, metric)
    if is_missing(numbers):
        return numbers
    return numbers["median"], quantity_with_interval(numbers["median"], numbers["interval"],
                                                     run.metrics[metric]["unit"])


def _ok(cell):
    ok = cell["outcomes"].get("ok", 0)
    return ok, f"{ok}/{cell['planned']}"


def _not_ok(cell):
    return ", ".join(f"{n} {word}" for word, n in cell["outcomes"].items() if word != "ok")


def _share(entry, part):
    if part not in entry["shares"]:
        return {"missing": entry["missing"].get(part, "not recorded")}
    share = 100 * entry["shares"][part] + 0.0
    return share, f"{share:.1f}".replace("-0.0", "0.0")
