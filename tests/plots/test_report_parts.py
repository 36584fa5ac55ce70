"""Pieces of the report by themselves: figures of many points, long series, what is not installed, texts."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

import paths  # noqa: F401
import report_runs
import style
from draw import read_study
from figures import Drawing, canvas
from load import load_run
from over_time import Curves
from report import page, timelines
from report.content import content
from report.grid import Column, Grid
from report.plain import brief, markdown, visible
from report.svg import svg


def drawing(points, texts=("a", "b")):
    """A figure with one line of so many points, and names below its axis."""
    with style.context():
        figure = canvas.sheet(3.33)
        axes = figure.add_subplot()
        axes.plot(np.arange(points), np.sin(np.arange(points)))
        axes.plot([0, points], [0, 1])
        canvas.group_labels(axes, texts, 1)
        canvas.finish(figure, 2, [])
    return Drawing(figure, "metric", "interval", "caption")


class SvgTest(unittest.TestCase):
    def test_many_points_become_pixels_and_few_stay_vectors(self):
        few, many = svg(drawing(100), "f1", "label"), svg(drawing(50_000), "f1", "label")
        self.assertNotIn("<image", few)
        self.assertEqual(many.count("<image"), 1)
        self.assertIn("data:image/png;base64,", many)
        self.assertLess(len(many), 200_000)

    def test_the_same_drawing_is_the_same_text_and_its_names_begin_as_told(self):
        self.assertEqual(svg(drawing(50_000), "f1", "label"), svg(drawing(50_000), "f1", "label"))
        names = [part.split('"')[0] for part in svg(drawing(10), "f7", "label").split(' id="')[1:]]
        self.assertTrue(names)
        self.assertTrue(all(name.startswith("f7-") for name in names), names)

    def test_a_name_with_dollars_is_no_mathematics(self):
        self.assertTrue(svg(drawing(10, (r"$\frac{$", "$a $b")), "f1", "label"))


class TimelinesTest(unittest.TestCase):
    def test_what_is_merged_keeps_its_mean_and_its_extremes(self):
        values = np.ones((3, 1000))
        values[1, 500], values[2, 700] = 90.0, -5.0
        few = timelines._few_points(Curves(np.arange(1000) / 100 + 0.005, values), 400)
        self.assertEqual((few["merged"], len(few["median"])), (3, 334))
        self.assertEqual((max(few["high"]), min(few["low"]), set(few["median"])), (90, -5, {1}))
        self.assertAlmostEqual(few["step"], 0.03)
        self.assertAlmostEqual(few["t0"], 0.015)

    def test_a_page_says_what_was_merged(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(timelines, "MOST_POINTS", 5), \
                mock.patch.object(timelines, "LEAST_POINTS", 5):
            run = load_run(report_runs.ordinary(Path(folder) / "run", trials=2))
            self.assertIn("up to 5 samples are merged into one point", " ".join(timelines.timelines(run)["notes"]))


class PageTest(unittest.TestCase):
    def test_without_dygraphs_the_page_says_what_to_install(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(page, "DYGRAPHS", Path(folder)):
            run_dir = report_runs.ordinary(Path(folder) / "run", trials=2, figures=[])
            run = load_run(run_dir)
            text = page.html(content(run, read_study(run_dir / "study.json")))
        self.assertIn("apt-get install -y --no-install-recommends libjs-dygraphs", text)
        self.assertNotIn("charts-data", text)

    def test_a_script_that_would_end_its_element_is_refused(self):
        with self.assertRaisesRegex(page.PageError, "lib.js"):
            page._inlined("let text = '</SCRIPT>';", "lib.js")


class PlainTest(unittest.TestCase):
    def test_what_cannot_be_seen_is_written(self):
        self.assertEqual(visible("a\x00b\u202ec\ud800\td\n"), "a\\u0000b\\u202ec\\ud800\td\n")

    def test_markdown_has_nothing_of_its_own(self):
        self.assertEqual(markdown("a | <b> `c` [d](e)\n# f"), "a \\| \\<b\\> \\`c\\` [d\\](e) # f")
        self.assertEqual(markdown("# a"), "\\# a")
        self.assertEqual(markdown(""), "")

    def test_reasons_that_differ_in_numbers_are_told_once(self):
        self.assertEqual(brief("read trial-1/x: no; other; read trial-12/x: no"),
                         "read trial-1/x: no (and 1 like it); other")


class GridTest(unittest.TestCase):
    def test_values_texts_and_reasons_are_told_apart(self):
        column = Column("c", "number", [(5, "5"), (1234567.0, "1.23 M"), {"missing": "none"}])
        block = Grid("g", "", [column], ("row", "rows")).block()
        self.assertEqual(block["columns"][0]["values"], [5, 1234570, None])
        self.assertEqual(block["columns"][0]["texts"], [0, "1.23 M", 0])
        self.assertEqual(block["reasons"], ["none"])

    def test_levels_have_the_order_of_the_config(self):
        block = Column("c", "level", ["b", "a", "b"], levels=("a", "b")).block({})
        self.assertEqual((block["labels"], block["values"]), (["a", "b"], [1, 0, 1]))


if __name__ == "__main__":
    unittest.main()
