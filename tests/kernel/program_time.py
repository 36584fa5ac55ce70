"""Where the workers' time goes: the parts add up, the sources agree on counts, what is missing says why, and
the setting that delay accounting wants is put back.

Times are compared with each other only, and generously: the machine may be busy with other things."""

import os
import shutil
import unittest
from pathlib import Path

from program import EXIT_OK, MIB, PAGE, SANITIZED, CgroupTest, ProgramTest, Started, config, missing, reading

ENGINE = "workload.engine"
LIMIT = "pressure.memcg_limit.limit"
KNOB = Path("/proc/sys/kernel/task_delayacct")
PAGES = 16 * MIB // PAGE
PARTS = ["user_work_ns", "fault_ns", "copy_ns", "reclaim_ns", "io_wait_ns", "blocked_ns", "runqueue_ns", "stolen_ns",
         "idle_ns"]
PROBES = ["rusage", "io", "cachestat", "steal", "schedstat", "delays", "time_bpf"]
# A wait may be over before the worker sleeps; the harness itself may wait for a page of its own.
FEW = 32
SMALL_SHARE = 0.1
NOBODY = 65534


def timed(changes: dict | None = None, **top) -> dict:
    return config({"dataset.size": "16 MiB", "probes": PROBES, "knobs": {"task_delayacct": 1}, **(changes or {})},
                  **top)


def parts_of(record: dict) -> dict[str, float]:
    """Part -> its number from the first source that has one; the order of sources is the record's own."""
    found = {}
    for part in PARTS:
        held = record["readings"].get(part, {})
        for source in ("time_bpf", "schedstat", "delays", "rusage", "steal", "worker"):
            if source in held and not missing(record, f"{part}@{source}"):
                found[part] = reading(record, f"{part}@{source}")
                break
    return found


def without_bpf(record: dict) -> str:
    return missing(record, "user_work_ns@time_bpf")


class SplitTest(CgroupTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not os.access(KNOB, os.W_OK):
            raise unittest.SkipTest(f"no right to write {KNOB}")
        cls.made = None

    def setUp(self):
        super().setUp()
        if type(self).made is None:
            run = self.measure(timed({"workload.threads": 2}, factors={ENGINE: ["pread", "mmap_shared"]}))
            type(self).made = run.by(ENGINE)
        # Where time is emulated there is nothing to split, and the disk is there before a worker could sleep.
        reading(self.made["pread"], "wall_ns@clock")

    def test_the_parts_and_the_rest_are_threads_times_wall_time(self):
        for engine, record in self.made.items():
            with self.subTest(engine=engine):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                whole = 2 * reading(record, "wall_ns@clock")
                rest = reading(record, "unexplained_ns@derived")
                self.assertEqual(sum(parts_of(record).values()) + rest, whole)
                self.assertLess(abs(rest), SMALL_SHARE * whole, record["readings"]["unexplained_ns"])

    def test_a_cold_reader_waits_for_the_device(self):
        """And for nothing else: there is nothing to reclaim, and no page that both workers want."""
        for engine, record in self.made.items():
            with self.subTest(engine=engine):
                waiting = reading(record, "io_wait_ns@delays")
                for part in ("reclaim_ns", "blocked_ns"):
                    self.assertGreater(waiting, parts_of(record).get(part, 0), part)

    def test_there_is_a_wait_for_no_more_than_the_pages_that_come(self):
        """Where others hold the processor until the page is there, none: on a busy host two in three of them."""
        for engine, record in self.made.items():
            with self.subTest(engine=engine):
                waits = reading(record, "io_waits@delays")
                self.assertLessEqual(waits, PAGES + FEW)
                self.assertGreater(waits, PAGES // 16)
        mapped = self.made["mmap_shared"]
        self.assertLessEqual(reading(mapped, "io_waits@delays"), reading(mapped, "major_faults@rusage") + FEW)

    def test_the_kernel_told_apart_by_bpf(self):
        for engine, record in self.made.items():
            if why := without_bpf(record):
                self.skipTest(why)
            with self.subTest(engine=engine):
                # Delay accounting does not book a sleep that ends before the task is off its queue.
                unbooked = reading(record, "io_waits@time_bpf") - reading(record, "io_waits@delays")
                self.assertGreaterEqual(unbooked, 0)
                self.assertLessEqual(unbooked, FEW)
                own, other = ("fault_ns", "copy_ns")[:: 1 if engine == "mmap_shared" else -1]
                # The other kind is the harness at its line, before the window and after it.
                self.assertGreater(reading(record, f"{own}@time_bpf"), 10 * reading(record, f"{other}@time_bpf"))

    def test_the_sources_of_each_part_are_named(self):
        for record in self.made.values():
            note = record["readings"]["unexplained_ns"]["derived"]["note"]
            for part in ("user_work_ns@", "io_wait_ns@", "runqueue_ns@", "idle_ns@worker"):
                self.assertIn(part, note)

    def test_the_setting_is_put_back(self):
        before = KNOB.read_text(encoding="utf-8")
        self.measure(timed())
        self.assertEqual(KNOB.read_text(encoding="utf-8"), before)


class OtherStatesTest(CgroupTest):
    def setUp(self):
        super().setUp()
        if not os.access(KNOB, os.W_OK):
            self.skipTest(f"no right to write {KNOB}")

    def test_under_a_limit_the_workers_reclaim(self):
        if SANITIZED:
            self.skipTest("a sanitizer's shadow memory is charged too")
        record = self.measure(timed({ENGINE: "mmap_shared", LIMIT: "8 MiB"})).records[0]
        self.assertGreater(reading(record, "reclaims@delays"), 0)
        self.assertGreater(reading(record, "reclaim_ns@delays"), 0)
        if not without_bpf(record):
            self.assertEqual(reading(record, "reclaims@time_bpf"), reading(record, "reclaims@delays"))

    def test_in_memory_nobody_waits(self):
        record = self.measure(timed({ENGINE: "anon", "workload.advice": "normal"}, start="warm")).records[0]
        self.assertLessEqual(reading(record, "io_waits@delays"), FEW)

    def test_a_worker_without_work_is_idle(self):
        """Two workers, three blocks: one is done before the other."""
        record = self.measure(timed({"workload.threads": 2, "workload.work": {"accesses": 3}})).records[0]
        self.assertGreater(reading(record, "idle_ns@worker"), 0)

    def test_without_the_setting_delays_are_missing(self):
        if KNOB.read_text(encoding="utf-8").strip() != "0":
            self.skipTest("the setting is on for the whole host")
        record = self.measure(timed(knobs={})).records[0]
        for metric in ("io_wait_ns", "io_waits", "reclaim_ns", "swapin_ns"):
            self.assertIn("task_delayacct", missing(record, f"{metric}@delays"))

    def test_a_commands_time_is_missing(self):
        record = self.measure(timed({"workload": {"engine": "command", "command": ["true"]}})).records[0]
        for name in ("cpu_ns@schedstat", "io_wait_ns@delays", "user_work_ns@time_bpf"):
            self.assertIn("not followed", missing(record, name))

    def test_put_back_by_recover_after_a_kill(self):
        before = KNOB.read_text(encoding="utf-8").strip()
        wanted = "0" if before == "1" else "1"
        content = timed({"workload.order": "uniform", "workload.work": {"seconds": 30}},
                        knobs={"task_delayacct": int(wanted)})
        started = Started(self, content)
        started.until(lambda: KNOB.read_text(encoding="utf-8").strip() == wanted, "the changed setting")
        started.kill_unguarded()
        self.assertEqual(KNOB.read_text(encoding="utf-8").strip(), wanted)
        self.faultlab("recover", expect=EXIT_OK)
        self.assertEqual(KNOB.read_text(encoding="utf-8").strip(), before)


class OrdinaryUserTest(ProgramTest):
    """Without rights each source says what it lacks, and the rest goes on."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("becoming an ordinary user takes root and setpriv")

    def test_each_source_is_missing_with_its_remedy(self):
        for folder in (self.folder, self.data):
            os.chown(folder, NOBODY, NOBODY)
        path = self.write_config(timed(knobs={}, probes=PROBES + ["psi"]))
        os.chown(path, NOBODY, NOBODY)
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        self.faultlab(*self.run_words(path), expect=EXIT_OK, before=become)
        record = self.only_run().records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        for metric in ("user_work_ns", "fault_ns", "copy_ns", "io_wait_ns", "blocked_ns", "runqueue_ns", "io_waits"):
            self.assertIn("root", missing(record, f"{metric}@time_bpf"), metric)
        for metric in ("io_wait_ns", "reclaim_ns", "io_waits", "reclaims"):
            self.assertRegex(missing(record, f"{metric}@delays"), "root|task_delayacct", metric)
        # What is open to everybody stands in.
        self.assertGreater(reading(record, "cpu_ns@schedstat"), 0)
        rest = record["readings"]["unexplained_ns"]["derived"]
        self.assertIn("holds what is missing: ", rest["note"])
        self.assertIn("io_wait_ns", rest["note"].split("holds what is missing: ")[1])


if __name__ == "__main__":
    unittest.main()
