"""The exported files, read by the programs that they are for: Google Benchmark's compare.py, pandas."""

import json
import re
import subprocess
import unittest
from pathlib import Path

import pandas

from program import EXIT_OK, PATIENCE_S, ProgramTest, config, missing, reading

ENGINE = "workload.engine"
ENGINES = ["pread", "mmap_shared"]
# compare.py prints its U test with a warning below this many.
TRIALS = 9


def compare_py() -> Path | None:
    """Debian's copy of Google Benchmark's comparison, in package libbenchmark-tools."""
    try:
        listed = subprocess.run(["dpkg", "-L", "libbenchmark-tools"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    paths = [Path(line) for line in listed.stdout.splitlines() if line.endswith("/compare.py")]
    return paths[0] if paths else None


class ExportTest(ProgramTest):
    """One run for the class: nine trials of two engines, no more than a read of 4 MiB each."""

    run_of_class = None

    def setUp(self):
        super().setUp()
        if ExportTest.run_of_class is None:
            self.results = self.data / "results"
            ExportTest.run_of_class = self.measure(config(factors={ENGINE: ENGINES}, trials=TRIALS))
        self.run_made = ExportTest.run_of_class

    def test_exporting_again_gives_the_same_bytes(self):
        files = [self.run_made.folder / name for name in ("trials.csv", "benchmark.json")]
        before = [file.read_bytes() for file in files]
        for file in files:
            file.unlink()
        done = self.faultlab("export", self.run_made.folder, expect=EXIT_OK)
        self.assertEqual(done.stdout.splitlines(), [str(file) for file in files])
        self.assertEqual(files[0].read_bytes(), before[0])
        # Google Benchmark's reporter writes the moment and the load of the host into its context.
        rows = [json.loads(text)["benchmarks"] for text in (before[1], files[1].read_bytes())]
        self.assertEqual(rows[0], rows[1])

    def test_benchmark_json_has_a_row_per_trial_in_ns_per_access(self):
        rows = json.loads((self.run_made.folder / "benchmark.json").read_text(encoding="utf-8"))["benchmarks"]
        self.assertEqual(len(rows), len(ENGINES) * TRIALS)
        for engine in ENGINES:
            times = sorted(row["real_time"] for row in rows if row["name"].endswith(f"/engine:{engine}"))
            records = [record for record in self.run_made.records if record["cell"][ENGINE] == engine]
            expected = sorted(reading(record, "wall_ns@clock") / reading(record, "accesses@worker")
                              for record in records)
            self.assertEqual(len(times), TRIALS)
            for got, wanted in zip(times, expected):
                self.assertAlmostEqual(got, wanted, delta=wanted * 1e-6)

    def compare(self, *words) -> str:
        script = compare_py()
        if script is None:
            self.skipTest("compare.py is not installed: apt-get install libbenchmark-tools")
        done = subprocess.run(["/usr/bin/python3", script, "--no-color", *map(str, words)], capture_output=True,
                              text=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_compare_py_compares_two_engines_with_its_u_test(self):
        table = self.compare("filters", self.run_made.folder / "benchmark.json", *ENGINES)
        p_values = re.search(r"_pvalue\s+([\d.]+)\s+([\d.]+)\s+U Test, Repetitions: 9 vs 9", table)
        self.assertIsNotNone(p_values, table)
        for value in p_values.groups():
            self.assertTrue(0 <= float(value) <= 1, table)

    def test_compare_py_finds_no_difference_of_a_run_from_itself(self):
        file = self.run_made.folder / "benchmark.json"
        table = self.compare("benchmarks", file, file)
        for engine in ENGINES:
            self.assertRegex(table, rf"engine:{engine}_pvalue\s+1\.0000\s+1\.0000\s+U Test, Repetitions: 9 vs 9")

    def load_csv(self) -> pandas.DataFrame:
        """As results/README.md says to."""
        return pandas.read_csv(self.run_made.folder / "trials.csv", keep_default_na=False, na_values=["NA"])

    def test_trials_csv_has_a_row_per_trial(self):
        table = self.load_csv()
        records = self.run_made.records
        self.assertEqual(list(table["sequence"]), [record["sequence"] for record in records])
        self.assertEqual(list(table[ENGINE]), [record["cell"][ENGINE] for record in records])
        self.assertEqual(list(table["accesses@worker"]), [reading(record, "accesses@worker") for record in records])
        self.assertEqual(list(table["wall_ns"]), [reading(record, "wall_ns@clock") for record in records])
        self.assertEqual(set(table["outcome"]), {"ok"})

    def test_every_na_of_a_source_has_its_reason(self):
        table = self.load_csv()
        sources = [column for column in table.columns if "@" in column]
        self.assertGreater(len(sources), 20)
        absent = 0
        for (_, row), record in zip(table.iterrows(), self.run_made.records):
            for column in sources:
                why = missing(record, column)
                self.assertEqual(pandas.isna(row[column]), bool(why), column)
                if why:
                    self.assertIn(f"{column}: {why}", row["missing"])
                    absent += 1
        self.assertEqual(absent, sum(len(re.findall(r"\b\w+@\w+: ", text)) for text in table["missing"]))

    def test_no_number_stands_for_missing(self):
        numbers = self.load_csv().select_dtypes("number")
        never_negative = [name for name in numbers.columns if not name.startswith("evicted_pages")]
        self.assertTrue((numbers[never_negative].dropna(axis=1) >= 0).all().all())


if __name__ == "__main__":
    unittest.main()
