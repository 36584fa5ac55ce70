"""`python3 plots/break_even.py PRICES_RUN...`: where a mapping and pread cost the same, from prices alone.

Writes break_even.json and break_even.md beside the last run's price list and prints what they say; of an
event that several runs have, the last price counts. Intervals are bootstrapped over the processes of a
run, each event's by itself. Exit codes: 0 done, 2 a folder cannot be read or is no run of a price list.
"""

import json
import os
import sys
import warnings

import numpy as np

import prices
from crossings import PAGES_A_FAULT, QUESTIONS, of_a_fault
from load import LoadError, load_run
from study.ratio import seed_of
from study.samples import LEVEL, MIN_TRIALS, missing, too_few
from words import digits, quantity

RESAMPLES = 2000
ESTIMATE = 0  # row of the samples: the medians themselves; the resamples follow
FILE_NAME = "break_even.json"
BORDER = 0.5 - LEVEL / 2


def factor_of(manifest):
    """The factor whose levels are events; None where the config asks for no price list."""
    return next((figure["x"] for figure in manifest["figures"] if figure["kind"] == "prices"), None)


def break_even(runs):
    """A list, an entry per question of crossings.QUESTIONS, from load.Runs that have a price list each.

    name, question, unit (1, share or bytes), between [low, high] (the range looked at), events
    verdict   crosses, always or never (mmap's part: is it the cheaper one), or missing with what lacks
    wins      "above" or "below": where mmap is the cheaper one, of a crossing
    at, low, high   the crossing and its interval; None where there is none. low or high is None where
              more than BORDER of the resamples cross beyond that end of the range, or not at all
    agree     share of the resamples with the same verdict
    at_ends   what both ways cost at both ends of the range, in ns
    """
    samples, whys, windows = {}, {}, {of_a_fault(event): pages for event, pages in PAGES_A_FAULT.items()}
    for run in runs:
        factor = factor_of(run.manifest)
        for event in run.factors[factor]:
            ok = run.ok({factor: event})
            values = ok[prices.METRIC].dropna().to_numpy() if prices.METRIC in ok else np.array([])
            if len(values) < MIN_TRIALS:
                whys[event] = _why_not(run.select({factor: event}), len(values))
                continue
            samples[event] = _resampled(run, event, values)
            if event in PAGES_A_FAULT:
                windows[of_a_fault(event)] = _pages_a_fault(ok, event)
    return [_answer(question, samples, whys, windows) for question in QUESTIONS]


def _why_not(trials, n):
    reasons = dict.fromkeys(str(why) for why in trials["reason"] if why)
    return "; ".join(reasons) if n == 0 and reasons else too_few(n)


def _resampled(run, event, values):
    """ns per event: the median over processes, then RESAMPLES bootstrapped ones."""
    rng = np.random.default_rng(seed_of(run.manifest["run"], run.manifest["seed"], "break-even", event))
    drawn = np.median(rng.choice(values, (RESAMPLES, len(values))), axis=1)
    return np.concatenate([[np.median(values)], drawn])


def _pages_a_fault(ok, event):
    """As the run counted them; an event is a page."""
    if {"events", "minor_faults"} <= set(ok.columns):
        pages = (ok["events"] / ok["minor_faults"]).dropna()
        if len(pages) and np.isfinite(pages.median()):
            return float(pages.median())
    return PAGES_A_FAULT[event]


def _answer(question, samples, whys, windows):
    entry = {"name": question.name, "question": question.question, "unit": question.unit,
             "between": [float(question.grid[0]), float(question.grid[-1])], "events": list(question.events)}
    lacks = [f"no price of {event}: {whys.get(event, 'in no price list given')}"
             for event in question.events if event not in samples]
    if lacks:
        return {**entry, **missing("; ".join(lacks))}
    columns = {event: samples[event][:, None] for event in question.events} | windows
    grid = question.grid[None, :]
    mapped, read = (np.broadcast_to(side, (RESAMPLES + 1, len(question.grid)))
                    for side in question.costs(columns, grid))
    return {**entry, **_crossing(question, mapped - read),
            "at_ends": [{"at": float(question.grid[end]), "mmap_ns": float(mapped[ESTIMATE, end]),
                         "pread_ns": float(read[ESTIMATE, end])} for end in (0, -1)]}


def _crossing(question, gains):
    """The verdict on `gains`, what mmap costs more than pread: resamples x grid. mmap wins where it is
    negative; what costs the same at one point has crossed there."""
    verdicts, places, ways = zip(*(_last_crossing(question, row) for row in gains))
    verdict, wins = verdicts[ESTIMATE], ways[ESTIMATE]
    same = [v == verdict and w == wins for v, w in zip(verdicts, ways)]
    found = {"verdict": verdict, "wins": wins, "at": places[ESTIMATE], "low": None, "high": None,
             "agree": float(np.mean(same[1:]))}
    if verdict != "crosses":
        return found
    # A resample without a crossing lies beyond the end at which its cheaper way would lose.
    drawn = np.array([_ranked(*each, wins) for each in zip(verdicts[1:], places[1:], ways[1:])])
    # Infinite ends do not interpolate: an order statistic is taken as it stands.
    low = np.quantile(drawn, BORDER, method="lower")
    high = np.quantile(drawn, 1 - BORDER, method="higher")
    return {**found, "low": _finite(low), "high": _finite(high)}


def _last_crossing(question, row):
    """(verdict, place, where mmap wins) along the grid; the last change of sign is the one that counts,
    for beyond it nothing changes any more."""
    cheaper = row < 0
    changes = np.flatnonzero(cheaper[1:] != cheaper[:-1])
    if len(changes) == 0:
        return ("always" if cheaper[0] else "never"), None, None
    at = int(changes[-1])
    left, right = question.grid[at], question.grid[at + 1]
    share = row[at] / (row[at] - row[at + 1])
    return "crosses", float(left + share * (right - left)), "above" if cheaper[-1] else "below"


def _ranked(verdict, place, wins, expected):
    if verdict == "crosses" and wins == expected:
        return place
    below = verdict == ("always" if expected == "above" else "never")
    return -np.inf if below else np.inf


def _finite(value):
    return float(value) if np.isfinite(value) else None


def write(run, others=()):
    """Writes break_even.json and .md beside the price list of `run`, each whole or not at all; returns the
    answers. `others` are runs of price lists whose events `run` lacks."""
    answers = break_even([*others, run])
    content = {"schema_version": 1, "runs": [each.manifest["run"] for each in (*others, run)],
               "machine": prices.machine(run), "resamples": RESAMPLES,
               "interval": f"bootstrap over processes, percentiles, {LEVEL:g}", "answers": answers}
    for name, text in ((FILE_NAME, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"),
                       ("break_even.md", as_markdown(answers))):
        beside = (run.path / name).with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, run.path / name)
    return answers


def as_markdown(answers):
    lines = ["| question | answer |", "|---|---|"]
    lines += [f"| {answer['question']} | {sentence(answer)} |" for answer in answers]
    return "\n".join(lines) + "\n"


def sentence(answer):
    """The answer in words, with the numbers that it rests on."""
    if "missing" in answer:
        return f"missing: {answer['missing']}"
    first, last = (f"{_shown(end['at'], answer['unit'])}: mmap {quantity(end['mmap_ns'], 'ns')}, "
                   f"pread {quantity(end['pread_ns'], 'ns')}" for end in answer["at_ends"])
    certain = f"; {100 * answer['agree']:.0f} % of the resamples agree" if answer["agree"] < LEVEL else ""
    if answer["verdict"] != "crosses":
        return f"{answer['verdict']} ({first}; {last}){certain}"
    low = "below the range" if answer["low"] is None else _shown(answer["low"], answer["unit"])
    high = "above the range" if answer["high"] is None else _shown(answer["high"], answer["unit"])
    return (f"mmap is cheaper {answer['wins']} {_shown(answer['at'], answer['unit'])} [{low} to {high}] "
            f"({first}; {last}){certain}")


def _shown(value, unit):
    if unit == "share":
        return f"{100 * value:.4g} %"
    return quantity(value, "bytes") if unit == "bytes" else digits(value) if value < 1e4 else f"{value:.3g}"


def read(folders):
    """The runs of price lists in `folders`. Raises LoadError with what is wrong and the remedy."""
    runs = [load_run(folder) for folder in folders]
    for run in runs:
        if factor_of(run.manifest) is None:
            raise LoadError(f"{run.path}: no run of a price list: its config asks for no figure `prices`; "
                            "give runs of experiments/fault-cost and experiments/call-cost")
    return runs


def main(arguments):
    if not arguments:
        print(__doc__.split("\n", maxsplit=1)[0], file=sys.stderr)
        return 2
    warnings.simplefilter("ignore", UserWarning)  # a torn line is the study's remark
    try:
        *others, run = read(arguments)
    except LoadError as error:
        print(f"break_even: {error}", file=sys.stderr)
        return 2
    for answer in write(run, others):
        print(f"{answer['question']}\n  {sentence(answer)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
