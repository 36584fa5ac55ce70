"""Trials that do not end ok: each has the outcome and the reason that it deserves, what was counted
until then is kept, and the trials after it run as if nothing had happened."""

import os
import re
import shlex
import signal
import subprocess
import unittest
from pathlib import Path

from program import (EXIT_HOST_CANNOT, EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE, MIB, PAGE, PATIENCE_S, PROGRAM, ROOM,
                     SMALL_PAGES, CgroupTest, Started, cgroup_home, cgroups_of, config, mib, missing, processes_of,
                     reading, wait_until)

ENGINE = "workload.engine"
LIMIT = "pressure.memcg_limit"
# More accesses than any host makes within a test.
FOREVER = {"workload.work": {"accesses": 10**12}}
# Four times as much memory as the limit allows, touched in order.
SMALL = 16 * ROOM
TOO_MUCH = {ENGINE: "anon", "workload.advice": "normal", "workload.order": "sequential",
            "dataset.size": mib(4 * SMALL), LIMIT: {"limit": mib(SMALL)}}


def touches_a_dataset(pid: int) -> bool:
    """Pages of a mapped dataset are in the process: after a cold start, its window is open."""
    try:
        areas = Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8")
    except OSError:
        return False
    resident = re.search(r"\.dat\n(?:.*\n)*?Rss: +(\d+) kB", areas)
    return resident is not None and int(resident[1]) > 0


class OutcomeTest(CgroupTest):
    def ended(self, content: dict, outcome: str) -> dict:
        """The record of a config's only trial, which must end with `outcome` and leave nothing behind."""
        record = self.measure(content, expect=EXIT_OK if outcome == "ok" else EXIT_SOME_FAILED).records[0]
        self.assertEqual(record["outcome"], outcome, record["reason"])
        self.assertEqual(bool(record["reason"]), outcome != "ok")
        self.assert_nothing_left()
        return record

    def assert_nothing_left(self):
        for pid in self.pids:
            self.assertEqual(cgroups_of(pid), [])
        wait_until(lambda: not processes_of(self.state), "the end of every process", seconds=30)
        self.assertEqual(list(self.state.glob("*")), [])


class OomTest(OutcomeTest):
    def test_memory_that_cannot_be_held_is_an_oom_kill(self):
        record = self.ended(config(TOO_MUCH), "oom_killed")
        said = re.search(r"after (\d+) accesses; peak charge (\d+) bytes of a limit of (\d+)$", record["reason"])
        self.assertIsNotNone(said, record["reason"])
        accesses, peak, limit = map(int, said.groups())
        self.assertEqual(limit, SMALL * MIB)
        self.assertLessEqual(peak, limit)
        self.assertGreater(peak, limit // 2)
        self.assertEqual(reading(record, "accesses@worker"), accesses)
        self.assertLessEqual(reading(record, "memory_peak_bytes@memcg"), limit)
        self.assertIn("ended inside the window", record["readings"]["wall_ns"]["clock"]["missing"])

    def test_a_start_that_cannot_be_held_is_a_config_error(self):
        path = self.write_config(config(TOO_MUCH, start="warm"))
        said = self.faultlab(*self.run_words(path), expect=EXIT_USAGE).stderr
        self.assertIn("a warm start holds the whole dataset", said)

    def test_the_run_goes_on_after_a_kill(self):
        limit = f"{LIMIT}.limit"
        run = self.measure(config(TOO_MUCH, factors={limit: [mib(SMALL), "none"]}, trials=2), expect=EXIT_SOME_FAILED)
        outcomes = sorted((record["cell"][limit], record["outcome"]) for record in run.records)
        self.assertEqual(outcomes, [(mib(SMALL), "oom_killed")] * 2 + [("none", "ok")] * 2)
        self.assertEqual([record["sequence"] for record in run.records], [0, 1, 2, 3])
        self.assert_nothing_left()


class BudgetTest(OutcomeTest):
    def test_a_trial_beyond_its_time_keeps_its_readings(self):
        record = self.ended(config({**FOREVER, "workload.order": "uniform", "budget.wall": "1 s"}), "timeout")
        self.assertIn("budget.wall of 1 s", record["reason"])
        self.assertGreater(reading(record, "accesses@worker"), 0)
        self.assertGreater(reading(record, "wall_ns@clock"), 0)
        self.assertGreater(reading(record, "system_ns@rusage"), 0)

    def test_more_seconds_than_the_budget_are_a_config_error(self):
        path = self.write_config(config({"workload.work": {"seconds": 30}, "budget.wall": "1 s"}))
        self.assertIn("budget.wall", self.faultlab(*self.run_words(path), expect=EXIT_USAGE).stderr)

    def test_a_trial_that_reads_too_much_is_stopped(self):
        """Random touches without advice: the kernel reads ahead far more than is touched."""
        allowed = 32 * MIB
        record = self.ended(config({
            **FOREVER, ENGINE: "mmap_shared", "workload.order": "uniform", "workload.advice": "normal",
            "dataset.size": "64 MiB", LIMIT: {"limit": mib(48 * ROOM)}, "sample_every": "10 ms",
            "budget.device_read": "32 MiB"}), "over_budget")
        self.assertIn(f"budget.device_read of {allowed} bytes", record["reason"])
        self.assertGreater(reading(record, "device_read_bytes@io"), allowed)
        self.assertGreater(reading(record, "accesses@worker"), 0)
        self.assertGreater(reading(record, "wall_ns@clock"), 0)

    def test_a_start_that_takes_too_long_is_a_timeout_without_a_window(self):
        record = self.ended(config({
            ENGINE: "mmap_shared", "workload.order": "uniform", "workload.work": {"seconds": 0.2}, "start": "steady",
            "dataset.size": "64 MiB", LIMIT: {"limit": mib(32 * ROOM)}, "budget.wall": "500 ms"}), "timeout")
        self.assertIn("before the window closed", record["reason"])


class CommandTest(OutcomeTest):
    """Programs of the user's, as trials."""

    def command(self, words: list[str], outcome: str, **changes) -> dict:
        content = config({"workload": {"engine": "command", "command": words}, **changes})
        return self.ended(content, outcome)

    def test_a_program_that_succeeds(self):
        record = self.command(["true"], "ok")
        self.assertGreater(reading(record, "wall_ns@clock"), 0)
        self.assertIn("cannot be seen", missing(record, "accesses@command"))
        self.assertIn("missing", record["readings"]["ops_per_second"]["derived"])

    def test_a_program_that_fails(self):
        self.assertIn("exit status 1", self.command(["false"], "failed")["reason"])

    def test_a_program_that_is_not_there(self):
        content = config({"workload": {"engine": "command", "command": ["no-such-program-anywhere"]}})
        said = self.faultlab(*self.run_words(self.write_config(content)), expect=EXIT_HOST_CANNOT).stderr
        self.assertIn("no-such-program-anywhere is not there", said)

    def test_a_program_that_cannot_be_executed(self):
        script = self.folder / "script"
        script.write_text("#!/no/such/interpreter\n", encoding="utf-8")
        script.chmod(0o755)
        self.assertIn(f"execute {script}", self.command([str(script)], "failed")["reason"])

    def test_a_program_that_crashes(self):
        self.assertIn("signal 11", self.command(["sh", "-c", "kill -SEGV $$"], "crashed")["reason"])

    def test_a_program_that_is_ended_by_another_signal(self):
        self.assertIn("signal 15", self.command(["sh", "-c", "kill -TERM $$"], "signalled")["reason"])

    def test_a_program_that_takes_more_memory_than_there_is(self):
        record = self.command(["/usr/bin/python3", "-S", "-c", f"b'x' * {8 * SMALL * MIB}"], "oom_killed",
                              **{LIMIT: {"limit": mib(2 * SMALL)}})
        self.assertIn(f"of a limit of {2 * SMALL * MIB}", record["reason"])

    def test_a_program_that_takes_too_long_is_ended_with_its_children(self):
        self.command(["sh", "-c", "sleep 1000 & sleep 1000"], "timeout", **{"budget.wall": "1 s"})

    def test_a_program_that_leaves_a_child_behind(self):
        self.command(["sh", "-c", "sleep 1000 & exit 0"], "ok")

    def test_what_a_program_prints_is_kept_and_not_shown(self):
        content = config({"workload": {"engine": "command", "command": ["sh", "-c", "echo out; echo err >&2"]}})
        done = self.faultlab(*self.run_words(self.write_config(content)), expect=EXIT_OK)
        self.assertNotIn("err", done.stderr)
        self.assertEqual((self.only_run().folder / "command-output.txt").read_text(encoding="utf-8"), "out\nerr\n")

    def test_faults_of_a_program_are_counted(self):
        """64 MiB written by a child of the trial: at least a fault for each page."""
        script = "b = bytearray(64 << 20)\nfor at in range(0, len(b), 4096): b[at] = 1"
        record = self.command(["/usr/bin/python3", "-S", "-c", script], "ok", knobs=SMALL_PAGES)
        self.assertGreater(reading(record, "minor_faults@rusage"), 64 * MIB // 4096 // 2)


class StruckTest(OutcomeTest):
    """Something happens to the trial's process from outside, while its window is open."""

    def environment(self, **more: str) -> dict[str, str]:
        # A sanitizer's own handlers turn a crash into an exit.
        unhandled = "handle_segv=0:handle_sigbus=0"
        return super().environment(ASAN_OPTIONS=unhandled, TSAN_OPTIONS=unhandled, **more)

    def struck(self, strike, changes: dict | None = None) -> tuple[list[dict], int]:
        """Two trials; `strike` happens to the first. The records, and the exit code."""
        started = Started(self, config({"workload.work": {"seconds": 2}, "workload.order": "uniform",
                                        ENGINE: "mmap_shared", "dataset.size": "24 MiB", **(changes or {})}, trials=2))
        self.pids.append(started.pid)
        child = started.until(lambda: next(filter(touches_a_dataset, processes_of(self.state)), None), "an open window")
        strike(child)
        started.process.communicate(timeout=PATIENCE_S)
        self.assert_nothing_left()
        return self.only_run().records, started.process.returncode

    def test_a_signal_from_outside(self):
        records, code = self.struck(lambda child: os.kill(child, signal.SIGKILL))
        self.assertEqual([record["outcome"] for record in records], ["signalled", "ok"])
        self.assertRegex(records[0]["reason"], r"signal 9 \(Killed\) after \d+ accesses")
        self.assertEqual(code, EXIT_SOME_FAILED)

    def test_a_signal_to_one_of_several_processes_ends_all(self):
        def strike(_):
            os.kill(max(filter(touches_a_dataset, processes_of(self.state))), signal.SIGKILL)
        records, code = self.struck(strike, {"workload.processes": 2})
        self.assertEqual([record["outcome"] for record in records], ["failed", "ok"])
        self.assertIn("a process of the trial has ended by signal 9", records[0]["reason"])
        self.assertEqual(code, EXIT_SOME_FAILED)

    def test_a_crash(self):
        records, _ = self.struck(lambda child: os.kill(child, signal.SIGSEGV))
        self.assertEqual(records[0]["outcome"], "crashed", records[0]["reason"])
        self.assertIn("signal 11", records[0]["reason"])
        self.assertIn("ended inside the window", records[0]["readings"]["wall_ns"]["clock"]["missing"])

    def test_a_dataset_that_shrinks_under_a_mapping(self):
        records, _ = self.struck(lambda _: os.truncate(next(self.data.glob("*25165824*.dat")), 0))
        self.assertEqual([record["outcome"] for record in records], ["failed", "ok"], records[0]["reason"])
        self.assertIn("signal 7", records[0]["reason"])
        self.assertIn("ended inside the window", records[0]["readings"]["wall_ns"]["clock"]["missing"])


class DamageTest(OutcomeTest):
    def dataset_of(self, size: int) -> Path:
        return next(path for path in self.data.glob("*.dat") if path.stat().st_size == size)

    def test_a_dataset_with_a_wrong_word_is_never_a_number(self):
        content = config({"workload.consume": "sum", "dataset.size": "8 MiB"})
        good = self.measure(content)
        dataset = self.dataset_of(8 * MIB)
        before = dataset.stat()
        with dataset.open("r+b") as file:
            file.seek(4 * MIB)
            file.write(b"\0" * 8)
        # The note beside the file vouches for this time stamp: the damage is not seen before the trial.
        os.utime(dataset, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.faultlab(*self.run_words(self.write_config(content)), expect=EXIT_SOME_FAILED)
        record = next(run.records[0] for run in self.runs() if run.folder != good.folder)
        self.assertEqual(record["outcome"], "invalid")
        self.assertIn("checksum", record["reason"])

    def test_a_dataset_with_a_new_time_stamp_is_checked_and_made_again(self):
        content = config({"workload.consume": "sum", "dataset.size": "12 MiB"})
        self.measure(content)
        dataset = self.dataset_of(12 * MIB)
        with dataset.open("r+b") as file:
            file.write(b"\0" * 8)
        self.faultlab(*self.run_words(self.write_config(content)), expect=EXIT_OK)
        self.assertEqual([record["outcome"] for run in self.runs() for record in run.records], ["ok", "ok"])


class LackTest(OutcomeTest):
    """A host without memory cgroups: here, the same one with their mount taken away."""

    def without_cgroups(self, path: Path) -> subprocess.CompletedProcess:
        hierarchy = next(parent for parent in [cgroup_home(), *cgroup_home().parents] if parent.is_mount())
        words = shlex.join([PROGRAM, *map(str, self.run_words(path))])
        done = subprocess.run(["unshare", "-m", "sh", "-c", f"umount -l {hierarchy} && echo gone && exec {words}"],
                              env=self.environment(FAULTLAB_DELEGATED="1"), capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        if not done.stdout.startswith("gone"):
            self.skipTest(f"no right to unmount {hierarchy}: {done.stderr.strip()}")
        return done

    def test_a_limit_is_an_unmet_requirement_with_its_remedy(self):
        done = self.without_cgroups(self.write_config(config({LIMIT: {"limit": "4 MiB"}})))
        self.assertEqual(done.returncode, EXIT_HOST_CANNOT, done.stderr)
        self.assertIn("pressure memcg_limit", done.stderr)
        self.assertIn("docs/setup.md#memory-cgroup", done.stderr)
        self.assertFalse(self.results.exists())
        self.assertEqual(list(self.data.glob("*.dat")), [])

    def test_without_a_limit_only_the_cgroups_readings_are_missing(self):
        done = self.without_cgroups(self.write_config(config({"dataset.size": "8 MiB"})))
        self.assertEqual(done.returncode, EXIT_OK, done.stderr)
        record = self.only_run().records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        self.assertIn("missing", record["cgroup"])
        self.assertIn("no memory cgroup", missing(record, "memory_peak_bytes@memcg"))
        self.assertEqual(reading(record, "accesses@worker"), 8 * MIB // PAGE)


if __name__ == "__main__":
    unittest.main()
