"""Drawing by hand: SVG that can stand in a page beside others, and figures that no config asked for."""

import contextlib
import io
import json
import re
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import paths  # noqa: F401
import draw
import synthetic
from load import load_run
from study.study import study, write
from svg import write_svg
from synthetic import ENGINE, LIMIT, ORDER

BARS = {"kind": "bars", "metric": "ops_per_second", "x": LIMIT, "series": ENGINE}
RATIO = {"kind": "ratio", "metric": "ops_per_second", "x": LIMIT, "series": ENGINE, "over": "pread"}


class DrawnByHandTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.run_dir = synthetic.quickstart(
            Path(temporary.name) / "run", trials=6, expect=[], figures=[BARS, RATIO],
            factors={ENGINE: ["pread", "mmap_shared"], LIMIT: ["none", "50% of dataset"], ORDER: ["uniform"]})
        cls.run_read = load_run(cls.run_dir)
        cls.studied = study(cls.run_read)
        write(cls.run_read, cls.studied)

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.out = Path(temporary.name)

    def call(self, *arguments):
        """(exit code, stdout, stderr) of draw.py."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = draw.main([str(self.run_dir), "--out", str(self.out), *arguments])
        return code, out.getvalue(), err.getvalue()

    def asked(self, **changes):
        """--figure with the bars of this run, changed; None takes a key away."""
        wanted = {key: value for key, value in {**BARS, **changes}.items() if value is not None}
        return self.call("--figure", json.dumps(wanted))


class SvgTest(DrawnByHandTest):
    def drawing(self):
        return next(drawing for _, _, drawing in draw.drawings(self.run_read, self.studied))

    def test_it_is_one_element_with_the_caption_as_its_label(self):
        root = ElementTree.fromstring(write_svg(self.drawing()))
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertIn("Median accesses per second", root.get("aria-label"))

    def test_drawing_again_gives_the_same_text(self):
        first, second = self.drawing(), self.drawing()
        draw._save(second, self.out / "a.png", "png")  # whatever was saved before
        self.assertEqual(write_svg(first), write_svg(second))

    def test_every_id_has_the_prefix_and_every_reference_its_id(self):
        text = write_svg(self.drawing(), "f7")
        ids = set(re.findall(r'\bid="([^"]*)"', text))
        used = set(re.findall(r'(?:href="#|url\(#)([^")]*)', text))
        self.assertGreater(len(used), 2)
        self.assertEqual(used - ids, set())
        self.assertEqual([name for name in ids if not name.startswith("f7")], [])

    def test_two_figures_share_no_id_and_no_style(self):
        texts = [write_svg(drawing) for _, _, drawing in draw.drawings(self.run_read, self.studied)]
        ids = [set(re.findall(r'\bid="([^"]*)"', text)) for text in texts]
        self.assertEqual(ids[0] & ids[1], set())
        for text in texts:
            self.assertNotRegex(text, r'<style[^>]*>\s*\*')

    def test_nothing_tells_when_or_with_what_it_was_drawn(self):
        self.assertNotRegex(write_svg(self.drawing()), "(?i)matplotlib v|<metadata|dc:date")

    def test_the_command_writes_what_is_asked_for_and_its_caption(self):
        code, said, _ = self.call("--format", "svg")
        self.assertEqual(code, 0)
        self.assertIn("Figures (SVG, with a caption beside each)", said)
        self.assertEqual({path.suffix for path in self.out.iterdir()}, {".svg", ".json"})
        self.assertIn("bars-ops_per_second.svg", said)


class AskedTest(DrawnByHandTest):
    def test_a_figure_by_hand_replaces_none_of_the_configs(self):
        self.call()
        before = {path.name: path.read_bytes() for path in self.out.iterdir()}
        self.assertEqual(self.asked(x=ENGINE, series=LIMIT)[0], 0)
        after = {path.name: path.read_bytes() for path in self.out.iterdir()}
        self.assertEqual({name: after[name] for name in before}, before)
        new = sorted(set(after) - set(before))
        self.assertEqual(len(new), 3)
        for name in new:
            self.assertRegex(name, r"^bars-ops_per_second-[0-9a-f]{8}\.(json|pdf|png)$")

    def test_several_at_once_and_their_names_stay(self):
        wanted = ["--figure", json.dumps(BARS), "--figure", json.dumps({**BARS, "metric": "wall_ns"})]
        self.assertEqual(self.call(*wanted)[0], 0)
        names = sorted(path.name for path in self.out.iterdir())
        self.assertEqual(len(names), 6)
        self.call(*wanted[2:], *wanted[:2])
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), names)

    def test_a_ratio_that_the_study_does_not_hold_is_computed(self):
        code, _, said = self.call("--figure", json.dumps({**RATIO, "over": "mmap_shared", "metric": "wall_ns"}))
        self.assertEqual((code, said), (0, ""))
        sidecar = json.loads(next(self.out.glob("ratio-wall_ns-*.json")).read_text(encoding="utf-8"))
        self.assertEqual({entry["n"] for entry in sidecar["n"]}, {6})
        self.assertIn("95 % interval of the ratio", sidecar["interval"])

    def test_what_cannot_be_drawn_says_why_and_is_1(self):
        code, _, said = self.asked(metric="psi_some_ns")
        self.assertEqual(code, 1)
        self.assertRegex(said, "bars-psi_some_ns-.*: not drawn: psi_some_ns is missing: no PSI file")
        self.assertEqual(list(self.out.iterdir()), [])

    def test_what_is_wrong_is_named_with_what_to_write(self):
        cases = [
            ({"kind": "bar"}, "kind: there is no figure \"bar\"; did you mean \"bars\"? there are bars, ratio"),
            ({"kind": None}, "the key \"kind\" is missing; there are bars"),
            ({"metric": None, "series": None}, "bars needs metric, series"),
            ({"metric": "ops_per_secnd"}, "metric: \"ops_per_secnd\" will not do; did you mean \"ops_per_second\""),
            ({"metric": "syscalls"}, "metric: this run has no syscalls"),
            ({"x": "workload.engin"}, "x: no factor \"workload.engin\" in this run; did you mean \"workload.engine\""),
            ({"colour": "red"}, "bars has no key colour; it has kind, metric"),
            ({"x": 7}, "x: 7 will not do: 7 is not of type 'string'"),
            ({**RATIO, "over": "read"}, "over: workload.engine has no level \"read\"; did you mean \"pread\""),
        ]
        for changes, words in cases:
            with self.subTest(words):
                code, _, said = self.asked(**changes)
                self.assertEqual(code, 2)
                self.assertIn(f"draw: --figure: {words}", said)
                self.assertEqual(list(self.out.iterdir()), [])

    def test_text_that_is_no_object(self):
        for text, words in (("{kind: bars}", "not JSON: Expecting property name"), ("[]", "expected an object")):
            code, _, said = self.call("--figure", text)
            self.assertEqual(code, 2)
            self.assertIn(words, said)


if __name__ == "__main__":
    unittest.main()
