"""What a report says of a run, for both of its files."""

import json

import draw
from figures import NotDrawn
from report import cells, provenance, timelines, trials, verdicts
from report.svg import svg, width
from study.warning import sentence
from words import levels_text, metric_name

MOST_LISTED = 200  # cells in a list below a figure


def content(run, study):
    """Everything that the templates show, as a dict.

    The order of its keys is that of the page; a part that a run has nothing for is None or empty.
    """
    medians, more_metrics = cells.medians(run, study)
    time_split, time_notes = cells.time_split(run, study)
    latency, latency_notes = cells.latency(run, study)
    all_trials, more_of_trials = trials.trials(run)
    facts = provenance.facts(run)
    changed, moved = provenance.changes(facts)
    return {
        "experiment": run.manifest["experiment"], "run": run.manifest["run"],
        "question": run.manifest.get("question") or run.manifest["experiment"],
        "digest": provenance.digest(run), "cautions": provenance.cautions(run),
        "counts": verdicts.counted(study), "signs": verdicts.SIGNS,
        "expectations": verdicts.expectations(run, study), "claims": verdicts.judged(study),
        "advice": verdicts.advice(study), "level": f"{study['method']['level'] * 100:.3g} %",
        "figures": list(figures(run, study)),
        "medians": medians, "more_metrics": more_metrics, "absent": cells.absent(run, study),
        "alike": levels_text({factor: levels[0] for factor, levels in run.factors.items() if len(levels) == 1}),
        "timelines": timelines.timelines(run),
        "time_split": time_split, "time_notes": time_notes, "latency": latency, "latency_notes": latency_notes,
        "trials": all_trials, "more_of_trials": more_of_trials, "doubts": cells.doubts(run, study),
        "remarks": remarks(study), "facts": facts, "changed": changed, "moved": moved,
        "method": [(name.replace("_", " "), _plain(value)) for name, value in study["method"].items()],
        "commands": provenance.commands(run), "config": provenance.config(run),
    }


def figures(run, study):
    """A dict for each figure: name, title, and why it was not drawn, or id, svg, width, caption, n and few."""
    for number, (name, spec, drawing) in enumerate(draw.drawings(run, study), start=1):
        title = spec.get("title") or _title(spec)
        if isinstance(drawing, NotDrawn):
            yield {"name": name, "title": title, "why": str(drawing)}
            continue
        n = {json.dumps(entry["cell"]): entry for entry in drawing.n}.values()
        yield {"name": name, "title": title, "why": None, "id": f"figure-{number}",
               "svg": svg(drawing, f"f{number}", f"figure-{number}-title"), "width": width(drawing),
               "caption": drawing.caption, "n": _how_many(n), "each": _each(run, n)}


def _title(spec):
    kind = spec["kind"].replace("_", " ")
    title = f"{metric_name(spec['metric'])} ({kind})" if "metric" in spec else kind
    return title[:1].upper() + title[1:]


def _how_many(n):
    """n = 6 trials in each of 60 cells."""
    counts = [entry["n"] for entry in n]
    if not counts:
        return ""
    least, most = min(counts), max(counts)
    trials_of = f"{least}" if least == most else f"{least} to {most}"
    word = "trial" if most == 1 else "trials"
    return f"n = {trials_of} {word}" + (f" in each of {len(counts)} cells" if len(counts) > 1 else "")


def _each(run, n):
    """(cell in words, n) where cells differ; the most telling first: those with the fewest trials."""
    if len({entry["n"] for entry in n}) <= 1:
        return []
    rows = [(levels_text({factor: level for factor, level in entry["cell"].items()
                          if len(run.factors.get(factor, ())) > 1}), entry["n"]) for entry in n]
    return sorted(rows, key=lambda row: row[1])[:MOST_LISTED]


def _plain(value):
    return ", ".join(f"{each:.4g}" for each in value) if isinstance(value, list) else str(value)


def remarks(study):
    """What is to be known of the whole run: warnings first."""
    return [f"{sentence(each)}: {each['remedy']}" for each in study.get("warnings", [])] + study.get("remarks", [])
