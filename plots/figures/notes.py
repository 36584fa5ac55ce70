"""What figures say in words: captions, reasons for a bar that is not there, cells' numbers."""

from words import levels_text


def cell_of(study, cell):
    """The study's entry of a cell, or None when the plan does not have it."""
    return next((entry for entry in study["cells"] if entry["cell"] == cell), None)


def level(study):
    return f"{study['method']['level'] * 100:.3g} %"


def median_interval(study, numbers, of="the median"):
    """How the intervals of these medians were made; `numbers` are what the study says of cells."""
    lacks = any("missing" in each["interval"] for each in numbers)
    none = f"; none below {study['method']['min_trials']} trials" if lacks else ""
    return f"{level(study)} interval of {of}, order statistics{none}"


def short_reason(entry):
    """What stands in place of a bar: the most frequent bad outcome, or "missing"."""
    bad = {word: n for word, n in entry["outcomes"].items() if word != "ok"}
    if entry["outcomes"].get("ok", 0) == 0 and bad:
        return max(bad, key=bad.get)
    return "missing" if entry["outcomes"] else "not run"


def why_empty(run, metric):
    """Why no cell has the metric."""
    if metric not in run.metrics:
        return f"no metric {metric} in this run"
    ok = run.trials[run.trials["outcome"] == "ok"]
    if ok.empty:
        return "no trial was ok"
    return f"{metric} is missing: {'; '.join(run.why_missing(ok, metric)) or 'not recorded'}"


def not_ok(study):
    """A sentence for each cell with trials that are not in the figure: a figure is of all cells."""
    found = []
    for entry in study["cells"]:
        bad = {word: n for word, n in entry["outcomes"].items() if word != "ok"}
        if bad:
            counts = ", ".join(f"{n} {word}" for word, n in bad.items())
            found.append(f"{levels_text(entry['cell'])}: {counts}, left out")
    return found


def better(run, metric):
    way = run.metrics[metric]["better"]
    return f"{way.capitalize()} is better" if way != "neither" else None


def provenance(run, drawing):
    """What every caption ends with: how many trials, how the interval was made, and of which run they are."""
    counts = sorted({entry["n"] for entry in drawing.n if entry["n"]})
    many = f"{counts[0]} to {counts[-1]} trials" if len(counts) > 1 else f"{counts[0]} trials"
    how = drawing.interval.removeprefix("none: ")
    told = how.casefold() in drawing.caption.casefold()
    interval = f"Interval: {how}" if how == drawing.interval else f"No interval: {how}"
    named = sentences(None if told else interval, f"Run {run.manifest['run']} of {run.manifest['experiment']}")
    return f"n = {'1 trial' if counts == [1] else many} of each cell. {named}"


def sentences(*parts):
    """The parts that are not None, as sentences."""
    kept = [part[0].upper() + part[1:] for part in parts if part]
    return " ".join(part if part.endswith(".") else part + "." for part in kept)
