"""docs/plotting.md: its examples run, its config lines are right, and it shows every kind."""

import contextlib
import io
import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import paths
import synthetic
from figures import KINDS, asked
from load import series, trials
from synthetic import ENGINE, LIMIT, ORDER

PAGE = paths.PLOTS.parent / "docs" / "plotting.md"
MOST_PICTURE_BYTES = 60 * 1024
RUNS = ("20261123T081500Z-1a2b3c", "20261124T081500Z-4d5e6f")


class PlottingPageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        for seed, run in enumerate(RUNS):
            synthetic.quickstart(cls.folder / "results" / "quickstart" / run, trials=2, seed=seed,
                                 mend=synthetic.one_killed)
        (cls.folder / "plots").symlink_to(paths.PLOTS)
        cls.text = PAGE.read_text(encoding="utf-8")

    def test_every_example_runs_and_shows_numbers(self):
        examples = re.findall(r"^```python\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)
        self.assertEqual(len(examples), 3)
        said = []
        for example in examples:
            done = subprocess.run([paths.PYTHON, "-B", "-W", "error::FutureWarning", "-c", example], cwd=self.folder,
                                  capture_output=True, text=True, check=False,
                                  env={**os.environ, "HOME": str(self.folder)})
            self.assertEqual(done.returncode, 0, done.stderr)
            said.append(done.stdout)
        self.assertTrue((self.folder / "faults-and-speed.pdf").exists())
        self.assertRegex(said[1], r"pread +50% of dataset +sequential +\d")
        self.assertIn("MiB", said[1])
        self.assertIn(RUNS[0], said[2])
        self.assertIn(RUNS[1], said[2])
        self.assertNotIn("NaN", said[2])

    def test_every_kind_has_a_picture_and_a_config_line_that_is_right(self):
        schema = json.loads(asked.SCHEMA_PATH.read_text(encoding="utf-8"))
        entries = [json.loads(line) for line in re.findall(r'^(\{ ?"kind".*\})$', self.text, re.MULTILINE)]
        self.assertEqual([entry["kind"] for entry in entries], [kind for kind in KINDS if kind != "model"])
        for entry in entries:
            asked._check_form(entry, schema)
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.assertIn(f"(figures/kind-{kind}.png)", self.text)
                self.assertLessEqual((PAGE.parent / "figures" / f"kind-{kind}.png").stat().st_size, MOST_PICTURE_BYTES)


class FramesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.run_dir = synthetic.quickstart(Path(temporary.name) / "run", trials=2, mend=synthetic.one_killed)
        with contextlib.redirect_stderr(io.StringIO()):
            cls.trials, cls.series = trials(cls.run_dir), series(cls.run_dir)

    def test_a_row_a_trial_with_run_factors_outcome_and_metrics(self):
        self.assertEqual(len(self.trials), 2 * 8)
        self.assertEqual(list(self.trials.columns[:5]), ["run", "experiment", ENGINE, LIMIT, ORDER])
        self.assertEqual(set(self.trials["run"]), {"run"})
        self.assertFalse([name for name in self.trials if "@" in name])
        killed = self.trials[self.trials["outcome"] == "oom_killed"]
        self.assertGreater(len(killed), 0)
        self.assertTrue(killed["ops_per_second"].isna().all())
        self.assertTrue(self.trials.loc[self.trials["outcome"] == "ok", "ops_per_second"].gt(0).all())

    def test_a_row_for_each_sample_and_metric(self):
        one = self.series[self.series["sequence"] == 0]
        self.assertEqual(list(self.series.columns), ["run", "experiment", ENGINE, LIMIT, ORDER, "sequence", "trial",
                                                     "outcome", "t_s", "phase", "metric", "value"])
        samples = len((self.run_dir / "series" / "00000.csv").read_text(encoding="utf-8").splitlines()) - 1
        self.assertEqual(set(one.groupby("metric").size()), {samples})
        last = one[(one["metric"] == "accesses") & (one["phase"] == "done")]["value"]
        record = json.loads((self.run_dir / "trials.jsonl").read_text(encoding="utf-8").splitlines()[0])
        if record["outcome"] == "ok":
            self.assertEqual(list(last), [record["readings"]["accesses"]["worker"]])

    def test_a_run_without_series_gives_an_empty_frame(self):
        with tempfile.TemporaryDirectory() as folder:
            run_dir = synthetic.quickstart(Path(folder) / "run", trials=1)
            for path in (run_dir / "series").iterdir():
                path.unlink()
            self.assertEqual(len(series(run_dir)), 0)


if __name__ == "__main__":
    unittest.main()
