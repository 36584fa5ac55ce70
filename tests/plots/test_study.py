"""study.json as a whole: the same bytes, strata, missing metrics, A/A, exit codes, the terminal."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np

import paths
import synthetic
from load import load_run
from study.study import study
from synthetic import ENGINE, LIMIT, ORDER

PREAD, MMAP = {ENGINE: "pread"}, {ENGINE: "mmap_shared"}


def ratio(**bounds):
    return {"that": "ratio of ops_per_second", "of": MMAP, "over": PREAD, **bounds}


class StudyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def make(self, name="run", **options):
        return synthetic.quickstart(self.folder / name, **options)

    def verdicts(self, expect, **options):
        run = load_run(self.make(expect=expect, **options))
        return study(run)["expectations"]

    def command(self, *arguments, environment=None):
        return subprocess.run([paths.PYTHON, "-B", paths.PLOTS / "study", *arguments],
                              capture_output=True, text=True, env=environment)

    def test_the_same_run_gives_the_same_bytes_in_any_process(self):
        run_dir = self.make()
        bytes_written = []
        for hash_seed in ("0", "4711"):  # sets and dicts of strings are laid out by it
            self.assertEqual(self.command(run_dir, environment={"PYTHONHASHSEED": hash_seed}).returncode, 0)
            bytes_written.append((run_dir / "study.json").read_bytes())
            (run_dir / "study.json").unlink()
        self.assertEqual(*bytes_written)

    def test_json_prints_the_path_alone(self):
        run_dir = self.make(trials=2)
        self.assertEqual(self.command(run_dir, "--json").stdout, f"{run_dir / 'study.json'}\n")

    def test_cells_count_outcomes_and_keep_bad_trials_out(self):
        result = study(load_run(self.make(mend=synthetic.one_killed)))
        cell = result["cells"][6]
        self.assertEqual(cell["cell"], {**MMAP, LIMIT: "50% of dataset", ORDER: "uniform"})
        self.assertEqual(cell["outcomes"], {"ok": 8, "oom_killed": 1})
        self.assertEqual(cell["metrics"]["ops_per_second"]["n"], 8)
        dead = result["cells"][7]
        self.assertEqual(dead["metrics"]["ops_per_second"], {"missing": "no ok trial"})

    def test_unnamed_factors_are_strata_and_are_never_pooled(self):
        found, = self.verdicts([ratio(where={LIMIT: "none"}, at_least=1)])
        self.assertEqual([s["stratum"] for s in found["strata"]],
                         [{ORDER: "uniform"}, {ORDER: "sequential"}])
        self.assertEqual(found["verdict"], "confirmed")
        self.assertTrue(all(s["n_of"] == s["n_over"] == 9 for s in found["strata"]))

    def test_the_weakest_stratum_decides(self):
        # Uniform reads within the limit differ by 28 %, sequential ones by 20 %.
        found, = self.verdicts([ratio(where={LIMIT: "50% of dataset"}, at_least=1.24)])
        self.assertEqual(found["strata"][1]["verdict"], "refuted")
        self.assertEqual(found["verdict"], "refuted")

    def test_pairs_see_through_a_drift_that_hides_an_effect(self):
        # The machine slows down by half over the run; mmap is 2 % slower in every block.
        def drift(record):
            slow = 1 / (1 + record["trial"] / 8)
            engine = 0.98 if record["cell"][ENGINE] == "mmap_shared" else 1.0
            record["readings"]["ops_per_second"]["derived"] = 1e6 * slow * engine

        claim = {"of": MMAP, "over": PREAD, "where": {LIMIT: "none", ORDER: "uniform"}, "at_most": 0.99}
        alone, paired = self.verdicts([{"that": "ratio of ops_per_second", **claim},
                                       {"that": "paired ratio of ops_per_second", **claim}], mend=drift)
        self.assertNotEqual(alone["verdict"], "confirmed")
        self.assertEqual(paired["verdict"], "confirmed", paired)
        self.assertAlmostEqual(paired["strata"][0]["ratio"], 0.98)

    def test_a_pair_without_its_half_is_left_out(self):
        expect = {"that": "paired ratio of ops_per_second", "of": MMAP, "over": PREAD,
                  "where": {LIMIT: "50% of dataset", ORDER: "uniform"}, "at_least": 0.1}
        found, = self.verdicts([expect], mend=synthetic.one_killed)
        self.assertEqual((found["strata"][0]["n_of"], found["strata"][0]["n_over"]), (8, 8))

    def test_a_side_that_selects_several_cells_is_not_testable(self):
        expect = {"that": "ratio of ops_per_second", "of": {**MMAP, LIMIT: "none"}, "over": PREAD,
                  "at_least": 1}
        found, = self.verdicts([expect])
        self.assertEqual(found["verdict"], "not testable here")
        self.assertIn("never pooled", found["strata"][0]["why"])

    def test_best_against_best_takes_each_sides_best_level(self):
        def pace(record):
            cell = record["cell"]
            fast = {("mmap_shared", "uniform"): 3e6, ("mmap_shared", "sequential"): 2e6,
                    ("pread", "uniform"): 1e6, ("pread", "sequential"): 2e6}[cell[ENGINE], cell[ORDER]]
            record["readings"]["ops_per_second"]["derived"] = fast * (1 + record["trial"] / 1e4)
        expect = {"that": "ratio of ops_per_second", "of": MMAP, "over": PREAD, "where": {LIMIT: "none"},
                  "best_of": ORDER, "at_least": 1.4, "at_most": 1.6}
        found, = self.verdicts([expect], mend=pace)
        [stratum] = found["strata"]
        self.assertEqual(stratum["stratum"], {ORDER: "uniform over sequential"})
        self.assertAlmostEqual(stratum["ratio"], 1.5, places=2)
        self.assertEqual(found["verdict"], "confirmed")

    def test_a_missing_metric_is_not_testable_and_says_why(self):
        found = self.verdicts([{"that": "median of psi_some_ns", "of": PREAD, "at_least": 1},
                               {"that": "median of no_such_metric", "of": PREAD, "at_least": 1},
                               {"that": "median of wall_ns", "of": {"medium": "tmpfs"},
                                "at_least": 1}])
        self.assertEqual({f["verdict"] for f in found}, {"not testable here"})
        whys = [f["strata"][0]["why"] for f in found]
        self.assertIn("no PSI file of a cgroup in v1", whys[0])
        self.assertIn("no metric no_such_metric", whys[1])
        self.assertIn("no factor medium", whys[2])

    def test_an_emulated_run_has_no_times_and_judges_none(self):
        def emulate(record):
            for metric in ("wall_ns", "ops_per_second"):
                record["readings"][metric] = {"clock": {"missing": "emulated"},
                                              "derived": {"missing": "emulated"}}
        found, = self.verdicts([ratio(at_least=1)], mend=emulate)
        self.assertEqual(found["verdict"], "not testable here")
        self.assertIn("emulated", found["strata"][0]["why"])

    def test_no_ok_trial_is_not_testable_and_counts_the_outcomes(self):
        found, = self.verdicts([ratio(where={LIMIT: "50% of dataset", ORDER: "sequential"},
                                      at_least=1)], mend=synthetic.one_killed)
        self.assertEqual(found["strata"][0]["why"], "no ok trial: 9 oom_killed")

    def test_outcomes_are_all_none_or_some(self):
        limited = {**MMAP, LIMIT: "50% of dataset"}
        found = self.verdicts([{"that": "outcome", "of": limited, "is": "oom_killed"},
                               {"that": "outcome", "of": PREAD, "is": "oom_killed"}],
                              mend=synthetic.one_killed)
        self.assertEqual([s["verdict"] for s in found[0]["strata"]], ["undecided", "confirmed"])
        self.assertEqual(found[1]["verdict"], "refuted")

    def test_few_trials_and_one_trial_leave_it_undecided(self):
        for trials in (1, 3):
            found, = self.verdicts([ratio(where={LIMIT: "none"}, at_least=1)], trials=trials)
            self.assertEqual(found["verdict"], "undecided")
            self.assertIn("an interval needs 6", found["strata"][0]["why"])

    def test_constant_counts_are_exact(self):
        def constant(record):
            faults = 512 if record["cell"][ENGINE] == "mmap_shared" else 128
            record["readings"]["minor_faults"] = {"rusage": faults}
        expect = {"that": "ratio of minor_faults", "of": MMAP, "over": PREAD}
        found = self.verdicts([{**expect, "at_least": 4, "at_most": 4}, {**expect, "at_most": 3.9}],
                              mend=constant)
        self.assertEqual([f["verdict"] for f in found], ["confirmed", "refuted"])

    def test_the_second_witness_is_corrected_over_all_ratios(self):
        one, = self.verdicts([ratio(where={LIMIT: "none"}, at_least=1)])
        many = self.verdicts([ratio(where={LIMIT: "none"}, at_least=1)] * 4)
        self.assertAlmostEqual(many[0]["strata"][0]["p_holm"], 4 * one["strata"][0]["p_holm"])

    def test_a_against_a_never_confirms_an_effect(self):
        words = [self.a_against_a(seed, at_least=1.05) for seed in range(24)]
        self.assertNotIn("confirmed", words)
        self.assertGreater(words.count("refuted"), 12)

    def test_a_against_a_with_little_noise_is_no_difference(self):
        words = [self.a_against_a(seed, spread=0.005, at_least=1.0) for seed in range(12)]
        self.assertGreaterEqual(words.count("no difference"), 10)
        self.assertLessEqual(words.count("confirmed") + words.count("refuted"), 2)

    def a_against_a(self, seed, spread=0.03, **bounds):
        rng = np.random.default_rng(seed)

        def same(record):
            record["readings"]["ops_per_second"] = {"derived": rng.lognormal(13, spread)}
        factors = {ENGINE: ["pread", "mmap_shared"]}
        found, = self.verdicts([ratio(**bounds)], factors=factors, mend=same, seed=seed)
        return found["verdict"]

    def test_a_run_without_factors_has_one_cell(self):
        run_dir = self.make(factors={}, figures=[],
                            expect=[{"that": "median of accesses", "of": {}, "at_least": 1}])
        text = self.command(run_dir).stdout
        self.assertIn("median of accesses: all cells: at least 1", text)
        self.assertIn("confirmed", text)

    def test_strict_fails_on_a_refuted_expectation_alone(self):
        run_dir = self.make(expect=[ratio(where={LIMIT: "none"}, at_most=1)])
        self.assertEqual(self.command(run_dir).returncode, 0)
        self.assertEqual(self.command(run_dir, "--strict").returncode, 1)
        run_dir = self.make("good", expect=[ratio(where={LIMIT: "none"}, at_least=1)])
        self.assertEqual(self.command(run_dir, "--strict").returncode, 0)

    def test_a_folder_that_cannot_be_read_is_exit_2(self):
        done = self.command(self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("manifest.json", done.stderr)

    def test_the_terminal_shows_cells_verdicts_and_warnings_within_120_columns(self):
        text = self.command(self.make(mend=synthetic.one_killed)).stdout
        self.assertLessEqual(max(map(len, text.splitlines())), 120)
        for words in ("9 oom_killed", "not testable here", "refuted", "confirmed", "Warnings",
                      "accesses/s"):
            self.assertIn(words, text)
        self.assertNotIn("\033", text)
        self.assertNotIn("event_ns", text, "of a run without scenarios")

    def test_the_terminal_shows_times_where_nobody_counted_accesses(self):
        def silent(record):
            for metric in ("ops_per_second", "accesses"):
                for source in record["readings"].get(metric, {}):
                    record["readings"][metric][source] = {"missing": "it reported none"}
        self.assertNotIn("wall time", self.command(self.make(expect=[], figures=[])).stdout)
        text = self.command(self.make("silent", expect=[], figures=[], mend=silent)).stdout
        self.assertRegex(text, r"wall time +minor")
        self.assertRegex(text, r"9/9 +[\d.]+ m?s \[[\d.]+, [\d.]+\]")

    def test_every_ratio_has_a_verdict_and_says_what_its_trials_could_have_shown(self):
        run_dir = self.make(expect=[ratio(at_least=1)])
        result = study(load_run(run_dir))
        ratios = result["figure_ratios"] + result["expectations"][0]["strata"]
        self.assertEqual(len(ratios), 8)
        for each in ratios:
            self.assertIn(each["verdict"], ("different", "no difference", "undecided", "confirmed", "refuted"))
            self.assertGreater(each["minimum_detectable_ratio"], 1)
            self.assertGreaterEqual(each["trials_for_margin"], 6)
        self.assertIn("different", [each["verdict"] for each in result["figure_ratios"]])
        text = self.command(run_dir).stdout
        self.assertIn("Ratios in the figures", text)
        self.assertRegex(text, r"different +engine mmap_shared, memcg limit none, order uniform")

    def test_an_undecided_ratio_says_so_in_plain_words(self):
        def noisy(record):
            slow = 1.1 if record["trial"] % 2 else 1.0
            record["readings"]["ops_per_second"]["derived"] = 1e6 * slow * (1 + record["sequence"] / 1e5)
        text = " ".join(self.command(self.make(expect=[ratio(at_least=1)], mend=noisy)).stdout.split())
        self.assertRegex(text, r"these trials could have shown a difference of [\d.]+ %, "
                               r"\d+ trials a cell would show 3 %")

    def test_study_json_has_no_number_that_json_lacks(self):
        result = study(load_run(self.make(mend=synthetic.one_killed)))
        json.dumps(result, allow_nan=False)


if __name__ == "__main__":
    unittest.main()
