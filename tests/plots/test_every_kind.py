"""What holds of every kind of figure: drawn again it is the same, nothing is cut off, its caption is complete."""

import json
import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import draw
import every_kind
import synthetic
from figures import KINDS, NotDrawn, asked
from load import load_run
from study.study import study
from svg import write_svg
from test_figures import outside

PAGES = (3.33, 7.0)


class EveryKindTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        folder = Path(temporary.name)
        cls.runs = [load_run(every_kind.full(folder / "full")), load_run(every_kind.priced(folder / "priced"))]
        cls.folder = folder
        cls.drawn = {name.partition("-")[0]: (run, drawing) for run in cls.runs for name, _, drawing in cls.drawings(run)}

    @staticmethod
    def drawings(run):
        result = json.loads((run.path / "study.json").read_text(encoding="utf-8"))
        return draw.drawings(run, result)

    def each(self, check):
        """check(run, drawing) for every kind; a kind that was not drawn fails."""
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.assertIn(kind, self.drawn, "every_kind.py has no data for it")
                run, drawing = self.drawn[kind]
                self.assertNotIsInstance(drawing, NotDrawn, drawing)
                check(run, drawing)

    def test_the_caption_says_n_interval_and_run(self):
        def check(run, drawing):
            self.assertRegex(drawing.caption, r"n = \d+( to \d+)? trials? of each cell\.")
            self.assertIn(f"Run {run.manifest['run']} of {run.manifest['experiment']}.", drawing.caption)
            self.assertRegex(drawing.interval, "interval|^none: |median of the trials")
            self.assertIn(drawing.interval.removeprefix("none: ").casefold(), drawing.caption.casefold())
        self.each(check)

    def test_each_cell_that_is_drawn_has_its_n(self):
        def check(run, drawing):
            self.assertTrue(drawing.n)
            self.assertGreater(max(entry["n"] for entry in drawing.n), 0)
            for entry in drawing.n:
                self.assertLessEqual(entry["n"], run.manifest["trials_per_cell"])
                self.assertLessEqual(set(entry["cell"]), set(run.factors))
        self.each(check)

    def test_no_text_is_cut_off(self):
        self.each(lambda _, drawing: self.assertEqual(outside(drawing.figure), []))

    def test_labels_do_not_lie_on_each_other(self):
        self.each(lambda _, drawing: self.assertEqual(overlapping(drawing.figure), []))

    def test_it_is_one_column_or_one_page_wide_in_6_to_8_pt(self):
        def check(_, drawing):
            self.assertIn(round(drawing.figure.get_figwidth(), 2), PAGES)
            self.assertLessEqual({text.get_fontsize() for text in texts_of(drawing.figure)}, {6.0, 7.0, 8.0})
        self.each(check)

    def test_axes_say_of_what_they_are(self):
        self.each(lambda _, drawing: self.assertTrue(
            any(axes.get_xlabel() + axes.get_ylabel() for axes in drawing.figure.axes)))

    def test_drawn_again_it_is_the_same(self):
        for name, _, again in (each for run in self.runs for each in self.drawings(run)):
            kind = name.partition("-")[0]
            with self.subTest(kind=kind):
                drawing = self.drawn[kind][1]
                self.assertEqual(write_svg(again), write_svg(drawing))
                drawing.figure.draw_without_rendering()  # texts are measured as they were last drawn
                self.assertEqual((again.caption, again.interval, again.n),
                                 (drawing.caption, drawing.interval, drawing.n))

    def test_a_run_without_its_data_says_why_and_does_not_fail(self):
        bare = synthetic.quickstart(self.folder / "bare", trials=1, expect=[], figures=[],
                                    mend=lambda record: synthetic.kill(record))
        run = load_run(bare)
        result = study(run)
        for kind in KINDS:
            if kind in every_kind.SPECS:
                continue  # needs factors that this run does not have
            with self.subTest(kind=kind):
                (_, _, reason), = draw.drawings(run, result, [{"kind": kind, "number": "bare"}])
                self.assertIsInstance(reason, NotDrawn)
                self.assertGreater(len(str(reason)), 10)

    def test_the_published_schema_has_every_kind_and_no_other(self):
        schema = json.loads(asked.SCHEMA_PATH.read_text(encoding="utf-8"))
        forms = [form["properties"]["kind"]["const"] for form in schema["definitions"]["figure"]["oneOf"]]
        self.assertEqual(sorted([*forms, "model"]), sorted(KINDS))


def texts_of(figure):
    return [text for text in figure.findobj(match=lambda artist: hasattr(artist, "get_fontsize"))
            if text.get_visible() and text.get_text().strip()]


def overlapping(figure):
    """Pairs of texts of one axes, its tick labels among them, of which one lies on the other."""
    renderer = figure.canvas.get_renderer()
    found = []
    for axes in figure.axes:
        labels = [label for axis in (axes.xaxis, axes.yaxis) for tick in axis._update_ticks()
                  for label in (tick.label1, tick.label2)]
        # The box of a slanted text is larger than the text.
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in [*labels, *axes.texts]
                 if text.get_visible() and text.get_text().strip() and text.get_rotation() in (0, 90)]
        found += [(one, other) for i, (one, box) in enumerate(boxes) for other, second in boxes[i + 1:]
                  if box.overlaps(second)]
    return found


if __name__ == "__main__":
    unittest.main()
