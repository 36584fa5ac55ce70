"""The kinds of figure. A kind is one file here and one line in KINDS.

A kind is a function draw(run, study, spec) -> Drawing; it raises NotDrawn when there is nothing to
show. `run` is a load.Run, `study` the content of study.json, `spec` the manifest's entry.
"""

from dataclasses import dataclass, field

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


def kinds():
    """Kind -> its draw function."""
    from figures import bars, counters_over_time, ratio, throughput_over_time
    return {
        "bars": bars.draw,
        "ratio": ratio.draw,
        "throughput_over_time": throughput_over_time.draw,
        "counters_over_time": counters_over_time.draw,
    }
