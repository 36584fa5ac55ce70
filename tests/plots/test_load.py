"""load_run: what it accepts, what it refuses and how it says so."""

import json
import math
import tempfile
import unittest
import warnings
from pathlib import Path

import paths  # noqa: F401
import synthetic
from load import LoadError, load_run


class LoadTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.run_dir = synthetic.quickstart(Path(self.folder.name) / "run", trials=2)
        self.records = self.run_dir / "trials.jsonl"

    def lines(self):
        return self.records.read_text(encoding="utf-8").splitlines(keepends=True)

    def rewrite(self, number, change):
        """Changes the record on line `number` (from 1) with change(record)."""
        lines = self.lines()
        record = json.loads(lines[number - 1])
        change(record)
        lines[number - 1] = json.dumps(record) + "\n"
        self.records.write_text("".join(lines), encoding="utf-8")
        return record

    def refused(self):
        with self.assertRaises(LoadError) as caught:
            load_run(self.run_dir)
        return str(caught.exception)

    def test_a_row_per_trial_with_factors_metrics_and_readings(self):
        run = load_run(self.run_dir)
        self.assertEqual(len(run.trials), 16)
        for column in (synthetic.ENGINE, "minor_faults", "minor_faults@memcg", "limit_bytes"):
            self.assertIn(column, run.trials.columns)
        self.assertEqual(run.trials["minor_faults@memcg"].iloc[0],
                         run.trials["minor_faults"].iloc[0] + 7)

    def test_the_first_source_that_is_there_becomes_the_metric(self):
        run = load_run(self.run_dir)
        self.assertEqual(run.sources[0, "minor_faults"], "rusage")
        self.assertEqual(run.sources[0, "refaulted_pages"], "vmstat")
        self.assertTrue(math.isnan(run.trials["refaulted_pages@memcg"].iloc[0]))

    def test_missing_is_nan_with_its_reason(self):
        run = load_run(self.run_dir)
        self.assertTrue(run.trials["psi_some_ns"].isna().all())
        self.assertEqual(run.reasons[0, "psi_some_ns"], "no PSI file of a cgroup in v1")
        self.assertEqual(run.why_missing(run.trials, "limit_bytes"), ["no limit was asked for"])

    def test_a_metric_that_nobody_read_says_so(self):
        record = self.rewrite(1, lambda r: r["readings"].pop("major_faults"))
        run = load_run(self.run_dir)
        self.assertEqual(run.reasons[record["sequence"], "major_faults"],
                         "no probe was asked for it")

    def test_a_torn_last_line_is_left_out_and_told(self):
        text = self.records.read_text(encoding="utf-8")
        self.records.write_text(text[:-40], encoding="utf-8")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run = load_run(self.run_dir)
        self.assertEqual(len(run.trials), 15)
        self.assertIn("trials.jsonl:16: the last record is torn", str(caught[0].message))
        self.assertIn("torn", run.remarks[0])

    def test_a_malformed_line_is_refused_with_file_and_line(self):
        lines = self.lines()
        lines[2] = lines[2][:50] + "\n"
        self.records.write_text("".join(lines), encoding="utf-8")
        self.assertIn("trials.jsonl:3: not JSON", self.refused())

    def test_a_malformed_last_line_with_its_newline_is_no_tear(self):
        lines = self.lines()
        lines[-1] = "{\n"
        self.records.write_text("".join(lines), encoding="utf-8")
        self.assertIn("trials.jsonl:16: not JSON", self.refused())

    def test_records_are_held_to_the_schema(self):
        for change, words in (
                (lambda r: r.update(outcome="fine"), "outcome"),
                (lambda r: r.pop("seed"), "seed"),
                (lambda r: r["readings"].update(wall_ns={"clock": None}), "readings/wall_ns/clock"),
                (lambda r: r["readings"].update(wall_ns={"clock": {"missing": ""}}), "wall_ns"),
                (lambda r: r["readings"].update(wall_ns={"clock": "12"}), "wall_ns"),
                (lambda r: r["phases"].update(ready=3), "phases"),
                (lambda r: r.update(cell={"threads": 4}), "cell")):
            with self.subTest(words=words):
                original = self.records.read_text(encoding="utf-8")
                self.rewrite(5, change)
                message = self.refused()
                self.assertIn("trials.jsonl:5", message)
                self.assertIn(words, message)
                self.records.write_text(original, encoding="utf-8")

    def test_a_cell_of_other_factors_is_refused(self):
        self.rewrite(1, lambda r: r["cell"].pop(synthetic.ORDER))
        self.assertIn("the manifest's factors are", self.refused())

    def rename(self, factor, name):
        for path in (self.run_dir / "manifest.json", self.records):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(json.dumps(factor), json.dumps(name)), encoding="utf-8")

    def test_a_factor_may_be_the_start(self):
        records = [json.loads(line) for line in self.lines()]
        self.rename(synthetic.ENGINE, "start")
        lines = self.lines()
        for number, record in enumerate(records, 1):
            if "start" in record:  # the record's own key stays
                changed = json.loads(lines[number - 1])
                changed["start"] = record["start"]
                lines[number - 1] = json.dumps(changed) + "\n"
        self.records.write_text("".join(lines), encoding="utf-8")
        run = load_run(self.run_dir)
        self.assertEqual(len(run.select({"start": run.factors["start"][0]})), 8)

    def test_a_factor_that_is_called_as_a_metric_is_refused(self):
        self.rename(synthetic.ENGINE, "worker_count")
        self.assertIn("a factor is called worker_count", self.refused())

    def test_the_last_record_of_a_sequence_counts(self):
        lines = self.lines()
        again = json.loads(lines[0])
        synthetic.kill(again, "timeout")
        self.records.write_text("".join([*lines, json.dumps(again) + "\n"]), encoding="utf-8")
        run = load_run(self.run_dir)
        self.assertEqual(len(run.trials), 16)
        self.assertEqual(run.trials["outcome"].iloc[0], "timeout")
        self.assertIn("written twice", run.remarks[0])

    def test_a_folder_that_is_no_run_is_named(self):
        with self.assertRaisesRegex(LoadError, "manifest.json: .*give the folder of one run"):
            load_run(self.run_dir / "series")

    def test_a_series_has_numbers_and_na(self):
        path = self.run_dir / "series" / "00000.csv"
        path.write_text("t_ns,phase,accesses\n-5,ready,NA\n0,running,0\n", encoding="utf-8")
        frame = load_run(self.run_dir).series(0)
        self.assertTrue(math.isnan(frame["accesses"].iloc[0]))
        self.assertEqual(list(frame["t_ns"]), [-5, 0])

    def test_a_trial_without_series_gives_an_empty_frame(self):
        (self.run_dir / "series" / "00003.csv").unlink()
        self.assertTrue(load_run(self.run_dir).series(3).empty)


if __name__ == "__main__":
    unittest.main()
