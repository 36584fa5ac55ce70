"""exports: each format as its readers want it, and what could not be told left out with a sentence."""

import contextlib
import csv
import io
import json
import statistics
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import paths  # noqa: F401
import synthetic
from exports.__main__ import main
from load import load_run
from synthetic import ENGINE, LIMIT

FACTORS = {ENGINE: ["pread", "mmap_shared"], LIMIT: ["none", "50% of dataset"]}
PREAD = "quickstart/engine:pread/limit:none"
NAMES = [PREAD, "quickstart/engine:pread/limit:50%_of_dataset", "quickstart/engine:mmap_shared/limit:none",
         "quickstart/engine:mmap_shared/limit:50%_of_dataset"]
# What real runs have and the model does not.
FURTHER = [("stores", "1", "neither", "worker"), ("bytes", "bytes", "higher", "derived"),
           ("user_ns", "ns", "lower", "rusage"), ("system_ns", "ns", "lower", "rusage"),
           ("context_switches", "1", "lower", "rusage")]


class ExportsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def make(self, mend=None, manifest=None, **options):
        options.setdefault("factors", FACTORS)
        run = synthetic.quickstart(self.folder / "run", mend=mend, **options)
        path = run / "manifest.json"
        content = json.loads(path.read_text(encoding="utf-8")) | (manifest or {})
        path.write_text(json.dumps(content), encoding="utf-8")
        return run

    def full(self, mend=None, **options):
        """A run with what FURTHER names."""
        def add(record):
            accesses = record["readings"]["accesses"]["worker"]
            wall = record["readings"]["wall_ns"]["clock"]
            record["readings"] |= {"stores": {"worker": 0}, "bytes": {"derived": accesses * 4096},
                                   "user_ns": {"rusage": wall // 4}, "system_ns": {"rusage": wall // 2},
                                   "context_switches": {"rusage": 7}}
            record["work"] = [{"accesses": accesses, "checksum": "0" * 16}]
            if mend:
                mend(record)
        with mock.patch.object(synthetic, "METRICS", synthetic.METRICS + FURTHER):
            return self.make(add, **options)

    def call(self, run, form, *options):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([str(run), "--as", form, *map(str, options)])
        return code, out.getvalue(), err.getvalue()

    def exported(self, run, form, *options):
        code, out, err = self.call(run, form, *options)
        self.assertEqual(code, 0, err)
        return json.loads(out), err

    def refused(self, run, form, *options):
        code, out, err = self.call(run, form, *options)
        self.assertEqual((code, out), (2, ""))
        return err

    def test_every_format_names_cells_alike_and_gives_the_same_bytes(self):
        run = self.full()
        for form in ("hyperfine", "github-action-benchmark", "fio-csv", "bencher"):
            with self.subTest(form=form):
                first, second = (self.call(run, form) for _ in range(2))
                self.assertEqual(first, second)
                self.assertEqual(first[0], 0, first[2])
                self.assertTrue(all(name in first[1] for name in NAMES))

    def test_out_writes_the_file_and_nothing_else(self):
        target = self.folder / "out.json"
        code, out, _ = self.call(self.make(), "bencher", "--out", target)
        self.assertEqual((code, out), (0, ""))
        self.assertEqual(set(json.loads(target.read_text(encoding="utf-8"))), set(NAMES))
        self.assertEqual(list(self.folder.glob("*.new")), [])

    def test_hyperfine_as_its_scripts_read_it(self):
        content, err = self.exported(self.full(), "hyperfine")
        first = content["results"][0]
        self.assertEqual(list(first), ["command", "mean", "stddev", "median", "user", "system", "min", "max", "times",
                                       "exit_codes", "parameters"])
        self.assertEqual((first["command"], len(first["times"]), first["exit_codes"]), (PREAD, 9, [0] * 9))
        self.assertAlmostEqual(first["median"], statistics.median(first["times"]))
        self.assertAlmostEqual(first["stddev"], statistics.stdev(first["times"]))
        self.assertAlmostEqual(first["mean"], 2, places=2)  # the model's windows are of two seconds
        self.assertAlmostEqual(first["user"], 0.5, places=2)
        self.assertEqual(err, "")

    def test_hyperfine_times_an_access_where_trials_last_as_long_as_told(self):
        run = self.full(manifest={"config": {"workload": {"work": {"seconds": 2}}}})
        content, err = self.exported(run, "hyperfine")
        trials = load_run(run).select({ENGINE: "pread", LIMIT: "none"})
        want = statistics.median(trials["wall_ns"] / trials["accesses"] / 1e9)
        self.assertAlmostEqual(content["results"][0]["median"], want)
        self.assertIn("wall_ns / accesses", err)

    def test_hyperfine_without_cpu_times_says_so(self):
        content, err = self.exported(self.make(), "hyperfine")
        self.assertNotIn("user", content["results"][0])
        self.assertIn("4 cells: user is left out", err)

    def test_hyperfine_has_null_where_one_trial_has_no_deviation(self):
        content, _ = self.exported(self.make(trials=1), "hyperfine")
        self.assertIsNone(content["results"][0]["stddev"])

    def test_hyperfine_parameters_are_numbers_where_levels_are_sizes(self):
        content, _ = self.exported(self.make(factors={"workload.block": ["4 KiB", "1 MiB"]}), "hyperfine")
        self.assertEqual([result["parameters"] for result in content["results"]],
                         [{"workload.block": "4096"}, {"workload.block": "1048576"}])

    def test_hyperfine_holds_times_alone(self):
        self.assertIn("holds times", self.refused(self.make(), "hyperfine", "--metric", "ops_per_second"))

    def test_github_action_has_a_row_per_cell_and_says_which_tool(self):
        rows, err = self.exported(self.make(), "github-action-benchmark")
        self.assertEqual([row["name"] for row in rows], NAMES)
        self.assertEqual(set(rows[0]), {"name", "unit", "value", "range", "extra"})
        self.assertEqual(rows[0]["unit"], "1/s")
        self.assertRegex(rows[0]["range"], r"^± \d[\d.e+]*$")
        self.assertIn("tool: customBiggerIsBetter", err)
        _, err = self.exported(self.make(), "github-action-benchmark", "--metric", "minor_faults")
        self.assertIn("tool: customSmallerIsBetter", err)

    def test_github_action_needs_a_direction_and_one_metric(self):
        run = self.make()
        self.assertIn("neither more nor less",
                      self.refused(run, "github-action-benchmark", "--metric", "memory_charged_bytes"))
        self.assertIn("one metric", self.refused(run, "github-action-benchmark", "--metric", "wall_ns", "--metric",
                                                 "minor_faults"))

    def test_bencher_has_a_measure_per_metric_with_bounds(self):
        content, err = self.exported(self.make(), "bencher", "--metric", "ops_per_second", "--metric", "psi_some_ns")
        self.assertEqual(list(content), NAMES)
        self.assertEqual(set(content[PREAD]), {"ops_per_second"})
        measure = content[PREAD]["ops_per_second"]
        self.assertTrue(measure["lower_value"] <= measure["value"] <= measure["upper_value"])
        self.assertIn("4 cells: psi_some_ns is left out: psi_some_ns is missing: no PSI file", err)

    def test_bencher_without_an_interval_has_no_bounds(self):
        content, err = self.exported(self.make(trials=3), "bencher", "--metric", "ops_per_second")
        self.assertEqual(set(content[PREAD]["ops_per_second"]), {"value"})
        self.assertIn("3 ok trials: an interval needs 6", err)

    def test_a_cell_whose_trials_died_is_left_out_and_named(self):
        run = self.make(factors={**FACTORS, synthetic.ORDER: ["uniform", "sequential"]}, mend=synthetic.one_killed)
        rows, err = self.exported(run, "github-action-benchmark")
        dead = "quickstart/engine:mmap_shared/limit:50%_of_dataset/order:sequential"
        self.assertNotIn(dead, [row["name"] for row in rows])
        self.assertIn(f"{dead}: left out: no ok trial: 9 oom_killed", err)

    def test_fio_csv_has_reads_faults_and_shares(self):
        code, out, err = self.call(self.full(), "fio-csv")
        self.assertEqual(code, 0)
        rows = list(csv.DictReader(io.StringIO(out)))
        first = rows[0]
        self.assertEqual((first["jobname"], first["trials"], first["cpu_csw"]), (PREAD, "9", "7"))
        self.assertAlmostEqual(float(first["cpu_user"]), 25, places=3)
        self.assertAlmostEqual(float(first["read_bandwidth_kb"]), 4 * float(first["read_iops"]), places=2)
        self.assertEqual((first["write_iops"], first["read_clat_mean_us"]), ("", ""))
        self.assertIn("4 cells: latency is left out: not recorded", err)

    def test_fio_csv_tells_stores_from_loads(self):
        def half(record):
            record["readings"]["stores"]["worker"] = record["readings"]["accesses"]["worker"] // 2
        _, out, err = self.call(self.full(mend=half), "fio-csv")
        first = next(csv.DictReader(io.StringIO(out)))
        self.assertAlmostEqual(float(first["read_iops"]) / float(first["write_iops"]), 1, places=3)
        self.assertIn("reads and writes are timed together", err)

    def test_fio_csv_merges_the_latencies_of_all_classes_and_trials(self):
        def timed(record):
            record["latency"] = {"mode": "full", "clock": "tsc", "timer_ns": 20.0, "threads_ns": 1.0, "harness_ns": 1.0,
                                 "classes": {}}
            folder = self.folder / "run" / "histograms"
            folder.mkdir(exist_ok=True)
            # 100 hits of 64 ns and one major fault of 4096 ns a trial, in buckets of their own.
            classes = {"hit": (64, 100, 64), "major": (64 * 7, 1, 4096)}
            (folder / f"{record['sequence']:05d}.json").write_text(json.dumps({"sub_buckets": 64, "classes": {
                name: {"count": n, "total_ns": n * ns, "min_ns": ns, "max_ns": ns, "buckets": [[bucket, n]]}
                for name, (bucket, n, ns) in classes.items()}}), encoding="utf-8")
        _, out, err = self.call(self.full(mend=timed), "fio-csv")
        first = next(csv.DictReader(io.StringIO(out)))
        self.assertEqual((first["read_clat_p50_us"], first["read_clat_p99_us"], first["read_clat_max_us"]),
                         ("0.064", "0.064", "4.096"))
        self.assertAlmostEqual(float(first["read_clat_mean_us"]), (6400 + 4096) / 101 / 1000)
        self.assertEqual(first["read_clat_p999_us"], "")
        self.assertIn("4 cells: clat_p999_us is left out: 909 samples: this percentile needs 1000", err)

    def test_fio_csv_without_a_count_of_stores_does_not_guess(self):
        _, out, err = self.call(self.make(), "fio-csv")
        self.assertEqual(next(csv.DictReader(io.StringIO(out)))["read_iops"], "")
        self.assertIn("stores is left out", err)

    def test_google_benchmark_is_the_harness_own_file(self):
        run = self.make()
        self.assertIn(f"`faultlab export {run}` writes it", self.refused(run, "google-benchmark"))
        (run / "benchmark.json").write_text("{}\n", encoding="utf-8")
        code, out, _ = self.call(run, "google-benchmark")
        self.assertEqual((code, out), (0, "{}\n"))

    def test_factors_with_the_same_last_word_keep_their_whole_names(self):
        content, _ = self.exported(self.make(factors={"a.size": ["1"], "b.size": ["2"]}), "bencher", "--metric",
                                   "ops_per_second")
        self.assertEqual(list(content), ["quickstart/a.size:1/b.size:2"])

    def test_what_cannot_be_read_or_is_not_known(self):
        self.assertIn("manifest.json", self.refused(self.folder / "nothing", "bencher"))
        self.assertIn("no metric nothing", self.refused(self.make(), "bencher", "--metric", "nothing"))
        with self.assertRaises(SystemExit) as left, contextlib.redirect_stderr(io.StringIO()):
            main([str(self.folder), "--as", "nothing"])
        self.assertEqual(left.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
