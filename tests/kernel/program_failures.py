"""Storage that fails: a file system that is full, a file that shrinks, a device that does not read. Each is an
outcome with what, where and the remedy; the trials after it run; nothing half-made stays."""

import os
import re
import shutil
import subprocess
import time
import unittest
from pathlib import Path

from program import (EXIT_HOST_CANNOT, EXIT_SOME_FAILED, MIB, PATIENCE_S, ROOM, CgroupTest, Started, config,
                     mib, processes_of)

ENGINE = "workload.engine"
SIZE = 32 * MIB
SHORT = 4 * MIB
LOOP = {"kind": "ext4_loop", "size": "64 MiB", "read_ahead_kb": 0}


def is_trial(pid: int) -> bool:
    """The program as a trial's child: what the parent looks at before it starts one has been looked at."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return len(words) > 1 and words[1] == b"worker"


def fill(folder: Path):
    """Leaves no byte free."""
    with open(folder / "filler", "ab") as file:
        for step in (64 * MIB, MIB, 4096):
            try:
                while True:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), step)
            except OSError:
                continue


class FailureTest(CgroupTest):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("file systems of a test's own want root")
        super().setUpClass()


class FullTest(FailureTest):
    """On a file system of the test's own, of 3 GiB that take no room, filled while the program writes."""

    def setUp(self):
        super().setUp()
        image = self.folder / "image"
        with open(image, "wb") as file:
            file.truncate(3 << 30)
        subprocess.run(["/sbin/mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", image], check=True)
        self.data = self.folder / "full"
        self.data.mkdir()
        subprocess.run(["mount", "-o", "loop", image, self.data], check=True)
        self.addCleanup(lambda: subprocess.run(["umount", self.data], check=True))

    def left(self) -> list[str]:
        return sorted(path.name for path in self.data.iterdir() if path.name not in ("lost+found", "filler"))

    def end_of(self, started: Started) -> tuple[int, str]:
        _, said = started.process.communicate(timeout=PATIENCE_S)
        return started.process.returncode, said

    def test_while_a_dataset_is_made(self):
        started = Started(self, config({"dataset.size": "1 GiB"}))
        started.until_making_dataset()
        fill(self.data)
        code, said = self.end_of(started)
        self.assertEqual(code, EXIT_HOST_CANNOT, said)
        self.assertIn("make a dataset of 1073741824 bytes in " + str(self.data), said)
        self.assertIn("No space left on device", said)
        self.assertIn("free space", said)
        self.assertEqual(self.left(), [])
        self.assertEqual(list(self.state.glob("*")), [])

    def test_while_a_swap_file_is_made(self):
        if len(Path("/proc/swaps").read_text(encoding="utf-8").splitlines()) > 1:
            self.skipTest("this host swaps already")
        started = Started(self, config({
            "dataset.size": "8 MiB", ENGINE: "anon", "workload.advice": "normal", "pressure.memcg_limit.limit":
            mib(64 * ROOM), "swap": {"kind": "file", "size": "32 MiB"}}, trials=60, sample_every="off"))
        started.until_records(1)

        def failed() -> bool:
            fill(self.data)  # again: each trial gives its swap file back
            return any(record["outcome"] == "failed" for record in self.only_run().records)
        started.until(failed, "a trial without room")
        code, said = self.end_of(started)
        self.assertEqual(code, EXIT_SOME_FAILED, said)
        records = self.only_run().records
        self.assertEqual(records[0]["outcome"], "ok", records[0]["reason"])
        last = records[-1]
        self.assertEqual(len(records), 60, "the run goes on")
        self.assertEqual(last["outcome"], "failed")
        self.assertRegex(last["reason"], rf"make {self.data}/swap-\d+ of {32 * MIB} bytes")
        self.assertIn("No space left on device", last["reason"])
        self.assertIn("free space", last["reason"])
        self.assertEqual(self.left(), [])


class SmallMediumTest(FailureTest):
    def test_a_medium_without_room_for_the_dataset(self):
        for medium, start in (({**LOOP, "size": mib(33)}, "cold"), ({"kind": "tmpfs", "size": mib(32)}, "warm")):
            with self.subTest(medium=medium["kind"]):
                path = self.write_config(config({"dataset.size": mib(32), "dataset.medium": medium}, start=start))
                said = self.faultlab(*self.run_words(path), expect=EXIT_HOST_CANNOT).stderr
                self.assertIn(f"make a dataset of {SIZE} bytes", said)
                self.assertIn("choose a larger size for dataset.medium", said)
                self.assertEqual(list(self.data.iterdir()), [])
                self.assertFalse(self.results.exists())


class ShrunkTest(FailureTest):
    def failed_then_ok(self, engine: str) -> str:
        """The reason of the first trial, under which the file has shrunk."""
        started = Started(self, config({"dataset.size": mib(32), ENGINE: engine, "workload.order": "uniform",
                                        "workload.work": {"seconds": 1.5}}, trials=2))
        started.until(lambda: any(is_trial(pid) for pid in processes_of(self.state)), "a trial")
        time.sleep(0.3)
        os.truncate(next(self.data.glob("*.dat")), SHORT)
        _, said = started.process.communicate(timeout=PATIENCE_S)
        self.assertEqual(started.process.returncode, EXIT_SOME_FAILED, said)
        first, second = self.only_run().records
        self.assertEqual(first["outcome"], "failed", first["reason"])
        self.assertEqual(second["outcome"], "ok", second["reason"])
        self.assertTrue(any("made again" in warning for warning in second["warnings"]), second["warnings"])
        self.assertIn(f"the file is shorter than it was: {SHORT} bytes now, {SIZE} when it was made", first["reason"])
        return first["reason"]

    def test_under_a_mapping(self):
        for engine in ("mmap_shared", "mmap_update"):
            with self.subTest(engine=engine):
                shutil.rmtree(self.results, ignore_errors=True)
                reason = self.failed_then_ok(engine)
                offset = re.search(r"access at byte (\d+) of the mapped dataset ended in signal 7", reason)
                self.assertIsNotNone(offset, reason)
                self.assertGreaterEqual(int(offset[1]), SHORT)
                self.assertLess(int(offset[1]), SIZE)

    def test_under_system_calls(self):
        reason = self.failed_then_ok("pread")
        offset = re.search(r"access at byte (\d+): ", reason)
        self.assertIsNotNone(offset, reason)
        self.assertGreaterEqual(int(offset[1]), SHORT)


class UnreadableTest(FailureTest):
    """The file below a loop device loses its end: the device is as large as ever, and cannot read."""

    def reasons(self, engine: str) -> list[str]:
        factors = {"place": [{"label": "loop", "set": {"dataset.medium": LOOP}},
                             {"label": "host", "set": {"dataset.medium": "host"}}]}
        started = Started(self, config({
            "dataset.size": mib(32), ENGINE: engine, "workload.order": "permutation",
            "workload.work": {"seconds": 1}}, trials=2, factors=factors))
        started.until(lambda: any(self.results.glob("*/*/manifest.json")), "the datasets")
        os.truncate(next(self.data.glob("medium-*.image")), 8 * MIB)
        _, said = started.process.communicate(timeout=PATIENCE_S)
        self.assertEqual(started.process.returncode, EXIT_SOME_FAILED, said)
        records = self.only_run().records
        outcomes = sorted((record["cell"]["place"], record["outcome"]) for record in records)
        self.assertEqual(outcomes, [("host", "ok")] * 2 + [("loop", "failed")] * 2, [r["reason"] for r in records])
        self.assertEqual([path.name for path in self.data.iterdir() if path.name.startswith("medium-")], [])
        return [record["reason"] for record in records if record["cell"]["place"] == "loop"]

    def test_under_a_mapping(self):
        for reason in self.reasons("mmap_shared"):
            self.assertRegex(reason, r"access at byte \d+ of the mapped dataset ended in signal 7")
            self.assertIn("the device failed to read", reason)
            self.assertIn("Input/output error", reason)

    def test_under_system_calls(self):
        for reason in self.reasons("pread"):
            self.assertRegex(reason, r"access at byte \d+: Input/output error; the device failed to read")


if __name__ == "__main__":
    unittest.main()
