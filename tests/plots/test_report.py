"""The report without a browser: what is in it, that nothing in it is markup but its own, its bytes and its size."""

import re
import tempfile
import unittest
from pathlib import Path

import report_runs
from report_runs import HOSTILE, Page

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
MOST_BYTES = 5_000_000
MOST_ELEMENTS = 6_000  # of a run of ten thousand trials, its figures' apart


class Promises:
    """What the report of any run promises. A class of tests makes the run."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls.run_dir = cls.make(cls.folder / "run")
        cls.done = report_runs.report(cls.run_dir)
        assert cls.done.returncode == 0, cls.done.stderr
        cls.html = (cls.run_dir / "report.html").read_text(encoding="utf-8")
        cls.markdown = (cls.run_dir / "report.md").read_text(encoding="utf-8")
        cls.page = Page(cls.html)

    def test_no_id_stands_twice_and_every_link_leads_somewhere(self):
        self.assertEqual(len(self.page.ids), len(set(self.page.ids)))
        for _, attributes in self.page.elements:
            for name in ("href", "xlink:href", "aria-labelledby"):
                if name in attributes and not attributes[name].startswith("data:"):
                    self.assertIn(attributes[name].removeprefix("#"), self.page.ids)

    def test_nothing_is_asked_of_the_network(self):
        for tag, attributes in self.page.elements:
            for name in ("src", "href", "xlink:href", "action", "data"):
                self.assertRegex(attributes.get(name, "#"), r"\A(#|data:)", f"{tag} {name}")
        styles = re.findall(r"<style>.*?</style>", self.html, re.S)
        self.assertNotRegex("".join(styles), r"@import|url\(")
        self.assertNotIn("sourceMappingURL", self.html)

    def test_no_script_runs_but_those_that_the_policy_names(self):
        policy, = [a["content"] for a in self.page.of("meta") if "http-equiv" in a]
        self.assertIn("default-src 'none'", policy)
        self.assertEqual(policy.count("'sha256-"), len(self.page.scripts))
        for tag, attributes in self.page.elements:
            self.assertFalse([name for name in attributes if name.startswith("on")], tag)

    def test_every_table_has_a_caption_and_every_heading_a_scope(self):
        self.assertEqual(len(self.page.of("table")), len(self.page.of("caption")))
        self.assertTrue(all(attributes.get("scope") for attributes in self.page.of("th")))
        self.assertEqual(len(self.page.of("h1")), 1)
        self.assertIn({"class": "skip", "href": "#main"}, self.page.of("a"))

    def test_what_is_missing_can_be_reached_by_keyboard(self):
        marks = [attributes for attributes in self.page.of("span") if attributes.get("class") == "missing"]
        self.assertTrue(all(attributes.get("tabindex") == "0" for attributes in marks))

    def test_no_unseen_character_is_left(self):
        for text in (self.html, self.markdown):
            self.assertIsNone(UNSEEN.search(text))

    def test_all_lines_of_a_table_in_markdown_have_as_many_cells(self):
        for table in re.findall(r"(?:^\|.*\n)+", self.markdown, flags=re.M):
            widths = {len(re.sub(r"\\\\|\\\|", "", line).split("|")) for line in table.splitlines()}
            self.assertEqual(len(widths), 1, table)


class ReportTest(Promises, unittest.TestCase):
    make = staticmethod(report_runs.ordinary)

    def test_the_path_is_printed_and_a_second_time_gives_the_same_bytes(self):
        self.assertEqual(self.done.stdout, f"{self.run_dir / 'report.html'}\n")
        out = self.folder / "elsewhere.html"
        self.assertEqual(report_runs.report(self.run_dir, "--quiet", "--out", out).stdout, "")
        self.assertEqual(out.read_text(encoding="utf-8"), self.html)
        self.assertTrue(out.with_suffix(".md").exists())

    def test_what_cannot_be_read_or_written_is_exit_2_and_leaves_nothing(self):
        empty = self.folder / "empty"
        empty.mkdir()
        done = report_runs.report(empty)
        self.assertEqual((done.returncode, list(empty.iterdir())), (2, []))
        self.assertIn("manifest.json", done.stderr)
        for out, words in ((empty / "report.md", "ends in .html"), (empty / "none" / "r.html", "No such file")):
            done = report_runs.report(self.run_dir, "--out", out)
            self.assertEqual(done.returncode, 2)
            self.assertIn(words, done.stderr)

    def test_a_study_of_other_records_is_refused(self):
        run_dir = report_runs.ordinary(self.folder / "older", trials=2)
        path = run_dir / "trials.jsonl"
        path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
        done = report_runs.report(run_dir)
        self.assertEqual(done.returncode, 2)
        self.assertIn("study the run again", done.stderr)

    def test_verdicts_have_bounds_interval_word_and_sign(self):
        for text in ("✓ confirmed", "✗ refuted", "– not testable here", "≥ ×1", "in each of 2 combinations",
                     "because half of the reads miss", "no PSI file of a cgroup in v1"):
            self.assertIn(text, self.page.text)

    def test_every_figure_has_its_caption_and_its_n(self):
        self.assertEqual((len(self.page.of("figure")), len(self.page.of("svg"))), (5, 5))
        for words in ("Whiskers: 95 % interval", "n = 0 to 9 trials in each of 8 cells",
                      "psi_some_ns is missing: no PSI file"):
            self.assertIn(words, self.page.text)

    def test_the_tables_hold_every_cell_and_every_trial(self):
        trials, cells = self.page.blocks["trials-data"], self.page.blocks["cells-data"]
        self.assertEqual((trials["n"], cells["n"]), (72, 8))
        outcome = self.column(trials, "outcome")
        self.assertEqual(sum(outcome["labels"][value] == "oom_killed" for value in outcome["values"]), 10)
        self.assertIn("the kernel's OOM killer ended the trial", self.column(trials, "reason")["labels"])
        speed = self.column(cells, "accesses per second")
        self.assertIn(" [", speed["texts"][0], "no interval")
        self.assertIsNone(speed["values"][7])
        self.assertEqual(cells["reasons"][speed["texts"][7]], "no ok trial")
        self.assertIn("no ok trial", self.page.text)

    def column(self, table, name):
        return next(column for column in table["columns"] if column["name"] == name)

    def test_curves_over_time_keep_their_extremes(self):
        curves = self.page.blocks["charts-data"]
        self.assertEqual(len(curves["cells"]), 7, "the cell that was killed throughout has no curve")
        for cell in curves["cells"]:
            for curve in cell["curves"].values():
                for low, median, high in zip(curve["low"], curve["median"], curve["high"]):
                    self.assertTrue(median is None or low <= median * 1.001 and median <= high * 1.001)

    def test_it_says_what_is_doubtful_and_how_to_do_it_again(self):
        run_dir = report_runs.ordinary(self.folder / "doubtful", trials=2, figures=[])
        report_runs.change(run_dir, tool={"version": "1", "preset": "dev", "git": {"commit": "c0ffee", "dirty": True}},
                           facts_before={"vm": {"swappiness": 60}}, facts_after={"vm": {"swappiness": 1}})
        with (run_dir / "trials.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"torn')
        self.assertEqual(report_runs.report(report_runs.studied(run_dir)).returncode, 0)
        text = Page((run_dir / "report.html").read_text(encoding="utf-8")).text
        for words in ("git checkout c0ffee", "./run run quickstart.json", "no commit holds", "preset dev",
                      "vm.swappiness 60 1", "the last record is torn"):
            self.assertIn(words, text)

    def test_the_markdown_has_the_same_verdicts(self):
        for words in ("✓ **confirmed**", "✗ **refuted**", "## Cells", "## Provenance", "## Do it again"):
            self.assertIn(words, self.markdown)


class HostileTest(Promises, unittest.TestCase):
    """Every text of this run tries to be something else."""

    make = staticmethod(report_runs.hostile)

    def test_hostile_texts_are_texts(self):
        self.assertGreater(self.page.text.count("window.hurt=1"), 10, "the texts are not there")
        self.assertFalse([source for source in self.page.scripts if "window.hurt" in source])
        self.assertEqual(self.page.of("img"), [])
        trials = self.page.blocks["trials-data"]
        reasons = next(column["labels"] for column in trials["columns"] if column["name"] == "reason")
        self.assertIn("</script><script>window.hurt=1</script>", " ".join(reasons))

    def test_hostile_texts_are_texts_in_markdown(self):
        bare = re.sub(r"(?<!\\)`[^`\n]*`|^ {7}.*$", "", self.markdown, flags=re.M)
        self.assertIn("window.hurt=1", bare)
        for words in ("<script", "<img", "]("):
            self.assertNotRegex(bare, rf"(?<!\\){re.escape(words)}")

    def test_the_title_is_one_line_of_text(self):
        self.assertNotEqual(HOSTILE, "")
        self.assertEqual(len(re.findall(r"<title>[^<]*</title>", self.html)), 1)


class ManyTest(Promises, unittest.TestCase):
    """Ten thousand trials in a page that a telephone opens."""

    @staticmethod
    def make(folder):
        return report_runs.many(folder, 10_000)

    def test_the_page_is_small_and_has_few_elements(self):
        self.assertLess(len(self.html.encode()), MOST_BYTES)
        inside = re.sub(r"<svg.*?</svg>", "", self.html, flags=re.S)
        self.assertLess(len(Page(inside).elements), MOST_ELEMENTS)

    def test_every_trial_is_in_it(self):
        trials = self.page.blocks["trials-data"]
        self.assertEqual(trials["n"], 10_000)
        self.assertTrue(all(len(column["values"]) == 10_000 for column in trials["columns"]))


if __name__ == "__main__":
    unittest.main()
