"""The price list: a row per scenario, numbers as the study has them, reasons where there is no price."""

import contextlib
import csv
import io
import json
import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import draw
import price_agreement
import prices
import synthetic
from load import load_run
from study import terminal
from study.study import study, write
from study.warning import warning

SCENARIO = "workload.scenario"
FACTORS = {SCENARIO: ["anon_write", "file_warm", "swap_in_file"]}
COST = {"anon_write": 1000.0, "file_warm": 130.5}
EVENTS = 100


def priced(record):
    """Makes a record one of a scenario; swap_in_file cannot be had."""
    scenario = record["cell"][SCENARIO]
    if scenario not in COST:
        record.update(outcome="failed", reason="not on this host: no swap & no _hope_", readings={})
        return
    cost = COST[scenario] + record["trial"]
    record["readings"] = {
        "wall_ns": {"clock": int(cost * EVENTS)}, "accesses": {"worker": {"missing": "no accesses"}},
        "events": {"scenario": EVENTS}, "event_ns": {"scenario": cost},
        "minor_faults": {"scenario": EVENTS if scenario == "anon_write" else 6}, "major_faults": {"scenario": 0}}


class PricesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = synthetic.quickstart(
            Path(folder.name) / "run", trials=7, factors=FACTORS, expect=[],
            figures=[{"kind": "prices", "x": SCENARIO}], mend=priced)
        manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        for metric in manifest["metrics"]:
            metric["sources"] = ["scenario", *metric["sources"]]
        manifest["metrics"] += [{"name": name, "unit": unit, "meaning": name, "better": "lower",
                                 "sources": ["scenario"]} for name, unit in (("events", "1"), ("event_ns", "ns"))]
        (self.folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        self.run_ = load_run(self.folder)
        self.result = study(self.run_)

    def test_every_scenario_has_a_row_with_a_price_or_a_reason(self):
        rows = {row["event"]: row for row in prices.price_list(self.run_, self.result, SCENARIO)}
        self.assertEqual(list(rows), FACTORS[SCENARIO])
        self.assertEqual(rows["anon_write"]["price_ns"], 1003)  # the median of 1000 to 1006
        self.assertEqual(rows["anon_write"]["minor_per_event"], 1)
        self.assertEqual(rows["file_warm"]["minor_per_event"], 0.06)
        self.assertEqual((rows["anon_write"]["low_ns"], rows["anon_write"]["high_ns"]), (1000, 1006))
        self.assertIsNone(rows["swap_in_file"]["price_ns"])
        self.assertIn("not on this host", rows["swap_in_file"]["why_not"])

    def test_the_files_say_the_same(self):
        paths_ = {path.suffix: path for path in prices.write(self.run_, self.result)}
        with open(paths_[".csv"], encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(float(rows[0]["price_ns"]), 1003)
        self.assertEqual(rows[2]["price_ns"], "")
        content = json.loads(paths_[".json"].read_text(encoding="utf-8"))
        self.assertEqual([row["event"] for row in content["prices"]], FACTORS[SCENARIO])
        markdown = paths_[".md"].read_text(encoding="utf-8")
        self.assertIn("| anon_write | 1.00 µs |", markdown)
        self.assertIn("- swap_in_file: not on this host", markdown)
        latex = paths_[".tex"].read_text(encoding="utf-8")
        self.assertIn(r"anon\_write & 1.00 \ensuremath{\mu}s &", latex)
        self.assertTrue(latex.startswith("% processor: "))
        self.assertEqual(latex.count("&"), 3 * 6)  # head and two rows of seven columns
        self.assertNotIn("swap", latex)

    def test_the_files_name_the_machine_and_what_is_unstable(self):
        facts = self.run_.manifest["facts_before"]
        facts["cpu"] = {"model": "Some CPU", "virtualisation": "none", "paging": "bare metal"}
        of = prices.machine(self.run_)
        self.assertEqual((of["processor"], of["paging"]), ("Some CPU", "bare metal"))
        self.assertEqual(of["CPU steal"], "not known")
        facts["cpu"]["paging"] = {"missing": "a guest cannot see it"}
        self.assertEqual(prices.machine(self.run_)["paging"], "not known: a guest cannot see it")
        entry = next(e for e in self.result["cells"] if e["cell"][SCENARIO] == "file_warm")
        entry["warnings"].append(warning("spread", "event_ns: wide"))
        rows = prices.price_list(self.run_, self.result, SCENARIO)
        self.assertEqual([row["unstable"] for row in rows], ["", "spread: event_ns: wide", ""])
        self.assertIn("- file_warm: spread: event_ns: wide", prices.as_markdown(rows, of))

    def test_the_terminal_shows_prices_and_the_figure_is_drawn(self):
        write(self.run_, self.result)
        text = io.StringIO()
        text.write(terminal.render(self.run_, self.result, text))
        self.assertIn("per event", text.getvalue())
        self.assertIn("7 failed", text.getvalue())
        self.assertNotIn("Where the workers' time went", text.getvalue())
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(draw.main([str(self.folder)]), 0)
        caption = json.loads((self.folder / "figures" / "prices.json").read_text(encoding="utf-8"))
        self.assertIn("swap_in_file: 7 failed", caption["caption"])
        self.assertEqual([entry["n"] for entry in caption["n"]], [7, 7])


class AgreementTest(unittest.TestCase):
    @staticmethod
    def rows(low, high, unstable="", n=20):
        """`n` events, the first from `low` to `high`, the others from 1 to 2."""
        made = [{"event": f"e{i}", "price_ns": 1.5, "low_ns": 1, "high_ns": 2, "unstable": ""} for i in range(n)]
        made[0].update(low_ns=low, high_ns=high, unstable=unstable)
        return made

    def test_prices_agree_where_intervals_overlap(self):
        for low, high, apart in ((2, 3, 0), (2.1, 3, 1), (0.5, 0.9, 1), (1.2, 1.3, 0)):
            compared, found = price_agreement.agreement(self.rows(1, 2), self.rows(low, high))
            self.assertEqual((compared, len(found)), (20, apart), (low, high))

    def test_what_has_no_interval_is_not_compared(self):
        self.assertEqual(price_agreement.agreement(self.rows(None, None), self.rows(1, 2))[0], 19)
        self.assertFalse(price_agreement.verdict(0, []))

    def test_a_machine_that_is_slower_throughout_is_told_from_a_price_that_changed(self):
        first = self.rows(10, 12)
        second = [{**row, **{key: 3 * row[key] for key in ("price_ns", "low_ns", "high_ns")}} for row in first]
        second[4] = {**second[4], "price_ns": 200.0, "low_ns": 190.0, "high_ns": 210.0}
        self.assertEqual(len(price_agreement.agreement(first, second)[1]), len(first))
        pace, apart = price_agreement.at_one_pace(first, second)
        self.assertEqual(pace, 3)
        self.assertEqual([pair[0]["event"] for pair in apart], [first[4]["event"]])

    def test_who_disagrees_must_have_been_flagged_and_be_few(self):
        for unstable, n, agrees in (("", 20, False), ("wide", 20, True), ("wide", 19, False)):
            compared, apart = price_agreement.agreement(self.rows(1, 2, n=n), self.rows(3, 4, unstable, n=n))
            self.assertEqual(price_agreement.verdict(compared, apart), agrees, (unstable, n))


if __name__ == "__main__":
    unittest.main()
