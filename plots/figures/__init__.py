"""The kinds of figure. A kind is one file here and one line in KINDS.

A kind is a function draw(run, study, spec) -> Drawing; it raises NotDrawn when there is nothing to
show. `run` is a load.Run, `study` the content of study.json, `spec` the manifest's entry.
"""

from dataclasses import dataclass, field
from importlib import import_module

from matplotlib.figure import Figure


class NotDrawn(Exception):
    """Why a figure would be empty."""


@dataclass
class Drawing:
    """A finished figure and what its caption must say.

    figure    the matplotlib figure
    metric    what the vertical axis shows
    interval  how the whiskers or bands were computed
    caption   sentences for under the figure
    n         list of {"cell": {factor: level}, "n": ok trials drawn}
    """

    figure: Figure
    metric: str
    interval: str
    caption: str
    n: list = field(default_factory=list)


KINDS = (
    "bars",
    "ratio",
    "working_set",
    "throughput_over_time",
    "counters_over_time",
    "pressure_stack",
    "fault_map",
    "fault_heat",
    "residency_map",
    "latency_by_class",
    "latency_ccdf",
    "time_split",
    "copies",
    "policies",
    "prices",
    "model",
    "decision_map",
)


def kinds():
    """Kind -> its draw function. Imported here, so that the kinds may import this package."""
    return {kind: import_module(f"figures.{kind}").draw for kind in KINDS}
