"""`study` on a real run: study.json and the figures, and the same bytes again."""

import json
import unittest

import program
from program import EXIT_OK, ProgramTest, Run, config

ENGINE = "workload.engine"
DERIVED = ["study.json", "figures"]


class DrawingTest(ProgramTest):
    def measured(self) -> Run:
        return self.measure(config(
            factors={ENGINE: ["pread", "mmap_shared"]}, trials=3,
            **{"workload.work": {"accesses": 4096}, "workload.order": "uniform", "sample_every": "5 ms"},
            expect=[{"that": "ratio of ops_per_second", "of": {ENGINE: "mmap_shared"}, "over": {ENGINE: "pread"},
                     "at_least": 0.01}],
            figures=[{"kind": "bars", "metric": "ops_per_second", "x": ENGINE, "series": ENGINE},
                     {"kind": "ratio", "metric": "ops_per_second", "x": ENGINE, "series": ENGINE, "over": "pread"},
                     {"kind": "throughput_over_time", "series": ENGINE},
                     {"kind": "counters_over_time", "series": ENGINE}]))

    def derived(self, run: Run) -> dict[str, bytes]:
        files = [path for name in DERIVED for path in [run.folder / name, *(run.folder / name).rglob("*")]]
        return {str(path.relative_to(run.folder)): path.read_bytes() for path in files if path.is_file()}

    def test_studying_twice_gives_the_same_bytes(self):
        run = self.measured()
        self.assertEqual(self.derived(run), {})
        raw = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
        self.faultlab("study", run.folder, expect=EXIT_OK)
        first = self.derived(run)
        self.assertIn("study.json", first)
        for figure in ("bars-ops_per_second", "ratio-ops_per_second", "throughput_over_time", "counters_over_time"):
            for kind in ("pdf", "png"):
                self.assertIn(f"figures/{figure}.{kind}", first)
        for name, content in first.items():
            self.assertTrue(content, name)
        self.faultlab("study", run.folder, expect=EXIT_OK)
        second = self.derived(run)
        self.assertEqual(list(first), list(second))
        self.assertEqual([name for name in first if first[name] != second[name]], [])
        for path, content in raw.items():
            self.assertEqual(path.read_bytes(), content, f"{path}: a study changes nothing that was measured")

    def test_a_verdict_for_every_expectation(self):
        run = self.measured()
        self.faultlab("study", run.folder, expect=EXIT_OK)
        study = json.loads((run.folder / "study.json").read_text(encoding="utf-8"))
        self.assertEqual(len(study["expectations"]), 1, sorted(study))

    def test_run_studies_unless_told_not_to(self):
        words = [word for word in self.run_words(self.write_config(config())) if word != "--no-study"]
        self.faultlab(*words, expect=EXIT_OK)
        self.assertIn("study.json", self.derived(self.only_run()))

    def test_a_study_that_fails_does_not_hide_the_results(self):
        (self.folder / "broken/plots/study").mkdir(parents=True)
        words = [word for word in self.run_words(self.write_config(config())) if word != "--no-study"]
        done = self.faultlab(*words, env=self.environment(FAULTLAB_ROOT=str(self.folder / "broken")))
        self.assertNotEqual(done.returncode, EXIT_OK)
        folder = self.only_run().folder
        self.assertIn(f"results: {folder}", done.stdout)
        self.assertIn(f"faultlab study {folder}", done.stderr)

    def test_a_refuted_expectation_is_a_finding_and_with_strict_an_exit_code(self):
        run = self.measure(config(
            factors={ENGINE: ["pread", "mmap_shared"]}, trials=8,
            expect=[{"that": "ratio of ops_per_second", "of": {ENGINE: "mmap_shared"}, "over": {ENGINE: "pread"},
                     "at_least": 1000000}]))
        self.faultlab("study", run.folder, expect=EXIT_OK)
        self.faultlab("study", run.folder, "--strict", expect=program.EXIT_SOME_FAILED)


if __name__ == "__main__":
    unittest.main()
