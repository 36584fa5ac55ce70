"""Swap areas of the trial's own: pages really go there and come back, each kind by its own counters; nobody
else's area is touched; and nothing is left, whatever ends the run."""

import os
import random
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from program import (EXIT_OK, EXIT_SOME_FAILED, MIB, PAGE, ROOM, SANITIZED, CgroupTest, Started, config, loop_files,
                     missing, reading)

SIZE = 24 * MIB
PAGES = SIZE // PAGE
ACCESSES = 4 * PAGES
KINDS = ["file", "loop", "zram"]
# Processes of this host may swap too, a little; some pages of the harness go and come.
FEW = 64
# How often a run is killed at a random moment; more by hand: FAULTLAB_KILLS=1000.
KILLS = int(os.environ.get("FAULTLAB_KILLS", "10" if SANITIZED else "100"))
MOMENTS = random.Random(20261126)
# Where the kernel has it: off, so that nothing stands between memory and the area.
NO_ZSWAP = {"zswap": "N"} if Path("/sys/module/zswap/parameters/enabled").exists() else {}
ONE_PAGE = {"page_cluster": 0, **NO_ZSWAP}


def swapping(kind: str, changes: dict | None = None, **top) -> dict:
    """Anonymous memory of which three quarters fit, written at random. (Filled and aged beforehand it would have
    more to swap; but on Linux 6.18 some trials whose swap is in memory then end in the OOM killer, with most of
    the area free: experiments/swap-cost.)"""
    swap = "none" if kind == "none" else {"kind": kind, "size": f"{64 * ROOM} MiB"}
    return config({"dataset.size": "24 MiB", "workload.engine": "anon", "workload.advice": "normal",
                   "workload.order": "uniform", "workload.work": {"accesses": ACCESSES}, "swap": swap,
                   "pressure.memcg_limit.limit": f"{18 * ROOM} MiB", "sample_every": "off", **(changes or {})}, **top)


def host_state() -> dict:
    """Everything that a swap area leaves a trace in."""
    return {"swaps": Path("/proc/swaps").read_text(encoding="utf-8"),
            "zram": sorted(path.name for path in Path("/sys/block").glob("zram*")),
            "loops": loop_files(),
            "zswap": [path.read_text(encoding="utf-8") for path in Path("/sys/module/zswap/parameters").glob("enabled")],
            "cluster": Path("/proc/sys/vm/page-cluster").read_text(encoding="utf-8")}


class SwapTest(CgroupTest):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("swap areas want root")
        if len(Path("/proc/swaps").read_text(encoding="utf-8").splitlines()) > 1:
            raise unittest.SkipTest("this host swaps already")
        super().setUpClass()

    def setUp(self):
        super().setUp()
        before = host_state()
        self.addCleanup(lambda: self.assertEqual(host_state(), before))
        self.addCleanup(lambda: self.assertEqual(list(self.data.glob("swap-*")), []))

    def one(self, content: dict) -> dict:
        return self.through(content).records[0]

    def through(self, content: dict, tries: int = 4):
        """A run in which no trial met the OOM killer, which can strike with most of the area free where a device takes
        its time to write (seen on an emulated Linux 6.12); any other end is a failure."""
        for _ in range(tries):
            run = self.measure(content, expect=None)
            endings = [(record["outcome"], record["reason"]) for record in run.records]
            if {outcome for outcome, _ in endings} == {"ok"}:
                return run
            self.assertLessEqual({outcome for outcome, _ in endings}, {"ok", "oom_killed"}, endings)
            shutil.rmtree(self.results)
        return self.fail(f"{tries} runs, and the last ended {endings}")


class ReclaimTest(SwapTest):
    @unittest.skipUnless(Path("/sys/class/zram-control").exists(), "no zram")
    def test_it_interrupts_no_other_processor(self):
        """A trial of one worker has never run elsewhere (docs/adr/0013): no CPU has translations to forget."""
        if SANITIZED:
            self.skipTest("memory without a limit")
        run = self.through(swapping("zram", {"probes": ["rusage", "vmstat", "interrupts"]}, knobs=ONE_PAGE, trials=3))
        for record in run.records:
            if why := missing(record, "tlb_shootdowns@interrupts"):
                self.skipTest(why)
            # The count is the whole host's.
            self.assertLess(reading(record, "tlb_shootdowns@interrupts"),
                            reading(record, "swapped_out_pages@vmstat") / 20)


class KindsTest(SwapTest):
    def test_pages_leave_and_come_back(self):
        for kind in KINDS:
            if kind == "zram" and not Path("/sys/class/zram-control").exists():
                continue
            with self.subTest(kind=kind):
                shutil.rmtree(self.results, ignore_errors=True)
                record = self.one(swapping(kind, knobs=ONE_PAGE))
                self.assertEqual(record["swap"]["kind"], kind)
                self.assertEqual(record["swap"]["size_bytes"], 64 * ROOM * MIB)
                if SANITIZED:  # whose limit leaves room for everything
                    continue
                majors = reading(record, "major_faults@rusage")
                # Nearly a quarter of the accesses find their page gone, once memory is full.
                self.assertGreater(majors, ACCESSES // 16)
                self.assertLessEqual(abs(reading(record, "swapped_in_pages@vmstat") - majors), FEW)
                self.assertGreater(reading(record, "swap_used_bytes@swap"), SIZE // 8)
                if not missing(record, "zswapped_in_pages@vmstat"):  # the kernel has zswap
                    self.assertEqual(reading(record, "zswapped_in_pages@vmstat"), 0)
                zram = missing(record, "zram_memory_bytes@swap")
                self.assertEqual(zram == "", kind == "zram", zram)

    def test_zswap_takes_them_before_the_device_does(self):
        if SANITIZED or not Path("/sys/module/zswap/parameters/enabled").exists():
            self.skipTest("no zswap, or memory without a limit")
        record = self.one(swapping("file", {"dataset.content": "half"}, knobs={"page_cluster": 0, "zswap": "Y"}))
        majors = reading(record, "major_faults@rusage")
        self.assertGreater(majors, ACCESSES // 16)
        self.assertLessEqual(abs(reading(record, "zswapped_in_pages@vmstat") - majors), FEW)
        self.assertLess(reading(record, "swapped_in_pages@vmstat"), FEW)

    def test_zeros_are_stored_nowhere(self):
        if SANITIZED:
            self.skipTest("memory without a limit")
        record = self.one(swapping("file", {"dataset.content": "zero"}, knobs=ONE_PAGE))
        if why := missing(record, "zero_swapped_in_pages@vmstat"):
            self.skipTest(why)
        majors = reading(record, "major_faults@rusage")
        self.assertGreater(majors, ACCESSES // 16)
        self.assertLessEqual(abs(reading(record, "zero_swapped_in_pages@vmstat") - majors), 2 * FEW)
        # The program's own pages are no zeros.
        self.assertLess(reading(record, "swapped_in_pages@vmstat"), 2 * FEW)

    def test_read_ahead_turns_major_faults_into_hits_of_the_swap_cache(self):
        if SANITIZED:
            self.skipTest("memory without a limit")
        run = self.through(swapping("file", {"workload.order": "sequential", "workload.work": {"passes": 3}},
                                    factors={"knobs.page_cluster": [0, 3]}, knobs=ONE_PAGE))
        alone, together = (run.by("knobs.page_cluster")[level] for level in ("0", "3"))
        self.assertGreater(reading(alone, "major_faults@rusage"), 4 * reading(together, "major_faults@rusage"))
        self.assertGreater(reading(together, "swap_read_ahead_hits@vmstat"), PAGES // 4)

    def test_swap_can_be_limited(self):
        if SANITIZED:
            self.skipTest("memory without a limit")
        # 6 MiB do not fit; they may not all be swapped out either.
        within = swapping("file", {"pressure.swap_limit": {"limit": "16 MiB"}}, knobs={"page_cluster": 0, **NO_ZSWAP})
        beyond = swapping("file", {"pressure.swap_limit": {"limit": "2 MiB"}}, knobs={"page_cluster": 0, **NO_ZSWAP})
        record = self.one(within)
        self.assertEqual(record["pressure"]["swap_limit"]["limit_bytes"], 16 * MIB)
        self.assertLessEqual(reading(record, "swap_used_bytes@swap"), 16 * MIB)
        shutil.rmtree(self.results)
        record = self.measure(beyond, expect=EXIT_SOME_FAILED).records[0]
        self.assertEqual(record["outcome"], "oom_killed", record["reason"])

    def test_shared_memory_swaps_too(self):
        if SANITIZED:
            self.skipTest("memory without a limit")
        record = self.one(swapping("zram", {"workload.engine": "anon_shared"}))
        self.assertGreater(reading(record, "swapped_in_pages@vmstat"), ACCESSES // 16)

    def test_classes_say_where_a_page_came_from(self):
        if SANITIZED:
            self.skipTest("memory without a limit")
        for kind, expected in (("zram", "zram_swap_in"), ("file", "device_swap_in")):
            with self.subTest(kind=kind):
                shutil.rmtree(self.results, ignore_errors=True)
                run = self.through(swapping(kind, knobs=ONE_PAGE,
                                            factors={"workload.latency": ["off", "full"]}))
                record = run.by("workload.latency")["full"]
                if "no_classes" in record["latency"]:
                    self.skipTest(record["latency"]["no_classes"]["missing"])
                counts = {name: each["count"] for name, each in record["latency"]["classes"].items()}
                self.assertEqual(sum(counts.values()), ACCESSES)
                self.assertLessEqual(abs(counts[expected] - reading(record, "major_faults@rusage")), FEW,
                                     f"{counts}; {record['readings']['major_faults']}")
                self.assertNotIn("major", counts)


class OthersTest(SwapTest):
    def test_an_area_that_would_be_used_first_is_a_refusal(self):
        path = self.data / "theirs"
        with open(path, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 4 * MIB)
        os.chmod(path, 0o600)
        subprocess.run(["mkswap", "-q", path], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["swapon", "--priority", "32767", path], check=True)
        self.addCleanup(path.unlink)
        self.addCleanup(lambda: subprocess.run(["swapoff", path], check=True))
        swaps = host_state()["swaps"]
        record = self.measure(swapping("file"), expect=EXIT_SOME_FAILED).records[0]
        self.assertEqual(record["outcome"], "failed")
        self.assertIn(str(path), record["reason"])
        self.assertIn("priority", record["reason"])
        self.assertEqual(host_state()["swaps"].split()[:8], swaps.split()[:8], "theirs is as it was")

    def test_without_swap_what_does_not_fit_is_killed(self):
        if SANITIZED:
            self.skipTest("memory without a limit")
        record = self.measure(swapping("none"), expect=EXIT_SOME_FAILED).records[0]
        self.assertEqual(record["outcome"], "oom_killed")

    def test_more_than_the_area_holds_is_killed(self):
        if SANITIZED:
            self.skipTest("memory without a limit")
        record = self.measure(swapping("zram", {"swap.size": "4 MiB"}), expect=EXIT_SOME_FAILED).records[0]
        self.assertEqual(record["outcome"], "oom_killed")


class EndingsTest(SwapTest):
    """Whatever ends a run, its area is gone afterwards."""

    def test_killed_at_any_moment(self):
        """Before the journal, after it, while an area is made, in use, or given up: the host is as it was."""
        before = host_state()
        kinds = [kind for kind in KINDS if kind != "zram" or Path("/sys/class/zram-control").exists()]
        levels = [{"label": kind, "set": {"swap": {"kind": kind, "size": f"{64 * ROOM} MiB"}}} for kind in kinds]
        content = swapping("none", {"workload.work": {"accesses": PAGES}}, trials=50,
                           knobs={"page_cluster": 0, **{knob: "Y" for knob in NO_ZSWAP}}, factors={"place": levels})
        seen = set()
        for kill in range(KILLS):
            shutil.rmtree(self.results, ignore_errors=True)
            started = Started(self, content)
            time.sleep(MOMENTS.uniform(0, 0.4))
            seen.add(host_state()["swaps"].count("\n") + len(host_state()["zram"]))
            started.kill_unguarded()
            said = self.faultlab("recover", expect=EXIT_OK).stdout
            self.assertNotIn("NOT DONE", said)
            self.assertEqual(host_state(), before, f"after kill {kill}: {said}")
            self.assertEqual(list(self.data.glob("swap-*")), [])
        if KILLS >= 100:
            self.assertGreater(len(seen), 1, "some kills came while an area was there, some while none was")

    def long(self, kind: str) -> Started:
        started = Started(self, swapping(kind, {"workload.work": {"seconds": 30}}))
        started.until(lambda: len(host_state()["swaps"].splitlines()) > 1, "the swap area")
        return started

    def test_after_an_interrupt(self):
        self.long("loop").stop(signal.SIGINT)

    def test_after_a_kill_and_recover(self):
        for kind in KINDS:
            if kind == "zram" and not Path("/sys/class/zram-control").exists():
                continue
            with self.subTest(kind=kind):
                before = len(host_state()["swaps"].splitlines())
                self.long(kind).kill_unguarded()
                said = self.faultlab("recover", expect=EXIT_OK).stdout
                self.assertIn("switched off the swap area", said)
                self.assertEqual(before, 1)


if __name__ == "__main__":
    unittest.main()
