"""Simulated metrics: asked for, computed from the trial's own accesses, read like any other reading."""

import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np

import fault_files
import paths
import draw
import replacement
import simulation
import synthetic
from load import SIMULATED, load_run
from study.study import study, write
from synthetic import ENGINE, LIMIT, ORDER

PAGES = 200
ACCESSES = 1500
FACTORS = {ENGINE: ["mmap_shared"], LIMIT: ["none", "50% of dataset"], ORDER: ["uniform", "sequential"]}
FIGURE = {"kind": "policies", "x": LIMIT}
CAPACITIES = {"none": 150, "50% of dataset": 60}
EXPECT = [{"that": "median of misses_over_fifo", "of": {LIMIT: "50% of dataset"}, "where": {},
           "at_least": 0.999, "at_most": 1.001}]
TRACES = {"uniform": np.random.default_rng(7).integers(0, PAGES, ACCESSES).tolist(),
          "sequential": [i % PAGES for i in range(ACCESSES)]}
# Stands in for the program: a trace for each order, the same in every trial.
PROGRAM = f"""#!/usr/bin/python3 -IS
import json, sys
word, run, sequence, form = sys.argv[1:]
assert (word, form) == ("offsets", "--json")
records = [json.loads(line) for line in open(run + "/trials.jsonl")]
order, = [r["cell"]["{ORDER}"] for r in records if r["sequence"] == int(sequence)]
traces = {TRACES}
print(json.dumps({{"block_bytes": 4096, "dataset_blocks": {PAGES}, "checksum": "0" * 16,
                  "blocks": traces[order]}}))
"""


class SimulationTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.program = self.folder / "program"
        self.program.write_text(PROGRAM, encoding="utf-8")
        self.program.chmod(0o755)

    def make(self, mend=None, figures=(FIGURE,), expect=(), factors=None, trials=2):
        """A run of cold trials whose misses are those of FIFO."""
        def simulable(record):
            record["work"] = [{"accesses": ACCESSES, "checksum": "0" * 16}]
            record["readings"]["resident_pages_after"] = {
                "cachestat": CAPACITIES[record["cell"][LIMIT]]}
            record["readings"]["added_pages"] = {"page_cache": replacement.fifo(
                TRACES[record["cell"][ORDER]], CAPACITIES[record["cell"][LIMIT]])}
            if mend:
                mend(record)
        made = synthetic.quickstart(self.folder / "run", trials=trials, factors=factors or FACTORS,
                                    expect=list(expect), figures=list(figures), mend=simulable)
        self.add_metrics(made)
        return made

    @staticmethod
    def add_metrics(made):
        manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
        for names, source in ((("added_pages",), "page_cache"), (("resident_pages_after",), "cachestat"),
                              (simulation.METRICS, "simulation")):
            manifest["metrics"] += [{"name": name, "unit": "1", "meaning": name, "better": "neither",
                                     "sources": [source]} for name in names]
        (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    def simulated(self, made):
        run = load_run(made)
        simulation.write(run, simulation.simulate(run, str(self.program)))
        return load_run(made)

    def test_only_what_is_asked_for_is_simulated(self):
        ask = simulation.wanted
        self.assertTrue(ask({"expect": [], "figures": [FIGURE]}))
        self.assertTrue(ask({"expect": EXPECT, "figures": []}))
        self.assertFalse(ask({"expect": synthetic.EXPECT, "figures": synthetic.FIGURES}))

    def test_predictions_are_those_of_the_policies_on_the_trials_own_accesses(self):
        run = self.simulated(self.make())
        for _, trial in run.trials.iterrows():
            found = run.simulated["trials"][str(trial["sequence"])]
            accesses = TRACES[trial[ORDER]]
            capacity = CAPACITIES[trial[LIMIT]]
            self.assertEqual(found["predicted"], {name: policy(accesses, capacity)
                                                  for name, policy in replacement.POLICIES.items()})
            self.assertEqual(trial["misses_over_fifo"], 1)
            self.assertEqual(trial["misses_over_lru"], found["misses"] / found["predicted"]["lru"])
            self.assertEqual(trial["capacity_pages"], capacity)

    def test_trials_of_one_order_share_their_trace_and_its_curve(self):
        run = self.simulated(self.make())
        self.assertEqual([t["accesses"] for t in run.simulated["traces"]], [ACCESSES, ACCESSES])
        for found in run.simulated["traces"]:
            self.assertEqual(found["curve"]["fifo"][-1], found["distinct"])

    def test_an_expectation_is_judged_against_the_simulation(self):
        results = study(self.simulated(self.make(expect=EXPECT, trials=6)))["expectations"]
        self.assertEqual([result["verdict"] for result in results], ["confirmed"])

    def test_the_capacity_is_the_ledgers_mean_at_misses_where_there_is_one(self):
        made = self.make(trials=1)
        sequence = int(load_run(made).trials["sequence"].iloc[0])
        came = [fault_files.eviction(10 + i, i, kind=0) for i in range(40)]
        went = [fault_files.eviction(100, i) for i in range(10)]
        again = [fault_files.eviction(200 + i, 50 + i, kind=0) for i in range(10)]
        fault_files.write_ledger(made, sequence, came + went + again)
        trial = self.simulated(made).simulated["trials"][str(sequence)]
        self.assertEqual(trial["capacity_pages"], round(np.mean(range(31, 41))))
        self.assertEqual(trial["capacity_from"], simulation.LEDGER)
        # A run that is kept without its eviction files keeps what they said.
        simulation.path_of(made, sequence).unlink()
        self.assertEqual(self.simulated(made).simulated["trials"][str(sequence)], trial)

    def test_what_cannot_be_simulated_is_missing_with_the_reason(self):
        def spoil(record):
            if record["trial"] == 0:
                synthetic.kill(record)
            elif record["trial"] == 1:
                record["start"]["requested"] = "steady"
            elif record["trial"] == 2:
                record["work"] *= 2
            elif record["trial"] == 3:
                record["readings"]["added_pages"] = {"page_cache": {"missing": "no tracepoints"}}
                del record["readings"]["device_read_bytes"]
        run = self.simulated(self.make(mend=spoil, trials=5))
        whys = {int(trial["trial"]): run.reasons.get((trial["sequence"], "misses_over_lru"))
                for _, trial in run.trials.iterrows()}
        for number, words in enumerate(("oom_killed", "steady", "several threads", "no tracepoints")):
            self.assertIn(words, whys[number])
        self.assertIsNone(whys[4])

    def test_without_the_file_the_reason_says_how_to_make_it(self):
        run = load_run(self.make())
        self.assertIn("faultlab study", run.reasons[0, "misses_over_fifo"])
        self.assertIn(f"not drawn: no {SIMULATED}", self.drawn(run))

    def test_the_study_writes_the_same_bytes_again(self):
        made = self.make()
        written = []
        for _ in range(2):
            done = subprocess.run([paths.PYTHON, "-B", paths.PLOTS / "study", made, "--program",
                                   self.program], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            written.append([(made / name).read_bytes() for name in (SIMULATED, "study.json")])
        self.assertEqual(*written)

    def drawn(self, run):
        write(run, study(run))
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(draw.main([str(run.path)]), 0)
        return said.getvalue()

    def test_the_figure_has_a_panel_per_order_lines_and_marks(self):
        run = self.simulated(self.make())
        result = study(run)
        with draw.style.context():
            drawing = draw._draw(run, result, {**FIGURE, "number": 0})
        panels = drawing.figure.axes
        self.assertEqual([axes.get_title() for axes in panels], ["order uniform", "order sequential"])
        for axes in panels:
            lines = [line for line in axes.lines if len(line.get_xdata()) == simulation.CURVE_POINTS]
            self.assertEqual(len(lines), len(replacement.POLICIES))
        self.assertEqual([entry["n"] for entry in drawing.n], [2, 2, 2, 2])
        self.assertIn("order statistics", drawing.interval)

    def test_the_figure_is_drawn_again_byte_for_byte(self):
        run = self.simulated(self.make())
        self.assertEqual(self.drawn(run), "")
        path = run.path / "figures" / "policies.png"
        before = path.read_bytes()
        self.drawn(run)
        self.assertEqual(path.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
