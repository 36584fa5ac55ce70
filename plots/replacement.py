"""Replacement policies on paper: how often a trace of pages misses, from an empty memory on.

A trace is a sequence of page numbers, each in [0, pages); every policy brings in the page that was
missed and no other. All return the number of misses.
"""

import heapq
from collections import deque

import numpy as np


def fifo(trace, capacity):
    """First in, first out: a page stays until `capacity` later ones have come."""
    came, misses = [-capacity] * _pages(trace), 0
    for page in _listed(trace):
        if misses - came[page] >= capacity:
            misses += 1
            came[page] = misses
    return misses


def clock(trace, capacity):
    """FIFO with a second chance for a page that was accessed since the hand passed it.

    The access that brings a page in counts as one, as it does in hardware.
    """
    accessed, here = bytearray(_pages(trace)), bytearray(_pages(trace))
    ring, hand, misses = [], 0, 0
    for page in _listed(trace):
        accessed[page] = 1
        if here[page]:
            continue
        misses += 1
        here[page] = 1
        if len(ring) < capacity:
            ring.append(page)
            continue
        while accessed[ring[hand]]:
            accessed[ring[hand]] = 0
            hand = (hand + 1) % capacity
        here[ring[hand]] = 0
        ring[hand] = page
        hand = (hand + 1) % capacity
    return misses


def lru_curve(trace):
    """Misses under least recently used for every capacity from 0 to the number of distinct pages.

    An access hits where fewer than `capacity` distinct others came since the page's last one (Mattson
    and others, IBM Systems Journal 9(2), 1970): one pass gives the whole curve.
    """
    trace = np.asarray(trace, dtype=np.int64)
    previous = _previous(trace)
    again = np.flatnonzero(previous >= 0)
    # Between two accesses of a page lie i - previous - 1 others; those that repeat one in between
    # have their own previous access in between, too.
    repeats = _larger_before(previous[again])
    distances = again - previous[again] - 1 - repeats
    distinct = len(trace) - len(again)
    hits = np.cumsum(np.bincount(distances, minlength=max(distinct, 1)))
    return len(trace) - np.concatenate([[0], hits])[:distinct + 1]


def lru(trace, capacity):
    """Least recently used."""
    curve = lru_curve(trace)
    return int(curve[min(capacity, len(curve) - 1)])


def optimum(trace, capacity):
    """The fewest misses that any policy can have: what is needed last goes first (Belady, 1966)."""
    trace = np.asarray(trace, dtype=np.int64)
    following = _following(trace).tolist()
    next_use, here = [0] * _pages(trace), bytearray(_pages(trace))
    latest, held, misses = [], 0, 0  # a heap of (-next use, page); what is out of date is skipped
    for page, following_use in zip(trace.tolist(), following):
        if not here[page]:
            misses += 1
            if held == capacity:
                while True:
                    use, victim = heapq.heappop(latest)
                    if here[victim] and next_use[victim] == -use:
                        break
                here[victim] = 0
            else:
                held += 1
            here[page] = 1
        next_use[page] = following_use
        heapq.heappush(latest, (-following_use, page))
    return misses


def two_lists(trace, capacity):
    """A model of Linux without MGLRU, for pages of a mapping, a page at a time.

    Two FIFO lists. Whoever comes to the end of the inactive one with its accessed bit set goes round
    once more, and the second time becomes active; the active list gives up its oldest while it is the
    longer one, or a page was just made active on its return (mm/vmscan.c: folio_check_references,
    inactive_is_low, prepare_scan_control). A page that returns becomes active at once where it was
    away for no more evictions and activations than there are active pages (mm/workingset.c). The
    kernel works in batches and through both lists in proportion; this does not.
    """
    pages = _pages(trace)
    accessed, referenced, here = bytearray(pages), bytearray(pages), bytearray(pages)
    left = [-1] * pages  # `age` when the page was evicted
    inactive, active = deque(), deque()
    age, misses, returned = 0, 0, False

    def demote():
        accessed[active[0]] = 0
        inactive.append(active.popleft())

    for page in _listed(trace):
        accessed[page] = 1
        if here[page]:
            continue
        misses += 1
        if len(inactive) + len(active) == capacity:
            if active and (returned or len(inactive) < len(active)):
                demote()
            returned = False
            while True:
                if not inactive:
                    demote()
                oldest = inactive.popleft()
                if not accessed[oldest]:
                    break
                accessed[oldest] = 0
                if referenced[oldest]:
                    active.append(oldest)
                    age += 1
                else:
                    referenced[oldest] = 1
                    inactive.append(oldest)
            here[oldest] = referenced[oldest] = 0
            left[oldest] = age
            age += 1
        here[page] = 1
        if left[page] >= 0 and age - left[page] <= len(active):
            active.append(page)
            age += 1
            returned = True
        else:
            inactive.append(page)
    return misses


POLICIES = {"fifo": fifo, "clock": clock, "lru": lru, "two_lists": two_lists, "optimum": optimum}


def curve(policy, trace, capacities):
    """Misses of the policy of that name at each of the capacities: a list of integers."""
    if policy == "lru":  # one pass for all
        misses = lru_curve(trace)
        return [int(misses[min(capacity, len(misses) - 1)]) for capacity in capacities]
    return [POLICIES[policy](trace, capacity) for capacity in capacities]


def _pages(trace):
    return int(max(trace, default=-1)) + 1 if isinstance(trace, list) else int(np.max(trace, initial=-1)) + 1


def _listed(trace):
    """As Python's own integers, which its loops are faster with."""
    return trace if isinstance(trace, list) else np.asarray(trace).tolist()


def _previous(trace):
    """Index of the previous access to the same page, -1 at its first."""
    by_page = np.argsort(trace, kind="stable")
    previous = np.full(len(trace), -1, dtype=np.int64)
    same = trace[by_page[1:]] == trace[by_page[:-1]]
    previous[by_page[1:][same]] = by_page[:-1][same]
    return previous


def _following(trace):
    """Index of the next access to the same page; the trace's length or more at its last, all distinct."""
    by_page = np.argsort(trace, kind="stable")
    following = len(trace) + np.arange(len(trace), dtype=np.int64)
    same = trace[by_page[1:]] == trace[by_page[:-1]]
    following[by_page[:-1][same]] = by_page[1:][same]
    return following


def _larger_before(values):
    """For each of the distinct `values`, how many before it are larger.

    From the highest bit down: among values that agree above a bit, in their order, each without the
    bit comes after so many with it.
    """
    count = np.zeros(len(values), dtype=np.int64)
    order = np.arange(len(values))  # grouped by the bits above, within a group as they came
    for bit in reversed(range(int(values.max(initial=0)).bit_length())):
        grouped = values[order]
        has, above = (grouped >> bit) & 1, grouped >> (bit + 1)
        before = np.cumsum(has) - has
        starts = np.flatnonzero(np.diff(above, prepend=-1))
        group = np.cumsum(np.diff(above, prepend=-1) != 0) - 1
        ones = before - before[starts][group]
        count[order] += np.where(has == 0, ones, 0)
        order = order[np.argsort(grouped >> bit, kind="stable")]
    return count
