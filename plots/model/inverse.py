"""The inverse: prices estimated from trials' times and counts, beside those of the list.

Non-negative least squares of relative errors, bootstrapped over trials within their cells. A price is
only as good as the trials tell terms apart: terms that go together in every trial are collinear, and
said to be.
"""

import numpy as np
from scipy.optimize import nnls

from study.ratio import seed_of
from study.samples import LEVEL, missing

RESAMPLES = 1000
# The usual thresholds (Belsley, Kuh and Welsch, Regression Diagnostics, 1980).
MOST_VIF = 10.0
MOST_CONDITION = 30.0


def estimate(run, counted, prices):
    """What the trials of `run` say of the prices; `counted` is predict.counted(run).

    trials           how many were used: all with counts, whether or not the list has their prices
    condition        condition number of the terms' columns, each scaled to length one
    collinear        sentences, empty where the terms can be told apart
    terms            name, events {event: how many}, trials and cells in which it occurs, share (of the
                     trials' time, as estimated), ns, low_ns, high_ns, vif, like (the term that it goes
                     with, where it is collinear), list (ns, low_ns, high_ns, or missing), verdict
    or {"missing": why}.
    """
    used = [entry for entry in counted if "missing" not in entry and entry["measured_ns"] > 0]
    columns = _columns(used)
    if not columns or len(used) <= len(columns):
        return missing(f"{len(used)} trials with counts are too few to tell {len(columns)} terms apart")
    matrix = _matrix(used, columns)
    relative = matrix / np.array([entry["measured_ns"] for entry in used])[:, None]
    lengths = np.linalg.norm(relative, axis=0)
    scaled = relative / lengths
    solved = _solve(scaled) / lengths
    low, high = _interval(scaled, _cell_numbers(used), lengths,
                          seed_of(run.manifest["run"], run.manifest["seed"], "inverse"))
    factors, condition = inflation(scaled), float(np.linalg.cond(scaled))
    terms = []
    for index, (name, events) in enumerate(columns):
        occurs = matrix[:, index] > 0
        term = {"name": name, "events": dict(events), "trials": int(occurs.sum()),
                "cells": len({number for number, there in zip(_cell_numbers(used), occurs) if there}),
                "share": float(np.mean(relative[:, index] * solved[index])),
                "ns": float(solved[index]), "low_ns": float(low[index]), "high_ns": float(high[index]),
                "vif": factors[index] if np.isfinite(factors[index]) else missing("the others add up to it")}
        if not factors[index] <= MOST_VIF:
            term["like"] = columns[_nearest(scaled, index)][0]
        terms.append({**term, **_beside(term, prices)})
    return {"trials": len(used), "condition": condition if np.isfinite(condition) else missing("singular"),
            "collinear": _warnings(terms, condition), "terms": terms}


def _columns(used):
    """The terms that occur, in the order of the table; a term with different prices is several."""
    found = {}
    for entry in used:
        for term, _, of in entry["counts"]:
            found.setdefault((term.name, tuple(sorted(of.items()))), None)
    return [(_unique(name, events, found), events) for name, events in found]


def _unique(name, events, found):
    alone = sum(1 for other, _ in found if other == name) == 1
    return name if alone else f"{name} [{', '.join(event for event, _ in events)}]"


def _matrix(used, columns):
    """Trials x terms: counts."""
    places = {(name.partition(" [")[0], events): i for i, (name, events) in enumerate(columns)}
    matrix = np.zeros((len(used), len(columns)))
    for row, entry in enumerate(used):
        for term, count, of in entry["counts"]:
            matrix[row, places[term.name, tuple(sorted(of.items()))]] = count
    return matrix


def _solve(scaled):
    return nnls(scaled, np.ones(len(scaled)))[0]


def _cell_numbers(used):
    numbers = {}
    return np.array([numbers.setdefault(tuple(entry["cell"].items()), len(numbers)) for entry in used])


def _interval(scaled, cells, lengths, seed):
    """Percentiles over resamples; each cell keeps its number of trials, or its terms might vanish."""
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(cells == cell) for cell in range(cells.max() + 1)]
    found = np.empty((RESAMPLES, scaled.shape[1]))
    for turn in range(RESAMPLES):
        rows = np.concatenate([rng.choice(these, len(these)) for these in members])
        found[turn] = _solve(scaled[rows]) / lengths
    return np.percentile(found, [50 * (1 - LEVEL), 50 * (1 + LEVEL)], axis=0)


def inflation(scaled):
    """Variance inflation factor of each column (of length one, no intercept): 1 / (1 - R2) of the column on
    the others; infinite where they add up to it."""
    factors = []
    for index in range(scaled.shape[1]):
        others = np.delete(scaled, index, axis=1)
        if others.shape[1] == 0:
            factors.append(1.0)
            continue
        weights = np.linalg.lstsq(others, scaled[:, index], rcond=None)[0]
        rest = float(np.sum((scaled[:, index] - others @ weights) ** 2))
        factors.append(1 / rest if rest > 1e-12 else float("inf"))
    return factors


def _nearest(scaled, index):
    cosines = np.abs(scaled.T @ scaled[:, index])
    cosines[index] = -1
    return int(np.argmax(cosines))


def _beside(term, prices):
    """{"list", "verdict"}: the list's price of the same events, and whether the two agree."""
    whys = prices.why_missing(term["events"])
    if whys:
        return {"list": missing("; ".join(whys)), "verdict": "not in the list"}
    listed = prices.cost(term["events"])
    if "like" in term:
        return {"list": listed, "verdict": "collinear"}
    if listed["low_ns"] is None:
        return {"list": listed, "verdict": "the list has no interval"}
    apart = listed["low_ns"] > term["high_ns"] or listed["high_ns"] < term["low_ns"]
    return {"list": listed, "verdict": "apart" if apart else "agree"}


def _warnings(terms, condition):
    found = [f"{term['name']} goes with {term['like']} (VIF "
             f"{'infinite' if isinstance(term['vif'], dict) else format(term['vif'], '.3g')}): neither "
             "price can be told from these trials" for term in terms if "like" in term]
    if not condition <= MOST_CONDITION:
        found.append(f"condition number {condition:.3g}, above {MOST_CONDITION:g}: small changes of the times "
                     "move prices from one term to another")
    return found
