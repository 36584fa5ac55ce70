"""What disturbed the trials of a cell from outside, and whether the pressure was what was asked for.

Each check compares what the records say with a threshold, and is left out, with the reason, where its readings are
missing or hold something that belongs to the trial: a neighbour that was asked for is no foreign load.
"""

import re

import numpy as np

from model.trial import Unknown, kind, resolved, size_bytes
from study.warning import warning
from words import quantity

STEAL = 0.01         # of the window's duration
WAITING = 0.05       # of the workers' time, runnable without a processor
OTHERS = 0.10        # of one processor, for the length of the window
RECLAIMED = 0.01     # of the dataset's pages in memory, evicted by others
FEWEST_PAGES = 64    # below which a share of the pages says nothing
READ = 0.05          # of what the trial itself read
LEAST_READ = 4 << 20
STALLED = 10.0       # per cent of the ten seconds before the run in which some task waited for a processor
REACHED = 0.90       # of a limit, by the peak of the charge
PAGE = 4096
# Engines whose need of memory is an option, and no matter of the page cache.
OWN_MEMORY = {"buffer_pool", "userfaultfd", "hugetlb", "scenario"}
# Pressure by limits makes the trial reclaim for itself: what others evict then is foreign.
BY_LIMIT = {"memcg_limit", "memcg_high", "memcg_protect", "swap_limit"}
# Kind of pressure -> its option, what the record says of it, and how far that may be off.
READ_BACK = {"memcg_limit": ("limit", "limit_bytes", 0.01), "memcg_high": ("high", "high_bytes", 0.01),
             "swap_limit": ("limit", "limit_bytes", 0.01), "balloon": ("leave", "available_bytes", 0.05)}


class _Unchecked(Exception):
    """Why a check says nothing."""


def of_cell(run, cell):
    """(warnings, unchecked): the warnings of a cell, and check -> why it was not made."""
    ok = run.ok(cell)
    if ok.empty:
        return [], {}
    try:
        settings = resolved(run.manifest.get("config", {}), cell)
    except Unknown:
        settings = {}
    found, unchecked = [], {}
    for name, check in CHECKS.items():
        try:
            found += check(run, ok, settings)
        except _Unchecked as why:
            unchecked[name] = str(why)
    return found, unchecked


def of_run(run):
    """Warnings on the host as it was before the run."""
    load = run.manifest.get("facts_before", {}).get("load", {})
    stalled = load.get("psi_cpu", {}).get("some_avg10_percent")
    if isinstance(stalled, (int, float)):
        if stalled < STALLED:
            return []
        return [warning("busy host", f"in the ten seconds before the run some task waited for a processor "
                                     f"{stalled:.0f} % of the time")]
    average, processors = _load_average(load), _processors(run)
    if average is None or processors is None or average < processors:
        return []
    return [warning("busy host", f"the load average was {average:.1f} on {processors} processors before the run")]


def _load_average(load):
    text = load.get("average")
    return float(text.split()[0]) if isinstance(text, str) else None


def _processors(run):
    """How many processors are online ("0-3,8"), or None."""
    online = run.manifest.get("facts_before", {}).get("cpu", {}).get("online")
    if not isinstance(online, str) or not re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", online):
        return None
    ends = [[int(end) for end in part.split("-")] for part in online.split(",")]
    return sum(part[-1] - part[0] + 1 for part in ends)


def _steal(run, ok, settings):
    return _told("steal", _column(run, ok, "steal_ns") / _column(run, ok, "wall_ns"), STEAL,
                 "CPU steal above {limit:.0%} of the window in {marked} of {n} trials, at most {worst:.1%}")


def _waiting(run, ok, settings):
    """Workers that wait for a processor, where each has one for itself."""
    _alone(settings)
    if settings.get("workload", {}).get("sink"):
        raise _Unchecked("the receiver may share a processor with the sender")
    workers, processors = ok["worker_count"], _processors(run)
    if processors is None or workers.max() > processors:
        raise _Unchecked(f"{workers.max()} workers on {processors or 'an unknown number of'} processors wait for each "
                         "other")
    share = _column(run, ok, "runqueue_ns@schedstat") / (workers * _column(run, ok, "wall_ns"))
    return _told("foreign load", share, WAITING,
                 "workers were kept from their processors for more than {limit:.0%} of their time in {marked} of {n} "
                 "trials, at most {worst:.0%}")


def _others(run, ok, settings):
    """Processor time of others: of all busy time what is neither stolen, softirq nor the trial's."""
    _alone(settings)
    if kind(settings.get("dataset", {}).get("medium", "host")) not in ("host", "tmpfs"):
        raise _Unchecked("the kernel's threads that serve the medium are in it")
    busy = _column(run, ok, "busy_ns") - _column(run, ok, "steal_ns") - _column(run, ok, "softirq_ns")
    own = _column(run, ok, "user_ns@rusage") + _column(run, ok, "system_ns@rusage")
    for metric in ("receiver_user_ns", "receiver_system_ns", "sampling_ns"):
        own = own + (ok[metric].fillna(0) if metric in ok else 0)
    # Clock ticks of 10 ms: each of the rows that make up the busy time is off by up to one at either end.
    slack = 6 * 10e6
    return _told("foreign load", (busy - own - slack) / _column(run, ok, "wall_ns"), OTHERS,
                 "other programs ran for more than {limit:.0%} of the window in {marked} of {n} trials, at most "
                 "{worst:.0%}")


def _reclaim(run, ok, settings):
    """Evictions by others than the trial, where its pressure is none or is by limits of its own."""
    pressed = set(settings.get("pressure", {})) - BY_LIMIT
    if pressed or settings.get("schedule"):
        raise _Unchecked(f"{', '.join(sorted(pressed)) or 'the schedule'} evicts from outside the trial, as was asked "
                         "for")
    try:
        evicted = _column(run, ok, "foreign_evicted_pages") + _column(run, ok, "background_evicted_pages")
    except _Unchecked:
        # Without the ledger: what the host reclaimed beyond the trial's cgroup, of whatever pages.
        evicted = _column(run, ok, "reclaimed_pages@vmstat") - _column(run, ok, "reclaimed_pages@memcg")
    held = ok[[name for name in ("resident_pages_before", "resident_pages_after") if name in ok]].max(axis=1)
    share = (evicted / held.clip(lower=1)).where(evicted >= FEWEST_PAGES, 0.0)
    return _told("foreign reclaim", share, RECLAIMED,
                 "others than the trial evicted more than {limit:.0%} of the pages in memory in {marked} of {n} "
                 "trials, at most {worst:.0%} of them")


def _reads(run, ok, settings):
    """Reads of the dataset's device by others."""
    medium, swap = settings.get("dataset", {}).get("medium", "host"), settings.get("swap", "none")
    if kind(medium) != "host" or kind(swap) != "none":
        raise _Unchecked("a medium or a swap area of the run's own reads for the trial")
    _alone(settings)
    own = _column(run, ok, "device_read_bytes@io")
    others = _column(run, ok, "device_read_bytes@disk") - own
    share = (others / own.clip(lower=LEAST_READ)).where(others >= LEAST_READ, 0.0)
    return _told("foreign reads", share, READ,
                 "others read from the dataset's device, more than {limit:.0%} of what the trial read, in {marked} "
                 "of {n} trials, at most {worst:.0%}")


def _alone(settings):
    """Raises _Unchecked where processes that the config asks for work beside the trial."""
    beside = {"antagonist", "balloon", "memcg_reclaim"} & set(settings.get("pressure", {}))
    if beside:
        raise _Unchecked(f"{', '.join(sorted(beside))} works beside the trial, as was asked for")


def _achieved(run, ok, settings):
    """Pressure read back, at the start and by each change of a schedule, against what was asked for."""
    dataset = settings.get("dataset", {}).get("size", "0 B")
    worst = {}
    for sequence in ok["sequence"]:
        for name, off in _deviations(run, sequence, settings, dataset):
            worst.setdefault(name, {})[sequence] = max(off, worst.get(name, {}).get(sequence, 0))
    return [warning("pressure", f"{name}: what was achieved is not what was asked for in {len(off)} of {len(ok)} "
                                f"trials, at most {max(off.values()):.0%} off") for name, off in worst.items()]


def _deviations(run, sequence, settings, dataset):
    """Pairs (kind, relative error) of the pressures of one trial that are off."""
    pairs = [(name, _asked(settings, name, dataset), run.pressure.get(sequence, {}).get(name, {}).get(key), most)
             for name, (_, key, most) in READ_BACK.items() if name in settings.get("pressure", {})]
    pairs += [(moment["pressure"], moment["requested_bytes"], moment.get("achieved_bytes"),
               READ_BACK.get(moment["pressure"], (0, 0, 0.01))[2]) for moment in run.schedule.get(sequence, [])]
    for name, asked, achieved, most in pairs:
        if isinstance(asked, int) and isinstance(achieved, int) and asked > 0:
            off = abs(achieved - asked) / asked
            # A limit is rounded to pages, on some kernels up to a batch of charges.
            if off > most and abs(achieved - asked) > PAGE:
                yield name, off


def _asked(settings, name, dataset):
    """Bytes that the config asks a kind of pressure for; None for "none" or what is no size."""
    try:
        return size_bytes(settings["pressure"][name][READ_BACK[name][0]], size_bytes(dataset, 0))
    except (Unknown, KeyError, TypeError):
        return None


def _reached(run, ok, settings):
    """A limit below the dataset's size that the charge never came near."""
    engine = kind(settings.get("workload", {}).get("engine", ""))
    if settings.get("schedule"):
        raise _Unchecked("the limit changes during the window")
    if "direct" in engine or engine in OWN_MEMORY:
        raise _Unchecked(f"{engine} takes as much memory as it was told to")
    try:
        size = size_bytes(settings.get("dataset", {}).get("size", ""), 0)
    except Unknown as why:
        raise _Unchecked(str(why)) from why
    limits = ok["limit_bytes"].where(ok["limit_bytes"] < size)
    if limits.isna().all():
        return []
    short = (_column(run, ok, "memory_peak_bytes") / limits).dropna()
    under = short[short < REACHED]
    if under.empty:
        return []
    return [warning("pressure", f"the charge stayed below {REACHED:.0%} of the limit in {len(under)} of {len(ok)} "
                                f"trials, the lowest at {quantity(float(under.min()) * float(limits.max()), 'bytes')} of "
                                f"{quantity(float(limits.max()), 'bytes')}: it pressed on nothing")]


def _column(run, ok, name):
    """A column of the trials. Raises _Unchecked with the reason where none has it."""
    if name not in ok or ok[name].isna().all():
        whys = run.why_missing(ok, name)
        raise _Unchecked(f"{name}: {'; '.join(whys) or 'no probe was asked for it'}")
    return ok[name]


def _told(kind_of_warning, shares, limit, text):
    """One warning where some of `shares` (a Series, a value per trial) are above `limit`."""
    known = shares.replace([np.inf, -np.inf], np.nan).dropna()
    marked = known[known > limit]
    if marked.empty:
        return []
    return [warning(kind_of_warning, text.format(limit=limit, marked=len(marked), n=len(shares),
                                                 worst=float(marked.max())))]


CHECKS = {"steal": _steal, "run queue": _waiting, "other programs": _others, "foreign reclaim": _reclaim,
          "foreign reads": _reads, "pressure achieved": _achieved, "limit reached": _reached}
