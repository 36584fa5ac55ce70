"""The kinds working_set, pressure_stack, latency_ccdf and fault_heat: what they show is what was measured."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import pandas as pd

import paths  # noqa: F401
import draw
import every_kind
import fault_files
import synthetic
from every_kind import LATENCY, LIMIT, SIZE
from figures import NotDrawn, fault_heat
from load import load_run
from study.study import study
from synthetic import ENGINE
from test_figures import outside

MIB = 1 << 20


class KindTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def drawing(self, run_dir, **spec):
        run = load_run(run_dir)
        return self.drawn(run, study(run), **spec)

    @staticmethod
    def drawn(run, result, **spec):
        (_, _, found), = draw.drawings(run, result, [{**spec, "number": "test"}])
        if isinstance(found, NotDrawn):
            raise found
        return found


class WorkingSetTest(KindTest):
    def made(self, factors, limit=lambda record: LIMIT, mend=None):
        def change(record):
            record["pressure"]["memcg_limit"]["limit_bytes"] = limit(record)
            if mend:
                mend(record)
        run_dir = synthetic.quickstart(self.folder / "run", trials=6, factors={
            name: [level["label"] if isinstance(level, dict) else level for level in levels]
            for name, levels in factors.items()}, expect=[], figures=[], mend=change)
        manifest = json.loads((run_dir / "manifest.json").read_text(encoding="utf-8"))
        manifest["config"] = {"dataset": {"size": "64 MiB"}, "workload": {"engine": "pread"}, "factors": factors}
        (run_dir / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return run_dir

    SIZES = {ENGINE: ["pread", "mmap_shared"], SIZE: ["32 MiB", "64 MiB", "256 MiB", "1 GiB"]}

    def test_points_stand_at_the_datasets_sizes_and_memory_ends_at_the_recorded_limit(self):
        drawing = self.drawing(self.made(self.SIZES), kind="working_set", x=SIZE, series=ENGINE)
        axes, = drawing.figure.axes
        lines = [line for line in axes.lines if len(line.get_xdata()) == 4]
        self.assertEqual(len(lines), 2)
        np.testing.assert_allclose(lines[0].get_xdata(), [32 * MIB, 64 * MIB, 256 * MIB, 1024 * MIB])
        self.assertIn([LIMIT, LIMIT], [list(line.get_xdata()) for line in axes.lines])
        self.assertEqual(axes.get_xscale(), "log")
        self.assertIn("the memory limit that the kernel had, 128 MiB", drawing.caption)
        self.assertIn("order statistics", drawing.interval)
        self.assertEqual([entry["n"] for entry in drawing.n], [6] * 8)
        self.assertEqual(outside(drawing.figure), [])

    def test_points_are_the_medians_of_the_trials(self):
        run_dir = self.made(self.SIZES)
        drawing = self.drawing(run_dir, kind="working_set", x=SIZE, series=ENGINE, metric="wall_ns")
        frame = load_run(run_dir).trials
        lines = [line for line in drawing.figure.axes[0].lines if len(line.get_xdata()) == 4]
        for line, engine in zip(lines, self.SIZES[ENGINE], strict=True):
            medians = frame[frame[ENGINE] == engine].groupby(SIZE)["wall_ns"].median()
            np.testing.assert_allclose(line.get_ydata(), [medians[size] for size in self.SIZES[SIZE]])

    def test_a_labelled_level_that_sets_the_size_counts_by_its_size(self):
        factors = {"file": [{"label": "small", "set": {SIZE: "16 MiB"}}, {"label": "large", "set": {SIZE: "2 GiB"}}]}
        axes, = self.drawing(self.made(factors), kind="working_set", x="file").figure.axes
        np.testing.assert_allclose(axes.lines[0].get_xdata(), [16 * MIB, 2048 * MIB])

    def test_a_factor_that_sets_the_limit_is_drawn_as_the_dataset_in_limits(self):
        factors = {synthetic.LIMIT: ["none", "100% of dataset", "50% of dataset"]}
        shares = {"none": {"missing": "no limit was asked for"}, "100% of dataset": 64 * MIB,
                  "50% of dataset": 32 * MIB}
        run_dir = self.made(factors, limit=lambda record: shares[record["cell"][synthetic.LIMIT]])
        drawing = self.drawing(run_dir, kind="working_set", x=synthetic.LIMIT)
        axes, = drawing.figure.axes
        np.testing.assert_allclose(axes.lines[0].get_xdata(), [1, 2])
        self.assertIn([1, 1], [list(line.get_xdata()) for line in axes.lines])
        self.assertIn("Thin level lines: without a limit", drawing.caption)
        self.assertEqual(axes.get_xlabel(), "dataset size / memory limit")

    def test_a_limit_that_moves_with_the_size_has_no_line(self):
        run_dir = self.made(self.SIZES, limit=lambda record: 16 * MIB * (1 + len(record["cell"][SIZE])))
        drawing = self.drawing(run_dir, kind="working_set", x=SIZE, series=ENGINE)
        self.assertIn("The memory limit changes with the size: no line", drawing.caption)

    def test_a_cell_without_a_number_is_a_cross_and_a_reason(self):
        def mend(record):
            if record["cell"][SIZE] == "1 GiB" and record["cell"][ENGINE] == "mmap_shared":
                synthetic.kill(record)
        drawing = self.drawing(self.made(self.SIZES, mend=mend), kind="working_set", x=SIZE, series=ENGINE)
        crosses = [line for line in drawing.figure.axes[0].lines if line.get_marker() == "x"]
        self.assertEqual([list(cross.get_xdata()) for cross in crosses], [[1024 * MIB]])
        self.assertIn("6 oom_killed, left out", drawing.caption)

    def test_a_factor_that_changes_neither_is_refused(self):
        with self.assertRaisesRegex(NotDrawn, "change neither the dataset's size nor the memory limit"):
            self.drawing(self.made({ENGINE: ["pread", "mmap_shared"]}), kind="working_set", x=ENGINE)

    def test_a_manifest_without_a_config_says_so(self):
        run_dir = synthetic.quickstart(self.folder / "bare", trials=1, expect=[], figures=[])
        with self.assertRaisesRegex(NotDrawn, "the dataset's size is not known: the manifest holds no config"):
            self.drawing(run_dir, kind="working_set", x=ENGINE)


class PressureStackTest(KindTest):
    FACTORS = {ENGINE: ["mmap_shared"], synthetic.LIMIT: ["50% of dataset"], synthetic.ORDER: ["uniform"]}

    def made(self, change=None):
        """A run of one cell whose series `change(frame, seconds)` alters."""
        run_dir = synthetic.quickstart(self.folder / "run", trials=6, factors=self.FACTORS, expect=[], figures=[])
        for path in sorted((run_dir / "series").iterdir()):
            frame = pd.read_csv(path)
            if change:
                change(frame, frame["t_ns"].clip(lower=0) / 1e9)
            frame.to_csv(path, index=False, na_rep="NA")
        return run_dir

    def drawing(self, run_dir):
        return super().drawing(run_dir, kind="pressure_stack")

    @staticmethod
    def ylabels(drawing):
        return [axes.get_ylabel().replace("\n", " ") for axes in drawing.figure.axes]

    def test_psi_is_the_share_of_time_stalled(self):
        def change(frame, seconds):
            frame["psi_some_ns"], frame["psi_full_ns"] = (seconds * 4e8).astype(int), (seconds * 1e8).astype(int)
        drawing = self.drawing(self.made(change))
        self.assertEqual(self.ylabels(drawing), ["time stalled", "evicted pages/s", "refaulted pages/s"])
        thick = [line for line in drawing.figure.axes[0].lines if line.get_linewidth() > 1]
        self.assertAlmostEqual(np.nanmedian(thick[0].get_ydata()), 0.4, places=2)
        self.assertAlmostEqual(np.nanmedian(thick[1].get_ydata()), 0.1, places=2)

    def test_what_kernel_threads_took_and_the_rest_add_up_to_what_left(self):
        def change(frame, seconds):
            frame["evicted_pages"] = (seconds * 8000).astype(int)
            frame["background_evicted_pages"] = (seconds * 2000).astype(int)
        drawing = self.drawing(self.made(change))
        self.assertEqual(self.ylabels(drawing), ["evicted pages/s", "refaulted pages/s"])
        own, background = drawing.figure.axes[0].collections
        self.assertAlmostEqual(tops(own), 6000, delta=100)
        self.assertAlmostEqual(tops(background), 8000, delta=100)
        self.assertIn("by the page cache's tracepoints", drawing.caption)
        self.assertIn("Time stalled: not in the series (no PSI file of a cgroup in v1)", drawing.caption)

    def test_a_cgroups_own_rows_are_preferred_and_show_what_was_scanned(self):
        def change(frame, seconds):
            frame["background_evicted_pages"] = 0
            frame["direct_reclaimed_pages"] = (seconds * 3000).astype(int)
            frame["background_reclaimed_pages"] = (seconds * 1000).astype(int)
            frame["scanned_pages"] = (seconds * 20000).astype(int)
        drawing = self.drawing(self.made(change))
        self.assertIn("reclaimed pages/s", self.ylabels(drawing))
        axes = drawing.figure.axes[0]
        self.assertAlmostEqual(tops(axes.collections[1]), 4000, delta=100)
        self.assertAlmostEqual(np.nanmedian(axes.lines[-1].get_ydata()), 20000, delta=400)
        self.assertIn("by its memory.stat", drawing.caption)

    def test_swap_traffic_has_a_row_where_there_is_any(self):
        def change(frame, seconds):
            frame["swapped_in_pages"], frame["swapped_out_pages"] = (seconds * 500).astype(int), 0
        drawing = self.drawing(self.made(change))
        self.assertEqual(self.ylabels(drawing)[-1], "swapped pages/s")
        self.assertEqual(len([line for line in drawing.figure.axes[-1].lines if line.get_linewidth() > 1]), 1)

    def test_rows_of_zeros_and_rows_that_nobody_counted_are_told_apart(self):
        def change(frame, seconds):
            frame["swapped_in_pages"], frame["psi_some_ns"] = 0, np.nan
        caption = self.drawing(self.made(change)).caption
        self.assertIn("Swap traffic: 0 throughout", caption)
        self.assertIn("Time stalled: not in the series", caption)

    def test_nothing_to_show_is_said(self):
        def change(frame, _):
            for name in ("evicted_pages", "refaulted_pages"):
                frame[name] = 0
        with self.assertRaisesRegex(NotDrawn, "the series say of no pressure"):
            self.drawing(self.made(change))
        run_dir = self.made()
        for path in (run_dir / "series").iterdir():
            path.unlink()
        with self.assertRaisesRegex(NotDrawn, "the run has no time series"):
            self.drawing(run_dir)


def tops(collection):
    """The median height of the upper edge of a filled area."""
    vertices = collection.get_paths()[0].vertices
    x = vertices[:, 0]
    upper = [vertices[x == at, 1].max() for at in np.unique(x)]
    return float(np.median(upper[2:-2]))


class LatencyCcdfTest(KindTest):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        factors = {ENGINE: ["pread", "mmap_shared"], LATENCY: ["off", "full"]}
        cls.run_read = load_run(every_kind.timed(Path(temporary.name) / "run", factors))
        cls.studied = study(cls.run_read)

    def drawing(self, **spec):
        return self.drawn(self.run_read, self.studied, kind="latency_ccdf", **spec)

    def test_a_curve_is_the_share_of_accesses_that_took_longer(self):
        drawing = self.drawing()
        axes = drawing.figure.axes[0]
        curve = next(line for line in axes.lines if len(line.get_xdata()) > 1)
        n = 5603  # of each trial: 5000 of 10 ns, 600 of 20 ns, 3 of 100 ns
        np.testing.assert_allclose(curve.get_xdata(), [10, 10, 20, 100])
        np.testing.assert_allclose(curve.get_ydata(), [1, 1, 603 / n, 3 / n])
        self.assertEqual((axes.get_xscale(), axes.get_yscale()), ("log", "log"))

    def test_percentiles_are_marked_on_the_curve_where_there_are_enough(self):
        axes = self.drawing().figure.axes[0]
        marks = sorted((round(1 - line.get_ydata()[0], 4), line.get_xdata()[0]) for line in axes.lines
                       if len(line.get_xdata()) == 1 and line.get_marker() != "|")
        # Of 33618 hits both; of 192 majors (six trials) p99 alone, at the end of the curve: 12 took as long.
        self.assertEqual(marks, [(1 - 12 / 192, 120), (0.99, 20), (0.999, 20)])

    def test_the_table_has_counts_and_dashes_where_a_tail_is_too_thin(self):
        drawing = self.drawing()
        words = [text.get_text() for text in drawing.figure.axes[1].texts]
        self.assertEqual(words[:3], ["accesses", "p99", "p99.9"])
        major = words[words.index("major"):]
        self.assertEqual(major[1:4], ["192", "120\u2009ns", "–"])

    def test_a_curve_is_thin_where_few_accesses_are_left(self):
        held = every_kind.histogram(hit=[(10, 50), (20, 9), (30, 1)])
        run_dir = every_kind.timed(self.folder / "thin", {ENGINE: ["pread"], LATENCY: ["off", "full"]}, held, trials=1)
        run = load_run(run_dir)
        drawing = self.drawn(run, study(run), kind="latency_ccdf")
        full, thin = [line for line in drawing.figure.axes[0].lines if len(line.get_xdata()) > 1]
        self.assertLess(thin.get_linewidth(), full.get_linewidth())
        np.testing.assert_allclose(full.get_ydata() * 60, [60, 60, 10])
        np.testing.assert_allclose(thin.get_ydata() * 60, [10, 1])
        self.assertIn("Too few samples for any tail: hit (60)", drawing.caption)

    def test_with_a_series_each_class_has_a_panel_and_each_level_a_curve(self):
        drawing = self.drawing(series=ENGINE)
        titles = [axes.get_title() for axes in drawing.figure.axes if axes.get_title()]
        self.assertEqual([title.split(",")[0].split("\n")[0] for title in titles], ["class hit", "class major"])
        names = [text.get_text() for text in drawing.figure.legends[0].get_texts()]
        self.assertEqual(names[:2], ["pread", "mmap_shared"])
        self.assertEqual(outside(drawing.figure), [])

    def test_its_n_are_trials_of_the_timed_cells_alone(self):
        drawing = self.drawing()
        self.assertEqual({entry["cell"][LATENCY] for entry in drawing.n}, {"full"})
        self.assertEqual({entry["n"] for entry in drawing.n}, {every_kind.TRIALS})

    def test_without_timed_accesses_it_says_why(self):
        run_dir = synthetic.quickstart(self.folder / "off", trials=1, expect=[], figures=[])
        run = load_run(run_dir)
        with self.assertRaisesRegex(NotDrawn, "not recorded"):
            self.drawn(run, study(run), kind="latency_ccdf")


class FaultHeatTest(KindTest):
    def made(self, records, evictions=()):
        run_dir = synthetic.quickstart(self.folder / "run", trials=1, expect=[], figures=[],
                                       factors={ENGINE: ["mmap_shared"]})
        fault_files.write_trace(run_dir, 0, records)
        if evictions:
            fault_files.write_ledger(run_dir, 0, list(evictions))
        return run_dir

    @staticmethod
    def fault(ms, page, kind=0):
        return fault_files.record(fault_files.WINDOW + int(ms * 1e6), fault_files.BEGIN + page * fault_files.PAGE,
                                  kind=kind)

    def test_every_fault_and_eviction_is_in_one_box(self):
        records = [self.fault(i % 1000, i % 100, kind=i % 3 == 0) for i in range(3000)]
        gone = [fault_files.eviction(fault_files.WINDOW + 10**8, 5, pages=40)]
        drawing = self.drawing(self.made(records, gone), kind="fault_heat")
        panels = [axes.collections[0].get_array() for axes in drawing.figure.axes[:3]]
        self.assertEqual([int(counts.sum()) for counts in panels], [2000, 1000, 40])
        for words in ("2 k minor faults", "1 k major faults", "40 evictions", "a single trial"):
            self.assertIn(words, drawing.caption)

    def test_boxes_are_where_and_when_the_faults_were(self):
        drawing = self.drawing(self.made([self.fault(500, 50)] * 7 + [self.fault(5, 0)]), kind="fault_heat")
        mesh = drawing.figure.axes[0].collections[0]
        counts = mesh.get_array().filled(0).reshape([edges - 1 for edges in mesh.get_coordinates().shape[:2]])
        row, column = np.unravel_index(np.argmax(counts), counts.shape)
        self.assertEqual(counts[row, column], 7)
        seconds, offsets = mesh.get_coordinates()[row, column]
        self.assertTrue(seconds <= 0.5 < seconds + 0.05)
        self.assertTrue(offsets <= (50 + 2) * fault_files.PAGE)  # the file is mapped from its third page on
        self.assertLessEqual(counts.shape[0], fault_heat.BOXES[1] + 1)
        self.assertLessEqual(counts.shape[1], fault_heat.BOXES[0] + 1)

    def test_boxes_are_round(self):
        for value, rounded in ((0.0125, 0.02), (0.02, 0.02), (0.3, 0.5), (0.6, 1.0)):
            self.assertAlmostEqual(fault_heat._round_up(value), rounded)

    def test_panels_share_one_scale_of_colour(self):
        run_dir = synthetic.quickstart(self.folder / "two", trials=1, expect=[], figures=[],
                                       factors={ENGINE: ["mmap_shared", "mmap_private"]})
        fault_files.write_trace(run_dir, 0, [self.fault(1, 1)] * 500)
        fault_files.write_trace(run_dir, 1, [self.fault(1, 1)])
        axes = self.drawing(run_dir, kind="fault_heat").figure.axes
        self.assertEqual({each.collections[0].get_clim() for each in axes[:2]}, {(1, 500)})
        self.assertEqual(axes[-1].get_ylabel().replace("\n", " "), "events in a box")

    def test_without_a_trace_it_says_what_to_ask_for(self):
        run_dir = synthetic.quickstart(self.folder / "none", trials=1, expect=[], figures=[])
        with self.assertRaisesRegex(NotDrawn, "name fault_trace in `probes`"):
            self.drawing(run_dir, kind="fault_heat")


if __name__ == "__main__":
    unittest.main()
