"""Names of cells, as benchmark.json has them, and what a metric's sample in one of them is."""

from collections import Counter

from exports import NotExported
from study.expectations import values_of
from study.terminal import HEADLINES


def cell_names(run):
    """[(cell, name)] in plan order: the experiment, then factor:level of each factor.

    A factor goes by its last word, unless two of them share it; blanks and slashes in levels are underscores.
    """
    last = Counter(_last(factor) for factor in run.factors)
    short = {factor: _last(factor) if last[_last(factor)] == 1 else factor for factor in run.factors}
    return [(cell, "/".join([run.manifest["experiment"], *(
        f"{short[factor]}:{level.replace(' ', '_').replace('/', '_')}" for factor, level in cell.items())]))
        for cell in run.cells]


def _last(factor):
    return factor.rpartition(".")[2]


def samples(run, metric, notes):
    """[(cell, name, values)] of the cells that have the metric; of the others `notes` gets a pair (name, why) each."""
    if metric not in run.metrics:
        raise NotExported(f"no metric {metric} in this run; it has {', '.join(run.metrics)}")
    found = []
    for cell, name in cell_names(run):
        values, why = values_of(run, cell, metric)
        if why:
            notes.append((name, f"left out: {why}"))
        else:
            found.append((cell, name, values))
    return found


def headline(run):
    """The metric that a run is about where nobody says: accesses per second, or the time of an event."""
    for metric in HEADLINES:
        if metric in run.metrics and any(not values_of(run, cell, metric)[1] for cell in run.cells):
            return metric
    raise NotExported(f"no cell has {' or '.join(HEADLINES)}: name a metric by --metric")
