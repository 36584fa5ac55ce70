"""The questions of break_even.py: what a mapping and pread cost at each point of a range, in prices.

A fault's price holds the first touch of its page, a call's the touch of the buffer. `costs(p, x)` gets
`p`, event -> ns and of_a_fault(event) -> pages, and `x`, points of the range; it returns what mmap and
pread take there, in ns.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

PAGE = 4096
# Pages that a fault maps, where the run did not count faults: Linux's fault_around_bytes unless told
# otherwise, and the folios that file_written_large makes.
PAGES_A_FAULT = {"file_warm": 16, "file_written_large": 256}
ACCESSES = np.unique(np.round(np.logspace(0, 6, 601)))
RATIOS = np.linspace(0, 1, 1001)
BLOCKS = PAGE * 2.0 ** np.arange(9)  # powers of two, so that a block is whole windows or a part of one
SIZES = {4: "read_warm_4k", 16: "read_warm_16k", 64: "read_warm_64k", 256: "read_warm_256k",
         1024: "read_warm_1m"}  # KiB


def of_a_fault(event):
    """The name under which costs() finds how many pages a fault of `event` maps."""
    return f"pages a fault of {event}"


@dataclass(frozen=True)
class Question:
    """name, question (what the crossing tells), unit of x, the points looked at, the events needed, costs."""

    name: str
    question: str
    unit: str
    grid: np.ndarray
    events: tuple
    costs: Callable


def _accesses(name, fault, hit, call, words, extra=()):
    """x accesses to each page: one fault and hits, against a call each. `extra`: (of a mapping's hit, of a
    call) what the consumer adds; its first hit is not in the fault's price."""
    def costs(p, x):
        more_mapped, more_read = (p[event] for event in extra) if extra else (0.0, 0.0)
        again = more_mapped if extra else p[hit]
        first = p[fault] + (more_mapped if extra else 0.0)
        return first + (x - 1) * again, x * (p[call] + more_read)
    events = tuple(dict.fromkeys((fault, *(extra or (hit,)), call)))
    return Question(name, f"accesses to a page: {words}", "1", ACCESSES, events, costs)


def _cold(p, x):
    return (p["file_cold_shuffled"] + (x - 1) * p["warm_touch_shuffled"],
            p["read_cold_4k"] + (x - 1) * p["read_warm_4k_random"])


def _ratio_mapped(p, x):
    return (x * p["warm_touch_shuffled"] + (1 - x) * p["file_cold_shuffled"],
            x * p["read_warm_4k_random"] + (1 - x) * p["read_cold_4k"])


def _ratio_unmapped(p, x):
    fault = p[of_a_fault("file_warm")] * p["file_warm"]
    return (x * fault + (1 - x) * p["file_cold_shuffled"],
            x * p["read_warm_4k_random"] + (1 - x) * p["read_cold_4k"])


def _call(p, x):
    """A pread of x bytes: on straight lines between the sizes that are priced."""
    kib = x / 1024
    sizes = list(SIZES)
    total = 0.0
    for index, size in enumerate(sizes):
        share = np.zeros_like(kib)
        if index > 0:
            share = np.where((kib > sizes[index - 1]) & (kib <= size),
                             (kib - sizes[index - 1]) / (size - sizes[index - 1]), share)
        if index + 1 < len(sizes):
            share = np.where((kib > size) & (kib <= sizes[index + 1]),
                             (sizes[index + 1] - kib) / (sizes[index + 1] - size), share)
        share = np.where(kib == size, 1.0, share)
        total = total + share * p[SIZES[size]]
    return total


def _windows(p, x, event):
    """Pages that the faults of a block map: whole windows, the block beginning at one's start."""
    pages = p[of_a_fault(event)]
    return pages * np.ceil(x / PAGE / pages)


def _block_warm(p, x):
    return _windows(p, x, "file_warm") * p["file_warm"], _call(p, x)


def _block_large(p, x):
    return _windows(p, x, "file_written_large") * p["file_written_large"], _call(p, x)


def _block_mapped_anew(p, x):
    pages = _windows(p, x, "file_warm")
    return p["call_map_unmap"] + pages * (p["file_warm"] + p["call_munmap_file"]), _call(p, x)


def _block_cold(p, x):
    """One page is waited for, read-ahead brings the others: what the device takes for these is the same."""
    others = x / PAGE - 1
    return (p["file_cold_shuffled"] + others * p["file_cold_normal"],
            p["read_cold_4k"] + _call(p, x) - p["read_warm_4k"]
            + others * (p["file_cold_normal"] - p["file_warm"]))


_CALLS = tuple(SIZES.values())
QUESTIONS = (
    _accesses("accesses, fault-around, in order", "file_warm", "warm_touch", "read_warm_4k",
              "warm file, sixteen pages a fault, hits that caches have"),
    _accesses("accesses, fault-around, at random", "file_warm", "warm_touch_shuffled", "read_warm_4k_random",
              "warm file, sixteen pages a fault, hits that miss caches and TLB"),
    _accesses("accesses, a fault a page, in order", "file_single_page_mappings", "warm_touch", "read_warm_4k",
              "warm file, one page a fault, hits that caches have"),
    _accesses("accesses, a fault a page, at random", "file_single_page_mappings", "warm_touch_shuffled",
              "read_warm_4k_random", "warm file, one page a fault, hits that miss caches and TLB"),
    _accesses("accesses, large folios, at random", "file_written_large", "warm_touch_shuffled", "read_warm_4k_random",
              "warm file, 256 pages a fault, hits that miss caches and TLB"),
    _accesses("accesses, fault-around, sums", "file_warm", None, "read_warm_4k_random",
              "warm file, sixteen pages a fault, each access sums the page", ("warm_sum_far", "warm_sum_near")),
    Question("accesses, cold", "accesses to a page: cold file, the first waits for the device", "1", ACCESSES,
             ("file_cold_shuffled", "warm_touch_shuffled", "read_cold_4k", "read_warm_4k_random"), _cold),
    Question("hit ratio, mapped", "hit ratio of cold random reads: what is in memory is mapped", "share", RATIOS,
             ("file_cold_shuffled", "warm_touch_shuffled", "read_cold_4k", "read_warm_4k_random"), _ratio_mapped),
    Question("hit ratio, not mapped", "hit ratio of cold random reads: each hit takes a fault", "share", RATIOS,
             ("file_cold_shuffled", "file_warm", "read_cold_4k", "read_warm_4k_random"), _ratio_unmapped),
    Question("block, warm", "block that is touched once: warm file, sixteen pages a fault", "bytes", BLOCKS,
             ("file_warm", *_CALLS), _block_warm),
    Question("block, warm, large folios", "block that is touched once: warm file, 256 pages a fault", "bytes",
             BLOCKS, ("file_written_large", *_CALLS), _block_large),
    Question("block, warm, mapped anew", "block that is mapped, touched once and unmapped: warm file", "bytes",
             BLOCKS, ("file_warm", "call_map_unmap", "call_munmap_file", *_CALLS), _block_mapped_anew),
    Question("block, cold", "block that is touched once: cold file, read ahead", "bytes", BLOCKS,
             ("file_cold_shuffled", "file_cold_normal", "file_warm", "read_cold_4k", *_CALLS), _block_cold),
)
