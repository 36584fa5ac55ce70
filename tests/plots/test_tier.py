"""The table of a tier of reproductions: a row an expectation, and the shipped reproductions are fit for it."""

import contextlib
import io
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import synthetic
import tier
from load import load_run
from study.study import study, write
from synthetic import ENGINE, LIMIT, ORDER

REPRODUCTIONS = synthetic.ROOT / "experiments" / "reproductions"
FASTER = {"claim": "a mapping is faster | by far", "that": "ratio of ops_per_second", "of": {ENGINE: "mmap_shared"},
          "over": {ENGINE: "pread"}, "where": {LIMIT: "none", ORDER: "uniform"}, "at_least": 1.5,
          "because": "no call (Someone 2020)"}
# No count of faults is below zero.
NEVER = {**FASTER, "that": "median of minor_faults", "over": {}, "where": {ORDER: "uniform"}, "at_least": -2, "at_most": -1}
NEVER.pop("over")
NOBODY_KNOWS = {"claim": "a million", "that": "not testable here", "because": "there are no hundred threads"}


class StudiedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def studied(self, expect, **more):
        path = synthetic.quickstart(self.folder / "a run", expect=expect, figures=[], **more)
        run = load_run(path)
        write(run, study(run))
        return path


class TierTest(StudiedTest):
    def called(self, *arguments):
        said, complained = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            code = tier.main([str(argument) for argument in arguments])
        return code, said.getvalue(), complained.getvalue()

    def test_a_row_says_who_claims_what_and_what_was_seen(self):
        row, = tier.rows(self.studied([FASTER]))
        self.assertEqual(row["reproduction"], "quickstart")
        self.assertEqual(row["source says"], FASTER["claim"])
        self.assertIn("ratio of ops_per_second: engine mmap_shared over engine pread", row["expected here"])
        self.assertIn("at least 1.5", row["expected here"])
        self.assertRegex(row["seen"], r"^\d\.\d+ \[\d\.\d+, \d\.\d+\]$")
        self.assertEqual(row["verdict"], "confirmed")

    def test_each_stratum_is_named_where_there_are_several(self):
        row, = tier.rows(self.studied([NEVER]))
        self.assertRegex(row["seen"], r"^memcg limit none: .*; memcg limit 50% of dataset: ")
        self.assertEqual(row["verdict"], "refuted")

    def test_a_claim_of_several_expectations_is_said_once(self):
        said = [row["source says"] for row in tier.rows(self.studied([FASTER, FASTER, NOBODY_KNOWS, FASTER]))]
        self.assertEqual(said, [FASTER["claim"], tier.SAME, "a million", FASTER["claim"]])

    def test_what_cannot_be_tested_expects_nothing_and_says_why(self):
        code, said, _ = self.called(self.studied([NOBODY_KNOWS]))
        self.assertEqual(code, 0)
        self.assertIn("| quickstart | a million | - | - | **not testable here** |", said)
        self.assertIn("- quickstart, not testable here: there are no hundred threads", said)

    def test_the_refuted_are_explained_and_the_verdicts_counted(self):
        _, said, _ = self.called(self.studied([FASTER, NEVER]))
        self.assertIn("1 confirmed, 1 refuted", said)
        reasons = [line for line in said.splitlines() if line.startswith("- ")]
        self.assertEqual(len(reasons), 1)
        self.assertIn("refuted: median of minor_faults", reasons[0])
        self.assertIn("expected because no call (Someone 2020)", reasons[0])

    def test_no_text_ends_its_cell(self):
        _, said, _ = self.called(self.studied([FASTER]))
        table = [line for line in said.splitlines() if line.startswith("|")]
        self.assertEqual({len(re.findall(r"(?<!\\)\|", line)) for line in table}, {len(tier.HEADS) + 1})
        self.assertIn("by far", table[2])

    def test_few_trials_show_a_number_without_an_interval(self):
        row, = tier.rows(self.studied([FASTER], trials=3))
        self.assertRegex(row["seen"], r"^\d+(\.\d+)?$")
        self.assertEqual(row["verdict"], "undecided")

    def test_a_cell_without_an_ok_trial_has_no_number(self):
        row, = tier.rows(self.studied([FASTER], mend=synthetic.kill))
        self.assertEqual((row["seen"], row["verdict"]), ("-", "not testable here"))

    def test_what_was_not_run_stands_in_the_table_with_its_reason(self):
        _, said, _ = self.called(self.studied([FASTER]), "--without", "fault-around-full=locked = down")
        self.assertIn("| fault-around-full | - | - | - | **not run** |", said)
        self.assertIn("- fault-around-full, not run: locked = down", said)

    def test_the_table_is_written_too(self):
        path = self.folder / "table.md"
        _, said, _ = self.called(self.studied([FASTER]), "--write", path)
        self.assertEqual(path.read_text(encoding="utf-8"), said)
        self.assertEqual(list(self.folder.glob("*.new")), [])

    def test_a_run_without_a_study_is_an_error_with_a_remedy(self):
        path = synthetic.quickstart(self.folder / "run")
        code, said, complained = self.called(path, "--write", self.folder / "table.md")
        self.assertEqual((code, said), (2, ""))
        self.assertIn("faultlab study", complained)
        self.assertFalse((self.folder / "table.md").exists())


class RunTierTest(StudiedTest):
    """The script, with a program that says it has run what it is told, or that the host cannot."""

    def setUp(self):
        super().setUp()
        here = self.folder / "experiments" / "reproductions"
        for name in ("first", "second", "second-full", "third"):
            (here / name).mkdir(parents=True)
            (here / name / "experiment.json").write_text("{}", encoding="utf-8")
        shutil.copy(REPRODUCTIONS / "run-tier", here)
        (self.folder / "plots").symlink_to(synthetic.ROOT / "plots")
        self.script, self.results = here / "run-tier", self.folder / "results"
        self.results.mkdir()
        run = self.studied([FASTER])
        self.answers = {"first": f"echo studied; echo '{{\"run\": \"{run}\"}}'; exit 0",
                        "second": f"echo '{{\"run\": \"{run}\"}}'; exit 1", "third": "exit 3", "second-full": "exit 3"}

    def ran(self, *arguments):
        cases = "\n".join(f"*/{name}/experiment.json) {answer} ;;" for name, answer in self.answers.items())
        stand_in = self.folder / "run"
        stand_in.write_text(f"#!/bin/sh\nfor last; do :; done\ncase $last in\n{cases}\nesac\n", encoding="utf-8")
        stand_in.chmod(0o755)
        return subprocess.run([self.script, *arguments], capture_output=True, text=True, check=False)

    def test_it_runs_the_small_ones_and_goes_on_where_one_cannot_run(self):
        done = self.ran("small", self.results)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("| **confirmed** |"), 2)  # some trials of the second failed
        self.assertIn("| third | - | - | - | **not run** |", done.stdout)
        self.assertNotIn("second-full", done.stdout)
        self.assertEqual((self.results / "reproductions-small.md").read_text(encoding="utf-8"), done.stdout)

    def test_the_full_ones_are_a_tier_of_their_own(self):
        done = self.ran("full", self.results)
        self.assertIn("second-full", done.stdout)
        self.assertNotIn("third", done.stdout)

    def test_an_interrupted_run_ends_the_tier(self):
        self.answers["second"] = "exit 130"
        done = self.ran("small", self.results)
        self.assertEqual((done.returncode, done.stdout), (130, ""))

    def test_another_word_is_a_usage_error(self):
        self.assertEqual(self.ran("medium").returncode, 2)


class ReproductionsTest(unittest.TestCase):
    """What the table relies on, of every reproduction that is shipped."""

    def setUp(self):
        self.configs = {path.parent.name: json.loads(re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.M))
                        for path in sorted(REPRODUCTIONS.glob("*/experiment.json"))}
        self.assertGreater(len(self.configs), 10)

    def test_every_expectation_has_a_claim_and_a_reason(self):
        for name, config in self.configs.items():
            self.assertEqual(config["name"], name)
            for number, expectation in enumerate(config["expect"]):
                with self.subTest(reproduction=name, expectation=number):
                    self.assertTrue(expectation.get("claim"))
                    self.assertTrue(expectation.get("because"))

    def test_every_trial_count_gives_intervals(self):
        for name, config in self.configs.items():
            self.assertGreaterEqual(config["trials"], 6, name)

    def test_every_readme_says_what_a_reader_needs(self):
        for name in self.configs:
            text = (REPRODUCTIONS / name / "README.md").read_text(encoding="utf-8")
            heads = ["Question", "Full tier"] if name.endswith("-full") else [
                "Source", "Question", "Design", "Expected here", "What cannot show here", "Confounders",
                "How to read the figures", "What would refute it", "Seen"]
            for head in heads:
                self.assertIn(f"**{head}", text, name)

    def test_every_full_one_has_a_small_one(self):
        for name in self.configs:
            self.assertIn(name.removesuffix("-full"), self.configs)

    def test_the_documentation_names_each(self):
        text = (synthetic.ROOT / "docs" / "reproductions.md").read_text(encoding="utf-8")
        for name in self.configs:
            self.assertIn(f"reproductions/{name.removesuffix('-full')}/", text)


if __name__ == "__main__":
    unittest.main()
