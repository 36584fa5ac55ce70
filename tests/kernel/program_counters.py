"""Counters of known work, against what the kernel must count for it, and against each other.

32 MiB are 8192 pages. A page cache filled 4 KiB at a time with random advice holds single-page folios;
a fault on a resident page then maps the 16 pages around it (fault_around_bytes, 64 KiB by default)."""

import unittest

from program import (MIB, PAGE, SLOW, CgroupTest, config, evicted, looked, mib, missing, reading, resident,
                     taken)

ENGINE = "workload.engine"
READING = ["pread", "read"]
MAPPING = ["mmap_shared", "mmap_private"]
SIZE = (32 if SLOW == 1 else 16) * MIB
PAGES = SIZE // PAGE
FAULT_AROUND = 16
# Faults of the harness itself inside the window: its own code and stack, seen for the first time.
FEW = 16

# Sources that see the trial alone.
OWN = ["rusage", "task_stat", "memcg"]


def sized(changes: dict | None = None, **top) -> dict:
    return config({"dataset.size": mib(SIZE // MIB), **(changes or {})}, **top)


class CountersTest(CgroupTest):
    counts_exactly = True

    def assert_few_more(self, value: int, least: int, what: str, few: int = FEW):
        self.assertGreaterEqual(value, least, what)
        self.assertLessEqual(value, least + few, what)

    def assert_few_less(self, value: int, most: int, few: int):
        self.assertLessEqual(value, most)
        self.assertGreaterEqual(value, most - few)

    def assert_sources_agree(self, record: dict, metric: str):
        """Each pair of sources differs by no more than they allow for, and a few faults at the edges."""
        within = {}
        for source in OWN:
            value = record["readings"][metric][source]
            within[source] = value.get("within", 0) if isinstance(value, dict) else 0
        for source in OWN[1:]:
            held = record["readings"][metric][source]
            if isinstance(held, dict) and held.get("note") and "within" not in held:
                continue  # it counts something more, and says so: before Linux 6.4, retried faults twice
            difference = abs(reading(record, f"{metric}@rusage") - reading(record, f"{metric}@{source}"))
            self.assertLessEqual(difference, within["rusage"] + within[source] + FEW, f"{metric}@{source}")
        spread = [reading(record, f"{metric}@{source}") for source in OWN]
        self.assertEqual(reading(record, f"{metric}@spread"), max(spread) - min(spread))


class ColdPassTest(CountersTest):
    """One pass in random order over a file that is not in memory: one page per miss, all of them read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = None

    def setUp(self):
        super().setUp()
        if type(self).made is None:
            run = self.measure(sized(factors={ENGINE: READING + MAPPING}))
            type(self).made = run.by(ENGINE)

    def test_every_page_is_reached_once(self):
        for engine in READING + MAPPING:
            record = self.made[engine]
            with self.subTest(engine=engine):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertIs(record["start"]["verified"], True)
                self.assertEqual(reading(record, "accesses@worker"), PAGES)
                self.assertEqual(reading(record, "bytes@derived"), SIZE)

    def test_the_device_gives_each_page_once(self):
        for engine in READING + MAPPING:
            record = self.made[engine]
            with self.subTest(engine=engine):
                self.assertEqual(reading(record, "device_read_bytes@io"), SIZE)
                self.assertEqual(reading(record, "device_written_bytes@io"), 0)
                self.assertEqual(reading(record, "read_amplification@derived"), 1.0)

    def test_all_pages_come_and_none_goes(self):
        for engine in READING + MAPPING:
            record = self.made[engine]
            with self.subTest(engine=engine):
                for source in ("cachestat", "mincore"):
                    if missing(record, f"resident_pages_after@{source}"):
                        continue  # cachestat(2) came with Linux 6.5
                    self.assertEqual(reading(record, f"resident_pages_before@{source}"), 0)
                    self.assert_few_less(reading(record, f"resident_pages_after@{source}"), PAGES, taken(record) + FEW)
                self.assertEqual(evicted(record), taken(record))
                self.assertEqual(resident(record, "after"), PAGES - taken(record))
                self.assert_fetched_what_came(record)

    def test_a_mapping_has_a_major_fault_per_page_and_no_minor(self):
        for engine in MAPPING:
            record = self.made[engine]
            with self.subTest(engine=engine):
                self.assert_few_more(reading(record, "major_faults@rusage"), PAGES, "major faults")
                self.assert_few_more(reading(record, "minor_faults@rusage"), 0, "minor faults")

    def test_reading_has_a_call_per_page_and_no_faults(self):
        for engine in READING:
            record = self.made[engine]
            with self.subTest(engine=engine):
                self.assertEqual(reading(record, "major_faults@rusage"), 0)
                self.assert_few_more(reading(record, "minor_faults@rusage"), 0, "minor faults")
                self.assert_few_more(reading(record, "file_syscalls@io"), PAGES, "system calls")

    def test_a_mapping_makes_no_calls(self):
        for engine in MAPPING:
            record = self.made[engine]
            with self.subTest(engine=engine):
                self.assert_few_more(reading(record, "file_syscalls@io"), 0, "system calls")

    def test_the_sources_agree(self):
        for engine in READING + MAPPING:
            record = self.made[engine]
            with self.subTest(engine=engine):
                self.assert_sources_agree(record, "minor_faults")
                self.assert_sources_agree(record, "major_faults")

    def test_the_pages_are_charged_to_the_trial(self):
        for engine in READING + MAPPING:
            record = self.made[engine]
            with self.subTest(engine=engine):
                self.assertGreaterEqual(reading(record, "memory_charged_bytes@memcg"), SIZE - taken(record) * PAGE)
                self.assertGreaterEqual(reading(record, "memory_peak_bytes@memcg"),
                                        reading(record, "memory_charged_bytes@memcg"))


class ReadAheadTest(CountersTest):
    def test_in_order_the_kernel_reads_ahead_and_maps_around(self):
        run = self.measure(sized({"workload.order": "sequential", "workload.advice": "normal"},
                                 factors={ENGINE: MAPPING}))
        for engine, record in run.by(ENGINE).items():
            with self.subTest(engine=engine):
                faults = reading(record, "minor_faults@rusage") + reading(record, "major_faults@rusage")
                self.assertGreaterEqual(faults, 1)
                self.assertLess(faults, PAGES // 4)
                self.assertGreaterEqual(reading(record, "device_read_bytes@io"), SIZE)
                # Read-ahead can fetch a page again that was taken before its turn.
                self.assertGreaterEqual(resident(record, "after"), PAGES - taken(record))
                self.assert_fetched_what_came(record)

    def test_what_was_read_and_is_gone_has_been_evicted(self):
        run = self.measure(sized({"workload.advice": "normal", "workload.order": "sequential",
                                  "pressure.memcg_limit": {"limit": mib(SIZE // MIB // 2)}},
                                 factors={ENGINE: READING + MAPPING}))
        for engine, record in run.by(ENGINE).items():
            with self.subTest(engine=engine):
                # It began with none in memory.
                left = looked(record, "after")
                self.assertEqual(reading(record, "evicted_pages@io"),
                                 reading(record, "device_read_bytes@io") // PAGE - left)
                self.assertGreaterEqual(reading(record, "evicted_pages@io"), PAGES // 2)


class WarmTest(CountersTest):
    def test_a_fault_maps_the_sixteen_pages_around(self):
        run = self.measure(sized(start="warm", factors={ENGINE: MAPPING}))
        for engine, record in run.by(ENGINE).items():
            with self.subTest(engine=engine):
                lost = taken(record, PAGES)
                self.assertLessEqual(reading(record, "major_faults@rusage"), lost)
                self.assert_few_more(reading(record, "minor_faults@rusage"), PAGES // FAULT_AROUND - lost,
                                     "minor faults", FEW + 2 * lost)
                self.assertLessEqual(reading(record, "device_read_bytes@io"), lost * PAGE)
                self.assert_fetched_what_came(record)
                self.assertIs(record["start"]["verified"], True)
                self.assert_sources_agree(record, "minor_faults")

    def test_reading_what_is_in_memory_costs_no_fault_and_no_device(self):
        run = self.measure(sized(start="warm", factors={ENGINE: READING}))
        for engine, record in run.by(ENGINE).items():
            with self.subTest(engine=engine):
                self.assertLessEqual(reading(record, "device_read_bytes@io"), taken(record, PAGES) * PAGE)
                self.assert_fetched_what_came(record)
                self.assertEqual(reading(record, "major_faults@rusage"), 0)
                self.assert_few_more(reading(record, "minor_faults@rusage"), 0, "minor faults")


class AnonymousTest(CountersTest):
    def measured(self, **top) -> dict:
        return self.measure(sized({ENGINE: "anon", "workload.advice": "normal"}, **top)).records[0]

    def test_the_first_touch_of_a_page_is_a_minor_fault(self):
        record = self.measured()
        self.assert_few_more(reading(record, "minor_faults@rusage"), PAGES, "minor faults")
        self.assertEqual(reading(record, "major_faults@rusage"), 0)
        self.assertEqual(reading(record, "device_read_bytes@io"), 0)
        self.assert_sources_agree(record, "minor_faults")
        self.assertGreaterEqual(reading(record, "memory_charged_bytes@memcg"), SIZE)

    def test_the_second_is_none(self):
        record = self.measured(start="warm")
        self.assert_few_more(reading(record, "minor_faults@rusage"), 0, "minor faults")
        self.assertEqual(reading(record, "accesses@worker"), PAGES)

    def test_residency_of_no_file_is_missing_with_a_reason(self):
        readings = self.measured()["readings"]
        self.assertEqual(readings["resident_pages_after"]["cachestat"], {"missing": "the trial uses no file"})


class ThreadsTest(CountersTest):
    def test_two_threads_share_the_pages_and_their_counters_add_up(self):
        run = self.measure(sized({"workload.threads": 2}, factors={ENGINE: ["pread", "mmap_shared"]}))
        for engine, record in run.by(ENGINE).items():
            with self.subTest(engine=engine):
                self.assertEqual(reading(record, "accesses@worker"), PAGES)
                self.assertEqual(reading(record, "device_read_bytes@io"), SIZE)
                self.assertEqual(len(record["binding"]["workers"]), 2)
        record = run.by(ENGINE)["mmap_shared"]
        self.assert_few_more(reading(record, "major_faults@rusage"), PAGES, "major faults")


if __name__ == "__main__":
    unittest.main()
