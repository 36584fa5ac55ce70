"""What follows from a trial's counts: pages that faults mapped, first touches, misses, evictions.

Every function takes a trial.Trial and returns a number of events or pages; it raises trial.Unknown
where that cannot be told.
"""

import math

from model.trial import KERNEL_RECLAIM, OWN_RECLAIM, PAGE, Unknown

ONCE_A_PASS = ("sequential", "reverse", "permutation", "stride")
IN_ORDER = ("sequential",)
FILE_SWAP = ("file", "loop")
READ_IN_PLACE = ("mmap_shared", "mmap_private")
# A fault maps so many pages: the borders lie half way (of logarithms) between the sizes that are priced:
# 1, the fault-around window of 16, folios of 256 and of 512.
SINGLE, WINDOW, LARGE = 4, 64, 362


def minor(trial):
    return trial.reading("minor_faults")


def major(trial):
    return trial.reading("major_faults")


def hits(trial):
    """Touches that are in no fault's price."""
    return max(0.0, trial.touches - _touched_elsewhere(trial))


def _touched_elsewhere(trial):
    """Touches that other prices hold: a fault's of its page, of all pages that it maps, or that came ahead.
    Populating touches nothing."""
    if trial.engine == "mmap_populate" or trial.advice == "populate_read":
        return 0.0
    held = major(trial) + max(minor(trial), mapped_from_cache(trial, 0, math.inf))
    if not trial.engine.startswith("mmap_"):
        return held
    if trial.advice == "willneed":
        return held + device_pages(trial)
    return held + pages_ahead(trial, "normal") + pages_ahead(trial, "sequential")


def distinct(trial):
    """Pages of the dataset that were reached at least once; of independent draws, the expectation."""
    blocks = trial.dataset_pages / trial.block_pages
    accesses = trial.reading("accesses")
    if trial.order in ONCE_A_PASS:
        return min(accesses, blocks) * trial.block_pages
    if trial.order == "uniform":
        return blocks * -math.expm1(accesses * math.log1p(-1 / blocks)) * trial.block_pages
    raise Unknown(f"how many different pages an order {trial.order} reaches is not recorded")


def pages_a_fault(trial):
    """How many pages a minor fault mapped, from the number of faults and of pages reached.

    In an order that visits each block once, faults share the pages reached. Of independent draws, a
    region of w pages takes a fault with its first draw: (pages / w) (1 - exp(-w draws / pages)) faults
    in all, solved for w.
    """
    faults, pages = minor(trial), trial.dataset_pages
    if faults == 0:
        return 0.0
    if trial.order in ONCE_A_PASS:
        return max(1.0, distinct(trial) / faults)
    if trial.order != "uniform":
        return max(1.0, pages / faults)
    draws = trial.touches / pages
    low, high = 1.0, float(pages)
    for _ in range(60):
        middle = math.sqrt(low * high)
        if pages / middle * -math.expm1(-middle * draws) > faults:
            low = middle
        else:
            high = middle
    return low


def mapped_from_cache(trial, least, most):
    """Pages mapped by faults of at least `least` and less than `most` pages each; whole trials fall into one
    class. Only a warm start has pages that are in memory and not mapped: those of a cold start come from
    the device, and a steady start has mapped what it holds."""
    if trial.start != "warm" or trial.advice == "populate_read" or trial.engine not in READ_IN_PLACE:
        return 0.0
    each = pages_a_fault(trial)
    return min(trial.dataset_pages, each * minor(trial)) if least <= each < most else 0.0


def single_faults(trial):
    """Faults that mapped about one page each."""
    return minor(trial) if mapped_from_cache(trial, 0, SINGLE) else 0.0


def device_pages(trial):
    """Pages of the file that the trial fetched."""
    if trial.known("added_pages"):
        return trial.reading("added_pages")
    return trial.reading("device_read_bytes@io", "device_read_bytes") / PAGE


def pages_ahead(trial, advice):
    """Pages that came with a page that was waited for, where `advice` is the trial's."""
    return max(0.0, device_pages(trial) - file_misses(trial)) if trial.advice == advice else 0.0


def file_misses(trial):
    """Major faults on the file: of private copies, less those that swap answered."""
    if trial.advice in ("willneed", "populate_read"):
        return 0.0  # their price holds the waits of the touches that follow
    if trial.engine == "mmap_cow":
        return max(0.0, major(trial) - swap_ins(trial))
    return major(trial)


def calls_that_wait(trial):
    """pread: calls that found nothing of their block in memory and read it by themselves."""
    return 0.0 if _reads_ahead(trial) else device_pages(trial) / trial.block_pages


def pages_with_them(trial):
    """pread: the other pages of such calls' blocks; in order, all that read-ahead fetched."""
    return device_pages(trial) - calls_that_wait(trial)


def _reads_ahead(trial):
    """A descriptor reads ahead of reads in order; one at random is read as it is (mm/readahead.c,
    page_cache_sync_ra)."""
    return trial.order in IN_ORDER and trial.advice != "random"


def own_evictions(trial):
    """Pages that left in the trial's own time: what kernel threads took cost others' time."""
    if not trial.pressures:
        return 0.0
    if trial.known("own_evicted_pages") or not trial.pressures <= KERNEL_RECLAIM:
        return trial.reading("own_evicted_pages")
    evicted = trial.reading("evicted_pages")
    if evicted == 0 or (trial.pressures <= OWN_RECLAIM and not trial.known("background_evicted_pages")):
        return evicted
    return max(0.0, evicted - trial.reading("background_evicted_pages"))


def shootdowns(trial):
    """Interrupts that had another CPU forget translations, of the whole host; 0 where they were not counted."""
    return trial.reading("tlb_shootdowns") if trial.known("tlb_shootdowns") else 0.0


def first_stores(trial):
    """Faults by first stores: into untouched memory, or into a file that is in memory."""
    if trial.start == "steady" or (trial.start == "warm" and trial.engine.startswith("anon")):
        return 0.0
    nothing_left = trial.swap == "none" or trial.known("swapped_out_pages") and not trial.reading("swapped_out_pages")
    if nothing_left and not syncs(trial):
        return minor(trial)
    return min(minor(trial), distinct(trial))


def stores_after_write_back(trial):
    """Faults by stores into pages that msync(2), or the flusher of a steady start, made read-only."""
    if trial.start == "steady":
        return minor(trial)
    return minor(trial) - first_stores(trial) if syncs(trial) else 0.0


def swap_cache_hits(trial):
    """Minor faults that are no first store: the swap cache had the page."""
    return 0.0 if trial.swap == "none" else minor(trial) - first_stores(trial)


def from_zswap(trial):
    return _of_zswap(trial, "zswapped_in_pages")


def from_zeros(trial):
    return _of_zeros(trial, "zero_swapped_in_pages")


def from_swap_device(trial, kinds):
    """Swap-ins that asked the area itself, where it is of one of `kinds`."""
    if trial.swap not in kinds:
        return 0.0
    if trial.engine == "mmap_cow":
        ahead = trial.reading("swap_read_ahead_pages") if trial.swap in FILE_SWAP else 0.0
        return max(0.0, trial.reading("swapped_in_pages") - ahead)
    return max(0.0, major(trial) - from_zswap(trial) - from_zeros(trial))


def swap_ins(trial):
    """All major faults that swap answered."""
    return from_swap_device(trial, (*FILE_SWAP, "zram")) + from_zswap(trial) + from_zeros(trial)


def swapped_out(trial, kinds):
    """Pages written to an area of one of `kinds`."""
    return trial.reading("swapped_out_pages") if trial.swap in kinds else 0.0


def into_zswap(trial):
    return _of_zswap(trial, "zswapped_out_pages")


def into_zeros(trial):
    return _of_zeros(trial, "zero_swapped_out_pages")


def written_back(trial):
    """Pages that the trial's own msync(2) calls wrote."""
    if not syncs(trial):
        return 0.0
    return trial.reading("device_written_bytes@io", "device_written_bytes") / PAGE


def syncs(trial):
    """Calls of msync(2); of an engine that makes none there may be no reading."""
    return trial.reading("syncs") if trial.known("syncs") else 0.0


def _of_zswap(trial, metric):
    """A kernel that has no such counter, and was not told to use zswap, has none in use."""
    if trial.swap not in FILE_SWAP or trial.knob("zswap") == "N":
        return 0.0
    return trial.reading(metric) if trial.known(metric) or trial.knob("zswap") else 0.0


def _of_zeros(trial, metric):
    """Random words are never zeros; a kernel without the counter treats zeros as any other page."""
    wanted = trial.swap != "none" and trial.content == "zero" and trial.known(metric)
    return trial.reading(metric) if wanted else 0.0
