"""Holds the records of pressures.json to what each pressure promises: not that it was asked for, but that
it was there. One function per label of the factor; a new kind is a label and a function."""

from pathlib import Path

from brought import PAGE, records, text, values, within

MIB = 1 << 20
DATASET = 16 * MIB
# Charges move in batches, and a task overshoots by some before it is made to reclaim.
SLACK = 1 * MIB


def evicted(record: dict, pages: int, who: str = "") -> list[str]:
    """At least that many left, by the ledger; all of them by `own` or `foreign` hands where `who` says so."""
    found = within(record, "evicted_pages@page_cache", pages)
    if who and not found:
        found = within(record, f"{who}_evicted_pages@page_cache", values(record, "evicted_pages")["page_cache"])
    return found


def read_back(record: dict, kind: str, expected: dict) -> list[str]:
    achieved = record["pressure"].get(kind)
    return [] if achieved == expected else [f"{kind} reads {achieved}, not {expected}"]


def memcg_limit(record: dict) -> list[str]:
    limit = 8 * MIB
    return (read_back(record, "memcg_limit", {"limit_bytes": limit})
            + within(record, "memory_peak_bytes@memcg", limit - SLACK, limit)
            + within(record, "limit_hits@memcg", 1)
            + within(record, "soft_limit_hits@memcg", 0, 0)
            + evicted(record, DATASET // PAGE // 2, "own"))


def memcg_high(record: dict) -> list[str]:
    high = 12 * MIB
    return (read_back(record, "memcg_high", {"high_bytes": high})
            + within(record, "memory_charged_bytes@memcg", high - 2 * SLACK, high + SLACK)
            + within(record, "soft_limit_hits@memcg", 1)
            + within(record, "limit_hits@memcg", 0, 0)
            + evicted(record, DATASET // PAGE // 8))


def memcg_reclaim(record: dict) -> list[str]:
    """Without any limit, and by hands that are neither the trial's nor the kernel's: the observer's."""
    return (within(record, "forced_reclaims@memcg_reclaim", 1)
            + within(record, "forced_reclaimed_bytes@memcg_reclaim", MIB)
            + within(record, "limit_hits@memcg", 0, 0)
            + evicted(record, DATASET // PAGE // 8, "foreign"))


def neighbour(record: dict) -> list[str]:
    size = 12 * MIB
    return (read_back(record, "antagonist", {"size_bytes": size})
            + within(record, "antagonist_accesses@antagonist", size // PAGE))


def antagonist_inside(record: dict) -> list[str]:
    """22 less 12: the neighbour's memory cannot go, so half of the file does, again and again."""
    return (neighbour(record) + within(record, "limit_hits@memcg", 1)
            + within(record, "memory_peak_bytes@memcg", 22 * MIB - SLACK, 22 * MIB)
            + evicted(record, DATASET // PAGE // 4))


def antagonist_beside(record: dict) -> list[str]:
    """The same neighbour, not under the limit: nothing is felt."""
    return (neighbour(record) + within(record, "limit_hits@memcg", 0, 0)
            + within(record, "memory_peak_bytes@memcg", DATASET, 22 * MIB - SLACK)
            + within(record, "evicted_pages@page_cache", 0, 0))


def schedule(record: dict) -> list[str]:
    """The limit fell while the file was in use: the kernel has it, and what does not fit has gone."""
    moment = record["schedule"][0]
    found = [] if moment.get("achieved_bytes") == 8 * MIB else [f"the schedule reads {moment}"]
    return found + within(record, "memory_charged_bytes@memcg", 0, 8 * MIB) + evicted(record, DATASET // PAGE // 2)


def advise(record: dict) -> list[str]:
    """By a thread of the trial's own."""
    return (within(record, "advise_calls@advise", 1) + within(record, "limit_hits@memcg", 0, 0)
            + evicted(record, DATASET // PAGE // 8, "own"))


def swap_limit(record: dict) -> list[str]:
    return (read_back(record, "swap_limit", {"limit_bytes": 16 * MIB})
            + within(record, "swap_used_bytes@swap", MIB, 16 * MIB)
            + within(record, "swapped_in_pages@vmstat", 256))


def balloon(record: dict) -> list[str]:
    """No limit was hit, and yet memory was short: for the host, and kswapd took part."""
    return (within(record, "balloon_held_bytes@balloon", 128 * MIB) + within(record, "limit_hits@memcg", 0, 0)
            + evicted(record, 16 * MIB // PAGE) + within(record, "background_evicted_pages@page_cache", 1))


def scanned(record: dict) -> list[str]:
    """By the neighbour: more than the balloon leaves, so that somebody's pages have to go."""
    return within(record, "antagonist_accesses@antagonist", 160 * MIB // PAGE)


def unprotected(record: dict) -> list[str]:
    """A neighbour in another cgroup scans a file on a host that is short: pages of the trial's that are not active
    go, too. (Active ones are spared while there are others: mm/vmscan.c, prepare_scan_count.)"""
    return scanned(record) + evicted(record, 64)


def memcg_protect(record: dict) -> list[str]:
    """The same, and memory.min keeps the whole file."""
    return (read_back(record, "memcg_protect", {"protected_bytes": 64 * MIB}) + scanned(record)
            + within(record, "evicted_pages@page_cache", 0, 0))


KINDS = {"memcg_limit": memcg_limit, "memcg_high": memcg_high, "memcg_reclaim": memcg_reclaim,
         "antagonist inside": antagonist_inside, "antagonist beside": antagonist_beside, "schedule": schedule,
         "advise": advise, "swap_limit": swap_limit, "balloon": balloon, "unprotected": unprotected,
         "memcg_protect": memcg_protect}


def checked(out: Path, record: dict | None, name: str, check) -> list[str]:
    if record is None or record["outcome"] != "ok":
        return [f"{name}: {record and (record['outcome'], record['reason'])}; {text(out, 'stderr')[-2000:]}"]
    return [f"{name}: {complaint}" for complaint in check(record)]


def pressures(out: Path) -> list[str]:
    """Every kind was achieved, by the cgroup's counters and the ledger."""
    by_kind = {record["cell"]["kind"]: record for record in records(out)}
    found = [f"{kind}: there is no check of it" for kind in sorted(by_kind.keys() - KINDS.keys())]
    for kind, check in KINDS.items():
        found += checked(out, by_kind.get(kind), kind, check)
    return found
