"""The guardian: whoever is killed, at whatever stage, the host is as it was, and nobody has to call `recover`."""

import os
import random
import shutil
import signal
import time
import unittest

from program import (EXIT_INTERRUPTED, EXIT_OK, EXIT_SOME_FAILED, ROOM, SANITIZED, Started, cgroups_of,
                     config, guardians_of, processes_of, trials_of, wait_until)
from program_swap import NO_ZSWAP, SwapTest, host_state

KILLS = int(os.environ.get("FAULTLAB_KILLS", "10" if SANITIZED else "100"))
MOMENTS = random.Random(20261127)


def swapping_run(**top) -> dict:
    """Trials that change everything a trial can: a swap area, a knob, a cgroup, its limit."""
    return config({"name": "guarded", "dataset.size": "24 MiB", "workload.engine": "anon", "workload.advice": "normal",
                   "workload.order": "uniform", "workload.work": {"seconds": 0.3},
                   "swap": {"kind": "loop", "size": f"{64 * ROOM} MiB"}, "sample_every": "off",
                   "knobs": {"page_cluster": 0, **NO_ZSWAP},
                   "pressure.memcg_limit.limit": f"{18 * ROOM} MiB"}, trials=3, **top)


class GuardianTest(SwapTest):
    def setUp(self):
        super().setUp()
        self.before = host_state()

    def assert_restored(self, started: Started, what: str):
        wait_until(lambda: not processes_of(self.state), f"the end of every process, {what}", seconds=60)
        self.assertEqual(host_state(), self.before, what)
        self.assertEqual(cgroups_of(started.pid), [], what)
        self.assertEqual([path.name for path in self.data.glob("*") if "swap" in path.name or "partial" in path.name],
                         [], what)
        # One that was just opened, with nobody there yet to remove it, is empty.
        left = [path.name for path in self.state.glob("*") if path.stat().st_size > 0]
        self.assertEqual(left, [], f"the journal has been worked off, {what}")

    def child_of(self, started: Started) -> int:
        """The process of the trial."""
        return started.until(lambda: trials_of(self.state), "the trial's process")[0]

    def until_stage(self, started: Started, stage: str):
        """Waits until the run is where its stage is told from outside."""
        seen = {
            "before the journal": lambda: True,
            "after the journal": lambda: list(self.state.glob("undo-*")),
            "swap on": lambda: len(host_state()["swaps"].splitlines()) > 1,
            "cgroup made": lambda: cgroups_of(started.pid),
            "running": lambda: trials_of(self.state),
            "recording": lambda: any(run.lines for run in self.runs()),
        }
        started.until(seen[stage], stage)
        if stage == "running":
            time.sleep(0.1)


STAGES = ("before the journal", "after the journal", "swap on", "cgroup made", "running", "recording")


class MatrixTest(GuardianTest):
    """Every victim at every stage."""

    def each_stage(self, kill, victim: str, endings: set):
        for stage in STAGES:
            with self.subTest(victim=victim, stage=stage):
                shutil.rmtree(self.results, ignore_errors=True)
                started = Started(self, swapping_run())
                self.until_stage(started, stage)
                self.assertIn(kill(started), endings)
                self.assert_restored(started, f"{victim} at stage {stage}")

    def test_the_parent_is_killed(self):
        self.each_stage(lambda started: started.stop(signal.SIGKILL), "SIGKILL of the parent", {-signal.SIGKILL})

    def test_the_parent_is_asked_to_end(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            # Before the program has taken the signal over, it ends as any program does.
            self.each_stage(lambda started, number=number: started.stop(number), number.name,
                            {EXIT_INTERRUPTED, -number})

    def test_the_guardian_is_killed(self):
        """The run goes on, with another guardian."""
        def kill(started: Started) -> int:
            for pid in guardians_of(self.state):
                os.kill(pid, signal.SIGKILL)
            started.process.communicate()
            return started.process.returncode
        self.each_stage(kill, "SIGKILL of the guardian", {EXIT_OK})

    def test_the_trial_is_killed(self):
        """An outcome of the trial; the next one runs."""
        started = Started(self, swapping_run())
        os.kill(self.child_of(started), signal.SIGKILL)
        started.process.communicate()
        self.assertEqual(started.process.returncode, EXIT_SOME_FAILED)
        outcomes = [record["outcome"] for record in self.only_run().records]
        self.assertIn("signalled", outcomes)
        self.assertEqual(outcomes.count("ok"), 2)
        self.assert_restored(started, "SIGKILL of the trial")

    def test_the_trial_runs_out_of_memory(self):
        if SANITIZED:
            self.skipTest("memory without a limit")
        content = swapping_run(swap={"kind": "loop", "size": "1 MiB"})
        content["workload"]["work"] = {"accesses": 100_000}  # of 6,144 pages, however long they take
        started = Started(self, content)
        started.process.communicate()
        outcomes = {record["outcome"] for record in self.only_run().records}
        self.assertEqual(outcomes, {"oom_killed"})
        self.assertIn("peak charge", self.only_run().records[0]["reason"])
        self.assert_restored(started, "OOM kill of the trial")

    def test_a_second_guardian_takes_over(self):
        started = Started(self, swapping_run())
        first = started.until(lambda: guardians_of(self.state), "the guardian")
        os.kill(first[0], signal.SIGKILL)
        second = started.until(lambda: set(guardians_of(self.state)) - set(first), "another guardian")
        self.until_stage(started, "swap on")
        started.stop(signal.SIGKILL)
        self.assert_restored(started, f"SIGKILL of the parent, watched by {second}")


class RandomTest(GuardianTest):
    def test_killed_at_any_moment(self):
        """Nobody calls `recover`."""
        levels = [{"label": kind, "set": {"swap": {"kind": kind, "size": f"{64 * ROOM} MiB"}}}
                  for kind in ("file", "loop")]
        seen = set()
        for kill in range(KILLS):
            shutil.rmtree(self.results, ignore_errors=True)
            started = Started(self, swapping_run(**{"workload.work": {"seconds": 0.05}, "factors": {"place": levels}}))
            time.sleep(MOMENTS.uniform(0, 0.5))
            seen.add(host_state()["swaps"].count("\n"))
            started.stop(signal.SIGKILL)
            self.assert_restored(started, f"kill {kill}")
        if KILLS >= 100:
            self.assertEqual(seen, {1, 2}, "some kills came while an area was there, some while none was")


if __name__ == "__main__":
    unittest.main()
