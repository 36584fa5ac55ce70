"""fio's JSON as a run: what becomes which metric, several threads, several files, what is missing and why."""

import math
import tempfile
import unittest
from pathlib import Path

import fio_files
import paths  # noqa: F401
import fio
from load import LoadError


class FioTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def load(self, *jobs, **options):
        return fio.load([fio_files.write(self.folder / "a.json", jobs, **options)], "a")

    def why(self, run, metric):
        self.assertTrue(math.isnan(run.trials[metric].iloc[0]))
        return run.reasons[0, metric]

    def test_a_true_file_of_fio(self):
        run = fio.load([fio_files.SAMPLE], "sample")
        self.assertEqual(run.manifest["tool"], {"version": "fio-3.33"})
        self.assertEqual(set(run.trials["outcome"]), {"ok"})
        self.assertEqual(list(run.factors), [fio.FACTOR])
        row = run.trials.iloc[0]
        self.assertGreater(row["ops_per_second"], 0)
        self.assertAlmostEqual(row["bytes"] / row["accesses"], 4096)
        self.assertAlmostEqual(row["ops_per_second"] * 4096 / row["bytes_per_second"], 1, places=3)
        self.assertGreater(row["minor_faults"], 0)
        self.assertGreater(row["read_clat_p99_ns"], row["read_clat_p50_ns"])

    def test_what_becomes_which_metric(self):
        row = self.load(fio_files.job("r", 1000, rw="randread")).trials.iloc[0]
        self.assertEqual({name: row[name] for name in (
            "ops_per_second", "bytes_per_second", "wall_ns", "user_cpu_share", "system_ns", "system_ns_per_access",
            "minor_faults", "major_faults", "faults_per_access", "context_switches", "read_clat_p99_ns")},
            {"ops_per_second": 1000, "bytes_per_second": 4096000, "wall_ns": 1e9, "user_cpu_share": 0.2,
             "system_ns": 6e8, "system_ns_per_access": 6e5, "minor_faults": 98, "major_faults": 2,
             "faults_per_access": 0.1, "context_switches": 10, "read_clat_p99_ns": 15000})

    def test_options_are_columns_whether_of_the_job_or_of_all(self):
        row = self.load(fio_files.job("r", 1000, readwrite="randread")).trials.iloc[0]
        self.assertEqual({name: row[name] for name in fio.OPTIONS},
                         {"ioengine": "psync", "rw": "randread", "bs": "4k", "iodepth": "not stated"})

    def test_reads_and_writes_together_are_the_speed(self):
        job = fio_files.job("rw", 1000)
        job["write"] = {**job["read"], "iops": 500.0, "total_ios": 500}
        row = self.load(job).trials.iloc[0]
        self.assertEqual((row["ops_per_second"], row["accesses"]), (1500, 1500))
        self.assertEqual(row["write_clat_p50_ns"], 5000)

    def test_threads_of_a_job_add_up_and_their_percentiles_do_not(self):
        run = self.load(fio_files.job("r", 1000), fio_files.job("r", 1000))
        self.assertEqual(len(run.trials), 1)
        row = run.trials.iloc[0]
        self.assertEqual((row["ops_per_second"], row["minor_faults"], row["user_cpu_share"], row["system_ns"]),
                         (2000, 196, 0.2, 1.2e9))
        self.assertIn("group_reporting", self.why(run, "read_clat_p99_ns"))
        self.assertEqual(row["read_clat_mean_ns"], 5000)

    def test_a_tail_of_few_samples_is_missing(self):
        run = self.load(fio_files.job("r", 1000, samples=99))
        self.assertIn("99 samples: this percentile needs 100", self.why(run, "read_clat_p99_ns"))
        self.assertFalse(math.isnan(run.trials["read_clat_p50_ns"].iloc[0]))

    def test_a_percentile_that_fio_was_not_asked_for(self):
        run = self.load(fio_files.job("r", 1000))
        self.assertIn("not asked for percentile 90", self.why(run, "read_clat_p90_ns"))

    def test_a_job_that_failed_is_no_number(self):
        job = fio_files.job("r", 1000)
        job["error"] = 5
        run = self.load(job)
        self.assertEqual(run.trials[["outcome", "reason"]].iloc[0].tolist(),
                         ["failed", "fio: error 5, Input/output error"])
        self.assertTrue(run.ok({fio.FACTOR: "r"}).empty)

    def test_a_job_that_moved_nothing(self):
        run = self.load(fio_files.job("r", 0))
        self.assertEqual(self.why(run, "ops_per_second"), "the job moved nothing")

    def test_warnings_before_the_json_do_not_matter(self):
        run = self.load(fio_files.job("r", 1000), before="fio: a { in a warning\nnote: both iodepth >= 1\n")
        self.assertEqual(run.trials["ops_per_second"].iloc[0], 1000)

    def test_repetitions_do_the_same_work(self):
        one = fio_files.write(self.folder / "1.json", [fio_files.job("r", 1000, filename="x")])
        two = fio_files.write(self.folder / "2.json", [fio_files.job("r", 1000, filename="y")])
        self.assertEqual(len(fio.load([one, two], "both").trials), 2)
        fio_files.write(two, [fio_files.job("r", 1000, bs="8k")])
        with self.assertRaisesRegex(LoadError, "2.json: job r has bs 8k, in .*1.json it has 4k"):
            fio.load([one, two], "both")


if __name__ == "__main__":
    unittest.main()
