"""The residency map: read as written, drawn once a cell, with and without a ledger beside it."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import numpy as np

import paths  # noqa: F401
import draw
import synthetic
from fault_files import WINDOW, eviction, write_ledger
from load import LoadError, load_run
from study.study import study, write
from synthetic import ENGINE
from test_figures import outside

RANGES, PAGES = 4, 1024
FIGURES = [{"kind": "residency_map"}]


def map_text(rows):
    """A map of RANGES equal parts; rows are (t_ns, pages resident in each)."""
    each = PAGES // RANGES
    names = [f"pages_{i * each}_{(i + 1) * each - 1}" for i in range(RANGES)]
    return "\n".join([",".join(["t_ns", *names]),
                      *(",".join(map(str, [t, *counts])) for t, counts in rows)]) + "\n"


ROWS = [(0, [0] * 4), (-3_000_000, [0] * 4), (0, [1, 0, 0, 0]), (10**9, [256, 128, 0, 0]),
        (2 * 10**9, [0, 256, 256, 64])]


# In the last of two seconds 30 pages leave, 10 of them by a kernel thread; what came before the window is not in it.
LEDGER = [eviction(WINDOW - 1, 5, pages=4), eviction(WINDOW + 10**9, 9, kind=0),
          eviction(WINDOW + 3 * 10**9 // 2, 16, pages=20), eviction(WINDOW + 2 * 10**9, 64, pages=10, by=1)]


class ResidencyMapTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def made(self, with_ledger=False, factors=None):
        def mend(record):
            if with_ledger:
                record["readings"]["evicted_pages"]["page_cache"] = 5000
        run_dir = synthetic.quickstart(self.folder / "run", trials=2, expect=[], figures=FIGURES, mend=mend,
                                       factors=factors or {ENGINE: ["pread", "mmap_shared"]})
        for path in sorted((run_dir / "series").glob("?????.csv")):
            (run_dir / "series" / f"{path.stem}.residency.csv").write_text(map_text(ROWS), encoding="utf-8")
            if with_ledger:
                write_ledger(run_dir, int(path.stem), LEDGER)
        return run_dir

    def drawing(self, run_dir):
        run = load_run(run_dir)
        with draw.style.context():
            return draw._draw(run, study(run), {**FIGURES[0], "number": 0})

    def test_it_is_read_from_the_last_sample_before_the_window(self):
        found = load_run(self.made()).residency_map(0)
        np.testing.assert_allclose(found.t, [0, 1, 2])
        np.testing.assert_array_equal(found.first, [0, 256, 512, 768])
        np.testing.assert_array_equal(found.pages, [256] * 4)
        np.testing.assert_array_equal(found.resident[-1], [0, 256, 256, 64])

    def test_a_trial_without_one_has_none(self):
        run_dir = self.made()
        (run_dir / "series" / "00000.residency.csv").unlink()
        self.assertIsNone(load_run(run_dir).residency_map(0))

    def test_a_damaged_one_is_named(self):
        run_dir = self.made()
        (run_dir / "series" / "00000.residency.csv").write_text("t_ns,pages_x\n1,2\n", encoding="utf-8")
        with self.assertRaisesRegex(LoadError, "00000.residency.csv: not a residency map"):
            load_run(run_dir).residency_map(0)

    def test_a_panel_a_cell_and_nothing_cut_off(self):
        factors = {ENGINE: ["pread", "mmap_shared", "read", "mmap_private"]}
        for with_ledger, axes in ((False, 4), (True, 8)):
            with self.subTest(ledger=with_ledger):
                drawing = self.drawing(self.made(with_ledger, factors))
                self.assertEqual(len(drawing.figure.axes), axes)
                self.assertEqual([entry["n"] for entry in drawing.n], [1] * 4)
                self.assertEqual(outside(drawing.figure), [])
                self.assertEqual("evicted pages per second" in drawing.caption, with_ledger)

    def test_the_dark_cells_are_those_in_memory(self):
        axes = self.drawing(self.made()).figure.axes[0]
        shares = axes.collections[0].get_array().reshape(RANGES, -1)
        np.testing.assert_allclose(shares[:, -1], [0, 1, 1, 0.25])

    def test_pages_leave_at_their_own_moment(self):
        figure = self.drawing(self.made(with_ledger=True)).figure
        all_, by_kernel = (patch.get_data() for patch in figure.axes[1].patches)
        for data, pages in ((all_, 30), (by_kernel, 10)):
            self.assertAlmostEqual(np.sum(data.values * np.diff(data.edges)), pages)
        self.assertEqual(np.sum(all_.values[all_.edges[:-1] < 1.4]), 0)

    def test_without_a_map_it_is_not_drawn_and_says_what_to_ask_for(self):
        run_dir = synthetic.quickstart(self.folder / "none", trials=1, expect=[], figures=FIGURES)
        run = load_run(run_dir)
        write(run, study(run))
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(draw.main([str(run_dir)]), 0)
        self.assertIn("residency_map: not drawn: no ok trial has a residency map; name residency_map",
                      said.getvalue())

    def test_drawn_twice_it_is_the_same(self):
        run_dir = self.made(with_ledger=True)
        run = load_run(run_dir)
        write(run, study(run))
        files = []
        for out in ("a", "b"):
            with contextlib.redirect_stdout(io.StringIO()):
                draw.main([str(run_dir), "--out", str(self.folder / out)])
            files.append([path.read_bytes() for path in sorted((self.folder / out).iterdir())])
        self.assertEqual(*files)
        self.assertEqual(len(files[0]), 3, "PDF, PNG and caption")


if __name__ == "__main__":
    unittest.main()
