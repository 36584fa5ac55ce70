"""Warnings: each on data in which the thing is there, and on data in which it is not; none on the same twice."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

import paths  # noqa: F401
import synthetic
from load import load_run
from study import disturbance, stability, terminal, warning
from study.modes import two_modes
from study.study import study
from synthetic import ENGINE, LIMIT

CONFIG = {"workload": {"engine": "pread", "work": {"seconds": 1}}, "dataset": {"size": "256 MiB"},
          "pressure": {"memcg_limit": {"limit": "128 MiB"}}}
METRICS = ("busy_ns", "softirq_ns", "user_ns", "system_ns", "runqueue_ns", "foreign_evicted_pages",
           "background_evicted_pages", "resident_pages_before", "resident_pages_after", "memory_peak_bytes")
WALL = 1_000_000_000


def quiet(record):
    """A trial of one worker on a host that does nothing else: what disturbs is added to it."""
    record["work"] = [{"accesses": 1000, "checksum": "0" * 16}]
    record["pressure"] = {"memcg_limit": {"limit_bytes": 128 << 20}}
    record["readings"].update({
        "wall_ns": {"clock": WALL}, "steal_ns": {"proc_stat": 0}, "softirq_ns": {"steal": 0},
        "busy_ns": {"steal": 900_000_000}, "user_ns": {"rusage": 500_000_000}, "system_ns": {"rusage": 400_000_000},
        "runqueue_ns": {"schedstat": 1_000_000}, "foreign_evicted_pages": {"page_cache": 0},
        "background_evicted_pages": {"page_cache": 10}, "resident_pages_before": {"page_cache": 0},
        "resident_pages_after": {"page_cache": 32768}, "memory_peak_bytes": {"memcg": 128 << 20},
        "device_read_bytes": {"io": 64 << 20, "disk": (64 << 20) + 4096}})


class ModesTest(unittest.TestCase):
    def test_two_groups_are_found_and_told_apart(self):
        rng = np.random.default_rng(1)
        values = np.concatenate([rng.normal(100, 1, 5), rng.normal(130, 1, 5)])
        found = two_modes(rng.permutation(values))
        self.assertLess(found["p"], 0.001)
        self.assertEqual((found["n_low"], found["n_high"]), (5, 5))
        self.assertAlmostEqual(found["low"], 100, delta=2)
        self.assertAlmostEqual(found["high"], 130, delta=2)

    def test_one_group_of_any_usual_shape_is_not_two(self):
        rng = np.random.default_rng(2)
        shapes = {"normal": lambda n: rng.normal(10, 1, n), "exponential": lambda n: 5 + rng.exponential(1, n),
                  "uniform": lambda n: 5 + rng.random(n), "wide": lambda n: rng.lognormal(0, 0.5, n)}
        for name, draw in shapes.items():
            for n in (6, 10, 20, 30):
                found = [two_modes(draw(n)) for _ in range(200)]
                alarms = sum(each is not None and each["p"] < 0.05 for each in found)
                # 5 % at most; more than 9 % of 200 would be a matter of one in two hundred.
                self.assertLessEqual(alarms, 18, f"{name}, {n}")

    def test_an_outlier_alone_is_no_mode(self):
        values = np.array([100, 101, 99, 100.5, 99.5, 100.2, 99.8, 100.1, 99.9, 200])
        self.assertGreater(two_modes(values)["p"], 0.05)

    def test_groups_that_are_near_each_other_do_not_matter(self):
        self.assertIsNone(two_modes([1000] * 5 + [1001] * 5))
        self.assertIsNone(two_modes([1000] * 10))
        self.assertIsNone(two_modes([1, 1, 2, 2, 2]), "too few")

    def test_two_values_without_scatter_are_two_modes(self):
        self.assertLess(two_modes([1000] * 5 + [2000] * 5)["p"], 0.001)

    def test_the_warning_names_both_groups_and_counts_the_looks(self):
        modes = two_modes([1000.5] * 5 + [2000.5] * 5)
        [(index, each)] = stability.mode_warnings([(3, "ops_per_second", "1/s", modes)])
        self.assertEqual((index, each["kind"]), (3, "two modes"))
        self.assertIn("5 trials around 1.00 k, 5 around 2.00 k", each["text"])
        self.assertEqual(stability.mode_warnings([(0, "x", "1", {**modes, "p": 0.02})] * 3), [])

    def test_few_trials_say_how_many_more(self):
        [each] = stability.few_warnings("ops_per_second", np.array([100.5, 110, 90]))
        self.assertEqual(each["kind"], "few trials")
        self.assertIn("an interval needs 6, 3 more; about 22 more", each["text"])
        self.assertEqual(stability.few_warnings("ops_per_second", np.arange(6) + 0.5), [])
        self.assertEqual(stability.few_warnings("ops_per_second", np.array([])), [])


class DisturbanceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def made(self, change=None, config=None, facts=None):
        def mend(record):
            quiet(record)
            if change and record["trial"] < 2:
                change(record)

        path = synthetic.quickstart(self.folder / "run", trials=6, factors={ENGINE: ["pread"]}, expect=[], figures=[],
                                    mend=mend)
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        manifest["config"] = {**CONFIG, **(config or {})}
        manifest["facts_before"] = facts or {"cpu": {"online": "0-1"}}
        sources = ["steal", "rusage", "schedstat", "page_cache", "memcg"]
        manifest["metrics"] += [{"name": name, "unit": "ns", "meaning": name, "better": "lower", "sources": sources}
                                for name in METRICS]
        (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return load_run(path)

    def told(self, change=None, **options):
        run = self.made(change, **options)
        return disturbance.of_cell(run, run.cells[0])

    def reading(self, metric, source, value):
        def change(record):
            record["readings"].setdefault(metric, {})[source] = value
        return change

    def assert_one(self, found, kind, *words):
        self.assertEqual([each["kind"] for each in found], [kind])
        for word in words:
            self.assertIn(word, found[0]["text"])
        self.assertEqual(found[0]["remedy"], warning.REMEDIES[kind])

    def test_a_quiet_host_gets_no_warning_and_every_check_is_made(self):
        self.assertEqual(self.told(), ([], {}))

    def test_steal(self):
        found, _ = self.told(self.reading("steal_ns", "proc_stat", 30_000_000))
        self.assert_one(found, "steal", "in 2 of 6 trials, at most 3.0%")

    def test_workers_that_wait_for_a_processor(self):
        found, _ = self.told(self.reading("runqueue_ns", "schedstat", 200_000_000))
        self.assert_one(found, "foreign load", "2 of 6 trials, at most 20%")

    def test_more_workers_than_processors_wait_for_each_other(self):
        def two_workers(record):
            record["readings"]["runqueue_ns"] = {"schedstat": 400_000_000}
            record["work"] *= 2
        self.assertEqual([each["kind"] for each in self.told(two_workers, facts={"cpu": {"online": "0,2"}})[0]],
                         ["foreign load"])
        found, unchecked = self.told(two_workers, facts={"cpu": {"online": "0"}})
        self.assertEqual((found, unchecked), ([], {"run queue": "2 workers on 1 processors wait for each other"}))
        found, unchecked = self.told(two_workers, facts={"cpu": {}})
        self.assertEqual(found, [])
        self.assertIn("an unknown number", unchecked["run queue"])

    def test_other_programs_in_the_busy_time(self):
        found, _ = self.told(self.reading("busy_ns", "steal", 1_500_000_000))
        self.assert_one(found, "foreign load", "other programs ran", "2 of 6 trials, at most 54%")

    def test_reclaim_by_others_unless_it_was_asked_for(self):
        change = self.reading("background_evicted_pages", "page_cache", 16384)
        found, _ = self.told(change)
        self.assert_one(found, "foreign reclaim", "2 of 6 trials", "at most 50%")
        found, unchecked = self.told(change, config={"pressure": {"balloon": {"leave": "1 GiB"}}})
        self.assertNotIn("foreign reclaim", [each["kind"] for each in found])
        self.assertIn("balloon evicts from outside the trial", unchecked["foreign reclaim"])

    def test_reads_by_others(self):
        found, _ = self.told(self.reading("device_read_bytes", "disk", 128 << 20))
        self.assert_one(found, "foreign reads", "2 of 6 trials, at most 100%")

    def test_a_missing_reading_leaves_the_check_out_with_its_reason(self):
        def change(record):
            record["readings"]["runqueue_ns"] = {"schedstat": {"missing": "no schedstat in this kernel"}}
        run = self.made(change)
        rows = run.trials["trial"] < 2
        run.trials = run.trials[rows]
        found, unchecked = disturbance.of_cell(run, run.cells[0])
        self.assertEqual(found, [])
        self.assertEqual(unchecked, {"run queue": "runqueue_ns@schedstat: no schedstat in this kernel"})

    def test_a_limit_that_is_not_what_was_asked_for(self):
        def change(record):
            record["pressure"]["memcg_limit"]["limit_bytes"] = 192 << 20
        found, _ = self.told(change)
        self.assert_one(found[:1], "pressure", "memcg_limit", "in 2 of 6 trials, at most 50%")

    def test_a_schedule_that_achieved_something_else(self):
        def change(record):
            record["schedule"] = [{"pressure": "memcg_limit", "requested_bytes": 64 << 20, "achieved_bytes": 80 << 20,
                                   "began_ns": 1, "ended_ns": 2}]
        found, _ = self.told(change)
        self.assert_one(found, "pressure", "2 of 6 trials, at most 25%")

    def test_a_limit_that_pressed_on_nothing(self):
        found, _ = self.told(self.reading("memory_peak_bytes", "memcg", 32 << 20))
        self.assert_one(found, "pressure", "2 of 6 trials", "32 MiB of 128 MiB")
        found, _ = self.told(self.reading("memory_peak_bytes", "memcg", 32 << 20),
                             config={"dataset": {"size": "32 MiB"}})
        self.assertEqual(found, [], "the dataset fits, and was meant to")

    def test_a_busy_host_before_the_run(self):
        def of(**load):
            return disturbance.of_run(self.made(facts={"cpu": {"online": "0-1"}, "load": load}))
        self.assert_one(of(psi_cpu={"some_avg10_percent": 43.2}), "busy host", "43 % of the time")
        self.assertEqual(of(psi_cpu={"some_avg10_percent": 1.0}, average="9.00 1.0 1.0 1/83 1"), [])
        self.assert_one(of(average="3.10 1.0 1.0 1/83 1"), "busy host", "3.1 on 2 processors")
        self.assertEqual(of(average="0.10 1.0 1.0 1/83 1"), [])
        self.assertEqual(of(average={"missing": "no /proc"}), [])


class WholeStudyTest(unittest.TestCase):
    def test_the_same_program_gets_no_warning_on_modes_drift_or_spread(self):
        with tempfile.TemporaryDirectory() as folder:
            kinds = []
            for seed in range(6):
                rng = np.random.default_rng(seed)

                def same(record):
                    record["readings"]["ops_per_second"] = {"derived": rng.lognormal(13, 0.03)}
                run = load_run(synthetic.quickstart(Path(folder) / f"{seed}", expect=[], figures=[], seed=seed,
                                                    mend=same))
                kinds += [each["kind"] for cell in study(run)["cells"] for each in cell["warnings"]]
            told = [kind for kind in kinds if kind in ("two modes", "drift", "spread", "outlier")]
            self.assertLessEqual(len(told), 1, told)  # Holm at 5 % over each of six runs

    def test_study_and_terminal_group_by_kind_and_say_what_to_do_once(self):
        def two(record):
            fast = 2 if record["trial"] % 2 else 1
            record["readings"]["ops_per_second"] = {"derived": fast * 1e6 * (1 + record["trial"] / 1e4)}
        with tempfile.TemporaryDirectory() as folder:
            run = load_run(synthetic.quickstart(Path(folder) / "run", trials=12, factors={LIMIT: ["none"]}, expect=[],
                                                figures=[], mend=two))
            result = study(run)
        found = {each["kind"]: each for each in result["cells"][0]["warnings"]}
        self.assertIn("6 trials around 1.00 M, 6 around 2.00 M", found["two modes"]["text"])
        with open("/dev/null", "w", encoding="utf-8") as nowhere:
            text = terminal.render(run, result, nowhere)
        self.assertEqual(text.count("a median between two states is neither"), 1)

    def test_every_kind_has_a_remedy(self):
        for kind in warning.REMEDIES:
            self.assertTrue(warning.warning(kind, "x")["remedy"])
        with self.assertRaises(KeyError):
            warning.warning("of no kind", "x")


if __name__ == "__main__":
    unittest.main()
