"""Memory limits: set, read back, kept, and felt; and the starting states that they allow."""

import unittest

from program import (EXIT_HOST_CANNOT, EXIT_USAGE, MIB, PAGE, SLOW, CgroupTest, config, evicted, has_ledger, looked,
                     mib, reading, taken)

ENGINE = "workload.engine"
ENGINES = ["pread", "read", "mmap_shared", "mmap_private"]
SIZE = 64 * MIB // SLOW
PAGES = SIZE // PAGE
LIMIT = "pressure.memcg_limit"
# usage moves in per-CPU batches of 64 pages (mm/memcontrol.c).
BATCH = 64 * PAGE


# What a trial is charged for beside the dataset: its own memory, page tables, the kernel's.
OVERHEAD = 3 * MIB
# More than the dataset and all else that a trial is charged for.
ROOMY = SIZE + 32 * MIB


def limited(limit: str, changes: dict | None = None, **top) -> dict:
    return config({"dataset.size": mib(SIZE // MIB), LIMIT: {"limit": limit}, **(changes or {})}, **top)


class PressureTest(CgroupTest):
    counts_exactly = True

    def assert_limited_to(self, record: dict, limit: int):
        self.assertEqual(record["pressure"]["memcg_limit"]["limit_bytes"], limit)
        self.assertLessEqual(reading(record, "memory_peak_bytes@memcg"), limit)
        self.assertLessEqual(reading(record, "memory_charged_bytes@memcg"), limit)


class HalfTest(PressureTest):
    def test_two_passes_over_twice_what_fits_evict_as_much(self):
        run = self.measure(limited("50% of dataset", {"workload.work": {"passes": 2}}, factors={ENGINE: ENGINES}))
        for engine, record in run.by(ENGINE).items():
            with self.subTest(engine=engine):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assert_limited_to(record, SIZE // 2)
                resident = looked(record, "after")
                self.assertLessEqual(resident * PAGE, SIZE // 2)
                # Each pass brings in at least what does not fit.
                self.assertGreaterEqual(reading(record, "evicted_pages@io"), PAGES // 2)
                self.assertGreaterEqual(reading(record, "device_read_bytes@io"), SIZE + SIZE // 2)
                self.assertEqual(reading(record, "accesses@worker"), 2 * PAGES)
                if engine.startswith("mmap"):
                    self.assertGreaterEqual(reading(record, "major_faults@rusage"), PAGES + PAGES // 2)

    def test_what_is_not_limited_is_not_evicted(self):
        run = self.measure(limited("none", {"workload.work": {"passes": 2}}))
        record = run.records[0]
        self.assertIn("no limit", record["pressure"]["memcg_limit"]["limit_bytes"]["missing"])
        self.assertEqual(evicted(record), taken(record))
        self.assert_fetched_what_came(record)
        self.assertGreaterEqual(reading(record, "device_read_bytes@io"), SIZE)
        self.assertLessEqual(reading(record, "device_read_bytes@io"), SIZE + taken(record) * PAGE)

    def test_memory_that_was_swept_in_order_is_missed_again(self):
        """A file twice the size of the limit, read in order twice: every page has gone before its turn comes."""
        run = self.measure(limited("50% of dataset", {
            "workload.order": "sequential", "workload.work": {"passes": 2}, ENGINE: "mmap_shared"}))
        record = run.records[0]
        self.assertGreaterEqual(reading(record, "major_faults@rusage"), int(1.9 * PAGES))
        self.assertGreaterEqual(reading(record, "device_read_bytes@io"), int(1.9 * SIZE))


class ReclaimTest(PressureTest):
    """Memory taken from outside, without a limit: the pages go, and the counters say by whom."""

    def reclaimed(self, amount: str) -> dict:
        run = self.measure(config({ENGINE: "mmap_shared", "dataset.size": mib(SIZE // MIB), "workload.order": "uniform",
                                   "workload.work": {"seconds": 0.5 * SLOW}, "start": "warm", "sample_every": "off",
                                   "pressure": {"memcg_reclaim": {"amount": amount, "every_seconds": 0.05}}}),
                           expect=None)
        return run.records[0]

    def test_what_is_taken_is_missed(self):
        record = self.reclaimed("none")
        self.assertEqual(record["outcome"], "ok", record["reason"])
        self.assertGreater(reading(record, "forced_reclaims@memcg_reclaim"), 0)
        taken_bytes = reading(record, "forced_reclaimed_bytes@memcg_reclaim")
        self.assertGreater(taken_bytes, SIZE // 4)
        # By the observer, which is neither the trial's process nor a kernel thread.
        foreign = reading(record, "foreign_evicted_pages@page_cache") if has_ledger(record) else evicted(record)
        self.assertGreater(foreign * PAGE, taken_bytes // 2)
        self.assertGreater(reading(record, "major_faults@rusage"), PAGES // 4, "and brought back")

    def test_cgroup_v1_takes_no_amount(self):
        record = self.reclaimed("4 MiB")
        if record["cgroup"]["version"] == 1:
            self.assertEqual(record["outcome"], "failed")
            self.assertIn("amount", record["reason"])
            self.assertIn("none", record["reason"])
        else:
            self.assertEqual(record["outcome"], "ok", record["reason"])
            self.assertGreater(reading(record, "forced_reclaims@memcg_reclaim"), 0)

    def test_a_soft_limit_wants_cgroup_v2(self):
        path = self.write_config(config({ENGINE: "mmap_shared", "pressure": {"memcg_high": {"high": "32 MiB"}}}))
        done = self.faultlab(*self.run_words(path))
        if done.returncode == EXIT_HOST_CANNOT:
            self.assertIn("cgroup v1", done.stderr)
            return
        self.assertEqual(self.only_run().records[0]["pressure"]["memcg_high"]["high_bytes"], 32 * MIB)


class AntagonistTest(PressureTest):
    """A neighbour under the same limit takes room from a resident file; one beside the cgroup takes none."""

    def test_only_a_neighbour_inside_is_felt(self):
        file, limit = 24 * MIB // SLOW, 64 * MIB // SLOW
        neighbour = limit - OVERHEAD - file // 2
        run = self.measure(config(
            {ENGINE: "mmap_shared", "dataset.size": mib(file // MIB), "workload.order": "uniform", "start": "warm",
             "workload.work": {"seconds": 1.0 * SLOW}, "sample_every": "off", LIMIT: {"limit": mib(limit // MIB)},
             "pressure.antagonist": {"size": mib(neighbour // MIB), "pages_per_second": 200000}},
            factors={"pressure.antagonist.place": ["inside", "beside"]}))
        inside, beside = (run.by("pressure.antagonist.place")[place] for place in ("inside", "beside"))
        for record in (inside, beside):
            self.assertEqual(record["outcome"], "ok", record["reason"])
            self.assertEqual(record["pressure"]["antagonist"]["size_bytes"], neighbour)
            self.assertGreater(reading(record, "antagonist_accesses@antagonist"), neighbour // PAGE)
        # The neighbour's memory cannot go: it leaves the file half of its size, or a little more.
        self.assertGreater(evicted(inside), file // 3 // PAGE)
        self.assertGreater(reading(inside, "major_faults@rusage"), file // 3 // PAGE)
        self.assertEqual(evicted(beside), taken(beside, file // PAGE))


class StartTest(PressureTest):
    def test_warm_beyond_the_limit_is_a_config_error(self):
        path = self.write_config(limited("50% of dataset", start="warm"))
        done = self.faultlab(*self.run_words(path), expect=EXIT_USAGE)
        self.assertRegex(done.stderr, rf"{path}:\d+:\d+: start: ")
        self.assertIn("steady", done.stderr)
        self.assertFalse(self.results.exists())

    def test_what_a_warm_trial_warms_is_charged_to_its_own_cgroup(self):
        run = self.measure(limited(mib(ROOMY // MIB), start="warm", factors={ENGINE: ["pread", "mmap_shared"]}))
        for engine, record in run.by(ENGINE).items():
            with self.subTest(engine=engine):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertIs(record["start"]["verified"], True)
                self.assert_limited_to(record, ROOMY)
                lost = taken(record, PAGES) * PAGE
                self.assertGreaterEqual(reading(record, "memory_charged_bytes@memcg"), SIZE - BATCH - lost)
                self.assertLessEqual(reading(record, "device_read_bytes@io"), lost)
                self.assert_fetched_what_came(record)

    def test_a_file_that_another_trial_has_cached_is_charged_again(self):
        """The second of two trials finds the file cached by the first; it must not get it for nothing."""
        run = self.measure(limited(mib(ROOMY // MIB), start="warm", trials=2))
        for record in run.records:
            lost = taken(record, PAGES) * PAGE
            self.assertGreaterEqual(reading(record, "memory_charged_bytes@memcg"), SIZE - BATCH - lost)

    def test_steady_is_full_and_settled(self):
        run = self.measure(limited("50% of dataset", {"workload.order": "uniform",
                                                      "workload.work": {"seconds": 0.2 * SLOW}},
                                   start="steady", factors={ENGINE: ["pread", "mmap_shared"]}))
        for engine, record in run.by(ENGINE).items():
            with self.subTest(engine=engine):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertIs(record["start"]["verified"], True)
                self.assert_limited_to(record, SIZE // 2)
                before = looked(record, "before")
                self.assertGreater(before * PAGE, 0.9 * (SIZE // 2) - OVERHEAD)
                # What goes to the device is the share of accesses that is the file's share out of memory.
                misses = reading(record, "device_read_bytes@io") / PAGE / reading(record, "accesses@worker")
                self.assertAlmostEqual(misses, 1 - before / PAGES, delta=0.1)

    def test_cold_is_verified_although_the_trial_before_left_the_file_cached(self):
        for record in self.measure(limited("none", trials=2)).records:
            self.assertIs(record["start"]["verified"], True)
            self.assertEqual(looked(record, "before"), 0)
            self.assertEqual(reading(record, "device_read_bytes@io"), SIZE)


class AnonymousTest(PressureTest):
    def test_what_fits_is_not_reclaimed(self):
        run = self.measure(limited(mib(ROOMY // MIB), {ENGINE: "anon", "workload.advice": "normal",
                                              "workload.work": {"passes": 2}}, start="warm"))
        record = run.records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        self.assert_limited_to(record, ROOMY)
        self.assertEqual(reading(record, "major_faults@rusage"), 0)
        self.assertGreaterEqual(reading(record, "memory_charged_bytes@memcg"), SIZE - BATCH)


if __name__ == "__main__":
    unittest.main()
