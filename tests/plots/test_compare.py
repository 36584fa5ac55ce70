"""compare: what differs, which cells are the same, verdicts, bounds and exit codes."""

import subprocess
import unittest

import paths
import synthetic
from comparing import ENGINES, ONE_CELL, OPS, World
from synthetic import ENGINE, LIMIT, ORDER


class VerdictTest(World):
    def verdicts(self, *arguments):
        return {(entry["metric"], entry["cell"].get(ENGINE)): entry["verdict"]
                for entry in self.compared(*arguments)["comparisons"]}

    def test_a_slower_engine_is_slower_and_the_other_is_not(self):
        found = self.verdicts(self.make("a"), self.make("b", seed=2, slower={"pread": 0.7}))
        self.assertEqual(found[OPS, "pread"], "slower")
        self.assertNotIn(found[OPS, "mmap_shared"], ("slower", "faster"))

    def test_the_other_way_round_it_is_faster(self):
        a, b = self.make("a"), self.make("b", seed=2, slower={"pread": 0.7})
        self.assertEqual(self.verdicts(b, a)[OPS, "pread"], "faster")

    def test_the_first_is_the_base_of_the_ratio(self):
        found = self.compared(self.make("a"), self.make("b", seed=2, slower={"pread": 0.5}))["comparisons"][0]
        self.assertLess(abs(found["ratio"] - 0.5), 0.05)
        self.assertAlmostEqual(found["ratio"], found["median"] / found["median_base"], delta=0.05)
        self.assertLess(found["interval"]["low"], found["ratio"])
        self.assertGreater(found["interval"]["high"], found["ratio"])

    def test_twins_are_seldom_called_different(self):
        wrong = 0
        for seed in range(2, 8):
            found = self.verdicts(self.make("a"), self.make("b", seed=seed), "--metric", OPS)
            wrong += sum(word in ("faster", "slower") for word in found.values())
        self.assertLessEqual(wrong, 1)

    def test_a_count_that_fell_is_less_and_better(self):
        def fewer(record):
            record["readings"]["minor_faults"]["rusage"] //= 2
        a = synthetic.quickstart(self.folder / "a", factors=ENGINES)
        b = synthetic.quickstart(self.folder / "b", factors=ENGINES, mend=fewer)
        found = self.compared(a, b, "--metric", "minor_faults")["comparisons"]
        self.assertEqual({(entry["verdict"], entry["direction"]) for entry in found}, {("less", "better")})

    def test_equal_counts_are_no_difference(self):
        a = synthetic.quickstart(self.folder / "a", factors=ENGINES)
        found = self.compared(a, a, "--metric", "major_faults")["comparisons"]
        self.assertEqual(found[0]["cell"], {ENGINE: "pread"})
        self.assertEqual((found[0]["verdict"], found[0]["why"]), ("no difference", "0 in every trial of both"))

    def test_within_the_margin_a_sure_difference_makes_none(self):
        def counts(share):
            def mend(record):
                record["readings"]["minor_faults"]["rusage"] = int(100_000 * share) + record["trial"]
            return mend
        a, b, c = (synthetic.quickstart(self.folder / name, factors=ONE_CELL, mend=counts(share))
                   for name, share in (("a", 1), ("b", 1.02), ("c", 1.05)))
        found = self.compared(a, b, c, "--metric", "minor_faults")["comparisons"]
        self.assertLess(found[0]["p_holm"], 0.01)
        self.assertEqual([entry["verdict"] for entry in found], ["no difference", "more"])

    def test_what_is_missing_is_not_comparable_and_says_whose(self):
        found = self.compared(self.make("a"), self.make("b"), "--metric", "psi_some_ns")["comparisons"]
        self.assertEqual(found[0]["verdict"], "not comparable")
        self.assertIn("B: psi_some_ns is missing: no PSI file", found[0]["why"])

    def test_few_trials_are_undecided_and_say_why(self):
        found = self.compared(self.make("a", trials=3), self.make("b", trials=3, slower={"pread": 0.5}))
        self.assertEqual(found["comparisons"][0]["verdict"], "undecided")
        self.assertIn("3 ok trials: an interval needs 6", found["comparisons"][0]["why"])

    def test_holm_counts_all_ratios(self):
        a, b = self.make("a"), self.make("b", seed=2, slower={"pread": 0.9})
        alone = self.compared(a, b, "--of-factor", f"{ENGINE}=pread")["comparisons"][0]
        both = self.compared(a, b)["comparisons"][0]
        self.assertEqual(alone["p"], both["p"])
        self.assertGreater(both["p_holm"], alone["p_holm"])

    def test_three_inputs_are_held_against_the_first(self):
        found = self.compared(self.make("a"), self.make("b", seed=2), self.make("c", seed=3, slower={"pread": 0.5}))
        ratios = {(entry["input"], entry["cell"][ENGINE]): entry["verdict"] for entry in found["comparisons"]}
        self.assertEqual(sorted(ratios), [("B", "mmap_shared"), ("B", "pread"), ("C", "mmap_shared"), ("C", "pread")])
        self.assertEqual(ratios["C", "pread"], "slower")

    def test_metrics_are_those_that_the_configs_ask_about(self):
        a = synthetic.quickstart(self.folder / "a", factors=ENGINES, expect=[], figures=[
            {"kind": "bars", "metric": "read_amplification", "x": ENGINE, "series": ENGINE}])
        found = self.compared(a, self.make("b"))
        self.assertEqual([metric["name"] for metric in found["metrics"]], [OPS, "read_amplification"])

    def test_the_same_inputs_give_the_same_bytes(self):
        a, b = self.make("a"), self.make("b", seed=2)
        command = [paths.PYTHON, "-B", str(paths.PLOTS / "compare"), a, b]
        for options in ([], ["--json", "-"]):
            first, second = (subprocess.run(command + options, capture_output=True, check=True).stdout
                             for _ in range(2))
            self.assertEqual(first, second)


class ProvenanceTest(World):
    def differences(self, one, two, **options):
        runs = (self.make(name, manifest=said, **options) for name, said in (("a", one), ("b", two)))
        return self.compared(*runs)["provenance"]

    def facts(self, **kernel):
        return {"facts_before": {"kernel": {"release": "6.1", "machine": "x86_64", **kernel}}}

    def test_a_different_kernel_is_told_and_an_equal_machine_is_not(self):
        found = self.differences(self.facts(), self.facts(release="6.18"))
        self.assertEqual(found["groups"], [{"group": "kernel", "holders": ["A", "B"], "equal": 1, "entries": [
            {"key": "release", "values": {"A": "6.1", "B": "6.18"}}]}])

    def test_what_differs_on_any_two_runs_is_told_apart(self):
        one = {"facts_before": {"load": {"average": "1"}, "kernel": {"boot_id": "x"}}}
        two = {"facts_before": {"load": {"average": "2"}, "kernel": {"boot_id": "y"}}}
        found = self.differences(one, two)
        self.assertEqual(found["groups"], [])
        self.assertEqual(sorted(found["volatile"]), ["kernel.boot_id", "load.average"])

    def test_the_tool_and_what_a_level_sets(self):
        def manifest(commit, seconds, *further):
            levels = [{"label": "pread", "set": {"workload.work": {"seconds": seconds}}}, *further]
            return {"tool": {"git": {"commit": commit}}, "config": {"question": commit, "factors": {"method": levels}}}
        found = self.differences(manifest("a", 1), manifest("b", 2, {"label": "further", "set": {}}),
                                 factors={"method": ["pread"]})
        self.assertEqual([(group["group"], entry["key"]) for group in found["groups"] for entry in group["entries"]],
                         [("tool", "git.commit"), ("config", "factors.method[pread].set.workload.work.seconds")])

    def test_missing_against_a_value_and_what_one_did_not_record(self):
        _, out, _ = self.call(self.make("a", manifest=self.facts(lockdown={"missing": "no file"})),
                              self.make("b", manifest=self.facts(lockdown="none", thp="always")))
        self.assertRegex(out, r"lockdown +missing: no file +none")
        self.assertRegex(out, r"thp +not recorded +always")
        self.assertLess(out.index("What differs"), out.index("ops_per_second in 1/s"))


class CellsTest(World):
    def cells(self, found):
        return [entry["cell"] for entry in found["comparisons"] if entry["metric"] == OPS]

    def test_cells_that_only_one_has_are_named(self):
        found = self.compared(self.make("a"), self.make("b", factors=ONE_CELL))
        self.assertEqual(self.cells(found), [{ENGINE: "pread"}])
        self.assertEqual(found["lonely"],
                         [{"input": "A", "cell": {ENGINE: "mmap_shared"}, "why": "B has no such cell"}])

    def test_a_further_factor_of_one_level_does_not_matter(self):
        found = self.compared(self.make("a"), self.make("b", factors={**ENGINES, LIMIT: ["none"]}))
        self.assertEqual(self.cells(found), [{ENGINE: "pread"}, {ENGINE: "mmap_shared"}])
        self.assertEqual(found["lonely"], [])

    def test_the_config_says_which_level_a_run_without_the_factor_has(self):
        other = {"config": {"workload": {"engine": {"kind": "mmap_shared"}}}}
        found = self.compared(self.make("a"), self.make("b", factors={LIMIT: ["none"]}, manifest=other))
        self.assertEqual(self.cells(found), [{ENGINE: "mmap_shared"}])

    def test_several_levels_against_none_are_to_be_chosen_from(self):
        a, b = self.make("a"), self.make("b", factors={**ENGINES, LIMIT: ["none", "50% of dataset"]})
        self.assertIn(f"--of-factor '{LIMIT}=LEVEL'", self.refused(a, b))
        found = self.compared(a, b, "--of-factor", f"{LIMIT}=none")
        self.assertEqual(self.cells(found), [{ENGINE: "pread"}, {ENGINE: "mmap_shared"}])

    def test_match_says_which_level_is_which(self):
        a, b = self.make("a", factors=ONE_CELL), self.make("b", factors={ENGINE: ["io_uring"]})
        self.assertIn("no cell in common", self.refused(a, b))
        found = self.compared(a, b, "--match", f"{ENGINE}=io_uring", f"{ENGINE}=pread")
        self.assertEqual(self.cells(found), [{ENGINE: "pread"}])

    def test_match_puts_a_cell_in_the_place_of_another(self):
        found = self.compared(self.make("a"), self.make("b"), "--match", f"{ENGINE}=mmap_shared", f"{ENGINE}=pread")
        self.assertEqual(self.cells(found), [{ENGINE: "pread"}])
        self.assertGreater(found["comparisons"][0]["ratio"], 1.1)  # B's mapping over A's pread
        self.assertIn({"input": "B", "cell": {ENGINE: "pread"}, "why": "--match puts another cell in its place"},
                      found["lonely"])

    def test_match_never_pools(self):
        a, b = self.make("a"), self.make("b", factors={ENGINE: ["x", "y"]})
        twice = (word for level in "xy" for word in ("--match", f"{ENGINE}={level}", f"{ENGINE}=pread"))
        said = self.refused(a, b, *twice)
        self.assertIn("two cells of B the same", said)

    def test_levels_may_hold_commas(self):
        a = self.make("a", factors={"method": ["mmap, random", "pread"], ORDER: ["uniform", "sequential"]})
        b = self.make("b", factors={"way": ["x"]})
        found = self.compared(a, b, "--match", "way=x", f"method=mmap, random, {ORDER}=uniform")
        self.assertEqual(self.cells(found), [{"method": "mmap, random", ORDER: "uniform"}])


class BoundTest(World):
    def worse_by(self, share, *bounds, seed=2):
        a, b = self.make("a"), self.make("b", seed=seed, slower={"pread": 1 - share})
        return self.call(a, b, *(word for bound in bounds for word in ("--bound", bound)))

    def test_a_crossed_bound_is_exit_code_1(self):
        code, out, _ = self.worse_by(0.3, f"{OPS} 5%")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"ops_per_second may be worse by 5 % .*1 crossed")

    def test_a_kept_bound_is_exit_code_0(self):
        code, out, _ = self.worse_by(0, f"{OPS} 20 %")
        self.assertEqual(code, 0)
        self.assertIn("2 kept", out)

    def test_what_is_better_crosses_nothing(self):
        self.assertEqual(self.worse_by(-0.5, f"{OPS} 5%")[0], 0)

    def test_near_the_bound_it_may_have_been_crossed(self):
        code, out, _ = self.worse_by(0.1, f"{OPS} 10%")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"may have crossed +engine pread +×0\.[89]\d* +0\.\d+ to ")

    def test_too_few_trials_may_have_crossed(self):
        a, b = self.make("a", trials=3), self.make("b", trials=3, slower={"pread": 0.5})
        code, out, _ = self.call(a, b, "--bound", f"{OPS} 5%")
        self.assertEqual(code, 0)
        self.assertIn("2 may have crossed", out)

    def test_worse_is_more_where_lower_is_better(self):
        def more(record):
            record["readings"]["device_read_bytes"]["io"] *= 2
        a = synthetic.quickstart(self.folder / "a", factors=ENGINES)
        b = synthetic.quickstart(self.folder / "b", factors=ENGINES, mend=more)
        self.assertEqual(self.call(a, b, "--bound", "device_read_bytes 50%")[0], 1)
        self.assertEqual(self.call(b, a, "--bound", "device_read_bytes 50%")[0], 0)

    def test_more_than_a_base_of_nothing_may_have_crossed(self):
        def some(record):
            record["readings"]["major_faults"]["rusage"] = 5
        a = synthetic.quickstart(self.folder / "a", factors=ONE_CELL)
        b = synthetic.quickstart(self.folder / "b", factors=ONE_CELL, mend=some)
        found = self.compared(a, b, "--bound", "major_faults 5%")["bounds"][0]
        self.assertEqual(found["counts"]["may have crossed"], 1)

    def test_a_bound_that_nothing_could_test_is_no_pass(self):
        code, _, err = self.call(self.make("a"), self.make("b"), "--bound", "psi_some_ns 5%")
        self.assertEqual(code, 2)
        self.assertIn("no cell could be tested", err)

    def test_bounds_that_make_no_sense(self):
        a, b = self.make("a"), self.make("b")
        for bound, said in (("ops_per_second 5", "and per cent"), ("nothing 5%", "no metric nothing"),
                            ("memory_charged_bytes 5%", "nothing is worse"), (f"{OPS} 100%", "less than 100")):
            with self.subTest(bound=bound):
                self.assertIn(said, self.refused(a, b, "--bound", bound))


if __name__ == "__main__":
    unittest.main()
