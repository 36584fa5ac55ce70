"""Accesses that store among accesses that load: what faults, what is copied, what is written back follows from
which accesses stored, to the page. Never how long anything took."""

import mmap
import os
import resource
import unittest
from pathlib import Path

from program import EXIT_HOST_CANNOT, MIB, PAGE, SANITIZED, ProgramTest, config, reading, taken

ENGINE, WRITES, LATENCY = "workload.engine", "workload.writes", "workload.latency"
SIZE = 16 * MIB
PAGES = SIZE // PAGE
HUGE = 2 * MIB
FEW = 16  # faults of the harness itself in a window, or in the probes' reading around it
QUIET_MOMENTS = 5
WORD = (1 << 64) - 1


def mix64(x: int) -> int:
    x = (x + 0x9E3779B97F4A7C15) & WORD
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & WORD
    return x ^ (x >> 31)


def stored(seed: int, percent: int, accesses: int) -> list[bool]:
    """Which accesses of worker 0 store: the program's rule, written down a second time (base/random.hpp,
    engine/writing.hpp)."""
    state = mix64(seed)
    for letter in b"writes":
        state = mix64(state ^ letter)
    state = mix64(state)
    return [mix64((state + index) & WORD) < WORD // 100 * percent for index in range(accesses)]


def loads_share_zero_page() -> bool:
    """Tried out, as the program does: a store after a load faults where the load's page was shared."""
    pages = 64
    with mmap.mmap(-1, pages * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_NOHUGEPAGE)
        for page in range(pages):
            memory[page * PAGE]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for page in range(pages):
            memory[page * PAGE] = 1
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before >= pages


def mixed(engine, changes: dict | None = None, **top) -> dict:
    return config({"dataset.size": "16 MiB", ENGINE: engine, "workload.advice": "normal", "workload.order": "sequential",
                   "sample_every": "off", **(changes or {})}, **{"factors": {LATENCY: ["off", "full"]}, **top})


def classes(record: dict) -> dict[str, int]:
    return {name: each["count"] for name, each in record["latency"]["classes"].items()}


class StoresTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        if SANITIZED:
            raise unittest.SkipTest("a sanitizer's shadow memory faults too: counts are not exact")
        super().setUpClass()

    def full(self, content: dict) -> dict:
        """The record of the timed trial; its untimed twin stored the same."""
        run = self.measure(content)
        records = run.by(LATENCY)
        for record in records.values():
            self.assertEqual(record["outcome"], "ok", record["reason"])
        record = records["full"]
        self.assertEqual(reading(records["off"], "stores@worker"), reading(record, "stores@worker"))
        if "no_classes" in record["latency"]:
            self.skipTest(record["latency"]["no_classes"]["missing"])
        return record

    def assert_class(self, record: dict, name: str, count: int, lost: int = 0):
        """Exactly so many, but for accesses that could not be told, and pages that a reclaimer took."""
        found = classes(record)
        doubt = found.get("unclassified", 0) + found.get("blocked_minor", 0) + lost
        self.assertLessEqual(abs(found.get(name, 0) - count), doubt, found)


class CopiesTest(StoresTest):
    def test_a_private_page_is_copied_when_it_is_stored_into_and_else_not(self):
        for percent in (0, 25, 100):
            with self.subTest(writes=percent):
                self.setUp()
                record = self.full(mixed("mmap_cow", {"start": "warm", WRITES: percent}))
                stores = reading(record, "stores@worker")
                self.assertEqual(stores, sum(stored(record["seed"], percent, PAGES)))
                self.assert_class(record, "cow", stores, taken(record, PAGES))

    def test_a_page_that_was_loaded_from_and_then_stored_into_had_two_faults(self):
        record = self.full(mixed("mmap_cow", {"start": "warm", WRITES: 50, "workload.work": {"passes": 2}}))
        draws = stored(record["seed"], 50, 2 * PAGES)
        copied = sum(first or second for first, second in zip(draws[:PAGES], draws[PAGES:], strict=True))
        self.assertEqual(reading(record, "stores@worker"), sum(draws))
        self.assert_class(record, "cow", copied, taken(record, PAGES))
        found = classes(record)
        self.assertGreater(found["minor"] + found.get("hugepage", 0), 0)
        faults = sum(found.get(name, 0) for name in ("cow", "minor", "hugepage", "blocked_minor", "unclassified"))
        self.assertLessEqual(abs(reading(record, "minor_faults@rusage") - faults), FEW)


class AnonymousTest(StoresTest):
    def test_untouched_memory_gives_the_page_of_zeros_to_loads_and_a_page_to_stores(self):
        record = self.full(mixed("anon", {"dataset.content": "zero", WRITES: 25, "workload.work": {"passes": 2}}))
        draws = stored(record["seed"], 25, 2 * PAGES)
        pairs = list(zip(draws[:PAGES], draws[PAGES:], strict=True))
        if not loads_share_zero_page():
            self.assert_class(record, "zero_fill", PAGES)
            self.assertNotIn("zero_page", classes(record))
            return
        self.assert_class(record, "zero_page", sum(not first for first, _ in pairs))
        self.assert_class(record, "zero_fill", sum(first or second for first, second in pairs))

    def test_shared_memory_gives_a_page_to_either(self):
        record = self.full(mixed("anon_shared", {"dataset.content": "zero", WRITES: 25}))
        self.assert_class(record, "zero_fill", PAGES)
        self.assertNotIn("zero_page", classes(record))

    def test_filled_memory_is_stored_into_without_a_fault(self):
        record = self.full(mixed("anon", {"start": "warm", WRITES: 50}))
        self.assertEqual(reading(record, "stores@worker"), sum(stored(record["seed"], 50, PAGES)))
        self.assert_class(record, "hit", PAGES)


class WritingBackTest(StoresTest):
    def test_a_shared_page_is_made_writable_when_it_is_stored_into_and_else_not(self):
        record = self.full(mixed("mmap_update", {"start": "warm", WRITES: 25}))
        stores = reading(record, "stores@worker")
        self.assertEqual(stores, sum(stored(record["seed"], 25, PAGES)))
        self.assert_class(record, "write_protect", stores, taken(record, PAGES))
        self.assertEqual(reading(record, "syncs@worker"), 0)
        self.assertEqual(reading(record, "sync_ns@worker"), 0)

    def syncing(self, kind: str, expected: int) -> dict:
        """The record of three passes with an msync(2) after each. The kernel's flusher may write pages back too,
        when others have made many dirty: then there are more faults, and the passes are made again."""
        for _ in range(QUIET_MOMENTS):
            self.setUp()
            engine = {"kind": "mmap_update", "sync": kind, "sync_every": PAGES}
            record = self.full(mixed(engine, {"start": "warm", "workload.work": {"passes": 3}}))
            self.assertGreaterEqual(classes(record)["write_protect"], expected - taken(record, PAGES))
            if classes(record)["write_protect"] == expected:
                break
        self.assert_class(record, "write_protect", expected, taken(record, PAGES))
        self.assertEqual(reading(record, "stores@worker"), 3 * PAGES)
        return record

    def test_without_msync_a_page_is_made_writable_once(self):
        record = self.syncing("none", PAGES)
        self.assertEqual(reading(record, "syncs@worker"), 0)

    def test_an_asynchronous_msync_does_nothing(self):
        record = self.syncing("async", PAGES)
        self.assertEqual(reading(record, "syncs@worker"), 3)

    def test_what_was_written_back_is_write_protected_again(self):
        # After each msync but the last, every page is stored into once more.
        record = self.syncing("sync", 3 * PAGES)
        self.assertEqual(reading(record, "syncs@worker"), 3)
        self.assertGreaterEqual(reading(record, "device_written_bytes@disk"), 3 * SIZE)
        # The calls are in no access's time, nor in the harness's between them.
        latency = record["latency"]
        if not all("total_ns" in each for each in latency["classes"].values()):
            self.skipTest("times are missing: emulated")
        total = sum(each["total_ns"] for each in latency["classes"].values()) + latency["harness_ns"]
        self.assertGreater(reading(record, "sync_ns@worker"), 0)
        self.assertLessEqual(total + reading(record, "sync_ns@worker"), 1.05 * reading(record, "wall_ns@clock"))

    def test_one_worker_writes_back_what_all_have_stored(self):
        engine = {"kind": "mmap_update", "sync": "sync", "sync_every": PAGES // 8}
        run = self.measure(mixed(engine, {"workload.threads": 2, "start": "warm"}, factors=None))
        record = run.records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        self.assertEqual(reading(record, "syncs@worker"), 4)  # worker 0 made half of the accesses


@unittest.skipUnless(Path("/sys/kernel/mm/hugepages/hugepages-2048kB").exists(), "this kernel has no huge pages of 2 MiB")
class PoolTest(StoresTest):
    POOL = Path("/proc/sys/vm/nr_hugepages")
    FOLDER = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")

    def taken_pages(self) -> int:
        total, free, reserved = (int((self.FOLDER / f"{name}_hugepages").read_text()) for name in ("nr", "free", "resv"))
        return total - free + reserved

    @unittest.skipUnless(os.geteuid() == 0, "the pool is root's to fill")
    def test_a_huge_page_of_the_pool_is_one_fault_and_the_pool_is_as_it_was(self):
        before = self.POOL.read_text()
        wanted = max(int(before), self.taken_pages() + SIZE // HUGE)
        record = self.full(mixed("hugetlb", {"knobs": {"huge_page_pool": wanted}}))
        self.assertEqual(self.POOL.read_text(), before)
        self.assert_class(record, "hugepage", SIZE // HUGE)
        self.assertLessEqual(abs(reading(record, "minor_faults@rusage") - SIZE // HUGE), FEW)
        if "memory_peak_bytes" in record["readings"] and record["cgroup"]["version"] == 1:
            self.assertLess(reading(record, "memory_peak_bytes@memcg"), SIZE)

    def test_a_pool_that_is_too_small_is_refused_before_anything_starts(self):
        before = self.POOL.read_text()
        pages = self.taken_pages() + int(before) + 1
        path = self.write_config(mixed("hugetlb", {"dataset.size": f"{2 * pages} MiB"}, factors=None))
        done = self.faultlab(*self.run_words(path), expect=EXIT_HOST_CANNOT)
        self.assertIn(f"takes {pages} huge pages of 2048 KiB", done.stderr)
        self.assertIn("set the knob huge_page_pool to", done.stderr)
        self.assertEqual(self.POOL.read_text(), before)
        self.assertEqual(self.runs(), [])


if __name__ == "__main__":
    unittest.main()
