"""Decision maps and advice: who wins where, by how much, and when nobody can say."""

import json
import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import numpy as np
import synthetic
from figures import NotDrawn, decision_map
from load import load_run
from model import pace
from study import advice, terminal
from study.study import study
from synthetic import ENGINE, LIMIT, ORDER

FIGURE = {"kind": "decision_map", "metric": "ops_per_second", "x": LIMIT, "y": ORDER, "series": ENGINE,
          "over": "mmap_shared"}
FREE, SHORT = "none", "50% of dataset"


class DecisionMapTest(unittest.TestCase):
    def run_of(self, pace, metric="ops_per_second", source="derived"):
        """A run in which pace(cell) is the accesses per second, give or take a per cent."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        rng = np.random.default_rng(3)

        def mend(record):
            record["readings"][metric] = {source: pace(record["cell"]) * rng.normal(1, 0.01)}
        return load_run(synthetic.quickstart(Path(folder.name) / "run", expect=[], mend=mend,
                                             figures=[{**FIGURE, "metric": metric}]))

    @staticmethod
    def mapping_wins_where_it_fits(cell):
        mapped, fits = cell[ENGINE] == "mmap_shared", cell[LIMIT] == FREE
        return 1e6 * ((4 if fits else 0.5) if mapped else 1)

    def test_each_cell_has_its_winner_over_the_second_best(self):
        [given] = study(self.run_of(self.mapping_wins_where_it_fits))["advice"]
        self.assertEqual(len(given["choices"]), 4)
        for choice in given["choices"]:
            fits = choice["where"][LIMIT] == FREE
            self.assertEqual(choice["use"], "mmap_shared" if fits else "pread")
            self.assertEqual(choice["second"], "pread" if fits else "mmap_shared")
            self.assertAlmostEqual(choice["ratio"], 4 if fits else 2, delta=0.15)
            self.assertTrue(choice["certain"])

    def test_neighbours_with_one_answer_are_a_region(self):
        run = self.run_of(lambda cell: 4e6 if cell[ENGINE] == "mmap_shared" else 1e6)
        [given] = study(run)["advice"]
        self.assertEqual([(r["where"], r["from"], r["to"], r["use"]) for r in given["regions"]],
                         [({ORDER: order}, FREE, SHORT, "mmap_shared") for order in ("uniform", "sequential")])
        self.assertRegex(given["regions"][0]["sentence"],
                         r"order uniform, memcg limit none to 50% of dataset: mmap_shared, [34].* times as good")

    def test_where_nobody_wins_nobody_is_named(self):
        [given] = study(self.run_of(lambda cell: 1e6))["advice"]
        # By chance an interval of 95 % may leave out 1; but the ratios are all near it.
        for choice in given["choices"]:
            self.assertLess(choice["ratio"], 1.02)
        self.assertFalse(all(choice["certain"] for choice in given["choices"]))
        self.assertIn("no certain winner", " ".join(r["sentence"] for r in given["regions"]))

    def test_of_what_should_be_small_the_smallest_wins(self):
        run = self.run_of(lambda cell: 10 if cell[ENGINE] == "pread" else 1000, metric="minor_faults", source="rusage")
        result = study(run)
        [given] = result["advice"]
        self.assertEqual({choice["use"] for choice in given["choices"]}, {"pread"})
        self.assertAlmostEqual(given["choices"][0]["ratio"], 100, delta=5)
        cells = decision_map._cells(run, result, {**FIGURE, "metric": "minor_faults", "number": 0}, "pread", {})
        self.assertEqual({cell["ratio"] < 0.02 for cell in cells.values()}, {True})

    def test_the_map_says_how_many_times_as_good_the_level_is(self):
        run = self.run_of(self.mapping_wins_where_it_fits)
        spec = {**FIGURE, "number": 0}
        cells = decision_map._cells(run, study(run), spec, "pread", {})
        self.assertEqual(set(cells), {(x, y) for x in (0, 1) for y in (0, 1)})
        for (x, _), cell in cells.items():
            self.assertAlmostEqual(cell["ratio"], 4 if x == 0 else 0.5, delta=0.15)
            self.assertTrue(cell["certain"])
        self.assertTrue(decision_map._changes(cells[(0, 0)], cells[(1, 0)]))
        self.assertFalse(decision_map._changes(cells[(0, 0)], cells[(0, 1)]))
        doubtful = [{**cells[at], "certain": False} for at in ((0, 0), (1, 0))]
        self.assertFalse(decision_map._changes(*doubtful))
        self.assertTrue(decision_map._changes(doubtful[0], cells[(1, 0)]))
        drawing = decision_map.draw(run, study(run), spec)
        self.assertEqual(len(drawing.figure.axes), 1)
        self.assertIn("mmap_shared", drawing.caption)

    def test_the_price_lists_answer_is_drawn_beside_the_measured_one(self):
        run = self.run_of(self.mapping_wins_where_it_fits)
        cells = [dict(zip(run.factors, row)) for row in run.trials[list(run.factors)].itertuples(index=False)]
        # The model thinks that the mapping wins everywhere by two.
        trials = [{"sequence": int(sequence), "cell": cell, "measured_ns": 1e9,
                   "predicted_ns": 1e9 * pace / (2e6 if cell[ENGINE] == "mmap_shared" else 1e6)}
                  for sequence, cell, pace in zip(run.trials["sequence"], cells, run.trials["ops_per_second"])]
        (run.path / "model.json").write_text(json.dumps({"trials": trials}), encoding="utf-8")
        drawing = decision_map.draw(run, study(run), {**FIGURE, "number": 0})
        self.assertIn("they name the measured winner in 2 of the 4 cells", drawing.caption)
        given = decision_map._cells(run, study(run), {**FIGURE, "number": 0}, "pread", {}, pace.paces(run))
        for cell in given.values():
            self.assertAlmostEqual(cell["predicted"], 2, places=6)

    def test_without_a_trial_there_is_no_map_and_no_advice(self):
        def kill(record):
            record["outcome"] = "timeout"
        with tempfile.TemporaryDirectory() as folder:
            run = load_run(synthetic.quickstart(Path(folder) / "run", expect=[], mend=kill, figures=[FIGURE]))
            result = study(run)
            with self.assertRaises(NotDrawn):
                decision_map.draw(run, result, {**FIGURE, "number": 0})
            self.assertEqual(result["advice"][0]["regions"], [])

    def test_advice_is_written_and_shown(self):
        run = self.run_of(self.mapping_wins_where_it_fits)
        result = study(run)
        path = advice.write(run, result, {"processor": "one"})
        written = json.loads(path.read_text(encoding="utf-8"))
        self.assertEqual(written["holds_on"]["processor"], "one")
        self.assertEqual(written["holds_on"]["medium"], "host")
        self.assertEqual(written["advice"], result["advice"])
        self.assertIn("memcg limit none: mmap_shared", terminal._advice(result["advice"], 100))
        self.assertIsNone(advice.write(run, {**result, "advice": []}, {}))


if __name__ == "__main__":
    unittest.main()
