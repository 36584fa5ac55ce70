"""Timed accesses: every one has a class, the classes are what the kernel counted, and their times are the
trial's. Never how long anything took."""

import ctypes
import hashlib
import json
import os
import platform
import shutil
import struct
import subprocess
import unittest

from program import (EXIT_OK, MIB, PAGE, PROGRAM, ROOT, SANITIZED, SLOW, ProgramTest, Run, config, mib, missing,
                     reading, taken)

ENGINE, LATENCY = "workload.engine", "workload.latency"
SIZE = (16 if SLOW == 1 else 8) * MIB
PAGES = SIZE // PAGE
LONG_NS = 100_000_000
FEW = 16  # faults of the harness itself in a window, or in the probes' reading around it


def timed(changes: dict | None = None, **top) -> dict:
    return config({"dataset.size": mib(SIZE // MIB), "sample_every": "off", **(changes or {})},
                  **{"factors": {LATENCY: ["off", "full"]}, **top})


def classes(record: dict) -> dict[str, int]:
    return {name: each["count"] for name, each in record["latency"]["classes"].items()}


class LatencyTest(ProgramTest):
    def setUp(self):
        if SANITIZED:
            self.skipTest("a sanitizer's shadow memory faults too: counts are not exact")
        super().setUp()

    def full(self, changes: dict, **top) -> dict:
        """The record of the timed trial."""
        run = self.measure(timed(changes, **top))
        record = run.by(LATENCY)["full"]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        if "no_classes" in record["latency"]:
            self.skipTest(record["latency"]["no_classes"]["missing"])
        self.assert_whole(run, record)
        return record

    def assert_whole(self, run: Run, record: dict):
        """Counts add up to accesses exactly, times to the threads' time and to the window."""
        latency = record["latency"]
        counts = classes(record)
        self.assertEqual(sum(counts.values()), reading(record, "accesses@worker"))
        self.assertLessEqual(counts.get("unclassified", 0), PAGES // 1000)
        self.assertEqual(sum(latency["unclassified_reasons"].values()), counts.get("unclassified", 0))
        if not run.manifest["emulated"]:
            self.assert_times_add_up(run, record)

    def assert_times_add_up(self, run: Run, record: dict):
        latency, counts = record["latency"], classes(record)
        total = sum(each["total_ns"] for each in latency["classes"].values()) + latency["harness_ns"]
        self.assertAlmostEqual(total / latency["threads_ns"], 1, delta=0.005)
        wall = reading(record, "wall_ns@clock")
        if not missing(record, "setup_ns@worker"):
            wall -= reading(record, "setup_ns@worker")
        threads = len(record["binding"]["workers"])
        # One preemption at the edge of a short window outweighs it.
        if threads == 1 and wall > LONG_NS:
            self.assertAlmostEqual(total / wall, 1, delta=0.05)
        folder = run.folder / "histograms"
        held = json.loads((folder / f"{record['sequence']:05d}.json").read_text())
        for name, count in counts.items():
            self.assertEqual(sum(n for _, n in held["classes"][name]["buckets"]), count)
            text = (folder / f"{record['sequence']:05d}.{name}.hgrm").read_text()
            self.assertIn(f"Total count    = {count:12d}]", text)

    def assert_minor_faults_are(self, record: dict, *names: str):
        """The kernel's count of minor faults, one class by another."""
        count = sum(classes(record).get(name, 0) for name in names)
        self.assertLessEqual(abs(reading(record, "minor_faults@rusage") - count), FEW)

    def test_anonymous_memory_is_zero_filled_once_a_page(self):
        record = self.full({ENGINE: "anon", "workload.advice": "normal"})
        counts = classes(record)
        self.assertEqual(counts["zero_fill"] + counts.get("unclassified", 0), PAGES)
        self.assert_minor_faults_are(record, "zero_fill", "unclassified")

    def test_without_read_ahead_each_cold_access_is_a_major_fault(self):
        record = self.full({ENGINE: "mmap_shared"})
        self.assertEqual(classes(record), {"major": PAGES})
        self.assertLessEqual(reading(record, "major_faults@rusage") - PAGES, FEW)

    def test_warm_pages_are_mapped_and_then_hit(self):
        record = self.full({ENGINE: "mmap_shared", "start": "warm"})
        counts = classes(record)
        self.assertGreater(counts["hit"], PAGES // 2)
        self.assert_minor_faults_are(record, "minor", "hugepage", "blocked_minor", "unclassified")
        self.assertEqual(reading(record, "blocked_faults@latency"), counts.get("blocked_minor", 0))

    def test_a_private_page_is_copied_once(self):
        record = self.full({ENGINE: "mmap_cow", "start": "warm"})
        counts = classes(record)
        self.assertGreaterEqual(counts["cow"], PAGES - FEW - 2 * taken(record, PAGES))
        self.assertEqual(counts.get("hit", 0), 0)
        self.assert_minor_faults_are(record, "cow", "blocked_minor", "unclassified")

    def test_a_shared_page_is_made_writable_once_and_the_file_stays_as_it_was(self):
        self.measure(timed({ENGINE: "pread"}))  # makes the file
        (path,) = self.data.glob("*.dat")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        shutil.rmtree(self.results)
        # The second trial begins with what the first has made dirty written back and dropped.
        run = self.measure(timed({ENGINE: "mmap_update", "start": "warm"}, trials=2))
        for record in run.records:
            self.assertEqual(record["outcome"], "ok", record["reason"])
            if record["cell"][LATENCY] == "off":
                continue
            if "no_classes" in record["latency"]:
                self.skipTest(record["latency"]["no_classes"]["missing"])
            self.assert_whole(run, record)
            counts = classes(record)
            self.assertGreaterEqual(counts["write_protect"], PAGES - FEW - 2 * taken(record, PAGES))
            self.assertEqual(counts.get("hit", 0), 0)
        self.assertEqual(hashlib.sha256(path.read_bytes()).hexdigest(), digest)

    def test_a_read_hits_or_blocks(self):
        record = self.full({ENGINE: "pread"})
        self.assertLessEqual(set(classes(record)), {"hit", "blocked"})
        # An emulated processor is slow beside its disk: many a page is there before the thread could sleep.
        self.assertGreater(classes(record)["blocked"], PAGES // 2 if SLOW == 1 else 0)
        warm = classes(self.again({ENGINE: "pread", "start": "warm"}))
        self.assertGreaterEqual(warm["hit"], PAGES - FEW)

    def again(self, changes: dict) -> dict:
        shutil.rmtree(self.results)
        return self.full(changes)

    def test_threads_add_up(self):
        record = self.full({ENGINE: "mmap_shared", "workload.threads": 2})
        self.assertGreaterEqual(classes(record)["major"], PAGES - FEW)

    def test_a_steady_start_leaves_nothing_of_the_ageing(self):
        record = self.full({ENGINE: "mmap_shared", "start": "steady", "workload.order": "uniform",
                            "workload.work": {"accesses": 1000}})
        self.assertEqual(sum(classes(record).values()), 1000)

    def test_one_access_in_64_is_sampled(self):
        run = self.measure(timed({ENGINE: "mmap_shared", "start": "warm"},
                                 factors={LATENCY: ["off", "sampled"]}))
        record = run.by(LATENCY)["sampled"]
        self.assertEqual(record["latency"]["mode"], "sampled")
        self.assertIn("sampled", record["latency"]["harness_ns"]["missing"])
        self.assertAlmostEqual(sum(classes(record).values()) / (PAGES / 64), 1, delta=0.4)

    def test_an_untimed_trial_says_so_and_leaves_no_histogram(self):
        run = self.measure(timed())
        record = run.by(LATENCY)["off"]
        self.assertEqual(record["latency"], {"missing": "workload.latency is off"})
        self.assertFalse((run.folder / "histograms" / f"{record['sequence']:05d}.json").exists())


def refuse_perf_events():
    """As a container's usual seccomp filter does; for a child, before exec."""
    number = {"x86_64": 298, "aarch64": 241}[platform.machine()]
    load, equal, give = 0x20, 0x15, 0x06  # BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K
    allow, eacces = 0x7FFF0000, 0x00050000 | 13
    code = b"".join(struct.pack("HBBI", *each) for each in (
        (load, 0, 0, 0), (equal, 0, 1, number), (give, 0, 0, eacces), (give, 0, 0, allow)))
    memory = ctypes.create_string_buffer(code)
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(memory)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, filter_mode, program, 0, 0):
        raise OSError(ctypes.get_errno(), "no seccomp filter")


class DegradedTest(ProgramTest):
    CONFIG = timed({ENGINE: "anon", "workload.advice": "normal"})

    def record(self, **how) -> dict:
        self.faultlab(*self.run_words(self.write_config(self.CONFIG)), expect=EXIT_OK, **how)
        return self.only_run().by(LATENCY)["full"]

    def test_where_the_kernel_refuses_the_classes_are_missing_and_the_times_are_not(self):
        if platform.machine() not in ("x86_64", "aarch64"):
            self.skipTest("the filter knows no number of perf_event_open(2) here")
        record = self.record(preexec_fn=refuse_perf_events)
        latency = record["latency"]
        self.assertEqual(classes(record), {"any": PAGES})
        self.assertIn("perf_event_paranoid", latency["no_classes"]["missing"])
        for metric in ("blocked_faults", "unclassified_accesses", "preempted_accesses"):
            self.assertIn("perf", missing(record, f"{metric}@latency"))
        self.assertGreater(reading(record, "timer_ns@latency"), 0)
        self.assertGreater(latency["classes"]["any"]["median_ns"], 0)

    def test_an_ordinary_user_has_classes_or_the_reason_why_not(self):
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            self.skipTest("only root can become an ordinary user, with setpriv")
        shutil.copy(PROGRAM, self.folder / "faultlab")
        home = self.folder / "home"
        home.mkdir()
        for path in (self.folder, home, self.folder / "faultlab"):
            os.chmod(path, 0o755)
        os.chown(home, 65534, 65534)
        words = ["run", self.write_config(self.CONFIG), "--results", home / "results", "--data", home / "data",
                 "--no-study", "--quiet"]
        os.chmod(self.folder / "experiment.json", 0o644)
        user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        reachable = self.as_user([*user, self.folder / "faultlab", "--version"])
        if reachable.returncode != 0:
            self.skipTest(f"an ordinary user cannot reach {self.folder}")
        done = self.as_user([*user, self.folder / "faultlab", *words], FAULTLAB_STATE=str(home / "state"))
        self.assertEqual(done.returncode, EXIT_OK, done.stderr)
        record = Run(next((home / "results").glob("*/*/"))).by(LATENCY)["full"]
        if "no_classes" in record["latency"]:
            self.assertEqual(classes(record), {"any": PAGES})
        elif not SANITIZED:
            counts = classes(record)
            self.assertEqual(counts["zero_fill"] + counts.get("unclassified", 0), PAGES)

    def as_user(self, words, **environment):
        return subprocess.run([str(word) for word in words], env=self.environment(**environment), text=True,
                              capture_output=True, timeout=300)


class TwinTest(ProgramTest):
    def refused(self, content: dict) -> str:
        done = self.faultlab("validate", self.write_config(content))
        self.assertNotEqual(done.returncode, EXIT_OK)
        return done.stdout + done.stderr

    def test_timing_without_a_twin_is_refused(self):
        for content in (config({LATENCY: "full"}), timed(factors={LATENCY: ["sampled", "full"]}),
                        timed(factors={LATENCY: ["off", "full"], ENGINE: ["pread", "read"]},
                              exclude=[{LATENCY: "off", ENGINE: "read"}])):
            self.assertIn("latency-twin", self.refused(content))

    def test_the_experiment_is_valid(self):
        self.faultlab("validate", ROOT / "experiments/fault-classes/experiment.json", expect=EXIT_OK)


if __name__ == "__main__":
    unittest.main()
