"""Phases: found where they are, not found in noise, never settled where nothing settles; told, warned of and drawn."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import pandas as pd

import paths  # noqa: F401
import draw
import over_time
import synthetic
from figures import phase_strip
from load import load_run
from study import phases
from study.settling import settled_after, settled_together
from study.study import study, write
from synthetic import ENGINE, LIMIT, ORDER

PAGE = 4096


def noise(rng, steps, spread=0.05, memory=0.3):
    """Rates of neighbouring steps that resemble each other, as real ones do."""
    values = np.zeros(steps)
    for step in range(1, steps):
        values[step] = memory * values[step - 1] + np.sqrt(1 - memory**2) * rng.normal()
    return np.exp(spread * values)


def series(rates, level=None, step=0.1, **counters):
    """A series as load.Run.series() gives it, from rates per step (and a level per edge, in bytes)."""
    edges = len(rates) + 1
    frame = pd.DataFrame({"t_ns": (np.arange(edges) * step * 1e9).astype(int), "phase": "running",
                          "accesses": np.concatenate([[0], np.cumsum(np.asarray(rates) * step)])})
    frame.loc[frame.index[-1], "phase"] = "done"
    if level is not None:
        frame["memory_charged_bytes"] = level
    for name, values in counters.items():
        frame[name] = values
    return frame


def row(limit=np.nan, wall=np.nan):
    return {"limit_bytes": limit, "wall_ns": wall}


class SettlingTest(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(4)

    def cells(self, steps, spread, shape, trials=8, n=40):
        return [settled_together([noise(self.rng, steps, spread) * shape for _ in range(trials)]) for _ in range(n)]

    def test_a_slow_head_is_cut_where_it_ends(self):
        for steps, head in ((10, 2), (30, 8), (60, 20)):
            found = self.cells(steps, 0.05, np.where(np.arange(steps) < head, 0.5, 1.0))
            self.assertTrue(all(why is None for _, why in found))
            self.assertGreater(np.mean([begin == head for begin, _ in found]), 0.9, steps)

    def test_noise_has_no_transient_and_settles(self):
        for steps in (8, 20, 60):
            for spread in (0.02, 0.1, 0.3):
                found = self.cells(steps, spread, 1.0)
                odd = sum(begin > 0 or why is not None for begin, why in found)
                self.assertLessEqual(odd, 4, f"{steps} steps, {spread}")

    def test_a_rate_that_rises_to_the_end_never_settles(self):
        for steps in (20, 60):
            found = self.cells(steps, 0.05, np.linspace(1, 1.5, steps), n=15)
            self.assertGreater(np.mean([why is not None for _, why in found]), 0.9, steps)

    def test_a_burst_in_one_trial_is_no_transient_of_the_cell(self):
        trials = [noise(self.rng, 30, 0.02) for _ in range(6)]
        trials[2][:10] *= 0.5
        self.assertEqual(settled_together(trials), (0, None))
        self.assertEqual(settled_after(trials[2])[0], 10, "of that trial it is one")

    def test_constant_and_absent_rates(self):
        self.assertEqual(settled_after([5.0] * 20), (0, None))
        self.assertEqual(settled_after([0.0] * 20), (0, None))
        self.assertIn("too little", settled_after([1.0] * 4)[1])


class TrialTest(unittest.TestCase):
    def level(self, *points):
        """Bytes at 41 edges: straight lines between (edge, MiB)."""
        return np.interp(np.arange(41), *zip(*points)) * (1 << 20)

    def found(self, level, limit=np.nan, rates=None, **counters):
        rates = np.full(40, 1e5) if rates is None else rates
        trial = phases.of_trial(series(rates, level, **counters), row(limit))
        phases.settle([trial])
        return trial

    def test_a_fill_ends_at_the_limit(self):
        trial = self.found(self.level((0, 0), (20, 64), (40, 64)), limit=64 << 20)
        self.assertEqual((trial.cold, trial.fill, trial.filled_by), (2, 20, "limit"))
        self.assertIsNone(trial.unsettled)

    def test_a_fill_ends_where_growth_does(self):
        trial = self.found(self.level((0, 0), (20, 64), (40, 64)))
        self.assertEqual((trial.cold, trial.fill, trial.filled_by), (2, 20, "growth"))

    def test_a_fill_ends_where_evictions_begin_but_not_those_of_a_background_reclaimer(self):
        level = self.level((0, 0), (40, 64))
        evicted = np.where(np.arange(41) > 12, 5000, 0)
        trial = self.found(level, evicted_pages=evicted)
        self.assertEqual((trial.fill, trial.filled_by), (13, "eviction"))
        trial = self.found(level, evicted_pages=evicted, background_evicted_pages=evicted)
        self.assertEqual(trial.fill, 40)

    def test_memory_that_fills_to_the_end_never_settles(self):
        trial = self.found(self.level((0, 0), (40, 64)))
        self.assertEqual((trial.fill, trial.filled_by, trial.unsettled), (40, None, phases.STILL_FILLING))
        self.assertEqual(trial.share("steady"), 0)

    def test_a_warm_trial_is_steady_from_the_start(self):
        trial = self.found(self.level((0, 64), (40, 64.5)))
        self.assertEqual((trial.cold, trial.fill, trial.after), (0, 0, 0))
        self.assertEqual(trial.share("steady"), 1)

    def test_misses_may_settle_after_throughput(self):
        misses = np.concatenate([[0], np.cumsum(np.where(np.arange(40) < 10, 2000, 1000))])
        trial = self.found(self.level((0, 64), (40, 64)), added_pages=misses)
        self.assertEqual(trial.after, 10)
        few = misses // 100
        self.assertEqual(self.found(self.level((0, 64), (40, 64)), added_pages=few).after, 0, "chance, so few are they")

    def test_few_samples_have_no_phases_and_say_so(self):
        self.assertIn("sample more often", phases.of_trial(series([1e5] * 5), row()))
        self.assertEqual(phases.of_trial(pd.DataFrame(columns=["t_ns", "phase"]), row()), "no time series")

    def test_the_closing_sample_stands_at_the_window_s_close(self):
        frame = series([1e5] * 10)
        frame.loc[frame.index[-1], "t_ns"] = 1_400_000_000  # taken 0.4 s after the close
        closed = over_time.window(frame, "accesses", 1.0e9)
        self.assertEqual(closed["t_ns"].iloc[-1], 1_000_000_000)
        self.assertEqual(over_time.window(frame, "accesses", np.nan)["t_ns"].iloc[-1], 1_400_000_000)
        self.assertEqual(len(over_time.window(frame, "accesses", 0.85e9)), len(frame) - 1, "a sample was taken later")


class CellTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls.path = synthetic.quickstart(cls.folder / "run", trials=6, expect=[],
                                        figures=[{"kind": "throughput_over_time", "series": ENGINE, "panel": ORDER}])
        cls.run_ = load_run(cls.path)
        cls.study_ = study(cls.run_)

    def cell(self, **levels):
        return next(entry for entry in self.study_["cells"] if all(
            entry["cell"][factor] == level for factor, level in levels.items()))

    def named(self, engine, limit, order):
        return next(entry for entry in self.study_["cells"]
                    if entry["cell"] == {ENGINE: engine, LIMIT: limit, ORDER: order})

    def test_a_cold_start_below_a_limit_fills_and_settles(self):
        found = self.named("pread", "50% of dataset", "uniform")["phases"]
        self.assertEqual((found["trials"], found["settled"], found["never_settled"]), (6, 6, {}))
        self.assertEqual(found["fill"]["filled_by"], {"limit": 6})
        # The model reads 128 MiB at 6 us a page of 4 KiB, slower as fewer reads miss: after some 0.3 s.
        self.assertAlmostEqual(found["fill"]["ends_ns"]["median"] / 1e9, 0.3, delta=0.11)
        self.assertLess(found["cold"]["ends_ns"]["median"], found["fill"]["ends_ns"]["median"])
        self.assertLess(found["cold"]["ops_per_second"]["median"], found["steady"]["ops_per_second"]["median"])
        self.assertLess(found["not_steady_share"], 0.3)

    def test_a_headline_of_several_phases_is_warned_of(self):
        entry = self.named("mmap_shared", "none", "sequential")
        [told] = [each for each in entry["warnings"] if each["kind"] in ("mixed phases", "unsettled")]
        self.assertEqual(told["kind"], "mixed phases")
        self.assertIn(f"{entry['phases']['not_steady_share']:.0%} of the window was not steady", told["text"])

    def test_fixed_work_and_schedules_are_not(self):
        entry = self.named("mmap_shared", "none", "sequential")
        run = load_run(self.path)
        run.manifest["config"] = {"workload": {"work": {"passes": 3}}}
        self.assertEqual(phases.warnings(run, entry["cell"], entry["phases"]), [])
        run.manifest["config"] = {"workload": {"work": {"seconds": 3}}}
        self.assertEqual(len(phases.warnings(run, entry["cell"], entry["phases"])), 1)
        scheduled = {**entry["phases"], "until": "the first change of pressure"}
        self.assertEqual(phases.warnings(run, entry["cell"], scheduled), [])

    def test_a_schedule_ends_what_is_looked_at(self):
        run = load_run(self.path)
        run.schedule = {sequence: [{"began_ns": 1_000_000_000}] for sequence in run.schedule}
        found = phases.of_cell(run, run.cells[2])
        self.assertEqual(found["until"], "the first change of pressure")
        self.assertLess(found["window_ns"], 1.05e9)

    def test_most_trials_that_never_settle_are_a_warning(self):
        found = {"trials": 6, "settled": 2, "never_settled": {"throughput still rises": 4}, "until": phases.WHOLE}
        [told] = phases.warnings(self.run_, self.run_.cells[0], found)
        self.assertEqual(told["kind"], "unsettled")
        self.assertIn("4 of 6 trials never settled", told["text"])

    def test_a_run_without_series_says_why_there_are_no_phases(self):
        path = synthetic.quickstart(self.folder / "flat", trials=1, expect=[], figures=[])
        for file in (path / "series").iterdir():
            file.unlink()
        run = load_run(path)
        self.assertEqual(phases.of_cell(run, run.cells[0]), {"missing": "no time series"})

    def test_the_figure_shows_the_phases_and_its_caption_names_them(self):
        write(self.run_, self.study_)
        with draw.style.context():
            drawing = draw._draw(self.run_, self.study_, {**self.run_.manifest["figures"][0], "number": 0})
        labels = [text.get_text() for text in drawing.figure.legends[0].get_texts()]
        self.assertLessEqual({"cold", "fill", "steady"}, set(labels))
        self.assertIn("phases by the medians of the trials", drawing.caption)
        self.assertIn("fill from", drawing.caption)

    def test_a_phase_of_a_minority_is_not_drawn(self):
        entry = json.loads(json.dumps(self.named("pread", "50% of dataset", "uniform")))
        self.assertEqual([name for name, *_ in phase_strip.spans({"cells": [entry]}, entry["cell"])][-2:],
                         ["fill", "steady"])
        entry["phases"]["fill"]["n"] = 2
        self.assertNotIn("fill", [name for name, *_ in phase_strip.spans({"cells": [entry]}, entry["cell"])])
        old = {"cells": [{"cell": entry["cell"]}]}
        self.assertEqual(phase_strip.spans(old, entry["cell"]), [], "a study of an older version")


if __name__ == "__main__":
    unittest.main()
