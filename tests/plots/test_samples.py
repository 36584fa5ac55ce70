"""Intervals, ratios, Holm and verdicts on samples whose answer is known."""

import unittest

import numpy as np

import paths  # noqa: F401
from study import verdict
from study.difference import Witness, alone
from study.ratio import compare, holm, two_sided_p
from study.samples import is_missing, median_interval
from study.stability import drift_warnings, spread_warnings


def interval(low, high):
    return {"low": low, "high": high}


class MedianIntervalTest(unittest.TestCase):
    def test_order_statistics_of_known_n(self):
        # n: rank of the lower bound, exact coverage (tables of the sign test).
        for n, rank, level in ((6, 1, 0.96875), (9, 2, 0.9609375), (10, 2, 0.978515625)):
            found = median_interval(np.arange(1, n + 1))
            self.assertEqual((found["low"], found["high"]), (rank, n + 1 - rank))
            self.assertAlmostEqual(found["level"], level)

    def test_below_six_trials_there_is_none(self):
        self.assertEqual(median_interval([1, 2, 3, 4, 5]),
                         {"missing": "5 ok trials: an interval needs 6"})
        self.assertEqual(median_interval([1]), {"missing": "1 ok trial: an interval needs 6"})

    def test_coverage_is_what_it_says(self):
        rng = np.random.default_rng(1)
        hits = [i["low"] <= 0 <= i["high"] for i in
                (median_interval(rng.standard_normal(9)) for _ in range(2000))]
        self.assertGreater(np.mean(hits), 0.94)


class RatioTest(unittest.TestCase):
    def test_constant_samples_have_an_exact_ratio(self):
        found = compare([512] * 9, [128] * 9, seed=1)
        self.assertEqual((found["interval"]["low"], found["interval"]["high"]), (4, 4))
        self.assertEqual(found["minimum_detectable_ratio"], 1)

    def test_one_trial_has_a_ratio_and_no_interval(self):
        found = compare([3], [2], seed=1)
        self.assertEqual(found["ratio"], 1.5)
        self.assertIn("1 ok trial", found["interval"]["missing"])

    def test_ties_that_break_bca_fall_back_to_percentile(self):
        found = compare([512] * 8 + [511], [128] * 9, seed=1)
        self.assertEqual(found["interval"]["method"], "bootstrap percentile")

    def test_a_zero_below_the_line_is_missing(self):
        found = compare([5] * 9, [0] * 9, seed=1)
        self.assertIn("is 0", found["ratio"]["missing"])

    def test_an_empty_side_is_missing(self):
        self.assertTrue(is_missing(compare([], [1] * 9, seed=1)["ratio"]))

    def test_the_ratio_is_the_median_of_all_quotients(self):
        found = compare([1, 2, 4], [1, 2], seed=1)  # 0.5 1 1 2 2 4
        self.assertEqual((found["ratio"], found["median_of"], found["median_over"]), (1.5, 2, 1.5))

    def test_two_zeros_are_equal(self):
        found = compare([0, 0, 3], [0, 3, 3], seed=1)  # 0 0 0 0 1 1 1 1, and 3/0
        self.assertEqual(found["ratio"], 1)
        self.assertIn("0 or less", compare([0, 3] * 5, [0, 3, 3, 3, 3] * 2, seed=1)["interval"]["missing"])

    def test_two_groups_of_trials_hide_no_slowdown(self):
        """Which group a median lies in is chance; medians of such samples jump by 30 %."""
        rng = np.random.default_rng(4)
        shown = []
        for seed in range(10):
            of, over = (np.where(rng.random(40) < 0.5, 0.8, 1.05) * rng.lognormal(0, 0.02, 40) for _ in range(2))
            slowed = compare(of / 1.1, over, seed)
            self.assertLess(slowed["minimum_detectable_ratio"], 1.15)
            shown.append(slowed["interval"]["high"] < 1 and two_sided_p(of / 1.1, over, 1) < 0.05)
        self.assertGreaterEqual(sum(shown), 7)

    def test_of_many_trials_the_interval_is_what_the_ranks_do_not_reject(self):
        rng = np.random.default_rng(5)
        of, over = rng.lognormal(0.02, 0.1, 80), rng.lognormal(0, 0.1, 70)
        found = compare(of, over, seed=1)["interval"]
        self.assertEqual(found["method"], "Mann-Whitney inverted")
        for end, outside, inside in ((found["low"], 0.999, 1.001), (found["high"], 1.001, 0.999)):
            self.assertLess(two_sided_p(of, over, end * outside), 0.05)
            self.assertGreater(two_sided_p(of, over, end * inside), 0.05)

    def test_the_interval_covers_the_true_ratio(self):
        rng = np.random.default_rng(2)
        hits = 0
        for seed in range(100):
            i = compare(2 * rng.lognormal(0, 0.1, 9), rng.lognormal(0, 0.1, 9), seed)["interval"]
            hits += i["low"] <= 2 <= i["high"]
        self.assertGreaterEqual(hits, 88)

    def test_holm_by_hand(self):
        self.assertEqual(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
        self.assertEqual(holm([]), [])

    def test_the_witness_tests_the_bound(self):
        rng = np.random.default_rng(3)
        of, over = 2 * rng.lognormal(0, 0.05, 9), rng.lognormal(0, 0.05, 9)
        self.assertLess(two_sided_p(of, over, 1), 0.001)
        self.assertGreater(two_sided_p(of, over, 2), 0.05)


class VerdictTest(unittest.TestCase):
    def test_table(self):
        missing = {"missing": "3 ok trials: an interval needs 6"}
        table = [
            # interval, at_least, at_most, Holm p, constant samples -> verdict
            (interval(1.2, 1.4), 1.0, None, 0.001, False, "confirmed"),
            (interval(1.0, 1.4), 1.0, None, 0.001, False, "confirmed"),
            (interval(0.7, 0.9), 1.0, None, 0.001, False, "refuted"),
            (interval(0.9, 1.2), 1.0, None, 0.001, False, "undecided"),
            (interval(0.98, 1.02), 1.0, None, 0.8, False, "no difference"),
            (interval(0.98, 1.02), 1.05, None, 0.001, False, "refuted"),
            (interval(0.98, 1.02), 0.95, None, 0.001, False, "confirmed"),
            (interval(1.01, 1.02), 1.015, None, 0.5, False, "no difference"),
            (interval(0.96, 1.02), 1.0, None, 0.8, False, "undecided"),
            (interval(0.1, 0.2), None, 0.5, 0.001, False, "confirmed"),
            (interval(0.6, 0.7), None, 0.5, 0.001, False, "refuted"),
            (interval(1.2, 1.4), 1.0, 1.5, 0.001, False, "confirmed"),
            (interval(1.6, 1.8), 1.0, 1.5, 0.001, False, "refuted"),
            (interval(1.4, 1.6), 1.0, 1.5, 0.001, False, "undecided"),
            # The second witness does not agree.
            (interval(1.2, 1.4), 1.0, None, 0.20, False, "undecided"),
            (interval(0.7, 0.9), 1.0, None, 0.05, False, "undecided"),
            (interval(0.7, 0.9), 1.0, None, {"missing": "no p"}, False, "undecided"),
            # Constant samples need no witness.
            (interval(4.0, 4.0), 4.0, None, 1.0, True, "confirmed"),
            (interval(4.0, 4.0), 4.1, None, 1.0, True, "refuted"),
            # No interval, no verdict.
            (missing, 1.0, None, 0.001, False, "undecided"),
        ]
        for row in table:
            with self.subTest(row=row):
                self.assertEqual(verdict.of_ratio(*row[:-1])[0], row[-1])

    def test_the_bound_at_issue_is_the_broken_one_else_the_nearest(self):
        self.assertEqual(verdict.bound_at_issue(0.9, 1.0, 1.5), 1.0)
        self.assertEqual(verdict.bound_at_issue(1.6, 1.0, 1.5), 1.5)
        self.assertEqual(verdict.bound_at_issue(1.4, 1.0, 1.5), 1.5)
        self.assertEqual(verdict.bound_at_issue(1.1, 1.0, 1.5), 1.0)

    def test_an_expectation_is_as_good_as_its_weakest_stratum(self):
        for words, expected in (
                (["confirmed", "confirmed"], "confirmed"),
                (["confirmed", "no difference"], "no difference"),
                (["no difference", "not testable here"], "not testable here"),
                (["not testable here", "undecided"], "undecided"),
                (["undecided", "confirmed", "refuted"], "refuted"),
                ([], "not testable here")):
            self.assertEqual(verdict.weakest(words), expected)


class StabilityTest(unittest.TestCase):
    def test_spread_and_outliers_are_told(self):
        noisy = np.array([100.5, 80, 120, 130, 70, 200])
        self.assertEqual(len(spread_warnings("ops_per_second", noisy)), 2)
        self.assertEqual(spread_warnings("ops_per_second", np.array([100.5, 101, 99])), [])

    def test_small_counts_and_single_trials_are_not_nagged_about(self):
        self.assertEqual(spread_warnings("major_faults", np.array([3, 7, 2, 5])), [])
        self.assertEqual(spread_warnings("ops_per_second", np.array([3.5])), [])

    def test_drift_is_corrected_for_the_number_of_looks(self):
        one = [(0, "ops_per_second", -0.8, 0.02)]
        self.assertEqual(len(drift_warnings(one)), 1)
        self.assertIn("falls", drift_warnings(one)[0][1]["text"])
        self.assertEqual(drift_warnings(one + [(i, "x", 0.1, 0.9) for i in range(1, 9)]), [])

    def test_why_a_second_witness_alone_did_not_agree(self):
        def witnesses(n, p, p_holm, count):
            return [Witness(n, n, p, p_holm)] * count
        self.assertEqual(alone([]), [])
        self.assertIn("p is not below 5 %", *alone(witnesses(6, 0.03, 0.06, 2)))
        # Two samples of six have no p below 2 in 924, 48 of them none below 0.1; of seven it is 2 in 3,432.
        self.assertIn("7 trials a cell would", *alone(witnesses(6, 2 / 924, 48 * 2 / 924, 42)))


if __name__ == "__main__":
    unittest.main()
