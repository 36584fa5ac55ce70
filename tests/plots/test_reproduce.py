"""Bundles made again by a program that stands in: what agrees, what does not, what becomes of stops and failures."""

import json
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import bundles
import paths  # noqa: F401
from bundle import agreement, provenance, tolerances
from bundle.agreement import AGREES, DISAGREES, NOT_COMPARED, UNDECIDED
from test_bundle import call

TOLERANCE = tolerances.DEFAULTS
PLAIN = ("--only", bundles.PLAIN)


def side(value, low=None, high=None):
    interval = {"missing": "few"} if low is None else {"low": low, "high": high}
    return {"value": value, "interval": interval}


class AgreementTest(unittest.TestCase):
    """The rules alone."""

    def test_verdicts(self):
        for old, new, word in (("confirmed", "confirmed", AGREES), ("confirmed", "refuted", DISAGREES),
                               ("confirmed", "no difference", DISAGREES), ("confirmed", "undecided", UNDECIDED),
                               ("not testable here", "refuted", UNDECIDED), ("undecided", "undecided", UNDECIDED)):
            self.assertEqual(agreement.of_verdicts(old, new).word, word, (old, new))

    def numbers(self, old, new, factor=1.25):
        return agreement.of_numbers(side(*old), side(*new), factor).word

    def test_numbers_agree_by_interval_or_by_factor(self):
        self.assertEqual(self.numbers((2, 1.9, 2.1), (4, 2.05, 6)), AGREES)
        self.assertEqual(self.numbers((2, 1.9, 2.1), (2.4, 2.3, 2.5)), AGREES)
        self.assertEqual(self.numbers((2, 1.9, 2.1), (2.6, 2.5, 2.7)), DISAGREES)
        self.assertEqual(self.numbers((2, 1.9, 2.1), (2.6, 2.5, 2.7), factor=2), AGREES)
        self.assertEqual(self.numbers((2,), (1.5,)), DISAGREES)
        self.assertEqual(self.numbers((0,), (0,)), AGREES)
        self.assertEqual(self.numbers((0,), (1,)), DISAGREES)
        self.assertEqual(self.numbers(({"missing": "no trial"},), (1,)), NOT_COMPARED)

    def shape(self, old, new, factor=1.25, least=0.0):
        """Of values, or of (value, low, high)."""
        def points(run):
            return {name: side(*each) if isinstance(each, tuple) else side(each) for name, each in zip("abcdefghij", run)}
        return agreement.of_figures(points(old), points(new), TOLERANCE, factor, least)

    def test_a_slower_machine_has_the_same_shape(self):
        answer = self.shape([1, 2, 4, 8, 16], [0.3, 0.6, 1.2, 2.4, 4.8])
        self.assertEqual((answer.word, answer.numbers["cells_within"]), (AGREES, 5))
        self.assertAlmostEqual(answer.numbers["median_ratio"], 0.3)
        self.assertEqual(answer.numbers["rank_correlation"], 1)

    def test_cells_that_lie_elsewhere_are_counted_and_named(self):
        answer = self.shape([1, 2, 4, 8, 16], [1, 2, 4, 16, 32])
        self.assertEqual((answer.word, answer.numbers["outside"]), (DISAGREES, ["d", "e"]))
        self.assertEqual(self.shape([1, 2, 4, 8, 16], [1, 2, 4, 8, 32]).word, AGREES)

    def test_an_order_that_is_turned_disagrees_unless_the_cells_are_as_good_as_equal(self):
        self.assertEqual(self.shape([1, 2, 4], [4, 2, 1], factor=100).word, AGREES)
        turned = self.shape([1, 1.5, 2.3, 3.5, 6], [1.5, 1, 3.5, 2.3, 6])
        self.assertEqual((turned.word, turned.numbers["pairs_that_changed_places"]), (DISAGREES, 2))
        equal = self.shape([1, 1.01, 1.02, 1.03], [1.03, 1.02, 1.01, 1])
        self.assertEqual((equal.word, equal.numbers["pairs_that_changed_places"]), (AGREES, 0))
        self.assertLess(equal.numbers["rank_correlation"], 0)

    def test_what_intervals_cannot_tell_apart_agrees(self):
        few = [(1, 1, 3), (2, 1, 2), (1.5, 1, 2), (1000, 999, 1001)]
        again = [(2, 1, 2), (1, 1, 1), (2, 1, 3), (1001, 1000, 1002)]
        answer = self.shape(few, again)
        self.assertEqual((answer.word, answer.numbers["cells_within"], answer.numbers["cells_that_overlap"]),
                         (AGREES, 2, 2))
        self.assertEqual(answer.numbers["pairs_that_changed_places"], 0)
        surely = self.shape([(1, 1, 1), (2, 2, 2), (1000, 999, 1001)], [(2, 2, 2), (1, 1, 1), (1001, 999, 1002)])
        self.assertEqual((surely.word, surely.numbers["pairs_that_changed_places"]), (DISAGREES, 1))

    def test_zeros_say_nothing_of_speed(self):
        answer = self.shape([0, 0, 10, 20], [0, 0, 5, 10])
        self.assertEqual((answer.word, answer.numbers["median_ratio"]), (AGREES, 0.5))
        self.assertEqual(self.shape([0, 10, 20], [5, 10, 20]).word, DISAGREES)

    def test_small_shares_are_left_out(self):
        self.assertEqual(self.shape([0.5, 0.4, 0.001], [0.5, 0.4, 0.003], least=0.05).word, AGREES)
        self.assertEqual(self.shape([0.001], [0.002], least=0.05).word, NOT_COMPARED)

    def test_two_machines(self):
        here = {"facts_before": {"cpu": {"model": "A", "boost": {"missing": "no file"}}, "load": {"average": "1"},
                                 "kernel": {"release": "6.1"}}}
        there = {"facts_before": {"cpu": {"model": "B", "boost": {"missing": "another reason"}},
                                  "load": {"average": "2"}, "kernel": {"release": "6.1"}}, "tool": {"version": "2"}}
        self.assertEqual(provenance.differences(here, there), [
            {"fact": "cpu.model", "published": "A", "reproduced": "B"},
            {"fact": "tool.version", "published": "not recorded", "reproduced": "2"}])
        self.assertEqual([each["fact"] for each in provenance.kind_differs(here, there)], ["cpu.model"])


class ReproduceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.shared = Path(folder.name)
        cls.bundle = cls.shared / "bundle"
        plain = {**bundles.CONFIG, "name": bundles.PLAIN}
        made = call("make", "--out", cls.bundle, bundles.run(cls.shared / "run"),
                    bundles.run(cls.shared / "run2", plain))
        assert made[0] == 0, made

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.results = self.folder / "results"

    def reproduce(self, *behaviours, more=("--only", "quickstart"), program=None):
        self.program = program or bundles.program(self.folder, *behaviours)
        return call("reproduce", self.bundle, "--program", self.program, "--results", self.results, *more)

    def report(self):
        return json.loads((self.results / "reproduction.json").read_text(encoding="utf-8"))

    def test_all_agrees_on_a_machine_of_half_the_speed(self):
        code, out, err = self.reproduce("agree", more=())
        self.assertEqual(code, 0, out + err)
        self.assertEqual(bundles.calls(self.program), ["run plain.json", "run quickstart.json"])
        report = self.report()
        self.assertEqual(report["counts"][DISAGREES], 0)
        run = report["runs"][1]
        self.assertEqual([(each["name"], each["agreement"]) for each in run["figures"]],
                         [("bars-ops_per_second", AGREES), ("ratio-ops_per_second", AGREES),
                          ("bars-psi_some_ns", NOT_COMPARED)])
        self.assertEqual([each["agreement"] for each in run["expectations"]], [AGREES, AGREES])
        self.assertEqual([each["agreement"] for each in run["claims"]], [AGREES])
        for words in ("figure bars-ops_per_second", "rank correlation 1.00", "confirmed, twice", "All that could be"):
            self.assertIn(words, out)
        for words in ("24 trials", "write 1 to /sys/some/setting"):
            self.assertIn(words, err)

    def test_the_report_shows_figures_side_by_side_and_what_differs_in_provenance(self):
        self.reproduce("agree")
        text = (self.results / "reproduction.md").read_text(encoding="utf-8")
        row = next(line for line in text.splitlines() if line.startswith("| bars-ops_per_second"))
        for link in row.split("[![](")[1:]:
            self.assertTrue((self.results / link.split(")")[0]).exists(), link)
        self.assertEqual(row.count("[![]("), 2)
        self.assertIn("| kernel.release | 6.18 | 6.19 |", text)
        self.assertEqual(self.report()["runs"][0]["kind_differs_in"], [])

    def test_a_result_that_disagrees(self):
        code, out, _ = self.reproduce("disagree")
        self.assertEqual(code, 1, out)
        run = self.report()["runs"][0]
        self.assertEqual(run["expectations"][0]["agreement"], DISAGREES)
        self.assertEqual(run["expectations"][0]["published"], "confirmed")
        self.assertEqual(run["figures"][0]["agreement"], DISAGREES)
        self.assertIn("confirmed, then refuted", out)

    def test_fewer_trials_decide_less_and_the_report_says_so(self):
        code, out, err = self.reproduce("agree", more=("--only", "quickstart", "--trials", 3, "--json"))
        report = json.loads(out)
        self.assertEqual((code, report["trials_per_cell"]), (0, 3), err)
        self.assertEqual(report["runs"][0]["trials_per_cell"], [bundles.TRIALS, 3])
        self.assertEqual(report["runs"][0]["outcomes"], {"ok": 12})
        self.assertEqual(report["runs"][0]["expectations"][0]["agreement"], UNDECIDED)
        text = (self.results / "reproduction.md").read_text(encoding="utf-8")
        self.assertIn("Made with 3 trials a cell, which is not", text)

    def test_a_program_that_refuses_fails_or_cannot(self):
        for behaviour, code, word in (("refuse", 1, "failed"), ("die", 1, "failed"), ("cannot", 3, "cannot")):
            self.results = self.folder / behaviour
            found, out, err = self.reproduce(behaviour, more=PLAIN)
            self.assertEqual((found, self.report()["runs"][0]["ended"]), (code, word), out + err)
            self.assertIn(f"about to {behaviour}", self.report()["runs"][0]["why"])
        # What came to nothing is tried again.
        self.assertEqual(self.reproduce("agree", more=PLAIN)[0], 0)

    def test_a_stopped_reproduction_goes_on(self):
        both = ("--only", "plain", "--only", "quickstart")
        code, _, err = self.reproduce("agree", "stop", "agree", more=both)
        self.assertEqual(code, 130)
        self.assertIn("the same command goes on", err)
        self.assertFalse((self.results / "reproduction.json").exists())
        code, out, _ = self.reproduce(program=self.program, more=both)
        self.assertEqual(code, 0, out)
        self.assertEqual(bundles.calls(self.program), ["run plain.json", "run quickstart.json", "resume again-1"])
        code, _, err = self.reproduce(program=self.program, more=both)
        self.assertEqual((code, len(bundles.calls(self.program))), (0, 3))
        self.assertIn("done already", err)

    def test_a_kill_stops_the_program_first(self):
        """SIGTERM of the reproduction alone, as `kill` sends it: the program is told, and waited for."""
        words = ["reproduce", self.bundle, "--program", bundles.program(self.folder, "wait"), "--results",
                 self.results, *PLAIN]
        process = subprocess.Popen([paths.PYTHON, "-B", paths.PLOTS / "bundle", *words], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        while not (self.results / "waiting").exists() and process.poll() is None:
            time.sleep(0.05)
        process.terminate()
        _, err = process.communicate()
        self.assertEqual(process.returncode, 130, err)
        self.assertTrue((self.results / "stopped").exists())

    def test_a_run_of_somebody_else_is_not_taken_for_ours(self):
        self.reproduce("stop", more=PLAIN)
        (begun,) = (self.results / bundles.PLAIN).iterdir()
        bundles.change_manifest(begun, config={**bundles.CONFIG, "name": bundles.PLAIN, "trials": 2})
        self.assertEqual(self.reproduce("agree", more=PLAIN)[0], 0)
        self.assertEqual(bundles.calls(self.program)[-1], "run plain.json")

    def test_nothing_runs_where_the_bundle_or_the_program_is_not_usable(self):
        broken = self.folder / "broken"

        shutil.copytree(self.bundle, broken)
        (broken / "configs/quickstart.json").write_text("{}")
        program = bundles.program(self.folder)
        for words, said in (((broken, "--program", program), "quickstart.json: has changed"),
                            ((self.bundle, "--program", self.folder / "none"), "no program"),
                            ((self.bundle, "--program", program, "--only", "nought"), "no experiment nought")):
            code, _, err = call("reproduce", *words, "--results", self.results)
            self.assertEqual(code, 2)
            self.assertIn(said, err)
        self.assertEqual(bundles.calls(program), [])

    def test_another_kind_of_machine_has_wider_tolerances(self):
        numbers = tolerances.of_run({"runs": {"a": {"factor_on_another_kind": 3}}}, "a")
        self.assertEqual(tolerances.factor(numbers, False), 3)
        self.assertEqual(tolerances.factor(numbers, True), 1.25)
        for wrong in ({"least_rank_correlation": 2}, {"factor_on_another_kind": "2"}):
            with self.assertRaises(tolerances.BundleError):
                tolerances.of_run({"runs": {"a": wrong}}, "a")


if __name__ == "__main__":
    unittest.main()
