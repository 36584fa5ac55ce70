"""From the series of a cell's trials to curves on one common grid of time.

Counters in a series are cumulative, so a rate is the difference of the interpolated counter over a
step of the grid: no event is lost or counted twice, whenever the samples were taken.
"""

from dataclasses import dataclass

import numpy as np

FILLED = 0.97  # of the limit: the kernel charges in batches and never quite reaches it
FEWEST_SAMPLES = 3


@dataclass
class Curves:
    """The trials of one cell on one clock.

    t       seconds since the window opened, length T
    values  trials x T, NaN past a trial's end
    """

    t: np.ndarray
    values: np.ndarray

    @property
    def median(self):
        """Across trials, where at least half of them still run; else NaN."""
        alive = np.sum(~np.isnan(self.values), axis=0)
        with np.errstate(all="ignore"):
            median = np.array([np.nan if 2 * n < len(self.values) else np.nanmedian(column)
                               for n, column in zip(alive, self.values.T)])
        return median


def rates(run, cell, metric):
    """Curves of the counter `metric` per second, each point in the middle of its step, or None."""
    trials = _trials(run, cell, metric, origin=True)
    grid = _grid(trials)
    if grid is None:
        return None
    totals = _on_grid(trials, grid)
    return Curves((grid[1:] + grid[:-1]) / 2, np.diff(totals, axis=1) / np.diff(grid))


def levels(run, cell, metric):
    """Curves of the absolute `metric` in its own unit, or None."""
    trials = _trials(run, cell, metric, origin=False)
    grid = _grid(trials)
    return None if grid is None else Curves(grid, _on_grid(trials, grid))


def filled_at(run, cell):
    """Seconds at which the charge first came near the limit: the median of the trials, or None.

    None without a limit, without a series, or when half of the trials never got there.
    """
    moments = []
    for _, trial in run.ok(cell).iterrows():
        frame = window(run.series(trial["sequence"]), "memory_charged_bytes", trial.get("wall_ns"))
        if frame is None or np.isnan(trial["limit_bytes"]):
            continue
        full = frame[frame["memory_charged_bytes"] >= FILLED * trial["limit_bytes"]]
        moments.append(full["t_ns"].iloc[0] / 1e9 if len(full) else np.inf)
    moment = np.median(moments) if moments else np.inf
    return float(moment) if np.isfinite(moment) else None


@dataclass
class Moment:
    """A change of pressure, the median of a cell's trials: when it began and was through, and what then held.

    began, ended   seconds since the window opened
    pressure       its kind
    value          bytes that the kernel then had, NaN for no limit
    """

    began: float
    ended: float
    pressure: str
    value: float


def moments(run, cell):
    """The changes of pressure that the cell's schedule made, in order; empty without a schedule."""
    trials = [run.schedule.get(sequence, []) for sequence in run.ok(cell)["sequence"]]
    trials = [[moment for moment in trial if isinstance(moment.get("began_ns"), int)] for trial in trials]
    if not trials or not all(len(trial) == len(trials[0]) for trial in trials):
        return []
    return [_moment(same) for same in zip(*trials)]


def _moment(same):
    """One Moment of the same moment of several trials."""
    began, ended = (float(np.median([each[key] for each in same])) / 1e9 for key in ("began_ns", "ended_ns"))
    values = [each["achieved_bytes"] for each in same if not isinstance(each["achieved_bytes"], dict)]
    return Moment(began, ended, same[0]["pressure"], float(np.median(values)) if values else np.nan)


def _trials(run, cell, metric, origin):
    """A pair of arrays (seconds, values) for each ok trial of the cell with such a series."""
    found = []
    for _, trial in run.ok(cell).iterrows():
        frame = window(run.series(trial["sequence"]), metric, trial.get("wall_ns"))
        if frame is None:
            continue
        t, values = frame["t_ns"].to_numpy() / 1e9, frame[metric].to_numpy(dtype=float)
        if origin and t[0] > 0:  # cumulative since the window's start: 0 there
            t, values = np.insert(t, 0, 0.0), np.insert(values, 0, 0.0)
        found.append((t, values))
    return found


def window(frame, metric, wall_ns=None):
    """The samples within the timed window that have `metric`; None when they are too few.

    The last of them is taken some time after the window has closed and holds what there was at its close, `wall_ns`
    after its opening: it is put there.
    """
    if metric not in frame.columns:
        return None
    # Before the window opens there is no zero of time: samples taken then may carry any.
    inside = frame["phase"].isin(("running", "done")) & (frame["t_ns"] >= 0)
    frame = frame[inside & frame[metric].notna()]
    after = frame["phase"].eq("done")
    if after.any():  # the first sample past the window closes it; later ones would show an idle end
        frame = _closed(frame.loc[:after.idxmax()], wall_ns)
    return frame if len(frame) >= FEWEST_SAMPLES else None


def _closed(frame, wall_ns):
    if wall_ns is None or np.isnan(wall_ns) or wall_ns >= frame["t_ns"].iloc[-1]:
        return frame
    if len(frame) > 1 and wall_ns <= frame["t_ns"].iloc[-2]:
        return frame.iloc[:-1]
    closed = frame.copy()
    closed.iloc[-1, closed.columns.get_loc("t_ns")] = int(wall_ns)
    return closed


def _grid(trials):
    """Equal steps of the median sampling interval up to the end of the longest trial, or None."""
    if not trials:
        return None
    step = np.median(np.concatenate([np.diff(t) for t, _ in trials]))
    end = max(t[-1] for t, _ in trials)
    # A fraction of a step at the end would make a noisy last point.
    return np.arange(0, max(2, int(end / step + 0.02)) + 1) * step


def _on_grid(trials, grid):
    # A trial that ends a hair before the last grid point still has a value there.
    slack = 0.02 * (grid[1] - grid[0])
    rows = [np.where(grid <= t[-1] + slack, np.interp(grid, t, values), np.nan)
            for t, values in trials]
    return np.array(rows)
