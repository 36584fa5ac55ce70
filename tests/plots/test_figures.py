"""Figures: the same bytes when drawn again, real fonts, nothing empty, captions that say n."""

import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import draw
import synthetic
from figures import canvas
from load import load_run
from study.study import study, write
from synthetic import ENGINE, LIMIT, ORDER


class FiguresTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = Path(cls.temporary.name)
        cls.run_dir = synthetic.quickstart(cls.folder / "run", mend=synthetic.one_killed)
        cls.messages = cls.drawn(cls.run_dir)

    @classmethod
    def drawn(cls, run_dir):
        """Studies and draws a run; returns what was said on stderr."""
        run = load_run(run_dir)
        write(run, study(run))
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            assert draw.main([str(run_dir)]) == 0
        return said.getvalue()

    def files(self, folder, kind):
        return sorted((folder / "figures").glob(f"*.{kind}"))

    def test_every_declared_figure_with_data_is_drawn(self):
        self.assertEqual([path.stem for path in self.files(self.run_dir, "pdf")], [
            "bars-minor_faults", "bars-ops_per_second", "counters_over_time",
            "ratio-ops_per_second", "throughput_over_time"])

    def test_a_figure_without_data_is_not_drawn_and_says_why(self):
        self.assertIn("bars-psi_some_ns: not drawn: psi_some_ns is missing: no PSI file",
                      self.messages)

    def test_drawing_again_gives_the_same_bytes(self):
        again = self.folder / "again"
        command = [paths.PYTHON, "-B", str(paths.PLOTS / "draw.py"), str(self.run_dir),
                   "--out", str(again)]
        subprocess.run(command, check=True, capture_output=True)
        for path in sorted((self.run_dir / "figures").iterdir()):
            with self.subTest(figure=path.name):
                self.assertEqual(path.read_bytes(), (again / path.name).read_bytes())

    def test_fonts_are_embedded_truetype(self):
        for path in self.files(self.run_dir, "pdf"):
            table = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True)
            fonts = table.stdout.splitlines()[2:]
            self.assertTrue(fonts, path)
            for font in fonts:
                # name, type (one or two words), encoding, emb, sub, uni, object ID
                self.assertRegex(font, r"\sTrueType\s")
                self.assertEqual(font.split()[-5], "yes", font)

    def test_pdfs_are_one_column_or_one_page_wide(self):
        for path in self.files(self.run_dir, "pdf"):
            info = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True)
            size, = [line for line in info.stdout.splitlines() if line.startswith("Page size")]
            self.assertIn(round(float(size.split()[2]) / 72, 2), (3.33, 7.0))
            self.assertNotIn("Date", info.stdout)

    def test_the_sidecar_says_n_interval_run_and_what_was_left_out(self):
        path = self.run_dir / "figures" / "bars-ops_per_second.json"
        sidecar = json.loads(path.read_text(encoding="utf-8"))
        self.assertEqual(sidecar["run"], "run")
        self.assertIn("order statistics", sidecar["interval"])
        self.assertIn("9 oom_killed, left out", sidecar["caption"])
        counts = {tuple(entry["cell"].values()): entry["n"] for entry in sidecar["n"]}
        self.assertEqual(counts["mmap_shared", "50% of dataset", "uniform"], 8)
        self.assertEqual(counts["mmap_shared", "50% of dataset", "sequential"], 0)

    def test_a_figure_that_lost_its_data_is_removed(self):
        figures = [{"kind": "bars", "metric": "psi_some_ns", "x": LIMIT, "series": ENGINE}]
        run_dir = synthetic.quickstart(self.folder / "lost", trials=1, figures=figures, expect=[])
        stale = run_dir / "figures" / "bars-psi_some_ns.pdf"
        stale.parent.mkdir()
        stale.write_text("old", encoding="utf-8")
        self.drawn(run_dir)
        self.assertFalse(stale.exists())

    def test_no_text_is_cut_off(self):
        figures = [{"kind": "bars", "metric": "device_read_bytes", "x": ENGINE, "series": LIMIT,
                    "title": "A title that is much longer than one line of one column can hold"},
                   {"kind": "ratio", "metric": "ops_per_second", "x": ENGINE, "series": LIMIT,
                    "over": "none"},
                   {"kind": "throughput_over_time", "series": ENGINE},
                   {"kind": "counters_over_time", "series": ENGINE}]
        factors = {ENGINE: ["pread", "mmap_shared", "io_uring", "sendfile_splice"],
                   LIMIT: ["none", "50% of dataset"], ORDER: ["uniform"]}
        run = load_run(synthetic.quickstart(self.folder / "long", trials=6, factors=factors,
                                            expect=[], figures=figures))
        result = study(run)
        for number, spec in enumerate(figures):
            with self.subTest(kind=spec["kind"]), draw.style.context():
                drawing = draw._draw(run, result, {**spec, "number": number})
                self.assertEqual(outside(drawing.figure), [])

    def test_a_run_without_series_draws_nothing_over_time(self):
        figures = [{"kind": "throughput_over_time", "series": ENGINE}]
        run_dir = synthetic.quickstart(self.folder / "flat", trials=1, figures=figures, expect=[])
        for path in (run_dir / "series").iterdir():
            path.unlink()
        self.assertIn("not drawn: the run has no time series", self.drawn(run_dir))

    def test_a_run_of_one_cell_can_be_drawn_over_time(self):
        figures = [{"kind": "throughput_over_time"}, {"kind": "counters_over_time"}]
        run_dir = synthetic.quickstart(self.folder / "one", trials=6, factors={}, figures=figures,
                                       expect=[])
        self.assertEqual(self.drawn(run_dir), "")
        self.assertEqual(len(self.files(run_dir, "pdf")), 2)

    def test_one_factor_may_be_both_x_and_series(self):
        figures = [{"kind": "bars", "metric": "ops_per_second", "x": ENGINE, "series": ENGINE},
                   {"kind": "ratio", "metric": "ops_per_second", "x": ENGINE, "series": ENGINE,
                    "over": "pread"}]
        factors = {ENGINE: ["pread", "mmap_shared", "io_uring"]}
        run_dir = synthetic.quickstart(self.folder / "both", factors=factors, figures=figures,
                                       expect=[])
        self.assertEqual(self.drawn(run_dir), "")
        sidecar = json.loads((run_dir / "figures" / "bars-ops_per_second.json").read_text())
        self.assertEqual([entry["n"] for entry in sidecar["n"]], [9, 9, 9])

    def test_quiet_prints_nothing(self):
        run_dir = synthetic.quickstart(self.folder / "quiet", trials=1, expect=[], figures=[
            {"kind": "bars", "metric": "wall_ns", "x": LIMIT, "series": ENGINE}])
        self.drawn(run_dir)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
            draw.main([str(run_dir), "--quiet"])
        self.assertEqual(said.getvalue(), "")

    def test_an_unknown_kind_or_factor_is_named(self):
        figures = [{"kind": "pie", "metric": "ops_per_second", "x": LIMIT, "series": ENGINE},
                   {"kind": "bars", "metric": "ops_per_second", "x": "medium", "series": ENGINE}]
        said = self.drawn(synthetic.quickstart(self.folder / "odd", trials=1, figures=figures,
                                               expect=[]))
        self.assertIn("no kind pie; there are bars", said)
        self.assertIn("no factor medium", said)


def outside(figure):
    """The texts of a figure that reach beyond its edges."""
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.findobj(match=lambda a: hasattr(a, "get_text"))
             if text.get_visible() and text.get_text().strip()]
    found = []
    for text in texts:
        box = text.get_window_extent(renderer).transformed(figure.transFigure.inverted())
        # Tick labels beyond the axis limits are kept by matplotlib and never drawn.
        inside = box.x0 > -0.01 and box.x1 < 1.01 and box.y0 > -0.01 and box.y1 < 1.01
        if not inside and not is_hidden_tick(text, figure):
            found.append(text.get_text())
    return found


def is_hidden_tick(text, figure):
    shown = {id(label) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)
             for tick in axis._update_ticks() for label in (tick.label1, tick.label2)}
    every = {id(label) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)
             for tick in axis.get_major_ticks() + axis.get_minor_ticks()
             for label in (tick.label1, tick.label2)}
    return id(text) in every - shown


class LabelTest(unittest.TestCase):
    def test_the_name_of_an_axis_that_is_longer_than_it_gets_more_lines(self):
        figure = canvas.sheet(3)
        axes = figure.add_subplot()
        axes.set_ylabel("a metric whose name is longer than the axis is tall")
        canvas.finish(figure, 1.2, [])
        label = axes.yaxis.label
        self.assertIn("\n", label.get_text())
        self.assertEqual(label.get_text().replace("\n", " "), "a metric whose name is longer than the axis is tall")
        extent = label.get_window_extent()
        self.assertGreaterEqual(extent.y0, 0)
        self.assertLessEqual(extent.y1, figure.bbox.height)


if __name__ == "__main__":
    unittest.main()
