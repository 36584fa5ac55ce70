"""The table of terms: what a trial's time is the sum of. Data: change a term here and nowhere else.

A price is a sum of events of the price list, event -> how many. No part of a trial's time is in two
terms: a fault's price holds the first touch of its page, so that hits are the other touches; what a
page costs beyond the fault or the call that it came with is a difference of two prices.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from model import counts
from model.trial import PAGE

FILE_READ = ("mmap_shared", "mmap_private", "mmap_populate")
FILE_WRITTEN = ("mmap_update", "mmap_cow")
MAPPED = FILE_READ + FILE_WRITTEN
CALLS = ("pread", "read")
ANONYMOUS = ("anon", "anon_shared", "anon_huge")
MEMORY = (*MAPPED, *ANONYMOUS, "hugetlb")
SWAPPING = (*ANONYMOUS, "mmap_cow")
ENGINES = MEMORY + CALLS

NEAR_PAGES = 256  # 1 MiB lies in a core's second cache, and in reach of its TLB
READ_SIZES = {4096: "read_warm_4k", 16384: "read_warm_16k", 65536: "read_warm_64k",
              262144: "read_warm_256k", 1048576: "read_warm_1m"}


@dataclass(frozen=True)
class Term:
    """One line of the model.

    name     what happens
    engines  in trials of which engines
    count    function of a trial.Trial: how often it happens; raises trial.Unknown
    prices   event of the price list -> how many of it; or a function of the trial that says so
    why      why this count has this price, and what the price holds
    device   is it the file's device that is waited for? Its price is that of the host's own
    """

    name: str
    engines: tuple
    count: Callable
    prices: dict | Callable
    why: str
    device: bool = False

    def prices_of(self, trial):
        return self.prices(trial) if callable(self.prices) else self.prices


def _hits(near, trial):
    if trial.consume != "touch" or (trial.dataset_pages <= NEAR_PAGES) != near:
        return 0.0
    return counts.hits(trial)


def _far_hits(in_order, trial):
    return _hits(False, trial) if (trial.order in counts.IN_ORDER) == in_order else 0.0


def _sums(near, trial):
    if trial.consume != "sum" or (trial.dataset_pages <= NEAR_PAGES) != near:
        return 0.0
    return trial.touches


def read_price(size_bytes, at_random):
    """A pread of `size_bytes` in events of the list: between two sizes that it has, on the straight line."""
    if size_bytes <= PAGE:
        return {"read_warm_4k_random" if at_random else "read_warm_4k": 1.0}
    sizes = sorted(READ_SIZES)
    if size_bytes >= sizes[-1]:
        return {READ_SIZES[sizes[-1]]: size_bytes / sizes[-1]}
    above = next(i for i, size in enumerate(sizes) if size >= size_bytes)
    low, high = sizes[above - 1], sizes[above]
    share = (size_bytes - low) / (high - low)
    return {READ_SIZES[size]: part for size, part in ((low, 1 - share), (high, share)) if part}


def _call(trial):
    return read_price(trial.block_pages * PAGE, trial.order not in counts.IN_ORDER)


def _by_advice(advices, count, trial):
    return count(trial) if trial.advice in advices else 0.0


def _populated(trial):
    return trial.dataset_pages if trial.start == "warm" else 0.0


def _huge_pages(trial):
    """4 KiB shares of the huge pages that were zeroed: a fault makes 512 at once."""
    return min(trial.dataset_pages, counts.first_stores(trial) * 512)


TOUCHED = counts.READ_IN_PLACE
TERMS = (
    Term("hits near", MEMORY, partial(_hits, True), {"warm_near": 1},
         "the loop and a load that the first caches have"),
    Term("hits in order", MEMORY, partial(_far_hits, True), {"warm_touch": 1},
         "a load of the next page, while others are under way: no load waits for the one before"),
    Term("hits at random", MEMORY, partial(_far_hits, False), {"warm_touch_shuffled": 1},
         "a load that caches and TLB lack, while others are under way"),
    Term("sums near", MEMORY, partial(_sums, True), {"warm_sum_near": 1},
         "512 words of a page that the caches have; every touch sums, also the one that faults"),
    Term("sums far", MEMORY, partial(_sums, False), {"warm_sum_far": 1},
         "512 words of a page that comes from memory"),
    Term("mapped singly", TOUCHED, counts.single_faults, {"file_single_page_mappings": 1},
         "a fault that maps one page: trap, handler, one entry, the touch"),
    Term("mapped by windows", TOUCHED, partial(counts.mapped_from_cache, least=counts.SINGLE,
                                               most=counts.WINDOW), {"file_warm": 1},
         "fault-around: the price is a page's share of a fault that maps sixteen, its touch included"),
    Term("mapped by large folios", TOUCHED, partial(counts.mapped_from_cache, least=counts.WINDOW,
                                                    most=counts.LARGE), {"file_written_large": 1},
         "a page's share of a fault that maps a folio of 256"),
    Term("mapped by huge folios", TOUCHED, partial(counts.mapped_from_cache, least=counts.LARGE,
                                                   most=float("inf")), {"file_written_huge": 1},
         "a page's share of a fault that maps a folio of 512 by one entry"),
    Term("populated by mmap", ("mmap_populate",), _populated, {"file_map_populate": 1},
         "a page's share of MAP_POPULATE over a file in memory"),
    Term("populated by madvise", TOUCHED, partial(_by_advice, ("populate_read",), _populated),
         {"file_populate_read": 1}, "a page's share of MADV_POPULATE_READ over a file in memory"),
    Term("file misses", TOUCHED + FILE_WRITTEN, counts.file_misses, {"file_cold_shuffled": 1},
         "a fault that waits for its page: trap, page, charge, insertion, the device, the touch", True),
    Term("read ahead", TOUCHED + FILE_WRITTEN, partial(counts.pages_ahead, advice="normal"), {"file_cold_normal": 1},
         "a page that came along: its share of read-ahead's I/O, of waits for it, of the fault that maps it",
         True),
    Term("read ahead in order", TOUCHED + FILE_WRITTEN, partial(counts.pages_ahead, advice="sequential"),
         {"file_cold_sequential": 1}, "the same, with MADV_SEQUENTIAL", True),
    Term("read by populating", ("mmap_populate",), counts.device_pages, {"file_cold_normal": 1},
         "MAP_POPULATE reads ahead as touching in order does", True),
    Term("read by willneed", TOUCHED, partial(_by_advice, ("willneed",), counts.device_pages),
         {"file_willneed": 1}, "a page's share of MADV_WILLNEED, of its I/O and of the faults after it", True),
    Term("first stores, shared", ("mmap_update",), counts.first_stores, {"file_shared_write": 1},
         "a fault that makes a page of the cache writable: the file system is asked (page_mkwrite)"),
    Term("stores after write-back", ("mmap_update",), counts.stores_after_write_back,
         {"file_write_after_msync": 1}, "a fault on a page that is mapped and was made read-only"),
    Term("misses made writable", ("mmap_update",), counts.file_misses,
         {"file_shared_write": 1, "file_single_page_mappings": -1},
         "the same fault brings the page and makes it writable: page_mkwrite without a second trap"),
    Term("written back", ("mmap_update",), counts.written_back, {"call_msync_dirty": 1},
         "a page's share of msync(MS_SYNC)", True),
    Term("first stores, private", ("mmap_cow",), counts.first_stores, {"file_private_write": 1},
         "a fault that copies a page of the cache"),
    Term("misses copied", ("mmap_cow",), counts.file_misses,
         {"file_private_write": 1, "file_single_page_mappings": -1},
         "the same fault brings the page and copies it: page, charge and copy without a second trap"),
    Term("zero fills", ("anon",), counts.first_stores, {"anon_write": 1},
         "trap, page, charge, zeroing, entry, the store"),
    Term("zero fills, shared", ("anon_shared",), counts.first_stores, {"memfd_write": 1},
         "the same through the page cache of shmem"),
    Term("zero fills, huge", ("anon_huge",), _huge_pages, {"thp_write": 1},
         "a 4 KiB share of zeroing a huge page"),
    Term("zero fills, pool", ("hugetlb",), counts.minor, {"hugetlb_write": 1},
         "a huge page of 2 MiB from the pool"),
    Term("swap-ins, device", SWAPPING, partial(counts.from_swap_device, kinds=counts.FILE_SWAP),
         {"swap_in_file": 1}, "a fault that waits for its page from a swap file", True),
    Term("swap-ins, zram", SWAPPING, partial(counts.from_swap_device, kinds=("zram",)), {"swap_in_zram": 1},
         "a fault that unpacks its page"),
    Term("swap-ins, zswap", SWAPPING, counts.from_zswap, {"swap_in_zswap": 1},
         "the same from zswap, before the device"),
    Term("swap-ins, zeros", SWAPPING, counts.from_zeros, {"swap_in_zeros": 1},
         "a page that was remembered as zeros"),
    Term("swap cache hits", SWAPPING, counts.swap_cache_hits, {"swap_in_cached": 1},
         "a minor fault on a page that the swap cache still, or already, has"),
    Term("swap-outs, device", SWAPPING, partial(counts.swapped_out, kinds=counts.FILE_SWAP),
         {"swap_out_file": 1}, "reclaim in the fault: unmapping and handing over, not the device's answer"),
    Term("swap-outs, zram", SWAPPING, partial(counts.swapped_out, kinds=("zram",)), {"swap_out_zram": 1},
         "reclaim in the fault, compression included"),
    Term("swap-outs, zswap", SWAPPING, counts.into_zswap, {"swap_out_zswap": 1}, "the same into zswap"),
    Term("swap-outs, zeros", SWAPPING, counts.into_zeros, {"swap_out_zeros": 1},
         "the same of pages that are found to be zeros"),
    Term("evictions", MAPPED + CALLS, counts.own_evictions, {"call_pageout": 1},
         "clean pages of the file that the trial's own reclaim unmapped and freed"),
    Term("TLB shootdowns", ENGINES, counts.shootdowns,
         {"call_dontneed_page_shared": 1, "call_dontneed_page": -1},
         "an interrupt of another CPU, waited for: memory that was in use there loses entries to reclaim"),
    Term("calls", CALLS, lambda trial: trial.reading("accesses"), _call,
         "pread of a block that is in memory: entry, look-up, copy"),
    Term("calls that wait", CALLS, counts.calls_that_wait, {"read_cold_4k": 1, "read_warm_4k": -1},
         "what a call costs more when its page is not there: page, charge, insertion, the device", True),
    Term("fetched with them", CALLS, partial(_by_advice, ("normal", "random"), counts.pages_with_them),
         {"read_cold_4k_ahead": 1, "read_warm_4k": -1},
         "a page that read-ahead, or a block's own read, brings: what it costs a call more than one in memory", True),
    Term("fetched in order", CALLS, partial(_by_advice, ("sequential",), counts.pages_with_them),
         {"read_cold_4k_sequential": 1, "read_warm_4k": -1}, "the same, with POSIX_FADV_SEQUENTIAL", True),
    Term("sums of the buffer", CALLS, lambda trial: trial.touches if trial.consume == "sum" else 0.0,
         {"warm_sum_near": 1}, "512 words of a page that the call has just written"),
)
