"""The self-test: it passes on the same program, fails where the comparison would lie, and names what it cannot use."""

import io
import json
import subprocess
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np

import paths
import synthetic
from self_test import __main__ as command
from self_test import report, trial
from study import difference
from study.samples import missing
from study.verdict import difference as different
from synthetic import ENGINE


class SelfTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def repetitions(self, runs, spread=0.02, between=0.0, trials=8, cells=3, change=None):
        """Runs of one program: its trials scatter by `spread`, and whole runs by `between`."""
        rng = np.random.default_rng(7)
        made = []
        for number in range(runs):
            shift = rng.normal(0, between) if between else 0.0

            def mend(record):
                record["readings"]["ops_per_second"] = {"derived": 1e6 * np.exp(shift + rng.normal(0, spread))}
            path = synthetic.quickstart(self.folder / f"run-{number:02}", trials=trials, expect=[], figures=[],
                                        factors={ENGINE: [f"engine {cell}" for cell in range(cells)]}, mend=mend)
            for series in (path / "series").iterdir():
                series.unlink()
            made.append(path)
        if change:
            manifest = json.loads((made[-1] / "manifest.json").read_text(encoding="utf-8"))
            change(manifest)
            (made[-1] / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return made

    def run_it(self, *arguments):
        """(exit code, stdout, stderr)."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = command.main(list(map(str, arguments)))
        return code, out.getvalue(), err.getvalue()

    def test_repetitions_of_one_program_hold_all_three(self):
        file = self.folder / "self-test.json"
        code, text, _ = self.run_it(*self.repetitions(6), "--json", file)
        self.assertEqual(code, 0, text)
        self.assertIn("6 runs in 3 pairs of neighbours in time", text)
        result = json.loads(file.read_text(encoding="utf-8"))
        self.assertTrue(result["holds"])
        self.assertEqual(result["false_alarms"]["n"], 9)
        self.assertEqual(result["found"]["hits"], 9)
        self.assertEqual(len({each["pair"] for each in result["comparisons"]}), 3)
        self.assertLessEqual(max(map(len, text.splitlines())), 120)

    def test_runs_that_differ_as_wholes_are_false_alarms(self):
        code, text, _ = self.run_it(*self.repetitions(6, spread=0.01, between=0.15))
        self.assertEqual(code, 1, text)
        self.assertIn("fails  false alarms", text)

    def test_noise_that_hides_the_slowdown_fails_by_reach(self):
        code, text, _ = self.run_it(*self.repetitions(2, spread=0.3))
        self.assertEqual(code, 1, text)
        self.assertIn("fails  reach: 0 of 3", text)

    def test_a_smaller_slowdown_is_found_less_often(self):
        runs = self.repetitions(4, spread=0.03)
        outcome = {}
        for slowdown in ("1%", "20%"):
            file = self.folder / f"{slowdown}.json"
            self.run_it(*runs, "--slowdown", slowdown, "--json", file)
            compared = json.loads(file.read_text(encoding="utf-8"))["comparisons"]
            outcome[slowdown] = sum(each["found"] for each in compared)
        self.assertLess(outcome["1%"], outcome["20%"])
        self.assertEqual(outcome["20%"], 6)

    def test_one_run_is_split(self):
        run, = self.repetitions(1, trials=14)
        code, text, _ = self.run_it(run)
        self.assertEqual(code, 0, text)
        self.assertIn("one run, its odd trials over its even ones (what differs between runs is not in it)", text)
        self.assertIn("engine engine 0       7", text)

    def test_what_makes_runs_differ_is_not_within_them(self):
        runs = self.repetitions(6, spread=0.01, between=0.15, trials=14)
        self.assertEqual(self.run_it(*runs)[0], 1)
        file = self.folder / "within.json"
        code, text, _ = self.run_it(*runs, "--within", "--json", file)
        self.assertEqual(code, 0, text)
        self.assertIn("6 runs, of each its odd trials over its even ones", text)
        result = json.loads(file.read_text(encoding="utf-8"))
        self.assertEqual((result["false_alarms"]["n"], result["found"]["hits"]), (18, 18))

    def test_an_odd_run_is_left_over_and_named(self):
        _, text, _ = self.run_it(*self.repetitions(3))
        self.assertIn("3 runs in a pair", text)
        self.assertIn("run-02 is left over", text.replace("\n", " "))

    def assert_refused(self, words, *arguments):
        code, _, error = self.run_it(*arguments)
        self.assertEqual(code, 2)
        self.assertIn(words, error)

    def test_what_it_cannot_use_is_named(self):
        runs = self.repetitions(2)
        self.assert_refused("halves need 12", runs[0])
        self.assert_refused("halves need 12", *runs, "--within")
        self.assert_refused("one run was given twice", runs[0], runs[0])
        self.assert_refused("manifest.json", self.folder / "nowhere", runs[0])
        self.assert_refused("no metric speed", *runs, "--metric", "speed")
        self.assert_refused("no better direction", *runs, "--metric", "memory_charged_bytes")
        self.assert_refused("psi_some_ns is missing in every trial", *runs, "--metric", "psi_some_ns")
        self.assert_refused("another config", *self.repetitions(2, change=lambda m: m.update(config_hash="other")))
        self.assert_refused("another program",
                            *self.repetitions(2, change=lambda m: m["tool"].update(binary_hash="other")))
        self.assert_refused("no comparison could be made: 3 ok trials", *self.repetitions(2, trials=3))

    def test_usage_is_exit_2(self):
        for arguments in ([], ["RUN", "--slowdown", "fast"], ["RUN", "--slowdown", "-5%"]):
            done = subprocess.run([paths.PYTHON, "-B", paths.PLOTS / "self_test", *arguments], capture_output=True,
                                  text=True)
            self.assertEqual(done.returncode, 2, done.stderr)

    def test_the_same_runs_give_the_same_bytes_whatever_the_order_and_the_hash_seed(self):
        runs = self.repetitions(2)
        texts = set()
        for seed, order in (("0", runs), ("1", runs[::-1])):
            file = self.folder / f"{seed}.json"
            done = subprocess.run([paths.PYTHON, "-B", paths.PLOTS / "self_test", *order, "--json", file],
                                  capture_output=True, text=True, env={"PYTHONHASHSEED": seed})
            texts.add((done.stdout, file.read_bytes()))
        self.assertEqual(len(texts), 1)


class ConditionsTest(unittest.TestCase):
    def entries(self, alarms, found, able, n=40):
        interval = {"low": 0.9, "high": 1.1}
        return [{"interval": interval, "verdict": "different" if i < alarms else "undecided", "detectable": i < able,
                 "verdict_holm": "undecided", "found": i < found, "found_holm": False} for i in range(n)]

    def test_the_exact_interval_by_hand(self):
        # Clopper and Pearson: 0 of 20 gives 1 - 0.025^(1/20); 2 of 20 from tables.
        self.assertAlmostEqual(trial.exact_interval(0, 20)["high"], 1 - 0.025 ** (1 / 20))
        found = trial.exact_interval(2, 20)
        self.assertAlmostEqual(found["low"], 0.01235, places=5)
        self.assertAlmostEqual(found["high"], 0.31698, places=5)
        self.assertEqual(trial.exact_interval(20, 20)["high"], 1)

    def test_each_condition_alone_can_fail(self):
        self.assertTrue(report.judge(self.entries(2, 40, 40), 0.1)["holds"])
        for name, entries in (("false_alarms", self.entries(8, 40, 40)), ("found", self.entries(0, 31, 40)),
                              ("detectable", self.entries(0, 19, 19))):
            judged = report.judge(entries, 0.1)
            failing = [key for key in ("false_alarms", "found", "detectable") if not judged[key]["holds"]]
            self.assertEqual(failing, [name])
            self.assertFalse(judged["holds"])

    def test_what_has_no_interval_is_untested(self):
        none = {"interval": missing("too few"), "verdict": "undecided", "verdict_holm": "undecided", "detectable": None,
                "found": False, "found_holm": False, "why": "too few"}
        self.assertEqual(report.judge([*self.entries(0, 40, 40), none], 0.1)["untested"], 1)


class DifferenceTest(unittest.TestCase):
    def test_table(self):
        def interval(low, high):
            return {"low": low, "high": high}
        for found, p, exact, word in (
                (interval(1.05, 1.2), 0.001, False, "different"), (interval(0.8, 0.9), 0.001, False, "different"),
                (interval(1.05, 1.2), 0.2, False, "undecided"),
                (interval(1.05, 1.2), missing("no p"), False, "undecided"),
                (interval(0.9, 1.1), 0.001, False, "undecided"), (interval(0.98, 1.02), 0.9, False, "no difference"),
                (interval(1.005, 1.02), 0.001, False, "no difference"), (interval(4, 4), 1.0, True, "different"),
                (interval(1, 1), 1.0, True, "no difference"), (missing("3 ok trials"), 0.001, False, "undecided")):
            self.assertEqual(different(found, p, exact)[0], word, (found, p))

    def test_contrasts_are_judged_as_a_family_and_say_what_they_could_have_shown(self):
        rng = np.random.default_rng(1)
        over = rng.lognormal(0, 0.06, 10)
        alone = difference.judge([difference.contrast(1.2 * rng.permutation(over), over, 1)])[0]
        many = difference.judge([difference.contrast(1.2 * rng.permutation(over), over, 1) for _ in range(12)])
        self.assertGreater(many[0]["p_holm"], alone["p_holm"])
        empty = difference.judge([difference.contrast([], over, 1)])[0]
        self.assertEqual(empty["verdict"], "not testable here")
        first, second = difference.power(alone)
        self.assertRegex(first, r"could have shown a difference of [\d.]+ %")
        self.assertRegex(second, r"\d+ trials a cell would show 3 %")
        self.assertEqual(difference.effect(2.5), "a factor of 2.50")
        self.assertEqual(difference.power({"minimum_detectable_ratio": missing("x")}), [])


if __name__ == "__main__":
    unittest.main()
