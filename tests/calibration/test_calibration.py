"""Kernel events of known size against every source that counts them, on this machine, as it is."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from program import EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE, PROGRAM, SANITIZED, ProgramTest

NOBODY = "65534"
# How often a host-wide row is counted anew before its agreement is no accident.
QUIET_MOMENTS = 5
JUDGED = ("closes", "explained")
# Sources that any user may read.
EVERYBODYS = {"rusage", "task_stat", "perf_user"}


def rows(calibration: dict):
    """(scenario, row) of all that ran."""
    return [(scenario, row) for scenario in calibration["scenarios"] for row in scenario["rows"]]


def name(scenario: dict, row: dict) -> str:
    return f"{scenario['scenario']} {row['metric']}@{row['source']}"


def others_faulted(scenario: dict) -> bool:
    """Where the number of others' faults is a range of several, one more or less can still lie in it."""
    counts = {(count["source"], count["metric"]): count["value"] for count in scenario["counts"]}
    return any(isinstance(value, int) and value for (source, _), value in counts.items() if source.startswith("others"))


# One of each way to fault, or not to.
OF_EACH_KIND = ("empty", "anon_write", "populate_write", "copy_to_user", "pin_remote", "segv_unmapped", "efault",
                "memfd_write", "threads_disjoint", "file_warm", "file_cold_random", "file_shared_write", "file_sigbus",
                "swap_out_zram", "swap_in_zram", "swap_in_zeros", "warm_touch", "read_warm_4k")


class CalibrationTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        if SANITIZED:
            raise unittest.SkipTest("a sanitizer's shadow memory faults too: counts are not exact")
        super().setUpClass()

    def calibrate(self, *words, expect: int | None = None) -> dict:
        done = self.faultlab("calibrate", "--quick", "--json", "--data", self.data, *words, expect=expect)
        return json.loads(done.stdout)


class RowsTest(CalibrationTest):
    def test_every_scenario_closes(self):
        calibration = self.calibrate(expect=EXIT_OK)
        ran = [scenario for scenario in calibration["scenarios"] if scenario["outcome"] != "impossible"]
        self.assertGreater(len(ran), 30)
        for scenario in calibration["scenarios"]:
            with self.subTest(scenario=scenario["scenario"]):
                if scenario["outcome"] == "impossible":
                    self.assertTrue(all(lack["why"] for lack in scenario["lacks"]), scenario)
                    self.assertTrue(scenario["lacks"])
                    continue
                self.assertEqual(scenario["outcome"], "closes", json.dumps(scenario, indent=1))
                self.assertTrue(scenario["forecast"]["rule"])
                for row in scenario["rows"]:
                    self.assertIn(row["verdict"], (*JUDGED, "missing", "unsettled"), name(scenario, row))
                    if not row["host_wide"] and row["verdict"] != "missing":
                        self.assertEqual(row["residual"], 0, name(scenario, row))

    def test_nothing_reads_nothing(self):
        empty = self.calibrate("empty", expect=EXIT_OK)["scenarios"][0]
        for row in empty["rows"]:
            if not row["host_wide"] and row["verdict"] != "missing":
                self.assertEqual(row["measured"], 0, name(empty, row))

    def test_every_row_fails_when_its_prediction_is_altered_by_one(self):
        for shift, scenarios in (("1", ()), ("-1", OF_EACH_KIND)):
            calibration = self.calibrate(f"--shift={shift}", *scenarios, expect=EXIT_SOME_FAILED)
            tried = set()
            for scenario, row in rows(calibration):
                if row["verdict"] == "missing" or (row["host_wide"] and others_faulted(scenario)):
                    continue
                with self.subTest(row=name(scenario, row), shift=shift):
                    if row["host_wide"] and row["verdict"] != "off":
                        row = self.in_a_quiet_moment(scenario["scenario"], row, shift)
                    self.assertEqual(row["verdict"], "off")
                    tried.add((row["source"], row["metric"]))
            self.assertGreater(len(tried), 10, "sources that were held to it")

    def in_a_quiet_moment(self, scenario: str, row: dict, shift: str) -> dict:
        """The row, counted again: a fault without a trap, of another process, can be the very one too many."""
        for _ in range(QUIET_MOMENTS):
            again = self.calibrate(f"--shift={shift}", scenario, expect=EXIT_SOME_FAILED)
            row = next(each for _, each in rows(again)
                       if (each["source"], each["metric"]) == (row["source"], row["metric"]))
            if row["verdict"] == "off":
                break
        return row

    def test_a_scenario_that_is_not_there_is_a_usage_error(self):
        done = self.faultlab("calibrate", "no_such_event", expect=EXIT_USAGE)
        self.assertIn("list scenarios", done.stderr)

    def test_host_is_as_it_was(self):
        knobs = [Path("/proc/sys/vm/nr_hugepages"),
                 Path("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled")]
        before = [knob.read_text() for knob in knobs if knob.exists()]
        self.calibrate("mthp_write", "hugetlb_write")
        self.assertEqual([knob.read_text() for knob in knobs if knob.exists()], before)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv to become an ordinary user")
class OrdinaryUserTest(CalibrationTest):
    """What an ordinary user gets: the same forecasts, fewer sources, and a remedy for each that is missing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="faultlab-nobody-", dir=cls.open_folder())
        cls.addClassCleanup(folder.cleanup)
        cls.place = Path(folder.name)
        shutil.copy(PROGRAM, cls.place / "faultlab")
        os.chown(cls.place, int(NOBODY), int(NOBODY))
        done = cls.as_nobody("calibrate", "--quick", "--json", "--data", str(cls.place / "data"))
        cls.status, cls.calibration, cls.said = done.returncode, json.loads(done.stdout or "{}"), done.stderr

    @staticmethod
    def open_folder() -> str:
        """One that everybody may enter."""
        for folder in (os.environ.get("TMPDIR"), "/var/tmp", "/tmp"):
            if folder and subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                                          "test", "-x", folder], check=False).returncode == 0:
                return folder
        raise unittest.SkipTest("no folder that an ordinary user may enter")

    @classmethod
    def as_nobody(cls, *words):
        return subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                               cls.place / "faultlab", *words], capture_output=True, text=True, check=False, timeout=300,
                              env={"PATH": os.environ["PATH"], "HOME": str(cls.place), "FAULTLAB_ROOT": str(cls.place),
                                   "FAULTLAB_STATE": str(cls.place / "state")})

    def test_what_can_be_read_closes(self):
        off = [(name(scenario, row), row["verdict"], row["predicted"], row["measured"])
               for scenario, row in rows(self.calibration) if row["verdict"] not in (*JUDGED, "missing", "unsettled")]
        failed = [scenario for scenario in self.calibration["scenarios"]
                  if scenario["outcome"] not in ("closes", "impossible")]
        self.assertEqual(self.status, EXIT_OK, f"{self.said}{off}{failed}")
        closed = {row["source"] for _, row in rows(self.calibration) if row["verdict"] == "closes"}
        self.assertLessEqual(EVERYBODYS, closed)
        for scenario, row in rows(self.calibration):
            if row["source"] in EVERYBODYS:
                self.assertEqual(row["verdict"], "closes", name(scenario, row))

    def test_what_is_missing_says_why_and_is_not_zero(self):
        lacking = {}
        for scenario, row in rows(self.calibration):
            if row["verdict"] == "missing":
                self.assertIsInstance(row["measured"], dict, name(scenario, row))
                lacking[row["source"]] = row["measured"]["missing"]
        for source in ("perf_kernel", "tracepoint"):
            self.assertRegex(lacking.get(source, "there"), "root|there", source)
        for source, why in lacking.items():
            self.assertGreater(len(why), 20, source)

    def test_what_the_host_does_not_allow_is_listed_with_a_remedy(self):
        for scenario in self.calibration["scenarios"]:
            if scenario["outcome"] == "impossible":
                self.assertTrue(all(lack["why"] and lack["remedy"] for lack in scenario["lacks"]), scenario)


if __name__ == "__main__":
    unittest.main()
