"""What holds of every kind of figure: drawn again it is the same, nothing is cut off, its caption is complete."""

import contextlib
import io
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
from test_figures import outside

PAGES = (3.33, 7.0)


class EveryKindTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        folder = Path(temporary.name)
        cls.folders = [every_kind.full(folder / "full"), every_kind.priced(folder / "priced")]
        cls.said = io.StringIO()
        cls.drawn = {}
        for path in cls.folders:
            run = load_run(path)
            result = json.loads((path / "study.json").read_text(encoding="utf-8"))
            for name, drawing in draw.drawings(run, result):
                cls.drawn[name.partition("-")[0]] = (run, drawing)

    def each(self):
        """Pairs (kind, its drawing); a kind that was not drawn fails."""
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.assertIn(kind, self.drawn, "every_kind.py has no data for it")
                run, drawing = self.drawn[kind]
                self.assertNotIsInstance(drawing, NotDrawn, drawing)
                yield kind, run, drawing

    def test_the_caption_says_n_interval_and_run(self):
        for _, run, drawing in self.each():
            self.assertRegex(drawing.caption, r"n = \d+( to \d+)? trials? of each cell\.")
            self.assertIn(f"Run {run.manifest['run']} of {run.manifest['experiment']}.", drawing.caption)
            self.assertRegex(drawing.interval, "interval|^none: |median of the trials")
            self.assertIn(drawing.interval.casefold(), drawing.caption.casefold())

    def test_each_cell_that_is_drawn_has_its_n(self):
        for _, run, drawing in self.each():
            self.assertTrue(drawing.n)
            self.assertGreater(max(entry["n"] for entry in drawing.n), 0)
            for entry in drawing.n:
                self.assertLessEqual(entry["n"], run.manifest["trials_per_cell"])
                self.assertLessEqual(set(entry["cell"]), set(run.factors))

    def test_no_text_is_cut_off(self):
        for _, _, drawing in self.each():
            self.assertEqual(outside(drawing.figure), [])

    def test_labels_do_not_lie_on_each_other(self):
        for _, _, drawing in self.each():
            self.assertEqual(overlapping(drawing.figure), [])

    def test_it_is_one_column_or_one_page_wide_in_7_and_8_pt(self):
        for _, _, drawing in self.each():
            self.assertIn(round(drawing.figure.get_figwidth(), 2), PAGES)
            sizes = {text.get_fontsize() for text in texts_of(drawing.figure)}
            self.assertLessEqual(sizes, {6.0, 7.0, 8.0})

    def test_axes_with_numbers_say_of_what(self):
        for _, _, drawing in self.each():
            figure = drawing.figure
            words = " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in figure.axes)
            self.assertTrue(words.strip())

    def test_drawn_again_it_is_the_same(self):
        for folder in self.folders:
            files = []
            for out in ("a", "b"):
                with contextlib.redirect_stderr(self.said):
                    code = draw.main([str(folder), "--out", str(folder / out), "--quiet", "--format", "png", "--format",
                                      "svg"])
                self.assertEqual(code, 0)
                files.append({path.name: path.read_bytes() for path in (folder / out).iterdir()})
            for name in files[0]:
                with self.subTest(figure=name):
                    self.assertEqual(files[0][name], files[1][name])
        self.assertEqual(self.said.getvalue(), "")

    def test_a_run_without_its_data_says_why_and_does_not_fail(self):
        bare = synthetic.quickstart(self.folders[0].parent / "bare", trials=1, expect=[], figures=[],
                                    mend=lambda record: synthetic.kill(record))
        run = load_run(bare)
        result = study(run)
        for kind in KINDS:
            if kind in every_kind.SPECS:
                continue  # needs factors that this run does not have
            with self.subTest(kind=kind):
                (_, reason), = draw.drawings(run, result, [{"kind": kind, "number": "bare"}])
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
    """Pairs of tick labels of one axis of which one lies on the other."""
    renderer = figure.canvas.get_renderer()
    found = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            shown = [label for tick in axis._update_ticks() for label in (tick.label1, tick.label2)
                     if label.get_visible() and label.get_text().strip() and label.get_rotation() in (0, 90)]
            boxes = [(label.get_text(), label.get_window_extent(renderer)) for label in shown]
            found += [(one, other) for i, (one, box) in enumerate(boxes) for other, second in boxes[i + 1:]
                      if box.overlaps(second)]
    return found


if __name__ == "__main__":
    unittest.main()
