"""The price list: what one event of each scenario of a run costs, in four files beside the study.

The sampling unit is the process: every trial is one, with one price. A scenario without a price says why.
"""

import csv
import io
import json
import os

from bundle.latex import comment, escaped
from study.warning import sentence
from words import quantity

METRIC = "event_ns"
COLUMNS = ("event", "price_ns", "low_ns", "high_ns", "processes", "events",
           "minor_per_event", "major_per_event", "unstable", "why_not")
WORDS = {"event": "event", "price_ns": "price", "low_ns": "from", "high_ns": "to",
         "processes": "processes", "minor_per_event": "minor", "major_per_event": "major"}


def wanted(manifest):
    return any(figure["kind"] == "prices" for figure in manifest["figures"])


def price_list(run, result, factor):
    """A dict per level of `factor`, in the order of the config, with the keys COLUMNS.

    price_ns  nanoseconds per event, median over processes; None where there is none
    low_ns, high_ns  its interval, None where there are too few processes
    events, minor_per_event, major_per_event  medians, None where they are missing
    unstable  what the study warns of in this price (study/warning.py); "" where nothing
    why_not   why there is no price, "" where there is
    """
    rows = []
    for entry in result["cells"]:
        metrics = entry["metrics"]
        if _is_other_work(entry):
            continue
        price = _median(metrics, METRIC)
        events = _median(metrics, "events")
        interval = metrics.get(METRIC, {}).get("interval", {})
        rows.append({"event": entry["cell"][factor], "price_ns": price,
                     "low_ns": interval.get("low"), "high_ns": interval.get("high"),
                     "processes": entry["outcomes"].get("ok", 0), "events": events,
                     "minor_per_event": _per_event(metrics, "minor_faults", events),
                     "major_per_event": _per_event(metrics, "major_faults", events),
                     "unstable": "; ".join(map(sentence, entry["warnings"])) if price is not None else "",
                     "why_not": "" if price is not None else _why_not(run, entry)})
    return rows


def write(run, result):
    """Writes the four files, each whole or not at all; returns their paths."""
    spec = next(figure for figure in run.manifest["figures"] if figure["kind"] == "prices")
    rows = price_list(run, result, spec["x"])
    of = machine(run)
    texts = {"csv": as_csv(rows), "json": as_json(run, result, rows, of), "md": as_markdown(rows, of),
             "tex": as_latex(rows, of)}
    paths = []
    for suffix, text in texts.items():
        path = run.path / f"prices.{suffix}"
        beside = path.with_suffix(path.suffix + ".new")
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
        paths.append(path)
    return paths


def machine(run):
    """What prices depend on beside the event: {name: text}, in the order in which it is shown."""
    facts = run.manifest["facts_before"]
    cpu, kernel = facts.get("cpu", {}), facts.get("kernel", {})
    paging = cpu.get("paging", {"missing": "not recorded"})
    ok = run.trials[run.trials["outcome"] == "ok"]
    known = {"steal_ns", "wall_ns"} <= set(ok.columns) and ok["steal_ns"].notna().any()
    steal = f"{ok['steal_ns'].sum() / ok['wall_ns'].sum():.2%} of the windows" if known else "not known"
    return {"processor": _text(cpu.get("model", {"missing": "not recorded"})),
            "kernel": _text(kernel.get("release", {"missing": "not recorded"})),
            "virtualisation": _text(cpu.get("virtualisation", {"missing": "not recorded"})),
            "paging": f"not known: {paging['missing']}" if isinstance(paging, dict) else _text(paging),
            "CPU steal": steal}


def as_csv(rows):
    """Numbers as they are, in nanoseconds; empty where there is none."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: "" if value is None else value for key, value in row.items()} for row in rows)
    return stream.getvalue()


def as_json(run, result, rows, of):
    content = {"schema_version": 1, "run": run.manifest["run"], "machine": of, "unit": "ns per event",
               "interval": f"order statistics, {result['method']['level']:g}", "prices": rows}
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def as_markdown(rows, of):
    priced = [row for row in rows if row["price_ns"] is not None]
    lines = [_banner(of), ""]
    lines += ["| " + " | ".join(WORDS.values()) + " |", "|---" + "|---:" * (len(WORDS) - 1) + "|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in priced]
    skipped = [row for row in rows if row["price_ns"] is None]
    if skipped:
        lines += ["", "Not priced:", ""]
        lines += [f"- {row['event']}: {row['why_not']}" for row in skipped]
    unstable = [row for row in priced if row["unstable"]]
    if unstable:
        lines += ["", "Unstable, to be run again or longer:", ""]
        lines += [f"- {row['event']}: {row['unstable']}" for row in unstable]
    return "\n".join(lines) + "\n"


def as_latex(rows, of):
    """A booktabs table; needs \\usepackage{booktabs}."""
    lines = [comment(_banner(of)), "\\begin{tabular}{l" + "r" * (len(WORDS) - 1) + "}", "\\toprule",
             " & ".join(WORDS.values()) + " \\\\", "\\midrule"]
    lines += [" & ".join(map(escaped, _cells(row))) + " \\\\" for row in rows if row["price_ns"] is not None]
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"


def _banner(of):
    return "; ".join(f"{name}: {text}" for name, text in of.items())


def _text(fact):
    return f"missing: {fact['missing']}" if isinstance(fact, dict) and "missing" in fact else str(fact)


def _cells(row):
    return [row["event"], *(_time(row[key]) for key in ("price_ns", "low_ns", "high_ns")),
            str(row["processes"]), _count(row["minor_per_event"]), _count(row["major_per_event"])]


def _time(value):
    return "-" if value is None else quantity(value, "ns")


def _count(value):
    return "-" if value is None else f"{value:.4g}"


def _is_other_work(entry):
    """Trials that went well and have no events: no scenario, but work that prices are to predict."""
    return METRIC not in entry["metrics"] and entry["outcomes"].get("ok", 0) > 0


def _median(metrics, name):
    return metrics.get(name, {}).get("median")


def _per_event(metrics, name, events):
    count = _median(metrics, name)
    return None if count is None or not events else count / events


def _why_not(run, entry):
    trials = run.select(entry["cell"])
    reasons = dict.fromkeys(str(reason) for reason in trials["reason"] if reason)
    return "; ".join(reasons) or "not run"
