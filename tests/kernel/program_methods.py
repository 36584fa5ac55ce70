"""Ways to reach blocks: what each asks of the kernel and of the device follows from what it is, to the block. Never how
long anything took."""

from program import EXIT_SOME_FAILED, EXIT_USAGE, MIB, PAGE, SANITIZED, ProgramTest, config, reading, taken

ENGINE, WORK, ARRIVALS = "workload.engine", "workload.work", "workload.arrivals_per_second"
SIZE = 4 * MIB
PAGES = SIZE // PAGE
PASSES = 3
GROUP = 16  # blocks that a worker looks ahead


class MethodTest(ProgramTest):
    def one(self, engine, changes: dict | None = None, **top) -> dict:
        """The record of one good trial of a cold file of PAGES blocks, in order."""
        run = self.measure(config({ENGINE: engine, "workload.order": "sequential", "workload.advice": "normal",
                                   "sample_every": "off", **(changes or {})}, **top))
        [record] = run.records
        self.assertEqual(record["outcome"], "ok", record["reason"])
        return record

    def assert_lookups(self, record: dict, hits: int, misses: int, lost: int = 0):
        """Exactly so many, but for pages that a reclaimer took."""
        self.assertEqual(reading(record, "lookup_hits@engine") + reading(record, "lookup_misses@engine"), hits + misses)
        self.assertLessEqual(abs(reading(record, "lookup_misses@engine") - misses), lost)


class DirectTest(MethodTest):
    def test_past_the_page_cache_each_access_is_a_read_of_the_device(self):
        for engine in ("pread_direct", "io_uring_direct", "libaio_direct"):
            with self.subTest(engine=engine):
                self.setUp()
                record = self.one(engine, {WORK: {"passes": PASSES}})
                self.assertEqual(reading(record, "accesses@worker"), PASSES * PAGES)
                self.assertEqual(reading(record, "device_read_bytes@io"), PASSES * SIZE)

    def test_a_queue_takes_one_call_for_several_reads(self):
        deep = self.one({"kind": "io_uring", "depth": 32}, {"start": "warm"})
        self.setUp()
        lone = self.one({"kind": "io_uring", "depth": 1}, {"start": "warm"})
        self.assertEqual(reading(lone, "syscalls@engine"), PAGES)
        self.assertLess(reading(deep, "syscalls@engine"), PAGES / 4)

    def test_every_way_to_use_a_ring_reads_the_same(self):
        for registered in ("nothing", "file", "buffers", "both"):
            for submitted in ("by_call", "by_polling"):
                with self.subTest(registered=registered, submitted=submitted):
                    self.setUp()
                    ring = {"kind": "io_uring_direct", "registered": registered, "submitted": submitted, "depth": 8}
                    record = self.one(ring, {"workload.consume": "sum"})
                    self.assertEqual(reading(record, "device_read_bytes@io"), SIZE)

    def test_all_accesses_of_a_queue_are_of_its_class(self):
        run = self.measure(config({ENGINE: "io_uring", "sample_every": "off"},
                                  factors={"workload.latency": ["off", "full"]}))
        record = run.by("workload.latency")["full"]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        self.assertEqual({name: each["count"] for name, each in record["latency"]["classes"].items()}, {"queued": PAGES})

    def test_a_warm_start_means_nothing_to_who_reads_past_the_page_cache(self):
        for engine in ("pread_direct", "buffer_pool", "userfaultfd"):
            done = self.faultlab(*self.run_words(self.write_config(config({ENGINE: engine, "workload.advice": "normal"},
                                                                        start="warm"))))
            self.assertEqual(done.returncode, EXIT_USAGE)
            self.assertIn("warm-is-kept", done.stderr)


class LookupTest(MethodTest):
    def test_who_asks_without_waiting_misses_what_is_not_there(self):
        record = self.one("preadv2_nowait", {"workload.advice": "random", WORK: {"passes": PASSES}})
        hits, misses = (reading(record, f"lookup_{what}@engine") for what in ("hits", "misses"))
        self.assertEqual(hits + misses, PASSES * PAGES)
        self.assertGreaterEqual(hits, (PASSES - 1) * PAGES - taken(record))
        # The kernel starts the read of what it lacks; where the host holds the processor meanwhile, it has it before
        # it has said so, and nothing is missed.
        self.assertGreater(misses, PAGES // 64)
        self.assertEqual(reading(record, "syscalls@engine"), PASSES * PAGES + misses)

    def test_a_pool_that_holds_the_file_reads_it_once(self):
        for engine in ("buffer_pool", "userfaultfd"):
            with self.subTest(engine=engine):
                self.setUp()
                record = self.one({"kind": engine, "memory": "100% of dataset"}, {WORK: {"passes": PASSES}})
                self.assert_lookups(record, (PASSES - 1) * PAGES, PAGES)
                self.assertEqual(reading(record, "device_read_bytes@io"), SIZE)

    def test_in_order_a_pool_of_half_the_file_misses_always(self):
        for engine in ("buffer_pool", "userfaultfd"):
            with self.subTest(engine=engine):
                self.setUp()
                record = self.one({"kind": engine, "memory": "50% of dataset"}, {WORK: {"passes": PASSES}})
                self.assert_lookups(record, 0, PASSES * PAGES)
                self.assertEqual(reading(record, "device_read_bytes@io"), PASSES * SIZE)

    def test_threads_share_a_pool(self):
        record = self.one({"kind": "buffer_pool", "memory": "50% of dataset"},
                          {"workload.threads": 2, "workload.order": "uniform", WORK: {"accesses": 4 * PAGES}})
        misses = reading(record, "lookup_misses@engine")
        self.assert_lookups(record, 4 * PAGES - misses, misses)
        # Who waits for another's read has missed, and reads nothing.
        self.assertLessEqual(reading(record, "device_read_bytes@io"), misses * PAGE)
        self.assertGreater(misses, PAGES)
        self.assertLess(misses, 3 * PAGES)

    def test_a_steady_pool_is_full(self):
        for engine in ("buffer_pool", "userfaultfd"):
            with self.subTest(engine=engine):
                self.setUp()
                record = self.one({"kind": engine, "memory": "50% of dataset"},
                                  {"dataset.size": "16 MiB", "workload.order": "uniform", WORK: {"accesses": 4000}},
                                  start="steady")
                # Binomial: 2000 give or take 32; of a pool that fills as it goes it would be many more.
                self.assertAlmostEqual(reading(record, "lookup_misses@engine"), 2000, delta=250)

    def test_too_small_a_pool_is_refused_with_the_least(self):
        run = self.measure(config({ENGINE: {"kind": "buffer_pool", "memory": "8 KiB"}, "workload.advice": "normal"}),
                           expect=EXIT_SOME_FAILED)
        self.assertIn("too small", run.records[0]["reason"])


class AheadTest(MethodTest):
    def test_neighbours_share_a_call(self):
        for engine in ("mmap_prefault", "mmap_willneed"):
            with self.subTest(engine=engine):
                self.setUp()
                record = self.one({"kind": engine, "ahead": GROUP})
                self.assertEqual(reading(record, "syscalls@engine"), PAGES // GROUP)

    def test_what_was_populated_does_not_fault(self):
        run = self.measure(config({ENGINE: "mmap_prefault", "workload.order": "sequential", "workload.advice": "normal",
                                   "sample_every": "off"}, factors={"workload.latency": ["off", "full"]}))
        record = run.by("workload.latency")["full"]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        if SANITIZED:
            self.skipTest("the sanitizer's own faults come into the accesses")
        if "no_classes" in record["latency"]:
            self.skipTest(record["latency"]["no_classes"]["missing"])
        hits = record["latency"]["classes"]["hit"]["count"]
        self.assertGreaterEqual(hits, PAGES - record["latency"]["classes"].get("unclassified", {"count": 0})["count"])


class WriteTest(MethodTest):
    def test_what_is_written_reaches_the_device_as_often_as_it_is_made_durable(self):
        for engine in ("pwrite", "pwrite_direct"):
            with self.subTest(engine=engine):
                self.setUp()
                record = self.one({"kind": engine, "sync": "sync", "sync_every": PAGES}, {WORK: {"passes": PASSES}})
                self.assertEqual(reading(record, "stores@worker"), PASSES * PAGES)
                self.assertEqual(reading(record, "syncs@worker"), PASSES)
                self.assertGreaterEqual(reading(record, "device_written_bytes@disk"), PASSES * SIZE)

    def test_an_access_that_does_not_store_reads(self):
        record = self.one("pwrite_direct", {"workload.writes": 50, "workload.consume": "sum"})
        reads = PAGES - reading(record, "stores@worker")
        self.assertEqual(reading(record, "device_read_bytes@io"), reads * PAGE)

    def test_a_mapping_that_stores_whole_blocks_keeps_the_content(self):
        record = self.one({"kind": "mmap_update", "stored": "block"}, {"workload.consume": "sum"})
        self.assertEqual(reading(record, "stores@worker"), PAGES)


class OpenLoopTest(MethodTest):
    def test_accesses_come_when_they_are_due(self):
        for engine in ("pread", "io_uring"):
            with self.subTest(engine=engine):
                self.setUp()
                run = self.measure(config({ENGINE: engine, "start": "warm", ARRIVALS: 1000, WORK: {"accesses": 200},
                                           "workload.order": "uniform", "sample_every": "off"},
                                          factors={"workload.latency": ["off", "full"]}))
                record = run.by("workload.latency")["full"]
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertEqual(reading(record, "accesses@worker"), 200)
                self.assertLessEqual(reading(record, "late_starts@worker"), 200)
                self.assertEqual(sum(each["count"] for each in record["latency"]["classes"].values()), 200)
                # Two hundred gaps of a millisecond on average.
                self.assertGreater(reading(record, "wall_ns@clock"), 1e8)


if __name__ == "__main__":
    import unittest
    unittest.main()
