"""faultlab_prices: its counts are those of the events, its files are read by compare.py and by side_by_side.py. No test
asserts a time."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from program import EXIT_OK, PATIENCE_S, PROGRAM, ROOT, SANITIZED, ProgramTest
from test_export import compare_py

PRICES = os.environ.get("FAULTLAB_PRICES", str(Path(PROGRAM).parent / "experiments/micro/faultlab_prices"))
PAGES = 1024
REPETITIONS = 2
FILTER = "scenario/(anon_write|file_warm)/|bare/anon_write/"

sys.path.insert(0, str(ROOT / "experiments/micro"))
import side_by_side  # noqa: E402 pylint: disable=wrong-import-position


def run_prices(*words) -> subprocess.CompletedProcess:
    return subprocess.run([PRICES, f"--pages={PAGES}", *map(str, words)], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)


@unittest.skipIf(SANITIZED, "a sanitizer's shadow memory faults too: counts are not exact")
class PricesTest(ProgramTest):
    def write(self, name: str, what: str = FILTER, *words) -> Path:
        out = self.folder / name
        done = run_prices(f"--benchmark_filter={what}", f"--benchmark_repetitions={REPETITIONS}",
                          f"--folder={self.data}", f"--benchmark_out={out}", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"\d+ scenarios need .*fault-cost")
        return out

    @staticmethod
    def repetitions(out: Path) -> dict[str, list[dict]]:
        rows: dict[str, list[dict]] = {}
        for row in json.loads(out.read_text(encoding="utf-8"))["benchmarks"]:
            if row["run_type"] == "iteration":
                rows.setdefault(row["name"].split("/iterations")[0], []).append(row)
        return rows

    def pages_per_fault(self) -> int:
        """As the scenario itself finds out: the fault-around window."""
        done = self.faultlab("calibrate", "--quick", "--json", "--data", self.data, "file_warm", expect=EXIT_OK)
        scenario = json.loads(done.stdout)["scenarios"][0]
        return scenario["events"] // scenario["forecast"]["minor"]

    def test_each_repetition_is_the_event_and_says_how_often_it_faulted(self):
        rows = self.repetitions(self.write("out.json"))
        self.assertEqual(set(rows), {"scenario/anon_write", "scenario/file_warm", "bare/anon_write"})
        for name, each in rows.items():
            self.assertEqual(len(each), REPETITIONS, name)
            for row in each:
                self.assertNotIn("error_occurred", row, name)
                self.assertEqual((row["iterations"], row["events"]), (1, PAGES), name)
                self.assertEqual(row["major_per_event"], 0, name)
                self.assertAlmostEqual(row["ns_per_page"], row["real_time"], delta=row["real_time"] * 1e-6)
                self.assertIn("bytes_per_second", row)
                self.assertIn("cpu_ns_per_event", row)
        for row in rows["scenario/anon_write"]:
            self.assertEqual(row["minor_per_event"], 1)
        # Nothing of a bare loop is brought in before: its stack may fault, too.
        for row in rows["bare/anon_write"]:
            self.assertAlmostEqual(row["minor_per_event"], 1, delta=0.01)
            self.assertIn("tool_ns_per_event", row)
        for row in rows["scenario/file_warm"]:
            self.assertEqual(row["minor_per_event"], 1 / self.pages_per_fault())

    def test_an_event_that_this_folder_cannot_have_is_an_error_with_the_reason(self):
        memory = Path("/dev/shm")
        if not memory.is_dir():
            self.skipTest("no tmpfs at /dev/shm")
        out = self.write("out.json", "scenario/file_warm/", f"--folder={memory}")
        for row in self.repetitions(out)["scenario/file_warm"]:
            self.assertTrue(row["error_occurred"])
            self.assertIn("lies in memory", row["error_message"])

    def test_events_that_are_not_pages_have_no_price_per_page(self):
        rows = self.repetitions(self.write("out.json", "segv_protected/"))
        for name in ("scenario/segv_protected", "bare/segv_protected"):
            for row in rows[name]:
                self.assertEqual(row["events"], PAGES)
                self.assertNotIn("ns_per_page", row)
                self.assertNotIn("bytes_per_second", row)

    def test_compare_py_reads_two_of_its_files(self):
        script = compare_py()
        if script is None:
            self.skipTest("compare.py is not installed: apt-get install libbenchmark-tools")
        done = subprocess.run(["/usr/bin/python3", script, "--no-color", "benchmarks", self.write("one.json"),
                               self.write("two.json")], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"scenario/anon_write\S*_pvalue .*U Test, Repetitions: 2 vs 2")

    def test_side_by_side_reads_its_file(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self.assertEqual(side_by_side.main([str(self.write("out.json"))]), 0)
        self.assertRegex(printed.getvalue(), r"anon_write .*undecided: .* 1\.0000 ")

    def test_what_is_not_an_argument_is_a_usage_error(self):
        for words in (["--no-such"], ["--pages=100"], ["--pages=many"]):
            done = run_prices(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertTrue(done.stderr)


def repeated(name: str, ns: float, **counters) -> list[dict]:
    return [{"name": f"{name}/iterations:1", "run_name": f"{name}/iterations:1", "run_type": "iteration",
             "real_time": ns + 0.01 * i, "cpu_ns_per_event": ns + 0.01 * i, "minor_per_event": 1, "major_per_event": 0,
             "events": 1600, **counters}
            for i in range(10)]


class SideBySideTest(unittest.TestCase):
    """Of made-up files: what it says of which numbers."""

    def sides(self, *rows) -> dict:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = Path(folder) / "out.json"
        path.write_text(json.dumps({"benchmarks": [each for row in rows for each in row]}), encoding="utf-8")
        return side_by_side.load(path)

    def verdict(self, *rows) -> str:
        return side_by_side.pair_rows(self.sides(*rows))[0][-1]

    def test_the_ratio_s_whole_interval_decides(self):
        for bare, words in ((100, "within 10 %"), (80, "apart"), (125, "apart")):
            self.assertEqual(self.verdict(repeated("scenario/anon_write", 100), repeated("bare/anon_write", bare)), words)

    def test_counts_come_before_times(self):
        scenario = repeated("scenario/file_warm", 100)
        self.assertIn("not comparable", self.verdict(scenario, repeated("bare/file_warm", 100, events=400)))
        self.assertIn("not the same event",
                      self.verdict(scenario, repeated("bare/file_warm", 100, minor_per_event=0.5)))

    def test_a_tool_whose_touches_were_hits_is_told_apart(self):
        sides = self.sides(repeated("scenario/file_single_page_mappings", 500),
                           repeated("bare/lat_pagefault", 40, minor_per_event=1 / 16, tool_ns_per_event=48))
        _, (said,) = side_by_side.tool_rows(sides)
        self.assertTrue(re.search(r"did not happen. Of 1600 touches 100 faulted.* 48 ns.* 768 ns.* 500 ns", said), said)

    def test_what_failed_is_not_compared(self):
        failed = [{**row, "error_occurred": True} for row in repeated("bare/anon_write", 0)]
        self.assertEqual(side_by_side.pairs_of(self.sides(repeated("scenario/anon_write", 100), failed)), [])


if __name__ == "__main__":
    unittest.main()
