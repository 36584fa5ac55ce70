"""Curves over time, and how numbers and names are written."""

import tempfile
import unittest
from pathlib import Path

import numpy as np

import paths  # noqa: F401
import over_time
import synthetic
import words
from figures import canvas
from load import load_run


class OverTimeTest(unittest.TestCase):
    def test_rates_lose_no_event(self):
        with tempfile.TemporaryDirectory() as folder:
            run = load_run(synthetic.quickstart(Path(folder) / "run", trials=3, figures=[]))
            cell = run.cells[0]
            curves = over_time.rates(run, cell, "accesses")
            step = curves.t[1] - curves.t[0]
            totals = np.nansum(curves.values, axis=1) * step
            ends = [run.series(s)["accesses"].iloc[-1] for s in run.ok(cell)["sequence"]]
            np.testing.assert_allclose(totals, ends, rtol=0.02)

    def test_the_cache_is_full_when_the_charge_comes_near_the_limit(self):
        with tempfile.TemporaryDirectory() as folder:
            run = load_run(synthetic.quickstart(Path(folder) / "run", trials=3, figures=[]))
            free, limited = run.cells[0], run.cells[2]
            self.assertIsNone(over_time.filled_at(run, free))
            self.assertAlmostEqual(over_time.filled_at(run, limited), 0.3, delta=0.11)


class WordsTest(unittest.TestCase):
    def test_quantities(self):
        for value, unit, text in ((1234567, "1/s", "1.23 M"), (999.7, "1", "1.00 k"),
                                  (512, "1", "512"), (0, "pages", "0"), (268435456, "bytes", "256 MiB"),
                                  (0.0123, "1", "0.0123"), (1.5e9, "ns", "1.50 s"),
                                  (12345, "ns", "12.3 µs")):
            self.assertEqual(words.quantity(value, unit), text)

    def test_names(self):
        self.assertEqual(words.factor_name("pressure.memcg_limit.limit"), "memcg limit")
        self.assertEqual(words.factor_name("workload.engine"), "engine")
        self.assertEqual(words.metric_name("wall_ns"), "wall time")

    def test_labels_break_at_blanks_and_underscores(self):
        self.assertEqual(canvas.fit("50% of dataset", 0.5), "50% of\ndataset")
        self.assertEqual(canvas.fit("mmap_shared", 0.5), "mmap_\nshared")


if __name__ == "__main__":
    unittest.main()
