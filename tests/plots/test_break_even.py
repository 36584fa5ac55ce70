"""Break-even points: hand-computed ones are found, intervals come from processes, what lacks is named."""

import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

import paths
import break_even
import priced_world as world
from crossings import QUESTIONS
from load import load_run

PRICES = {
    "warm_touch": 2.0, "warm_touch_shuffled": 100.0, "warm_sum_near": 90.0, "warm_sum_far": 250.0, "read_warm_4k": 602.0,
    "read_warm_16k": 1500.0, "read_warm_64k": 5000.0, "read_warm_256k": 19000.0, "read_warm_1m": 75000.0,
    "read_warm_4k_random": 900.0, "read_cold_4k": 90000.0, "file_warm": 300.0, "file_written_large": 50.0,
    "file_single_page_mappings": 1802.0, "file_cold_shuffled": 92400.0, "file_cold_normal": 3000.0,
    "call_map_unmap": 2000.0, "call_munmap_file": 60.0,
}
FAULTS = {"file_warm": 1 / 16, "file_written_large": 1 / 256}


class BreakEvenTest(unittest.TestCase):
    def setUp(self):
        few = mock.patch.object(break_even, "RESAMPLES", 200)  # enough to show that there is an interval
        self.addCleanup(few.stop)
        few.start()
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def answers(self, changed=None, absent=None, faults=None):
        kept = {event: price for event, price in {**PRICES, **(changed or {})}.items() if event not in (absent or {})}
        folder = world.price_run(self.folder / "run", kept, FAULTS if faults is None else faults, absent=absent)
        return {answer["name"]: answer for answer in break_even.break_even([load_run(folder)])}

    def test_accesses_where_a_fault_has_paid(self):
        answers = self.answers()
        # 1802 + (n - 1) 2 = 602 n  =>  n = 1800 / 600 = 3
        crossing = answers["accesses, a fault a page, in order"]
        self.assertEqual((crossing["verdict"], crossing["wins"]), ("crosses", "above"))
        self.assertAlmostEqual(crossing["at"], 3, delta=1e-9)
        self.assertTrue(2.96 < crossing["low"] < 3 < crossing["high"] < 3.04)
        # 92400 + (n - 1) 100 = 90000 + (n - 1) 900  =>  n = 1 + 2400 / 800 = 4
        self.assertAlmostEqual(answers["accesses, cold"]["at"], 4, delta=1e-9)
        # 300 < 602 at the first access already
        self.assertEqual(answers["accesses, fault-around, in order"]["verdict"], "always")

    def test_a_hit_that_costs_more_than_a_call_never_pays(self):
        answers = self.answers({"warm_touch_shuffled": 1000.0, "file_single_page_mappings": 1802.0})
        never = answers["accesses, a fault a page, at random"]
        self.assertEqual((never["verdict"], never["at"], never["low"]), ("never", None, None))
        self.assertEqual(never["at_ends"][0], {"at": 1, "mmap_ns": 1802, "pread_ns": 900})
        self.assertIn("never (1: mmap 1.80 µs, pread 900 ns; 1e+06: mmap 1.00 s, pread 900 ms)",
                      break_even.sentence(never))
        # 300 + (n - 1) 1000 = 900 n  =>  n = 7: cheaper below it
        below = answers["accesses, fault-around, at random"]
        self.assertEqual((below["verdict"], below["wins"]), ("crosses", "below"))
        self.assertAlmostEqual(below["at"], 7, delta=1e-9)

    def test_hit_ratio(self):
        answers = self.answers()
        # q 100 + (1 - q) 92400 = q 900 + (1 - q) 90000  =>  q = 2400 / (2400 + 800)
        mapped = answers["hit ratio, mapped"]
        self.assertAlmostEqual(mapped["at"], 0.75, delta=1e-6)
        self.assertEqual(mapped["wins"], "above")
        # a hit that takes a fault of 16 x 300 is dearer than a call, and so is the miss
        self.assertEqual(answers["hit ratio, not mapped"]["verdict"], "never")
        self.assertIn("mmap is cheaper above 75 %", break_even.sentence(mapped))

    def test_block_size(self):
        answers = self.answers()
        # one window of 16 x 300 = 4800 ns up to 64 KiB; the call: 1500 + (5000 - 1500) (s - 16) / 48 KiB
        warm = answers["block, warm"]
        self.assertEqual(warm["verdict"], "crosses")
        # at 64 KiB 4800 < 5000, at 128 KiB 9600 < 9666.7, at 256 KiB 19200 > 19000: cheaper below
        self.assertEqual(warm["wins"], "below")
        low, high = 9600 - (5000 + 14000 / 3), 19200 - 19000
        self.assertAlmostEqual(warm["at"] / 1024, 128 + 128 * -low / (high - low), delta=1e-6)
        # a folio of 256 pages is one fault of 12800 ns: 5000 + 14000 (s - 64) / 192 KiB
        large = answers["block, warm, large folios"]
        self.assertEqual(large["wins"], "above")
        self.assertAlmostEqual(large["at"] / 1024, 128 + 128 * (12800 - 29000 / 3) / (19000 - 29000 / 3), delta=1e-6)
        self.assertEqual(answers["block, warm, mapped anew"]["verdict"], "never")

    def test_a_cold_block_shares_the_device(self):
        cold = self.answers()["block, cold"]
        first, last = cold["at_ends"]
        self.assertAlmostEqual(first["mmap_ns"] - first["pread_ns"], 92400 - 90000)
        self.assertAlmostEqual(last["mmap_ns"] - last["pread_ns"], 2400 + 255 * 300 - (75000 - 602), places=4)

    def test_windows_are_those_that_were_counted(self):
        answers = self.answers(faults={"file_warm": 1 / 32, "file_written_large": 1 / 256})
        self.assertAlmostEqual(answers["block, warm"]["at_ends"][0]["mmap_ns"], 32 * 300, places=4)

    def test_what_lacks_is_named_with_its_reason(self):
        answers = self.answers(absent={"warm_touch_shuffled": "not on this host: no far", "call_map_unmap": "no call"})
        self.assertEqual(answers["accesses, cold"]["missing"], "no price of warm_touch_shuffled: not on this host: no far")
        self.assertIn("call_map_unmap: no call", answers["block, warm, mapped anew"]["missing"])
        self.assertNotIn("missing", answers["block, warm"])
        self.assertIn("missing: no price of warm_touch_shuffled", break_even.as_markdown(list(answers.values())))

    def test_too_few_processes_are_no_price(self):
        folder = world.price_run(self.folder / "few", PRICES, FAULTS, trials=3)
        answers = break_even.break_even([load_run(folder)])
        self.assertTrue(all("3 ok trials: an interval needs 6" in answer["missing"] for answer in answers))

    def test_an_interval_that_leaves_the_range_says_so(self):
        question = next(q for q in QUESTIONS if q.name == "hit ratio, mapped")
        x = question.grid
        # cheaper above 0.02; in a tenth of the resamples everywhere
        gains = np.array([0.02 - x] * 91 + [-0.1 - x] * 10)
        found = break_even._crossing(question, gains)
        self.assertEqual((found["verdict"], found["low"]), ("crosses", None))
        self.assertAlmostEqual(found["high"], 0.02)
        self.assertAlmostEqual(found["agree"], 0.9)
        text = break_even.sentence({**found, "unit": "share", "at_ends": [
            {"at": 0, "mmap_ns": 1, "pread_ns": 2}, {"at": 1, "mmap_ns": 1, "pread_ns": 2}]})
        self.assertIn("[below the range to 2 %]", text)
        self.assertIn("90 % of the resamples agree", text)

    def test_two_lists_make_one_and_the_later_price_counts(self):
        faults = {event: price for event, price in PRICES.items() if event.startswith("file_")}
        calls = {event: price for event, price in PRICES.items() if not event.startswith("file_")}
        first = world.price_run(self.folder / "faults", {**faults, "read_warm_4k": 1.0}, FAULTS)
        second = world.price_run(self.folder / "calls", {**calls, "warm_touch_shuffled": 100.0}, absent={"file_warm": "not now"})
        answers = {a["name"]: a for a in break_even.break_even([load_run(first), load_run(second)])}
        self.assertFalse(any("missing" in answer for answer in answers.values()))
        self.assertAlmostEqual(answers["accesses, a fault a page, in order"]["at"], 3, delta=1e-9)
        alone = {a["name"]: a for a in break_even.break_even([load_run(second)])}
        self.assertIn("file_cold_shuffled: in no price list given", alone["accesses, cold"]["missing"])
        self.assertIn("file_warm: not now", alone["block, warm"]["missing"])
        program = [paths.PYTHON, "-B", str(paths.PLOTS / "study")]
        subprocess.run([*program, str(first)], check=True, capture_output=True)
        subprocess.run([*program, str(second), "--model", str(first)], check=True, capture_output=True)
        content = json.loads((second / "break_even.json").read_text(encoding="utf-8"))
        self.assertEqual(content["runs"], ["faults", "calls"])
        self.assertFalse(any("missing" in answer for answer in content["answers"]))
        self.assertFalse((second / "model.json").exists())

    def test_the_files_lie_beside_the_prices_and_come_out_the_same(self):
        folder = world.price_run(self.folder / "run", PRICES, FAULTS)
        subprocess.run([paths.PYTHON, "-B", str(paths.PLOTS / "study"), str(folder)], check=True,
                       capture_output=True)
        first = (folder / "break_even.json").read_bytes()
        self.assertTrue((folder / "prices.json").exists())
        content = json.loads(first)
        self.assertEqual([answer["name"] for answer in content["answers"]], [q.name for q in QUESTIONS])
        said = io.StringIO()
        with mock.patch.object(break_even, "RESAMPLES", content["resamples"]), contextlib.redirect_stdout(said):
            self.assertEqual(break_even.main([str(folder)]), 0)
        self.assertEqual((folder / "break_even.json").read_bytes(), first)
        self.assertIn("mmap is cheaper above 3 [", said.getvalue())
        self.assertIn("| always (", (folder / "break_even.md").read_text(encoding="utf-8"))

    def test_a_run_of_something_else_is_exit_code_2(self):
        folder = world.run(self.folder / "run", trials=1)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.assertEqual(break_even.main([str(folder)]), 2)
            self.assertEqual(break_even.main([str(self.folder / "nowhere")]), 2)
        self.assertIn("no run of a price list", said.getvalue())


if __name__ == "__main__":
    unittest.main()
