"""Scenarios as trials: the event's counts are exact, its own settings and swap area stand only while it runs, and what
is not the event is not a price."""

import csv
import unittest
from pathlib import Path

from program import EXIT_OK, EXIT_SOME_FAILED, MIB, PAGE, SANITIZED, CgroupTest, config, missing, reading
from program_swap import SwapTest

SCENARIO = "workload.scenario"
PAGES = 4 * MIB // PAGE


def priced(scenarios: list[str], changes: dict | None = None, **top) -> dict:
    return config({"dataset.size": "4 MiB", "workload": {"engine": "scenario", "scenario": scenarios[0]},
                   "probes": ["rusage"], "pressure": None, **(changes or {})},
                  factors={SCENARIO: scenarios}, figures=[{"kind": "prices", "x": SCENARIO}], **top)


@unittest.skipIf(SANITIZED, "a sanitizer's shadow memory faults too: counts are not exact")
class CountsTest(CgroupTest):
    def test_each_event_is_counted_by_the_task_alone_and_has_a_price(self):
        expected = {"anon_write": (PAGES, 0), "map_populate": (PAGES, 0), "segv_unmapped": (0, 0),
                    "file_cold_random": (0, PAGES)}
        run = self.measure(priced(list(expected)))
        records = run.by(SCENARIO)
        for scenario, (minor, major) in expected.items():
            record = records[scenario]
            with self.subTest(scenario=scenario):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertEqual(reading(record, "minor_faults@scenario"), minor)
                self.assertEqual(reading(record, "major_faults@scenario"), major)
                self.assertEqual(reading(record, "events@scenario"), PAGES)
                self.assertAlmostEqual(reading(record, "event_ns@scenario"),
                                       reading(record, "wall_ns@clock") / PAGES, delta=1e-6)
                self.assertIn("no accesses", missing(record, "accesses@worker"))

    def test_in_a_data_folder_that_is_not_there_yet(self):
        self.data = self.data / "new" / "folder"
        record = self.measure(priced(["file_warm"])).records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])

    def test_the_price_list_has_a_row_for_each(self):
        run = self.measure(priced(["anon_write", "anon_read"], trials=6))
        self.faultlab("study", run.folder, expect=EXIT_OK)
        with open(run.folder / "prices.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["event"] for row in rows], ["anon_write", "anon_read"])
        for row in rows:
            self.assertEqual(row["processes"], "6")
            self.assertLessEqual(float(row["low_ns"]), float(row["price_ns"]))
            self.assertEqual(float(row["minor_per_event"]), 1)
            self.assertEqual(row["why_not"], "")
        for suffix in ("json", "md", "tex"):
            self.assertIn("anon", (run.folder / f"prices.{suffix}").read_text(encoding="utf-8"))
        self.assertTrue((run.folder / "figures" / "prices.png").exists())

    def test_what_was_not_the_event_is_no_price(self):
        """Under a limit that the file does not fit into, pages that are mapped writable do fault again."""
        run = self.measure(priced(["file_rewrite"], {"dataset.size": "32 MiB"},
                                  pressure={"memcg_limit": {"limit": "6 MiB"}}), expect=EXIT_SOME_FAILED)
        record = run.records[0]
        self.assertIn(record["outcome"], ("invalid", "failed"))
        self.assertTrue(record["reason"])


@unittest.skipIf(SANITIZED, "a sanitizer's shadow memory faults too: counts are not exact")
class SwapPricesTest(SwapTest):
    def test_a_scenario_brings_its_own_swap_area_and_settings(self):
        knob = Path("/proc/sys/vm/page-cluster")
        before = knob.read_text(encoding="utf-8")
        run = self.measure(priced(["swap_in_zram", "swap_out_file"]))
        records = run.by(SCENARIO)
        self.assertEqual(records["swap_in_zram"]["outcome"], "ok", records["swap_in_zram"]["reason"])
        self.assertEqual(records["swap_in_zram"]["swap"]["kind"], "zram")
        self.assertEqual(reading(records["swap_in_zram"], "major_faults@scenario"), PAGES)
        self.assertEqual(records["swap_out_file"]["swap"]["kind"], "file")
        self.assertEqual(knob.read_text(encoding="utf-8"), before)


if __name__ == "__main__":
    unittest.main()
