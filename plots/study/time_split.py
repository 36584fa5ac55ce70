"""Where the workers' time went: each part's share of threads times wall time, per cell."""

import numpy as np

from study.samples import missing

# Part -> what it is called beside others. The order is that of the stack: at work, in the kernel's
# memory management, waiting, not at work.
HEADS = {
    "user_work_ns": "user", "fault_ns": "faults", "copy_ns": "calls", "reclaim_ns": "reclaim",
    "io_wait_ns": "I/O", "blocked_ns": "blocked", "runqueue_ns": "run queue",
    "stolen_ns": "stolen", "idle_ns": "idle", "unexplained_ns": "unexplained",
}
# Parts that one way of measuring has and the other has not: their absence is no gap.
OPTIONAL = ("fault_ns", "copy_ns", "blocked_ns")


def split(run):
    """A list, an entry per cell: cell, n, per_access_ns (median), shares {part: mean share}, sources
    {part: source}, missing {part: why}, optional; or cell and missing (a reason) where no trial has it.

    Shares are averaged, not their medians taken: averages of shares still add up to one. They are of
    the sum of all parts and unexplained_ns, which is threads times wall time by construction.
    """
    if "unexplained_ns" not in run.metrics:
        return []
    return [_cell(run, cell) for cell in run.cells]


def _cell(run, cell):
    ok = run.ok(cell)
    whole = ok[ok["unexplained_ns"].notna()]
    if whole.empty:
        return {"cell": cell, **missing("; ".join(run.why_missing(ok, "unexplained_ns"))
                                        or "no ok trial")}
    parts = whole[[part for part in HEADS if part in run.metrics]]
    total = parts.sum(axis=1)
    means = parts.fillna(0).div(total, axis=0).mean()
    present = [part for part in parts if parts[part].notna().any()]
    absent = {part: "; ".join(run.why_missing(whole, part)) for part in parts if part not in present}
    accesses = whole["accesses"].to_numpy()
    has_accesses = np.isfinite(accesses).all() and (accesses > 0).all()
    return {
        "cell": cell, "n": len(whole),
        "per_access_ns": float(np.median(total / accesses)) if has_accesses
        else missing("no count of accesses"),
        "shares": {part: float(means[part]) for part in present},
        "sources": {part: run.sources[whole["sequence"].iloc[0], part] for part in present},
        "missing": absent,
        "optional": [part for part in OPTIONAL if part in absent],
    }
