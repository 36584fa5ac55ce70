"""Media of the run's own: counts on each are what theory says of it, each is shared by the trials that ask for it,
and nothing of any is left, whatever ends the run."""

import os
import platform
import random
import shutil
import signal
import time
import unittest
from pathlib import Path

from program import (EXIT_HOST_CANNOT, EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE, PAGE, CgroupTest, Started, config,
                     has_ledger, loop_files, missing, reading, wait_until)

SIZE = "8 MiB"
PAGES = (8 << 20) // PAGE
ENGINE = "workload.engine"
MEDIUM = "dataset.medium"
EXT4 = {"kind": "ext4_loop", "size": "32 MiB", "read_ahead_kb": 0}
JOURNAL = {**EXT4, "data": "journal"}
XFS = {"kind": "xfs_loop", "size": "320 MiB", "read_ahead_kb": 0}
ZRAM = {"kind": "ext4_zram", "size": "32 MiB", "read_ahead_kb": 0}
TMPFS = {"kind": "tmpfs", "size": "16 MiB"}
KILLS = int(os.environ.get("FAULTLAB_KILLS", "15"))
MOMENTS = random.Random(20261127)


def on(medium: dict | str, changes: dict | None = None, **top) -> dict:
    """A cold mapping of a file on that medium, each page of it touched once in a drawn order."""
    return config({"dataset.size": SIZE, MEDIUM: medium, ENGINE: "mmap_shared", "workload.advice": "normal",
                   **(changes or {})}, **top)


def level(label: str, medium: dict) -> dict:
    return {"label": label, "set": {MEDIUM: medium}}


class MediaTest(CgroupTest):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("media want root")
        for tool, package in (("mkfs.ext4", "e2fsprogs"), ("mkfs.xfs", "xfsprogs")):
            if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
                raise unittest.SkipTest(f"{tool} is not installed (apt-get install {package})")
        if not Path("/sys/class/zram-control").exists() or not Path("/dev/loop-control").exists():
            raise unittest.SkipTest("no loop devices or no zram")
        super().setUpClass()

    def setUp(self):
        super().setUp()
        before, self.ahead = self.host_state(), self.read_ahead_of_loops()
        self.addCleanup(lambda: self.assertLessEqual(self.ahead.items(), self.read_ahead_of_loops().items()))
        self.addCleanup(lambda: wait_until(lambda: self.host_state() == before, f"{before}", seconds=10))
        self.addCleanup(lambda: self.assertEqual(list(self.data.glob("medium-*")), []))

    def mounts(self) -> list[str]:
        """Points of mounts below the data folder, as this test sees them: outside of the program."""
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
        return [line.split()[4] for line in lines if line.split()[4].startswith(str(self.data.resolve()))]

    def host_state(self) -> dict:
        return {"mounts": self.mounts(),
                "zram": sorted(path.name for path in Path("/sys/block").glob("zram*")),
                "loops": loop_files()}

    def read_ahead_of_loops(self) -> dict[Path, str]:
        """Devices stay when they are no longer used, and their settings with them."""
        return {path: path.read_text(encoding="utf-8") for path in Path("/sys/block").glob("loop*/queue/read_ahead_kb")}

    def one(self, content: dict) -> dict:
        record = self.measure(content).records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        return record

    def assert_page_by_page(self, record: dict, pages: int):
        """Each page was a major fault of its own and a read of its own."""
        self.assertEqual(reading(record, "major_faults@rusage"), pages)
        self.assertEqual(reading(record, "device_read_bytes@io"), pages * PAGE)
        if has_ledger(record):
            self.assertEqual(reading(record, "added_pages@page_cache"), pages)
            self.assertEqual(reading(record, "ledger_residual@page_cache"), 0)


class CountsTest(MediaTest):
    counts_exactly = True

    def test_without_read_ahead_each_page_is_a_major_fault_and_a_read(self):
        for medium in (JOURNAL, EXT4, XFS, ZRAM):
            with self.subTest(medium=medium["kind"], data=medium.get("data")):
                shutil.rmtree(self.results, ignore_errors=True)
                record = self.one(on(medium))
                self.assert_page_by_page(record, PAGES)
                self.assertEqual(record["medium"]["kind"], medium["kind"])
                self.assertEqual(record["medium"]["read_ahead_bytes"], 0)
                self.assertEqual(record["medium"]["file_system"], "xfs" if medium is XFS else "ext4")
                # The device's own count may hold a read of the file system's own beside them.
                disk = reading(record, "device_read_bytes@disk")
                self.assertGreaterEqual(disk, PAGES * PAGE)
                self.assertLess(disk, PAGES * PAGE + (1 << 20))

    def test_of_random_touches_the_distinct_pages_are_major(self):
        record = self.one(on(JOURNAL, {"workload.order": "uniform", "workload.work": {"accesses": PAGES // 2}}))
        majors = reading(record, "major_faults@rusage")
        self.assert_page_by_page(record, majors)
        if has_ledger(record):
            self.assertEqual(reading(record, "distinct_added_pages@page_cache"), majors)
        # Of n pages, n/2 touches reach n (1 - e^-1/2) distinct ones, give or take.
        self.assertAlmostEqual(majors, PAGES * 0.3935, delta=PAGES * 0.03)

    def test_journalled_data_has_single_pages_in_the_cache(self):
        """Warm by large writes: large folios map whole, single pages sixteen at a time (fault-around)."""
        factors = {"data": [level(data, {**EXT4, "read_ahead_kb": 128, "data": data})
                            for data in ("ordered", "journal")]}
        run = self.measure(on(EXT4, {"dataset.write_chunk": "1 MiB", "workload.order": "sequential"}, start="warm",
                              factors=factors))
        faults = {name: reading(record, "minor_faults@rusage") for name, record in run.by("data").items()}
        own = 8
        self.assertAlmostEqual(faults["journal"], PAGES // 16, delta=own)
        if tuple(map(int, platform.release().split(".")[:2])) >= (6, 16):  # since then ext4 has large folios
            self.assertLess(faults["ordered"], PAGES // 16 - own)
        else:
            self.assertAlmostEqual(faults["ordered"], PAGES // 16, delta=own)
        for name, record in run.by("data").items():
            self.assertEqual("data=journal" in record["medium"]["mount_options"], name == "journal")

    def test_the_knob_sets_the_read_ahead_of_the_mediums_own_device(self):
        run = self.measure(on({**EXT4, "read_ahead_kb": 64}, {"workload.order": "sequential"},
                              knobs={"read_ahead_kb": 0}, factors={"knobs.read_ahead_kb": [0, 128]}))
        alone, ahead = (run.by("knobs.read_ahead_kb")[name] for name in ("0", "128"))
        self.assertEqual(alone["medium"]["read_ahead_bytes"], 0)
        self.assertEqual(ahead["medium"]["read_ahead_bytes"], 128 << 10)
        self.assert_page_by_page(alone, PAGES)
        self.assertLess(reading(ahead, "major_faults@rusage"), PAGES // 16)

    def test_tmpfs_reads_no_device(self):
        record = self.one(on(TMPFS, start="warm"))
        self.assertEqual(reading(record, "major_faults@rusage"), 0)
        self.assertEqual(reading(record, "device_read_bytes@io"), 0)
        self.assertEqual(record["start"], {"requested": "warm", "verified": True})
        self.assertIn("no block device", missing(record, "device_read_bytes@disk"))
        self.assertEqual(record["medium"]["file_system"], "tmpfs")
        self.assertIn("missing", record["medium"]["read_ahead_bytes"])


class RulesTest(MediaTest):
    def test_nothing_on_tmpfs_is_cold(self):
        said = self.faultlab(*self.run_words(self.write_config(on(TMPFS))), expect=EXIT_USAGE).stderr
        self.assertIn("medium-warm", said)
        self.assertIn("\"start\": \"warm\"", said)

    def test_tmpfs_has_no_read_ahead_to_set(self):
        record = self.measure(on(TMPFS, start="warm", knobs={"read_ahead_kb": 0}), expect=EXIT_SOME_FAILED).records[0]
        self.assertEqual(record["outcome"], "failed")
        self.assertIn("knob read_ahead_kb", record["reason"])
        self.assertIn("no block device", record["reason"])

    def test_more_than_the_disk_or_the_memory_holds_is_refused_first(self):
        for medium, lacking in ((EXT4, "disk"), (ZRAM, "memory"), (TMPFS, "memory")):
            with self.subTest(medium=medium["kind"]):
                path = self.write_config(on({**medium, "size": "500 TiB"}, start="warm"))
                said = self.faultlab(*self.run_words(path), expect=EXIT_HOST_CANNOT).stderr
                self.assertIn(f"{lacking}: ", said)
                self.assertFalse(self.results.exists())

    def test_an_equal_choice_is_the_same_medium(self):
        factors = {ENGINE: ["mmap_shared", "pread"], "place": [level("loop", EXT4), level("zram", ZRAM)]}
        run = self.measure(on(EXT4, factors=factors))
        devices = {}
        for record in run.records:
            self.assertEqual(record["outcome"], "ok", record["reason"])
            devices.setdefault(record["cell"]["place"], set()).add(record["medium"]["device"])
        self.assertEqual({place: len(all_of) for place, all_of in devices.items()}, {"loop": 1, "zram": 1})
        self.assertNotEqual(devices["loop"], devices["zram"])

    def test_the_hosts_medium_is_described_too(self):
        record = self.one(on("host"))
        self.assertEqual(record["medium"]["kind"], "host")
        self.assertIsInstance(record["medium"]["file_system"], str)


class EndingsTest(MediaTest):
    """Whatever ends a run, its media are gone afterwards."""

    LEVELS = {"place": [level("ext4", JOURNAL), level("xfs", XFS), level("zram", ZRAM), level("tmpfs", TMPFS)]}

    def test_killed_at_any_moment(self):
        """While media are made, in use, or given up."""
        content = on(EXT4, start="warm", trials=50, factors=self.LEVELS)
        before, seen = self.host_state(), set()
        for kill in range(KILLS):
            shutil.rmtree(self.results, ignore_errors=True)
            started = Started(self, content)
            if kill % 2:  # however long it takes on a slow machine
                wait_until(self.mounts, "a medium")
            time.sleep(3 * MOMENTS.random() ** 4)  # many while media are made, which is soon done on a fast machine
            seen.add(len(self.mounts()))
            started.kill_unguarded()
            said = self.faultlab("recover", expect=EXIT_OK).stdout
            self.assertNotIn("NOT DONE", said)
            self.assertEqual(self.host_state(), before, f"after kill {kill}: {said}")
            self.assertEqual(list(self.data.glob("medium-*")), [], f"after kill {kill}: {said}")
        self.assertGreater(len(seen), 1, "some kills came while media were there, some before")

    def long(self) -> Started:
        started = Started(self, on(EXT4, {"workload.order": "uniform", "workload.work": {"seconds": 30}}, start="warm",
                                   factors=self.LEVELS))
        started.until(lambda: len(self.mounts()) == 4, "four mounts")
        return started

    def test_after_an_interrupt(self):
        started = self.long()
        time.sleep(0.5)
        started.stop(signal.SIGINT)

    def test_after_a_kill_and_recover_although_somebody_looks_at_the_files(self):
        started = self.long()
        loops = [line.split()[:2] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
                 if line.startswith("/dev/loop") and line.split()[1] in self.mounts()]
        device, held = loops[0]
        # The kernel lets go of the device when the last file is closed, and then gives it the read-ahead of any.
        del self.ahead[Path("/sys/block", Path(device).name, "queue/read_ahead_kb")]
        busy = os.open(held, os.O_RDONLY)
        try:
            started.kill_unguarded()
            said = self.faultlab("recover", expect=EXIT_OK).stdout
        finally:
            os.close(busy)
        self.assertEqual(said.count("unmounted "), 4, said)


if __name__ == "__main__":
    unittest.main()
