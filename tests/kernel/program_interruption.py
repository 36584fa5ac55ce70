"""A run that is stopped, politely or not: the host is as it was, what was measured is kept, and resume
does the rest and nothing twice."""

import json
import os
import random
import re
import signal
import time
import unittest
from pathlib import Path

from program import (EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, ROOM, ROOT, CgroupTest, Run, Started, cgroups_of, config,
                     mib, processes_of, wait_until)

ENGINE = "workload.engine"
ENGINES = ["pread", "mmap_shared"]
TRIALS = 4
PLANNED = len(ENGINES) * TRIALS
WINDOW_S = 0.2
# A program with a process in the background, which the death of its parent does not reach.
BACKGROUND_WORK = {"engine": "command", "command": ["sh", "-c", "sleep 1000 & sleep 1000"]}
# When, after how many records, and how far into the trial that follows: drawn once, the same everywhere.
MOMENTS = random.Random(20240601)


def long_enough(name: str = "stopped", size: str = "16 MiB") -> dict:
    """A run of eight short trials under a limit, so that each has a cgroup with charges in it."""
    return config({"name": name, "dataset.size": size, "workload.order": "uniform",
                   "workload.work": {"seconds": WINDOW_S}, "pressure.memcg_limit": {"limit": mib(8 * ROOM)}},
                  factors={ENGINE: ENGINES}, trials=TRIALS)


def finished(run: Run) -> list[int]:
    return [record["sequence"] for record in run.records if record["outcome"] != "interrupted"]


class InterruptionTest(CgroupTest):
    def start(self, content: dict | None = None) -> Started:
        return Started(self, content or long_enough())

    def start_and_wait(self, records: int, content: dict | None = None) -> Started:
        """Returns somewhere within the trial after that many."""
        started = self.start(content)
        started.until_records(records)
        time.sleep(MOMENTS.uniform(0, WINDOW_S))
        return started

    def partial_files(self) -> list[str]:
        return [path.name for path in self.data.glob("*.partial")]

    def assert_host_restored(self, started: Started):
        self.assertEqual(cgroups_of(started.pid), [])
        wait_until(lambda: not processes_of(self.state), "the end of every process", seconds=60)
        self.assertEqual(self.partial_files(), [])
        self.assertEqual(list(self.state.glob("*")), [], "the journal has been worked off")

    def assert_complete(self, run: Run, kept: list[bytes]):
        self.assertEqual(run.lines[:len(kept)], kept, "what was measured before is not touched")
        self.assertEqual(sorted(finished(run)), list(range(PLANNED)), "every trial once")
        self.assertEqual({record["outcome"] for record in run.records} - {"interrupted"}, {"ok"})
        table = (run.folder / "trials.csv").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(table), 1 + len(run.records))


class KillTest(InterruptionTest):
    """SIGKILL of the parent and of its guardian: nobody is left who could clean up."""

    def recover(self):
        done = self.faultlab("recover", expect=EXIT_OK)
        self.assertNotIn("NOT DONE", done.stdout)
        return done.stdout

    def killed(self, records: int) -> tuple[Run, list[bytes]]:
        started = self.start_and_wait(records)
        self.assertEqual(started.kill_unguarded(), -signal.SIGKILL)
        # The kernel ends the trial with its parent (PR_SET_PDEATHSIG).
        wait_until(lambda: not processes_of(self.state), "the end of the trial", seconds=60)
        run = self.only_run()
        kept = run.lines
        self.recover()
        self.assert_host_restored(started)
        return run, kept

    def test_recover_then_resume(self):
        for records in (1, 3, PLANNED - 2):
            with self.subTest(records=records):
                self.results = self.folder / f"after-{records}"
                run, kept = self.killed(records)
                self.assertGreaterEqual(len(kept), records)
                self.assertLess(len(kept), PLANNED)
                self.resume(run)
                self.assert_complete(run, kept)
                self.assert_host_restored_after_all()

    def assert_host_restored_after_all(self):
        for pid in self.pids:
            self.assertEqual(cgroups_of(pid), [])
        self.assertEqual(list(self.state.glob("*")), [])

    def test_killed_before_the_first_record(self):
        started = self.start()
        started.until(lambda: cgroups_of(started.pid), "the first trial's cgroup")
        started.kill_unguarded()
        self.assertIn("cgroup", self.recover())
        self.assert_host_restored(started)
        run = self.only_run()
        kept = run.lines
        self.resume(run)
        self.assert_complete(run, kept)

    def test_killed_while_a_dataset_is_made(self):
        started = self.start(long_enough(size="512 MiB"))
        started.until_making_dataset()
        started.kill_unguarded()
        self.assertNotEqual(self.partial_files(), [])
        self.assertIn(".partial", self.recover())
        self.assert_host_restored(started)
        self.assertEqual(list(self.data.glob("*536870912*")), [], "no half-made file under the final name")
        self.assertEqual(self.runs(), [])

    def test_a_program_of_the_users_is_ended_by_recover(self):
        started = self.start(config({"workload": BACKGROUND_WORK}))
        started.until(lambda: len(processes_of(self.state)) >= 5, "the program's processes")
        started.kill_unguarded()
        self.recover()
        self.assert_host_restored(started)

    def test_a_torn_last_line_counts_as_not_run(self):
        run, kept = self.killed(3)
        path = run.folder / "trials.jsonl"
        os.truncate(path, path.stat().st_size - len(kept[-1]) // 2)
        self.resume(run)
        self.assert_complete(run, kept[:-1])
        again = run.records[len(kept) - 1]
        self.assertEqual(again["sequence"], json.loads(kept[-1])["sequence"], "the torn trial runs first")

    def test_recover_twice_finds_nothing_more(self):
        self.killed(1)
        self.assertIn("nothing to recover", self.recover())

    def test_the_next_run_recovers_what_was_left(self):
        started = self.start()
        started.until(lambda: cgroups_of(started.pid), "the first trial's cgroup")
        started.kill_unguarded()
        left = cgroups_of(started.pid)
        self.assertNotEqual(left, [])
        words = [word for word in self.run_words(self.write_config(config({"name": "another"}))) if word != "--quiet"]
        done = self.faultlab(*words, expect=EXIT_OK)
        self.assertIn("recovered from an earlier run", done.stderr)
        self.assertIn(left[0].name, done.stderr)
        self.assert_host_restored(started)

    def test_recover_leaves_a_living_run_alone(self):
        started = self.start_and_wait(1)
        self.assertIn("nothing to recover", self.recover())
        started.process.communicate()
        self.assertEqual(started.process.returncode, EXIT_OK)
        self.assert_complete(self.only_run(), [])

    def test_a_run_cannot_be_resumed_while_it_goes_on(self):
        started = self.start_and_wait(1)
        done = self.resume(self.only_run(), expect=None)
        self.assertNotEqual(done.returncode, EXIT_OK)
        self.assertIn("another process", done.stderr)
        started.process.communicate()
        self.assert_complete(self.only_run(), [])


class SignalTest(InterruptionTest):
    """Ctrl-C and kill: the program itself puts everything back, and says how to go on."""

    def test_stopped_in_a_trial(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                self.results = self.folder / number.name
                started = self.start_and_wait(2)
                self.assertEqual(started.stop(number), EXIT_INTERRUPTED)
                self.assert_host_restored(started)
                run = self.only_run()
                kept = run.lines
                self.assertGreaterEqual(len(finished(run)), 2)
                self.assertLess(len(finished(run)), PLANNED)
                self.resume(run)
                self.assert_complete(run, kept)

    def test_stopped_while_a_dataset_is_made(self):
        started = self.start(long_enough(size="512 MiB"))
        started.until_making_dataset()
        self.assertEqual(started.stop(signal.SIGINT), EXIT_INTERRUPTED)
        self.assert_host_restored(started)
        self.assertEqual(self.runs(), [])

    def test_the_message_says_how_to_go_on(self):
        started = self.start_and_wait(1)
        started.process.send_signal(signal.SIGINT)
        _, said = started.process.communicate()
        command = re.search(r"faultlab resume (\S+)", said)
        self.assertIsNotNone(command, said)
        self.assertEqual(command[1], str(self.only_run().folder))

    def test_an_impatient_user_presses_it_twice(self):
        started = self.start_and_wait(1)
        started.process.send_signal(signal.SIGINT)
        started.process.send_signal(signal.SIGINT)
        self.assertEqual(started.stop(signal.SIGINT), EXIT_INTERRUPTED)
        self.assert_host_restored(started)

    def test_a_program_of_the_users_ends_too(self):
        started = self.start(config({"workload": BACKGROUND_WORK}))
        started.until(lambda: len(processes_of(self.state)) >= 5, "the program's processes")
        self.assertEqual(started.stop(signal.SIGTERM), EXIT_INTERRUPTED)
        self.assert_host_restored(started)


class KnobTest(InterruptionTest):
    """A kernel setting that trials change: vm.page-cluster, which nothing reads while there is no swap."""

    KNOB = Path("/proc/sys/vm/page-cluster")

    def setUp(self):
        super().setUp()
        if not os.access(self.KNOB, os.W_OK):
            self.skipTest(f"no right to write {self.KNOB}")
        if len(Path("/proc/swaps").read_text(encoding="utf-8").splitlines()) > 1:
            self.skipTest("swap is in use: its read-ahead is not for a test to change")
        self.before = self.value()
        self.wanted = str((int(self.before) + 1) % 8)

    def value(self) -> str:
        return self.KNOB.read_text(encoding="utf-8").strip()

    def with_knob(self) -> dict:
        return {**long_enough(), "knobs": {"page_cluster": int(self.wanted)}}

    def start_until_changed(self) -> Started:
        started = self.start(self.with_knob())
        started.until(lambda: self.value() == self.wanted, "the changed setting")
        return started

    def test_put_back_after_a_run(self):
        self.measure(self.with_knob())
        self.assertEqual(self.value(), self.before)

    def test_put_back_after_a_signal(self):
        started = self.start_until_changed()
        self.assertEqual(started.stop(signal.SIGTERM), EXIT_INTERRUPTED)
        self.assertEqual(self.value(), self.before)
        self.assert_host_restored(started)

    def test_put_back_by_recover_after_a_kill(self):
        started = self.start_until_changed()
        started.kill_unguarded()
        self.assertEqual(self.value(), self.wanted)
        self.faultlab("recover", expect=EXIT_OK)
        self.assertEqual(self.value(), self.before)
        self.assert_host_restored(started)


class ResumeTest(InterruptionTest):
    def test_a_complete_run_has_nothing_left_to_do(self):
        run = self.measure(config(trials=2))
        before = run.lines
        self.resume(run)
        self.assertEqual(run.lines, before)

    def test_a_changed_config_file_does_not_matter(self):
        """The run's own manifest says what it is."""
        started = self.start_and_wait(1)
        started.stop(signal.SIGTERM)
        run = self.only_run()
        self.write_config(config(name="different"))
        kept = run.lines
        self.resume(run)
        self.assert_complete(run, kept)

    def test_an_interrupted_run_can_be_studied_once_it_is_complete(self):
        started = self.start_and_wait(1)
        started.stop(signal.SIGINT)
        run = self.only_run()
        self.resume(run)
        if not (ROOT / "plots/study").exists():
            self.skipTest("the part that studies runs is not beside the program")
        self.faultlab("study", run.folder, expect=EXIT_OK)

    def test_a_malformed_line_is_named(self):
        run = self.measure(config())
        with (run.folder / "trials.jsonl").open("a", encoding="utf-8") as file:
            file.write("neither torn nor whole\n")
        done = self.resume(run, expect=None)
        self.assertNotEqual(done.returncode, EXIT_OK)
        self.assertRegex(done.stderr, r"trials\.jsonl:2: not a record")

    def test_a_folder_that_is_no_run(self):
        self.resume(Run(self.folder), expect=EXIT_USAGE)


if __name__ == "__main__":
    unittest.main()
