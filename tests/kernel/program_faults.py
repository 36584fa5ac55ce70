"""Faults by three witnesses: the task's own account, counting perf events, and the trace of every fault.

Whoever may count kernel mode has all three; an ordinary user has what the kernel leaves him, and reasons."""

import os
import signal
import subprocess
import sys
import unittest
import warnings
from pathlib import Path

from program import (MIB, PAGE, PROGRAM, ROOT, SANITIZED, SLOW, SMALL_PAGES, ProgramTest, Run, Started, config, mib,
                     missing, reading, taken)

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "plots"))
try:
    from fault_trace import KERNEL, MAJOR, MINOR, load_fault_trace, path_of
    NO_READER = ""
except ImportError as error:
    NO_READER = f"the reader of fault traces needs {error.name}"

ENGINE = "workload.engine"
SIZE = 32 * MIB
PAGES = SIZE // PAGE
FEW = 16  # faults of the harness itself inside the window
PROBES = ["rusage", "task_stat", "perf_faults", "io", "cachestat", "mincore", "interrupts", "fault_trace"]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--no-new-privs"]


def sized(changes: dict | None = None, **top) -> dict:
    return config({"dataset.size": "32 MiB", "probes": PROBES, **(changes or {})}, **top)


def may_count_kernel_mode() -> bool:
    paranoid = int(Path("/proc/sys/kernel/perf_event_paranoid").read_text())
    return os.geteuid() == 0 or paranoid <= 1


@unittest.skipIf(NO_READER, NO_READER)
class FaultsTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        if SANITIZED:
            raise unittest.SkipTest("a sanitizer's shadow memory faults too: counts are not exact")
        if not may_count_kernel_mode():
            raise unittest.SkipTest("kernel.perf_event_paranoid closes kernel mode: run as root")
        super().setUpClass()

    def trace_of(self, run: Run, record: dict):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return load_fault_trace(path_of(run.folder, record["sequence"]))

    def assert_the_witnesses_agree(self, run: Run, record: dict):
        """The probes are read one after the other while the trial waits: a few faults may lie between."""
        trace = self.trace_of(run, record)
        lost = reading(record, "lost_fault_samples@fault_trace")
        self.assertEqual(lost, 0, "the rings were too small for this load")
        self.assertEqual(trace.lost, lost)
        self.assertEqual(len(trace.records), reading(record, "traced_faults@fault_trace"))
        for metric, kind in (("minor_faults", MINOR), ("major_faults", MAJOR)):
            traced = int((trace.records["kind"] == kind).sum())
            for source in ("rusage", "task_stat", "perf_faults"):
                self.assertAlmostEqual(reading(record, f"{metric}@{source}"), traced, delta=FEW, msg=source)
        in_kernel = sum(reading(record, f"kernel_{kind}_faults@perf_faults") for kind in ("minor", "major"))
        self.assertAlmostEqual(in_kernel, int((trace.records["mode"] == KERNEL).sum()), delta=FEW)
        self.assertLessEqual(abs(reading(record, "untrapped_faults@derived")), FEW)
        self.assertEqual(reading(record, "failed_faults@fault_trace"), 0)
        return trace

    def dataset_offsets(self, trace, kind: int):
        """Bytes into the dataset of each fault of a kind, in order."""
        names = trace.regions["path"].str.endswith(".dat").to_numpy()
        here = names[trace.region_of] & (trace.region_of >= 0) & (trace.records["kind"] == kind)
        return sorted(int(offset) // PAGE for offset in trace.offsets[here])

    def test_a_cold_random_mapping_has_a_major_fault_at_every_page(self):
        run = self.measure(sized({ENGINE: "mmap_shared"}))
        record, = run.records
        trace = self.assert_the_witnesses_agree(run, record)
        if not taken(record):
            self.assertEqual(self.dataset_offsets(trace, MAJOR), list(range(PAGES)))
        inside = (trace.seconds >= 0) & (trace.records["time_ns"] <= trace.window_end_ns)
        self.assertGreaterEqual(int(inside.sum()), PAGES)

    def test_anonymous_memory_has_a_minor_fault_at_every_page_in_every_thread(self):
        run = self.measure(sized({ENGINE: "anon", "workload.advice": "normal", "workload.threads": 2}))
        record, = run.records
        trace = self.assert_the_witnesses_agree(run, record)
        self.assertGreaterEqual(len(trace.records), PAGES)
        pages = {int(address) // PAGE for address in trace.records["address"]}
        self.assertGreaterEqual(len(pages), PAGES, "no page twice")
        threads, counts = zip(*((thread, int((trace.records["thread"] == thread).sum()))
                                for thread in set(trace.records["thread"].tolist())))
        self.assertGreaterEqual(sum(count >= PAGES // 2 for count in counts), 2, (threads, counts))

    def test_what_the_kernel_faults_in_by_itself_is_named_apart(self):
        run = self.measure(sized({ENGINE: "mmap_populate", "workload.advice": "normal"}))
        record, = run.records
        account = reading(record, "minor_faults@task_stat") + reading(record, "major_faults@task_stat")
        trapped = reading(record, "minor_faults@perf_faults") + reading(record, "major_faults@perf_faults")
        self.assertLessEqual(trapped, FEW)
        self.assertEqual(reading(record, "untrapped_faults@derived"), account - trapped)
        self.assertGreater(account - trapped, FEW)
        self.assertLessEqual(reading(record, "minor_faults@spread"), FEW, "traps are no part of it")

    def test_a_commands_faults_are_counted_and_traced(self):
        run = self.measure({**config({"dataset.size": "4 MiB", "probes": PROBES, "knobs": SMALL_PAGES}), "workload": {
            "engine": "command", "command": ["/usr/bin/python3", "-c", f"bytearray({SIZE})"]}})
        record, = run.records
        self.assertGreaterEqual(reading(record, "minor_faults@perf_faults"), PAGES // 2)
        self.assertGreaterEqual(reading(record, "traced_faults@fault_trace"), PAGES // 2)
        self.assertLessEqual(abs(reading(record, "untrapped_faults@derived")), 2 * FEW)

    def test_a_load_of_faults_is_traced_whole_or_the_loss_is_counted(self):
        run = self.measure(sized({ENGINE: "anon", "workload.advice": "normal", "workload.threads": 2,
                                  "dataset.size": mib(512 // SLOW)}))
        record, = run.records
        lost = reading(record, "lost_fault_samples@fault_trace")
        traced = reading(record, "traced_faults@fault_trace")
        self.assertEqual(len(self.trace_of(run, record).records), traced)
        total = reading(record, "minor_faults@perf_faults") + reading(record, "major_faults@perf_faults")
        self.assertAlmostEqual(traced + lost, total, delta=FEW)

    def test_after_a_sigkill_the_reader_has_the_whole_records_and_says_that_it_is_incomplete(self):
        started = Started(self, sized({ENGINE: "anon", "workload.advice": "normal", "dataset.size": "64 MiB",
                                       "workload.order": "uniform", "workload.work": {"seconds": 30}}))
        path = started.until(lambda: next((path for run in self.runs() for path in run.folder.glob("faults/*.faults")
                                           if path.stat().st_size > 8 * MIB // 32), None), "a trace under way")
        started.stop(signal.SIGKILL)
        with self.assertWarnsRegex(UserWarning, "incomplete.*whole records"):
            trace = load_fault_trace(path)
        self.assertFalse(trace.complete)
        self.assertGreaterEqual(len(trace.records), 1000)
        self.assertGreater(trace.window_begin_ns, 0)
        self.assertTrue((trace.records["address"] != 0).all() and (trace.seconds > -10).all())
        self.assertIsNone(trace.lost)
        self.faultlab("recover")

    def test_only_who_names_a_tracer_pays_for_it(self):
        record, = self.measure(config()).records
        self.assertNotIn("traced_faults", record["readings"])
        self.assertNotIn("user_minor_faults", record["readings"])


class OrdinaryUserTest(ProgramTest):
    """Run as nobody, with no right but its own."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("becoming another user needs root")
        super().setUp()
        # Its folders, and the way to them, in which it may look but not list.
        for folder in (self.folder, self.data):
            os.chown(folder, 65534, 65534)
        if subprocess.run([*NOBODY, "test", "-x", PROGRAM, "-a", "-w", str(self.folder)]).returncode:
            self.skipTest("an ordinary user cannot reach the program or the temporary folder")

    def test_what_is_closed_is_missing_with_its_remedy_and_nothing_reads_zero(self):
        path = self.write_config(sized({ENGINE: "anon", "workload.advice": "normal"}, name="tested"))
        os.chown(path, 65534, 65534)
        made = subprocess.run([*NOBODY, PROGRAM, *map(str, self.run_words(path))], env=self.environment(),
                              capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        record, = self.only_run().records
        self.assertEqual(record["outcome"], "ok", record["reason"])
        self.assertGreaterEqual(reading(record, "minor_faults@rusage"), PAGES)
        paranoid = int(Path("/proc/sys/kernel/perf_event_paranoid").read_text())
        if paranoid <= 1:
            self.skipTest("kernel.perf_event_paranoid leaves kernel mode open")
        closed = [f"{metric}@perf_faults" for metric in (
            "minor_faults", "major_faults", "kernel_minor_faults", "kernel_major_faults", "context_switches",
            "cpu_migrations", "cycles", "instructions", "dtlb_misses")] + ["failed_faults@fault_trace"]
        for name in closed:
            self.assertRegex(missing(record, name), "root|CAP_PERFMON|PMU", name)
        self.assertRegex(missing(record, "untrapped_faults@derived"), "CAP_PERFMON")
        if paranoid > 2:
            self.skipTest("kernel.perf_event_paranoid closes user mode too")
        if not SANITIZED:
            self.assertAlmostEqual(reading(record, "user_minor_faults@perf_faults"), PAGES, delta=FEW)
        self.assertGreaterEqual(reading(record, "traced_faults@fault_trace")
                                + reading(record, "lost_fault_samples@fault_trace"), PAGES)
        self.assertIn("kernel mode", record["readings"]["traced_faults"]["fault_trace"]["note"])


if __name__ == "__main__":
    unittest.main()
