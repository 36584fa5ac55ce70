"""Phases of a trial's window, from its time series, and of a cell over its trials.

    cold      memory holds less than a tenth of what it will hold at most
    fill      it fills: until the charge comes near the limit, evictions begin, or growth is over
    settling  it is full, and rates still change
    steady    rates have settled (settling.py); not every trial gets there

Cold and fill are each trial's own, from what memory holds. Whether rates settle is asked of the trials together: a
transient that belongs to the work comes in all of them at about the same time after the fill, and the median over
trials keeps it; a burst of others' work comes at any time, and the median loses it. A phase ends with a step of the
series, so its times are right to one sampling interval. With a schedule only the time before the first change of
pressure is looked at.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

import over_time
from model.trial import Unknown, resolved
from study.samples import describe, missing
from study.settling import TOO_LITTLE, settled_after, settled_together
from study.stability import SMALL_COUNT
from study.warning import warning
from words import quantity

NAMES = ("cold", "fill", "settling", "steady")
FEWEST_STEPS = 8
WARMTH = 0.10        # of what memory holds at most: below it, it is cold
GROWTH = 0.03        # of the same: what grows less in a window does not fill
EVICTED = 0.01       # of the same, in pages: evictions have begun
LAST = 0.75          # of the window: growth that ends later has not ended
MIXED = 0.05         # by which the headline may differ from the rate of the longest phase
PAGE = 4096
LEVELS = (("memory_charged_bytes", 1), ("resident_pages", PAGE))
MISSES = (("added_pages", 1), ("device_read_bytes", PAGE), ("major_faults", 1))
READ = ("t_ns", "accesses", "evicted_pages", "background_evicted_pages", *dict(LEVELS), *dict(MISSES))
WHOLE = "the end of the window"
STILL_FILLING = "memory was still filling at the end"


@dataclass
class Trial:
    """One trial on a grid of equal steps; the phases end at these steps.

    step      seconds
    accesses  done at the edges of the steps, one more than there are steps
    cold, fill, after  steps at which cold, fill and settling have ended; what was absent ends where the one before did
    filled_by what ended the fill: limit, eviction or growth; None where nothing filled, or not to the end
    rates     {name: events of each step after the fill}, of what must settle
    unsettled why the trial never settled, or None
    """

    step: float
    accesses: np.ndarray
    cold: int
    fill: int
    filled_by: str
    rates: dict
    after: int = 0
    unsettled: str = None

    @property
    def steps(self):
        return len(self.accesses) - 1

    def span(self, name):
        """(first step, step past the last) of the phase `name`; equal where it was absent."""
        places = (0, self.cold, self.fill, self.after, self.steps)
        return places[NAMES.index(name)], places[NAMES.index(name) + 1]

    def share(self, name):
        begin, end = self.span(name)
        return (end - begin) / self.steps

    def rate(self, begin, end):
        return (self.accesses[end] - self.accesses[begin]) / ((end - begin) * self.step)


def of_cell(run, cell):
    """What study.json says of a cell's phases, or missing with the reason.

    trials, settled      how many trials could be looked at; how many settled
    step_ns, window_ns   the sampling interval: how exactly the times are known; what was looked at (medians)
    until                "the first change of pressure" with a schedule, else "the end of the window"
    cold, fill, settling for those that at least one trial had: n, ends_ns and ops_per_second (describe()), share
                         (of the window, median); fill also has filled_by {word: trials}
    steady               the same without ends_ns
    never_settled        {why: trials}
    not_steady_share     of the window, median over trials
    ops_per_second       of all that was looked at, median
    """
    scheduled, trials, whys = False, [], []
    for _, row in run.ok(cell).iterrows():
        changes = [m["began_ns"] for m in run.schedule.get(row["sequence"], []) if isinstance(m.get("began_ns"), int)]
        scheduled = scheduled or bool(changes)
        found = of_trial(run.series(row["sequence"]), row, min(changes, default=None))
        (trials if isinstance(found, Trial) else whys).append(found)
    if not trials:
        return missing("; ".join(dict.fromkeys(whys)) or "no ok trial")
    settle(trials)
    return {**_summary(trials), "until": "the first change of pressure" if scheduled else WHOLE}


def of_trial(frame, row, until_ns=None):
    """A Trial of one series (a frame of load.Run.series()), or the reason why there is none; settle() ends it.

    `row` is the trial's in load.Run.trials: its limit_bytes, NaN without a limit, and its wall_ns; nothing from
    `until_ns` on is looked at.
    """
    frame = over_time.window(frame, "accesses", row.get("wall_ns"))
    if frame is None:
        return "no time series"
    if until_ns is not None:
        frame = frame[frame["t_ns"] <= until_ns]
    if len(frame) < over_time.FEWEST_SAMPLES:
        return "the pressure changes before there is anything to see"
    columns = {name: frame[name].to_numpy(dtype=float) for name in READ if name in frame.columns}
    t = columns["t_ns"] / 1e9
    step = float(np.median(np.diff(t)))
    steps = int(t[-1] / step + 0.02)
    if steps < FEWEST_STEPS:
        return f"phases need {FEWEST_STEPS} samples, and the window has fewer: sample more often (sample_every)"
    edges = np.arange(steps + 1) * step
    cold, fill, filled_by = _filled(columns, edges, row["limit_bytes"])
    return Trial(step, _curve(columns, "accesses", edges, origin=True), cold, fill, filled_by,
                 _rates(columns, edges, fill))


def settle(trials):
    """Sets `after` and `unsettled` of the trials of one cell."""
    full = [trial for trial in trials if trial.fill < trial.steps]
    for trial in trials:
        trial.after = trial.fill
        trial.unsettled = None if trial.fill < trial.steps else STILL_FILLING
    for name in dict.fromkeys(name for trial in full for name in trial.rates):
        having = [trial for trial in full if name in trial.rates]
        common, why = settled_together([trial.rates[name] for trial in having])
        for trial in having:
            if why:
                trial.after, trial.unsettled = trial.steps, why if why == TOO_LITTLE else f"{name} {why}"
            elif common and not trial.unsettled:
                own, _ = settled_after(trial.rates[name])
                trial.after = max(trial.after, min(trial.steps, trial.fill + (own or common)))


def _curve(columns, name, edges, origin=False):
    """A column at the edges of the steps, or None; `origin` says that it counts from the window's opening."""
    if name not in columns:
        return None
    known = ~np.isnan(columns[name])
    if known.sum() < over_time.FEWEST_SAMPLES:
        return None
    t, values = columns["t_ns"][known] / 1e9, columns[name][known]
    if origin and t[0] > 0:
        t, values = np.insert(t, 0, 0.0), np.insert(values, 0, 0.0)
    return np.interp(edges, t, values)


def _filled(columns, edges, limit_bytes):
    """(edge at which cold ends, edge at which the fill ends, what ended it)."""
    level = next((curve * unit for name, unit in LEVELS
                  if (curve := _curve(columns, name, edges)) is not None), None)
    if level is None or np.max(level) - level[0] < GROWTH * np.max(level):
        return 0, 0, None
    most, last = np.max(level), len(edges) - 1
    evicted = _curve(columns, "evicted_pages", edges, origin=True)
    background = _curve(columns, "background_evicted_pages", edges, origin=True)
    if evicted is not None and background is not None:
        evicted = evicted - background  # a background reclaimer evicts whether or not memory is full
    full = {"limit": _first(level >= over_time.FILLED * limit_bytes),
            "eviction": _first(evicted >= EVICTED * most / PAGE) if evicted is not None else None,
            "growth": _first(level >= over_time.FILLED * most)}
    by = min((word for word in full if full[word] is not None), key=full.get)
    cold = _first(level >= WARMTH * most)
    if by == "growth" and full[by] > LAST * last:
        return cold, last, None
    return min(cold, full[by]), full[by], by


def _first(flags):
    """The place of the first true flag, or None."""
    return int(np.argmax(flags)) if np.any(flags) else None


def _rates(columns, edges, fill):
    """{name: events of each step after the fill} of the counters whose rates must have settled; not of rare events."""
    if fill == len(edges) - 1:
        return {}
    counters = [("throughput", "accesses", 1)]
    counters += [("the rate of misses", *pair) for pair in MISSES if _curve(columns, pair[0], edges) is not None][:1]
    counters.append(("the rate of evictions", "evicted_pages", 1))
    found = {}
    for name, column, unit in counters:
        totals = _curve(columns, column, edges, origin=True)
        if totals is None:
            continue
        events = np.diff(totals)[fill:] / unit
        if column == "accesses" or events.mean() >= SMALL_COUNT:
            found[name] = events
    return found


def _summary(trials):
    whys = Counter(trial.unsettled for trial in trials if trial.unsettled)
    result = {"trials": len(trials), "settled": len(trials) - whys.total(),
              "step_ns": float(np.median([trial.step for trial in trials])) * 1e9,
              "window_ns": float(np.median([trial.steps * trial.step for trial in trials])) * 1e9}
    for name in NAMES:
        having = [(trial, *trial.span(name)) for trial in trials if trial.share(name) > 0]
        if not having:
            continue
        result[name] = {"n": len(having), "share": float(np.median([trial.share(name) for trial in trials]))}
        if name != "steady":
            result[name]["ends_ns"] = describe([end * trial.step * 1e9 for trial, _, end in having])
        result[name]["ops_per_second"] = describe([trial.rate(begin, end) for trial, begin, end in having])
        if name == "fill":
            ended = Counter(trial.filled_by for trial, *_ in having if trial.filled_by)
            result[name]["filled_by"] = dict(sorted(ended.items()))
    return {**result, "never_settled": dict(sorted(whys.items())),
            "not_steady_share": float(np.median([1 - trial.share("steady") for trial in trials])),
            "ops_per_second": float(np.median([trial.rate(0, trial.steps) for trial in trials]))}


def warnings(run, cell, found):
    """Warnings on a headline that is of several phases; `found` is what of_cell() says.

    A window of fixed work is as long as the work takes: its time has all phases by definition, and no warning. Nor
    has a window whose pressure changes as was asked for.
    """
    if "trials" not in found or found["until"] != WHOLE or _fixed_work(run, cell):
        return []
    never = found["trials"] - found["settled"]
    if 2 * never > found["trials"]:
        return [warning("unsettled", f"{never} of {found['trials']} trials never settled before {found['until']}: "
                                     f"{', '.join(found['never_settled'])}")]
    longest = max((name for name in NAMES if name in found), key=lambda name: found[name]["share"])
    rate = found[longest]["ops_per_second"]["median"]
    if rate > 0 and abs(found["ops_per_second"] / rate - 1) <= MIXED:
        return []
    return [warning("mixed phases", f"{found['not_steady_share']:.0%} of the window was not steady; the window has "
                                    f"{quantity(found['ops_per_second'], '1/s')} accesses per second, {_each(found)}")]


def _each(found):
    return ", ".join(f"{name} {quantity(found[name]['ops_per_second']['median'], '1/s')}"
                     for name in NAMES if name in found)


def _fixed_work(run, cell):
    try:
        work = resolved(run.manifest.get("config", {}), cell)["workload"].get("work", {})
    except Unknown:
        return False
    return isinstance(work, dict) and not {"accesses", "passes"}.isdisjoint(work)
