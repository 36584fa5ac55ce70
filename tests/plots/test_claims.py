"""Claims: one verdict for the expectations of a sentence, and a table that a reader can check."""

import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import synthetic
from load import load_run
from study import claims, terminal
from study.study import study
from synthetic import ENGINE, LIMIT

WARM, COLD = {LIMIT: "none"}, {LIMIT: "50% of dataset"}
BUSY = {"that": "median of minor_faults", "of": {ENGINE: "pread"}, "at_least": 0, "because": "counts are not negative"}
# No count of faults is below zero.
NEVER = {**BUSY, "at_least": -2, "at_most": -1}


def with_claim(claim, expectation, **more):
    return {**expectation, **more, "claim": claim}


class ClaimsTest(unittest.TestCase):
    def judged(self, expect):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.run_folder = load_run(synthetic.quickstart(Path(folder.name) / "run", expect=expect, figures=[]))
        self.result = study(self.run_folder)
        return {each["claim"]: each for each in self.result["claims"]}

    def test_one_verdict_for_all_expectations_of_a_claim(self):
        judged = self.judged([
            with_claim("yes", BUSY), with_claim("yes", BUSY, where=WARM), with_claim("no", NEVER),
            with_claim("it depends", BUSY, where=WARM), with_claim("it depends", NEVER, where=COLD), BUSY,
            {"that": "not testable here", "claim": "who knows", "because": "this host has no such device"}])
        self.assertEqual({claim: each["verdict"] for claim, each in judged.items()},
                         {"yes": "confirmed", "no": "refuted", "it depends": "only when",
                          "who knows": "not testable here"})
        self.assertEqual(judged["yes"]["expectations"], [0, 1])
        self.assertEqual(judged["it depends"]["when"], ["engine pread, memcg limit none"])

    def test_what_cannot_be_tested_does_not_weaken_what_can(self):
        judged = self.judged([with_claim("half of it", BUSY),
                              {"that": "not testable here", "claim": "half of it", "because": "no device"}])
        self.assertEqual(judged["half of it"]["verdict"], "confirmed")

    def test_an_undecided_expectation_leaves_the_claim_undecided(self):
        said = [{"claim": "perhaps", "verdict": verdict, "of": {}} for verdict in ("confirmed", "undecided")]
        self.assertEqual(claims.judge(said)[0]["verdict"], "undecided")
        self.assertEqual(claims.judge(said)[0]["when"], [])

    def test_the_table_has_every_claim_with_its_numbers(self):
        self.judged([with_claim("a | b", NEVER),
                     {"that": "not testable here", "claim": "who knows", "because": "no device"}])
        path = claims.write(self.run_folder, self.result)
        lines = path.read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(lines), 4)
        self.assertIn("a \\| b", lines[2])
        self.assertIn("**refuted**", lines[2])
        self.assertIn("-2 to -1 expected", lines[2])
        self.assertIn("no device", lines[3])

    def test_the_terminal_shows_them(self):
        self.judged([with_claim("no", NEVER)])
        text = terminal._claims(self.result["claims"], 100, str)
        self.assertEqual(text.splitlines(), ["Claims", "- no (by 1)", "   refuted"])

    def test_a_run_without_claims_has_no_table(self):
        self.judged([BUSY])
        self.assertIsNone(claims.write(self.run_folder, self.result))


if __name__ == "__main__":
    unittest.main()
