"""The report in a browser: sorts, filters and zooms by keyboard alone, in light and dark, on a telephone, on paper."""

import base64
import subprocess
import tempfile
import unittest
from pathlib import Path

import browser
import report_runs

TAB, ENTER, SPACE, RIGHT, DOWN, ESCAPE = "\ue004", "\ue007", " ", "\ue014", "\ue015", "\ue00c"
LEAST_CONTRAST = 4.5
TELEPHONE = 360
MOST_ELEMENTS = 9_000
# The texts of a table's column, by its heading, as they stand in the page.
COLUMN = """
const [grid, name] = arguments;
const table = document.querySelector(`#${grid} table`);
const at = Array.from(table.tHead.rows[0].cells).findIndex((cell) => cell.innerText.startsWith(name));
return Array.from(table.tBodies[0].rows, (row) => row.cells[at].innerText);
"""
HEADING = """
const [grid, name] = arguments;
return Array.from(document.querySelectorAll(`#${grid} thead th`)).find((cell) => cell.innerText.startsWith(name));
"""
# Where the reason of the value that has the focus is, once the page has been painted.
BESIDE = """
await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
const [value, reason] = [document.activeElement, document.activeElement.querySelector(".why")]
  .map((node) => node.getBoundingClientRect());
if (reason.width < 20) return "not shown";
const near = Math.min(Math.abs(reason.top - value.bottom), Math.abs(value.top - reason.bottom)) < 10;
const inside = reason.left >= 0 && reason.right <= innerWidth && reason.top >= 0 && reason.bottom <= innerHeight;
return near && inside ? "beside it" : `elsewhere: ${JSON.stringify([value, reason])}`;
"""
WIDE = """
return Array.from(document.querySelectorAll("body *")).filter((node) => {
  const box = node.getBoundingClientRect();
  return box.width > 1 && box.right > innerWidth + 0.5 && !node.closest(".scroll, .skip, pre");
}).map((node) => `${node.tagName}.${node.className}`);
"""


@unittest.skipIf(browser.why_not(), browser.why_not())
class BrowserTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(temporary.cleanup)
        folder = Path(temporary.name)
        cls.pages = {name: cls.report(make, folder / name) for name, make in (
            ("ordinary", report_runs.ordinary), ("hostile", report_runs.hostile),
            ("many", lambda run: report_runs.many(run, 10_000)))}
        cls.browser = browser.Browser(folder / "profile")
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def report(cls, make, folder):
        done = report_runs.report(make(folder), "--quiet")
        assert done.returncode == 0, done.stderr
        return folder / "report.html"

    def setUp(self):
        self.browser.window(1280, 900)
        self.open("ordinary")

    def open(self, name):
        self.browser.complaints(), self.browser.asked_for()
        self.browser.open(self.pages[name])

    def column(self, name, grid="cells"):
        return self.browser.run(COLUMN, grid, name)

    def go(self, section):
        """To a section by its link among the sections, as one does without a mouse."""
        self.tab_to(f"node.matches('nav a[href=\"#{section}\"]')", most=20)
        self.browser.keys(ENTER)

    def tab_to(self, wanted, most=60):
        """Presses Tab until the focus is on what `wanted` (JavaScript, of `node`) holds of."""
        for _ in range(most):
            self.browser.keys(TAB)
            if self.browser.run(f"const node = document.activeElement; return Boolean({wanted})"):
                return
        self.fail(f"the keyboard does not reach {wanted}")

    def status(self, grid="cells"):
        return self.browser.run(f"return document.querySelector('#{grid} [role=status]').innerText")

    def test_no_page_complains_or_asks_for_anything(self):
        for name, page in self.pages.items():
            with self.subTest(page=name):
                self.open(name)
                self.assertEqual(self.browser.complaints(), [])
                asked = [url for url in self.browser.asked_for() if not url.startswith("data:")]
                self.assertEqual(asked, [page.resolve().as_uri()])
                self.assertIsNone(self.browser.run("return window.hurt ?? null"), "a text of the run was a script")

    def test_the_first_page_is_the_one_of_the_html(self):
        source = report_runs.Page(self.pages["ordinary"].read_text(encoding="utf-8"))
        rows = self.browser.run("const rows = document.querySelectorAll('#trials tbody tr');"
                                "return Array.from(rows, (row) => row.innerText)")
        self.assertEqual(len(rows), 50)
        for row in rows:
            self.assertIn(" ".join(row.replace("missing:", "missing :").split()), source.text)

    def test_it_sorts_by_keyboard_alone(self):
        self.go("medians")
        self.tab_to("node.closest('#cells thead th')?.innerText.startsWith('accesses per second')")
        unsorted = self.column("accesses per second")
        orders = []
        for expected in ("ascending", "descending", None):
            self.browser.keys(ENTER)
            heading = self.browser.run(HEADING, "cells", "accesses per second")
            self.assertEqual(heading.get_attribute("aria-sort"), expected)
            self.assertTrue(self.browser.run("return document.activeElement.closest('th') !== null"), "lost the focus")
            orders.append(self.column("accesses per second"))
        self.assertEqual(orders[0][:-1], orders[1][:-1][::-1])
        self.assertEqual([each[-1][:7] for each in orders[:2]], ["missing"] * 2, "what is missing comes last")
        self.assertEqual(orders[2], unsorted)

    def test_it_filters_by_keyboard_alone(self):
        self.go("all-trials")
        self.tab_to("node.matches('#trials input[type=search]')")
        self.browser.keys("oom_killed SEQUENTIAL")
        self.assertEqual(self.status("trials"), "9 of 72 trials")
        self.assertEqual(set(self.column("order", "trials")), {"sequential"})
        self.browser.keys(" nothing")
        self.assertIn("No row passes", self.status("trials"))

    def test_it_chooses_a_level_and_a_column_by_keyboard_alone(self):
        self.go("medians")
        self.tab_to("node.matches('#cells summary') && node.innerText === 'Filter'")
        self.browser.keys(ENTER)
        self.tab_to("node.matches('#cells select') && node.parentElement.innerText.startsWith('engine')")
        self.browser.keys(DOWN)
        self.assertEqual(set(self.column("engine")), {"pread"})
        self.assertEqual(self.status(), "4 of 8 cells")
        self.tab_to("node.matches('#cells summary') && node.innerText === 'Columns'")
        self.browser.keys(ENTER)
        self.tab_to("node.matches('#cells input[type=checkbox]') && !node.checked")
        columns = len(self.browser.driver.find_elements("css selector", "#cells thead th"))
        self.browser.keys(SPACE)
        self.assertEqual(len(self.browser.driver.find_elements("css selector", "#cells thead th")), columns + 1)

    def test_pages_turn_and_filters_see_all_of_them(self):
        self.open("many")
        self.assertEqual(self.status("trials"), "10,000 trials; rows 1 to 50")
        self.browser.run("document.querySelector('#trials .scroll').focus()")
        self.tab_to("node.matches('#trials .pages button') && node.getAttribute('aria-disabled') !== 'true'")
        self.browser.keys(ENTER)
        self.assertEqual(self.column("sequence", "trials")[0], "50")
        self.browser.run("document.querySelector('#trials input').focus()")
        self.browser.keys("timeout")
        self.assertTrue(self.status("trials").startswith("104 of 10,000 trials"), self.status("trials"))

    def test_a_reason_is_shown_to_the_keyboard_and_put_away_by_escape(self):
        self.go("medians")
        self.tab_to("node.matches('#cells .missing')")
        self.assertEqual(self.browser.run(BESIDE), "beside it")
        self.browser.run("scrollBy(0, -60)")
        self.assertEqual(self.browser.run(BESIDE), "beside it", "after scrolling")
        self.browser.keys(ESCAPE)
        self.assertEqual(self.browser.run(BESIDE), "not shown")

    def test_charts_zoom_by_keyboard_and_by_dragging(self):
        ranges = "return charts.charts.map((chart) => chart.graph.xAxisRange())"
        whole = self.browser.run(ranges)
        self.go("timelines")
        self.tab_to("node.matches('.plot')")
        self.browser.keys("+")
        (left, right), second = self.browser.run(ranges)
        self.assertAlmostEqual(right - left, (whole[0][1] - whole[0][0]) / 2, delta=0.2)
        self.assertAlmostEqual(second[0], left, places=6, msg="the charts share a clock")
        self.browser.keys(RIGHT)
        self.assertGreater(self.browser.run(ranges)[0][0], left)
        self.browser.keys("0")
        self.assertEqual(self.browser.run(ranges), whole)
        plot = self.browser.driver.find_element("css selector", ".plot canvas")
        actions = browser.ActionChains(self.browser.driver)
        actions.move_to_element_with_offset(plot, -100, 0).click_and_hold().move_by_offset(200, 0).release().perform()
        (left, right), _ = self.browser.run(ranges)
        self.assertLess(right - left, (whole[0][1] - whole[0][0]) / 2)

    def test_a_cell_of_the_charts_is_chosen_by_keyboard(self):
        self.go("timelines")
        self.tab_to("node.matches('#charts select')")
        name = "return document.querySelector('.plot').getAttribute('aria-label')"
        before = self.browser.run(name)
        self.browser.keys(DOWN)
        self.assertNotEqual(self.browser.run(name), before)

    def test_texts_stand_out_in_light_and_dark(self):
        for name in ("ordinary", "hostile"):
            for dark in (False, True):
                with self.subTest(page=name, dark=dark):
                    self.browser.window(1280, 900, dark)
                    self.open(name)
                    self.browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true })")
                    contrasts = self.browser.contrasts()
                    self.assertGreater(len(contrasts), 200)
                    self.assertEqual([each for each in contrasts if each[0] < LEAST_CONTRAST], [])

    def test_nothing_reaches_beyond_a_telephone(self):
        for name in self.pages:
            with self.subTest(page=name):
                self.browser.window(TELEPHONE, 740)
                self.open(name)
                self.browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true })")
                self.assertEqual(self.browser.run("return document.documentElement.scrollWidth"), TELEPHONE)
                self.assertEqual(self.browser.run(WIDE), [])

    def test_what_has_the_focus_is_outlined(self):
        self.go("all-trials")
        for wanted in ("node.matches('#trials input')", "node.matches('#trials thead button')"):
            self.tab_to(wanted)
            outline = self.browser.run("return getComputedStyle(document.activeElement).outlineStyle")
            self.assertEqual(outline, "solid", wanted)

    def test_paper_has_everything_opened_and_no_controls(self):
        with tempfile.TemporaryDirectory() as folder:
            pdf = Path(folder) / "report.pdf"
            pdf.write_bytes(base64.b64decode(self.browser.paper()))
            text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
        for words in ("What the columns mean", "minor_faults:", "Do it again", "72 trials", "Why values are missing"):
            self.assertIn(words, text)
        for words in ("Zoom in", "Rows that have", "Next rows"):
            self.assertNotIn(words, text)
        self.assertEqual(self.status("trials"), "72 trials; rows 1 to 50", "and is as it was afterwards")

    def test_ten_thousand_trials_are_few_elements(self):
        self.open("many")
        self.assertLess(self.browser.run("return document.querySelectorAll('body *:not(svg *)').length"), MOST_ELEMENTS)
        taken = self.browser.run("const [all] = performance.getEntriesByType('navigation');"
                                 "return [all.domInteractive, all.loadEventEnd]")
        print(f"ten thousand trials: {self.pages['many'].stat().st_size / 1e6:.2f} MB, interactive after "
              f"{taken[0]:.0f} ms, loaded after {taken[1]:.0f} ms")


if __name__ == "__main__":
    unittest.main()
