"""Latency by class: histograms merged and never averaged, tails that say they are too thin, the twin."""

import json
import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import synthetic
from histogram import Histogram, merged
from load import load_run
from study import latency_table
from study.latency import FACTOR
from study.study import study
from synthetic import ENGINE

FACTORS = {ENGINE: ["mmap_shared"], FACTOR: ["off", "full"]}


def bucket_of(value):
    """As measure/histogram.hpp."""
    shift = max(0, value.bit_length() - 7)
    return (shift << 6) + (value >> shift)


def held(values):
    """One class of a histogram file."""
    counts = {}
    for value in values:
        counts[bucket_of(value)] = counts.get(bucket_of(value), 0) + 1
    return {"count": len(values), "total_ns": sum(values), "min_ns": min(values),
            "max_ns": max(values), "buckets": sorted(map(list, counts.items()))}


def file_of(**classes):
    return {"unit": "ns", "sub_buckets": 64, "clock": "tsc", "timer_ns": 20.0, "mode": "full",
            "threads_ns": 2000000.0, "harness_ns": 1000.0, "preempted": 0, "no_classes": "",
            "reasons": [0, 0, 0, 0],
            "classes": {name: held(values) for name, values in classes.items()}}


class HistogramTest(unittest.TestCase):
    def test_percentiles_are_those_of_all_values_together(self):
        # The median of the medians, 10 and 1000, would be 505.
        fast, slow = [10] * 900, [1000] * 100
        both = merged([file_of(hit=fast), file_of(hit=slow)])["hit"]
        self.assertEqual(both.percentile(0.5), 10)
        self.assertEqual(both.percentile(0.9), 10)
        self.assertEqual(both.percentile(0.95), 1000)
        self.assertEqual((both.count, both.total, both.least, both.most), (1000, 109000, 10, 1000))

    def test_a_percentile_is_right_to_one_part_in_64(self):
        values = [round(1.07 ** (i % 300) * 50) for i in range(3000)]
        histogram = merged([file_of(major=values)])["major"]
        ordered = sorted(values)
        for share in (0.01, 0.5, 0.9, 0.99, 0.999):
            exact = ordered[max(1, -(-int(share * 10000) * len(values) // 10000)) - 1]
            self.assertGreaterEqual(histogram.percentile(share), exact)
            self.assertLessEqual(histogram.percentile(share), exact * (1 + 1 / 64))

    def test_every_bucket_ends_where_the_next_begins(self):
        histogram = Histogram()
        for bucket in range(2000):
            self.assertEqual(bucket_of(histogram.upper_end(bucket)), bucket)
            self.assertEqual(bucket_of(histogram.upper_end(bucket) + 1), bucket + 1)

    def test_a_thin_tail_says_so(self):
        histogram = merged([file_of(major=[5] * 999)])["major"]
        self.assertEqual(histogram.tail(0.99), 5)
        self.assertIn("999 samples", histogram.tail(0.999)["missing"])


class LatencyStudyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_of(self, files, figures=(), factors=None):
        """A run whose timed trials have these histogram files."""
        left = list(files)

        def mend(record):
            timed = record["cell"].get(FACTOR) == "full"
            record["latency"] = {"missing": "workload.latency is off"}
            if not timed:
                return
            file = left.pop(0)
            record["latency"] = {"mode": "full", "clock": "tsc", "timer_ns": 20.0,
                                 "threads_ns": 2e6, "harness_ns": 1e3, "classes": {}}
            path = self.folder / "run/histograms"
            path.mkdir(exist_ok=True)
            (path / f"{record['sequence']:05d}.json").write_text(json.dumps(file))

        return load_run(synthetic.quickstart(
            self.folder / "run", trials=len(files), factors=factors or FACTORS, expect=[],
            figures=list(figures), mend=mend))

    def test_a_cells_trials_are_merged_and_compared_with_the_twin(self):
        run = self.run_of([file_of(hit=[10] * 900), file_of(hit=[1000] * 100, major=[90000])])
        off, full = (cell["latency"] for cell in study(run)["cells"])
        self.assertEqual(off, {"missing": "workload.latency is off"})
        self.assertEqual(full["trials"], 2)
        self.assertEqual(list(full["classes"]), ["hit", "major"])
        hit = full["classes"]["hit"]
        self.assertEqual((hit["count"], hit["median_ns"], hit["max_ns"]), (1000, 10, 1000))
        self.assertIn("1 samples", full["classes"]["major"]["p99_ns"]["missing"])
        whole = 109000 + 90000 + 2000
        self.assertAlmostEqual(hit["share"], 109000 / whole)
        self.assertAlmostEqual(full["harness_share"], 2000 / whole)
        self.assertGreater(full["cost"]["ratio"], 0)

    def test_the_table_shows_classes_shares_and_the_cost(self):
        run = self.run_of([file_of(hit=[10] * 5000, blocked_minor=[2800000] * 3)])
        text = latency_table.render(run, study(run)["cells"], 110)
        self.assertIn("blocked_minor         3  2.80 ms  too few", text)
        self.assertIn("the speed without", text)
        self.assertIn("p99.9 needs 1000", text)
        self.assertIn("(harness)", text)

    def test_nothing_is_shown_where_nothing_was_timed(self):
        run = self.run_of([], factors={ENGINE: ["pread"]})
        self.assertEqual(latency_table.render(run, study(run)["cells"], 110), "")

    def test_refused_events_are_named(self):
        refused = {**file_of(any=[10] * 50), "no_classes": "open the perf event: Permission denied"}
        run = self.run_of([refused])
        result = study(run)["cells"]
        self.assertIn("Permission denied", result[1]["latency"]["no_classes"]["missing"])
        self.assertIn("Permission denied", latency_table.render(run, result, 110))

    def test_trials_that_all_died_leave_a_reason(self):
        run = self.run_of([file_of(hit=[1])])
        run.trials["outcome"] = "oom_killed"
        full = study(run)["cells"][1]["latency"]
        self.assertEqual(full, {"missing": "no ok trial: 1 oom_killed"})

    def test_the_figure_has_a_panel_for_each_timed_cell(self):
        import draw
        import style
        run = self.run_of([file_of(hit=list(range(20, 400)), major=[90000, 80000])],
                          figures=[{"kind": "latency_by_class"}])
        with style.context():
            drawing = draw._draw(run, study(run), {"kind": "latency_by_class", "number": 0})
        self.assertEqual(len(drawing.figure.axes), 2)
        self.assertEqual([entry["n"] for entry in drawing.n], [1])
        self.assertIn("fault class", drawing.caption)

    def test_no_figure_without_timed_accesses(self):
        import draw
        from figures import NotDrawn
        run = self.run_of([], factors={ENGINE: ["pread"]})
        with self.assertRaises(NotDrawn):
            draw._draw(run, study(run), {"kind": "latency_by_class", "number": 0})


if __name__ == "__main__":
    unittest.main()
