"""Memory limits: set, read back, kept, and felt; and the starting states that they allow."""

import mmap
import os
import re
import unittest
from pathlib import Path

from program import (EXIT_HOST_CANNOT, EXIT_USAGE, MIB, PAGE, SLOW, CgroupTest, Run, config, evicted, has_ledger,
                     looked, mib, reading, taken)

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
        self.assertGreater(reading(record, "major_faults@rusage"), PAGES // 64, "and brought back")

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


    def test_one_that_scans_a_file_takes_room_too(self):
        if SLOW > 1:
            self.skipTest("an emulated disk is too slow to scan")
        run = self.measure(config(
            {ENGINE: "mmap_shared", "dataset.size": "24 MiB", "workload.order": "uniform", "start": "warm",
             "workload.work": {"seconds": 0.5}, "sample_every": "off", LIMIT: {"limit": "48 MiB"},
             "pressure.antagonist": {"size": "64 MiB", "touches": "file", "pages_per_second": 200000}}))
        record = run.records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        self.assertGreater(reading(record, "antagonist_accesses@antagonist"), 64 * MIB // PAGE)
        # The scan does not fit beside the file, whatever reclaim prefers.
        self.assertGreaterEqual(reading(record, "memory_peak_bytes@memcg"), 44 * MIB)
        self.assertGreater(reading(record, "reclaimed_pages@vmstat"), 16 * MIB // PAGE)


class ScheduleTest(PressureTest):
    """A limit that changes in the window: the kernel had it, the pages went, and the record says when."""

    def setUp(self):
        super().setUp()
        if SLOW > 1:
            self.skipTest("moments have no times where time is emulated; the case `pressures` counts")

    def squeezed(self, schedule: list, **top) -> tuple[Run, dict]:
        run = self.measure(config(
            {ENGINE: "mmap_shared", "dataset.size": "32 MiB", "workload.order": "uniform", "start": "warm",
             "workload.work": {"seconds": 1.2}, "sample_every": "20 ms", LIMIT: {"limit": "64 MiB"}},
            schedule=schedule, **top), expect=None)
        return run, run.records[0]

    def test_a_squeeze_and_its_release(self):
        run, record = self.squeezed([
            {"at": {"seconds": 0.3}, "pressure": "memcg_limit", "to": "16 MiB"},
            {"at": {"seconds": 0.7}, "pressure": "memcg_limit", "to": "64 MiB", "over_seconds": 0.1}])
        self.assertEqual(record["outcome"], "ok", record["reason"])
        squeeze, release = record["schedule"]
        self.assertEqual([squeeze["achieved_bytes"], release["achieved_bytes"]], [16 * MIB, 64 * MIB])
        self.assertGreaterEqual(squeeze["began_ns"], 300_000_000)
        self.assertGreaterEqual(release["began_ns"], 700_000_000)
        self.assertGreaterEqual(release["ended_ns"] - release["began_ns"], 100_000_000)
        # More than half of the file has gone; and the limit that was in force is in the series.
        self.assertGreater(evicted(record), 16 * MIB // PAGE)
        rows = (run.folder / "series" / "00000.csv").read_text(encoding="utf-8").splitlines()
        column = rows[0].split(",").index("memcg_limit_bytes")
        values = [int(row.split(",")[column]) for row in rows[1:]]
        self.assertEqual((values[0], values[-1]), (64 * MIB, 64 * MIB))
        self.assertIn(16 * MIB, values)
        self.assertTrue(any(16 * MIB < value < 64 * MIB for value in values), "the ramp has steps")
        self.assertIn("schedule", record["readings"]["recovery_ns"])

    def test_by_accesses(self):
        _, record = self.squeezed([{"at": {"accesses": 20000}, "pressure": "memcg_limit", "to": "24 MiB"}])
        self.assertEqual(record["outcome"], "ok", record["reason"])
        self.assertGreaterEqual(record["schedule"][0]["began_after_accesses"], 20000)

    def test_a_moment_that_never_comes_makes_the_trial_invalid(self):
        _, record = self.squeezed([{"at": {"accesses": 10**12}, "pressure": "memcg_limit", "to": "24 MiB"}])
        self.assertEqual(record["outcome"], "invalid")
        self.assertIn("never came", record["reason"])
        self.assertIn("closed", record["schedule"][0]["missing"])

    def test_what_the_trial_does_not_have_cannot_be_turned(self):
        path = self.write_config(config({ENGINE: "mmap_shared"}, schedule=[
            {"at": {"seconds": 0.1}, "pressure": "memcg_limit", "to": "16 MiB"}]))
        done = self.faultlab("validate", path, expect=EXIT_USAGE)
        self.assertIn("[schedule-fits]", done.stderr + done.stdout)


class AdviseTest(PressureTest):
    """The trial's own mapping is advised away while it works."""

    def advised(self, advice: str, changes: dict | None = None, **top) -> dict:
        run = self.measure(config({ENGINE: "mmap_shared", "dataset.size": "32 MiB", "workload.order": "uniform",
                                   "workload.work": {"seconds": 0.5}, "start": "warm", "sample_every": "off",
                                   "pressure.advise": {"advice": advice, "share_percent": 25, "every_seconds": 0.05},
                                   **(changes or {})}, **top), expect=None)
        record = run.records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        self.assertGreaterEqual(reading(record, "advise_calls@advise"), 2)
        self.assertEqual(reading(record, "advised_pages@advise"),
                         reading(record, "advise_calls@advise") * 32 * MIB // PAGE // 4)
        return record

    def test_pages_advised_out_come_from_the_device_again(self):
        record = self.advised("pageout")
        majors = reading(record, "major_faults@rusage")
        self.assertGreater(majors, 8 * MIB // PAGE // (32 if SLOW > 1 else 1))
        self.assertLessEqual(majors, reading(record, "advised_pages@advise"))
        # By the trial itself, a thread of its own.
        if has_ledger(record):
            self.assertGreaterEqual(reading(record, "own_evicted_pages@page_cache"), majors)

    def test_pages_advised_away_are_still_cached(self):
        record = self.advised("dont_need")
        self.assertEqual(reading(record, "major_faults@rusage"), taken(record, 32 * MIB // PAGE))
        # Each share is mapped again, in windows of fault-around.
        self.assertGreater(reading(record, "minor_faults@rusage"), 32 * MIB // PAGE // 16)

    def test_cold_pages_stay_where_there_is_room(self):
        record = self.advised("cold", {LIMIT: {"limit": "64 MiB"}})
        self.assertEqual(evicted(record), taken(record, 32 * MIB // PAGE))

    def test_memory_that_is_free_is_not_taken_where_there_is_room(self):
        """A page that had gone would fault again at its next store."""
        anonymous = {ENGINE: "anon", "workload.advice": "normal", "start": "cold",
                     "workload.order": "uniform", LIMIT: {"limit": "64 MiB"}}
        record = self.advised("free", anonymous)
        faults = reading(record, "minor_faults@rusage")
        self.assertGreaterEqual(faults, 32 * MIB // PAGE // 2, "some of the memory has been touched")
        self.assertLessEqual(faults, 32 * MIB // PAGE + 64)

    def test_what_means_nothing_is_a_config_error(self):
        for changes, word in (({ENGINE: "pread"}, "maps nothing"), ({"pressure.advise": {"advice": "free"}}, "anonymous"),
                              ({ENGINE: "anon", "workload.advice": "normal",
                                "pressure.advise": {"advice": "dont_need"}}, "content")):
            with self.subTest(word=word):
                content = config({ENGINE: "mmap_shared", "pressure.advise": {"advice": "cold"}, **changes})
                done = self.faultlab("validate", self.write_config(content), expect=EXIT_USAGE)
                self.assertIn(word, done.stdout + done.stderr)
                self.assertIn("[pressure-fits]", done.stdout + done.stderr)


class BalloonTest(PressureTest):
    """Locked memory beside the trial. Here it leaves the host plenty: what a short host does is seen in the
    virtual machine."""

    def available(self) -> int:
        rows = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines())
        return int(rows["MemAvailable"].split()[0]) * 1024

    def test_it_holds_what_is_to_be_held(self):
        if os.geteuid() != 0:
            self.skipTest("locking memory wants root, or a high `ulimit -l`")
        before = self.available()
        leave = before - 256 * MIB
        run = self.measure(config({ENGINE: "mmap_shared", "sample_every": "off",
                                   "pressure.balloon": {"leave": f"{leave // MIB} MiB"}}))
        record = run.records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        held = reading(record, "balloon_held_bytes@balloon")
        self.assertLess(abs(held - 256 * MIB), 128 * MIB, "others on the host come and go")
        self.assertLess(record["pressure"]["balloon"]["available_bytes"], before - 128 * MIB)
        self.assertGreater(self.available(), before - 128 * MIB, "and is given back")

    def test_what_the_cpus_keep_on_their_lists_counts_as_free(self):
        """A large process that ends hides its pages from MemAvailable: a balloon that believed it would leave too much."""
        if os.geteuid() != 0:
            self.skipTest("refreshing the statistics wants root")
        large = 2048 * MIB
        if self.available() < 2 * large:
            self.skipTest("the host has too little memory for a large process")
        with mmap.mmap(-1, large) as memory:
            memory.madvise(mmap.MADV_NOHUGEPAGE)
            for at in range(0, large, PAGE):
                memory[at] = 1
        listed = sum(map(int, re.findall(r"\bcount: +(\d+)", Path("/proc/zoneinfo").read_text(encoding="utf-8")))) * PAGE
        before = self.available()
        if listed < 512 * MIB:
            self.skipTest(f"this kernel keeps the CPUs' lists short: {listed // MIB} MiB after a process of 2 GiB")
        run = self.measure(config({ENGINE: "mmap_shared", "sample_every": "off",
                                   "pressure.balloon": {"leave": f"{(before - 256 * MIB) // MIB} MiB"}}))
        self.assertGreater(reading(run.records[0], "balloon_held_bytes@balloon"), 256 * MIB + listed // 2)

    def test_the_host_keeps_its_floor(self):
        path = self.write_config(config({ENGINE: "mmap_shared", "pressure.balloon": {"leave": "16 MiB"}}))
        done = self.faultlab(*self.run_words(path), expect=EXIT_HOST_CANNOT)
        self.assertIn("must stay", done.stderr)
        self.assertFalse(self.results.exists())


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
