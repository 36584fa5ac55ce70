"""The cost model: exact in a world made of its prices, and outspoken about what it cannot predict."""

import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import paths
import draw
import priced_world as world
import prices as price_files
from load import LoadError, load_run
from model import counts, inverse, price_list, report
from model.terms import ENGINES, TERMS, read_price
from model.trial import Trial, Unknown, resolved, size_bytes
from study.study import study, write


class Folder(unittest.TestCase):
    def setUp(self):
        few = mock.patch.object(inverse, "RESAMPLES", 200)  # enough to show that there is an interval
        self.addCleanup(few.stop)
        few.start()
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def modelled(self, prices=None, why_not=None, **options):
        """The content of model.json for a run of the priced world."""
        self.run_ = load_run(world.run(self.folder / "run", **options))
        lists = price_list.read([world.price_list(self.folder / "list", prices, why_not=why_not)])
        return report.model(self.run_, lists, price_files.machine(self.run_))

    def cell(self, result, case):
        return next(cell for cell in result["cells"] if cell["cell"][world.CASE] == case)

    def one(self, case, sets, readings, **config):
        """The Trial of a run with a single cell and these readings."""
        def change(record):
            record["readings"] = {name: {"worker": n} for name, n in {"wall_ns": 1e9, **readings}.items()}
        run = load_run(world.run(self.folder / case, {case: sets}, 1, change, config))
        return Trial(run, run.trials.iloc[0])


class PredictionTest(Folder):
    def test_a_world_of_prices_is_predicted_exactly_and_beats_two_prices(self):
        result = self.modelled()
        self.assertEqual(result["summary"]["predicted"], 8 * len(world.CASES))
        for trial in result["trials"]:
            self.assertAlmostEqual(trial["error_percent"], 0, places=9, msg=trial["cell"])
            self.assertAlmostEqual(sum(term["ns"] for term in trial["terms"].values()), trial["predicted_ns"])
            self.assertAlmostEqual(trial["low_ns"] / trial["predicted_ns"], 0.98, places=3)
        self.assertEqual([cell["fails"] for cell in result["cells"]], [False] * len(world.CASES))
        self.assertGreater(result["summary"]["naive_error_percent"], 1)
        self.assertGreater(self.cell(result, "mmap, warm")["naive_error_percent"], 80)
        self.assertAlmostEqual(self.cell(result, "pread, warm")["naive_error_percent"], 100 * 50 / 800)
        self.assertEqual(result["summary"]["naive_error_percent"],
                         float(sorted(abs(t["naive_error_percent"]) for t in result["trials"])[23]
                               + sorted(abs(t["naive_error_percent"]) for t in result["trials"])[24]) / 2)

    def test_a_wrong_price_fails_where_it_matters_with_the_term_that_is_most_of_it(self):
        result = self.modelled({**world.PRICES, "file_cold_shuffled": 130000.0})
        failing = [cell["cell"][world.CASE] for cell in result["cells"] if cell["fails"]]
        self.assertEqual(failing, ["mmap, cold", "mmap, limited"])
        cold = self.cell(result, "mmap, cold")
        self.assertAlmostEqual(cold["signed_error_percent"], 30, delta=1)
        self.assertEqual(next(iter(cold["split"])), "file misses")
        self.assertAlmostEqual(sum(cold["split"].values()), 1)
        self.assertIn("fails in mmap, cold: +29 %", report.as_markdown(result))
        self.assertIn("2 of 6 cells", report.render(result))

    def test_a_missing_price_is_named_and_only_its_trials_are_lost(self):
        without = {event: price for event, price in world.PRICES.items() if event not in ("swap_in_zram", "file_warm")}
        result = self.modelled(without, {"swap_in_zram": "no module zram here"})
        self.assertEqual(self.cell(result, "anonymous")["missing"], "no price of swap_in_zram: no module zram here")
        self.assertIn("no price of file_warm: in no price list given", self.cell(result, "mmap, warm")["missing"])
        self.assertEqual(result["summary"]["not_predicted"], 16)
        self.assertEqual(self.cell(result, "mmap, cold")["n"], 8)
        self.assertIn("8 trials not predicted: no price of swap_in_zram: no module zram here", report.render(result))
        self.assertIn("8 trials of anonymous not predicted", report.as_markdown(result))

    def test_trials_that_cannot_be_predicted_say_why(self):
        def change(record):
            if record["trial"] == 0:
                record.update(outcome="oom_killed", reason="killed by the kernel")
            elif record["trial"] == 1:
                record["readings"]["wall_ns"]["clock"] = {"missing": "emulated"}
            elif record["trial"] == 2:
                del record["readings"]["accesses"]
        result = self.modelled(change=change)
        whys = self.cell(result, "pread, warm")["not_predicted"]
        self.assertEqual(sorted(whys.values()), [1, 1, 1])
        text = "\n".join(whys)
        for words in ("the trial was oom_killed: killed by the kernel", "wall_ns is missing", "emulated",
                      "accesses is missing: no probe was asked for it"):
            self.assertIn(words, text)
        self.assertEqual(self.cell(result, "pread, warm")["n"], 5)

    def test_what_has_no_prices_is_refused_by_name(self):
        for sets, words in (({"workload.engine": "mmap_locked"}, "engine mmap_locked: no terms"),
                            ({"workload.threads": 2}, "2 threads"),
                            ({"workload.processes": 2}, "2 processes"),
                            ({"workload.latency": "full"}, "timed one by one"),
                            ({"workload.engine": "mmap_shared", "workload.consume": "copy"}, "no price of a copy"),
                            ({"dataset.medium": "tmpfs"}, "tmpfs"),
                            ({"pressure.advise.advice": "cold"}, "another thread advises"),
                            ({"pressure.antagonist.size": "1 MiB", "swap": "zram"}, "a neighbour swaps too"),
                            ({"dataset.medium": {"kind": "ext4_zram"}}, "dataset on ext4_zram"),
                            ({"workload.engine": "mmap_update", "workload.writes": 50}, "a mix of loads"),
                            ({"workload.engine": "anon", "workload.writes": 50}, "untouched memory")):
            with self.subTest(words):
                result = self.modelled(cases={"pread, cold": {"start": "cold", **sets}}, trials=1)
                self.assertIn(words, result["trials"][0].get("missing", ""))

    def test_a_run_without_its_config_is_not_guessed_at(self):
        with self.assertRaisesRegex(Unknown, "no config"):
            resolved({}, {})


class CountsTest(Folder):
    def test_pages_a_fault_follow_from_faults_and_accesses(self):
        warm = {"workload.engine": "mmap_shared", "start": "warm", "workload.order": "sequential"}
        for faults, each, term in ((16384, 1, "mapped singly"), (1024, 16, "mapped by windows"),
                                   (64, 256, "mapped by large folios"), (32, 512, "mapped by huge folios")):
            trial = self.one(f"w{each}", warm, {"accesses": 20000, "minor_faults": faults, "major_faults": 0})
            self.assertAlmostEqual(counts.pages_a_fault(trial), each)
            found = [name.name for name in TERMS if name.name.startswith("mapped ") and name.count(trial)]
            self.assertEqual(found, [term])

    def test_independent_draws_share_windows_by_chance(self):
        # 1024 windows of 16 pages; 2048 draws leave exp(-2) of them without a fault.
        trial = self.one("uniform", {"workload.engine": "mmap_shared", "start": "warm", "workload.order": "uniform"},
                         {"accesses": 2048, "minor_faults": 1024 * (1 - 0.1353352832366127), "major_faults": 0})
        self.assertAlmostEqual(counts.pages_a_fault(trial), 16, places=6)
        self.assertAlmostEqual(counts.distinct(trial), 16384 * (1 - (1 - 1 / 16384) ** 2048), places=6)

    def test_hits_are_what_no_fault_touched(self):
        warm = {"workload.engine": "mmap_shared", "start": "warm", "workload.order": "sequential"}
        readings = {"accesses": 20000, "minor_faults": 1024, "major_faults": 0}
        self.assertEqual(counts.hits(self.one("warm", warm, readings)), 20000 - 16384)
        populated = self.one("populate", {**warm, "workload.engine": "mmap_populate"}, readings)
        self.assertEqual(counts.hits(populated), 20000)
        ahead = {"workload.engine": "mmap_shared", "workload.advice": "normal", "workload.order": "sequential"}
        trial = self.one("ahead", ahead, {"accesses": 20000, "minor_faults": 900, "major_faults": 2,
                                          "added_pages": 16384})
        self.assertEqual(counts.pages_ahead(trial, "normal"), 16382)
        self.assertEqual(counts.pages_ahead(trial, "sequential"), 0)
        self.assertEqual(counts.mapped_from_cache(trial, 0, 1e9), 0)  # read-ahead's price holds these faults

    def test_evictions_by_others_cost_the_trial_nothing(self):
        limited = {"workload.engine": "mmap_shared", "pressure.memcg_limit.limit": "50% of dataset"}
        self.assertEqual(counts.own_evictions(self.one("own", limited, {"own_evicted_pages": 7})), 7)
        self.assertEqual(counts.own_evictions(self.one("less", limited, {
            "evicted_pages": 9, "background_evicted_pages": 4})), 5)
        self.assertEqual(counts.own_evictions(self.one("limit", limited, {"evicted_pages": 9})), 9)
        balloon = {"workload.engine": "mmap_shared", "pressure.balloon.leave": "1 GiB"}
        with self.assertRaisesRegex(Unknown, "background_evicted_pages is missing"):
            counts.own_evictions(self.one("balloon", balloon, {"evicted_pages": 9}))
        forced = {"workload.engine": "mmap_shared", "pressure.memcg_reclaim.amount": "1 MiB"}
        with self.assertRaisesRegex(Unknown, "own_evicted_pages is missing"):
            counts.own_evictions(self.one("forced", forced, {"evicted_pages": 9, "background_evicted_pages": 0}))

    def test_shootdowns_are_those_that_were_counted(self):
        self.assertEqual(counts.shootdowns(self.one("counted", {}, {"tlb_shootdowns": 7})), 7)
        self.assertEqual(counts.shootdowns(self.one("not", {}, {})), 0)

    def test_private_copies_share_out_their_major_faults(self):
        cow = {"workload.engine": "mmap_cow", "workload.advice": "random", "swap": {"kind": "zram"},
               "workload.order": "sequential"}
        trial = self.one("cow", cow, {"accesses": 32768, "minor_faults": 0, "major_faults": 20000,
                                      "swapped_in_pages": 3616})
        self.assertEqual(counts.file_misses(trial), 16384)
        self.assertEqual(counts.from_swap_device(trial, ("zram",)), 3616)

    def test_without_swapping_every_fault_is_a_first_store(self):
        zram = {"workload.engine": "anon", "workload.order": "uniform", "swap": {"kind": "zram"}}
        faults = {"accesses": 2048, "minor_faults": 2000, "major_faults": 0}  # of 1925 expected
        still = self.one("still", zram, {**faults, "swapped_out_pages": 0})
        self.assertEqual((counts.first_stores(still), counts.swap_cache_hits(still)), (2000, 0))
        swapping = self.one("swapping", zram, {**faults, "swapped_out_pages": 9})
        self.assertAlmostEqual(counts.first_stores(swapping), 1925, delta=1)
        self.assertAlmostEqual(counts.swap_cache_hits(swapping), 75, delta=1)

    def test_a_pread_between_two_priced_sizes_is_on_their_line(self):
        self.assertEqual(read_price(10240, False), {"read_warm_4k": 0.5, "read_warm_16k": 0.5})
        self.assertEqual(read_price(16384, False), {"read_warm_16k": 1})
        self.assertEqual(read_price(2 << 20, True), {"read_warm_1m": 2})
        self.assertEqual(read_price(4096, True), {"read_warm_4k_random": 1})

    def test_config_levels_are_put_in(self):
        config = {"workload": {"engine": "anon"}, "factors": {
            "workload.engine": ["anon", {"label": "synced", "set": {"workload.engine.sync": "sync"}}],
            "knobs.swappiness": [1, 60]}}
        found = resolved(config, {"workload.engine": "synced", "knobs.swappiness": "60"})
        self.assertEqual(found["workload"]["engine"], {"kind": "anon", "sync": "sync"})
        self.assertEqual(found["knobs"]["swappiness"], 60)
        self.assertEqual(config["workload"]["engine"], "anon")
        with self.assertRaisesRegex(Unknown, "no level 7"):
            resolved(config, {"workload.engine": "anon", "knobs.swappiness": "7"})
        self.assertEqual([size_bytes(text, 1000) for text in ("4 KiB", "1 MB", "50% of dataset")], [4096, 10**6, 500])

    def test_the_table_is_whole(self):
        self.assertEqual(len({term.name for term in TERMS}), len(TERMS))
        for term in TERMS:
            self.assertTrue(set(term.engines) <= set(ENGINES) and term.why, term.name)
        for engine in ENGINES:
            self.assertTrue(any(engine in term.engines for term in TERMS), engine)


class PriceListTest(Folder):
    def test_the_later_price_counts_and_a_lack_takes_nothing_away(self):
        first = world.price_list(self.folder / "a", {"e": 1.0, "f": 5.0})
        second = world.price_list(self.folder / "b", {"e": 2.0, "g": 3.0}, why_not={"f": "not today", "h": "never"})
        merged = price_list.read([first, second])
        self.assertEqual({event: row["price_ns"] for event, row in merged.rows.items()}, {"e": 2, "f": 5, "g": 3})
        self.assertEqual(merged.rows["e"]["run"], "b")
        self.assertEqual(merged.why_missing(["f", "h", "i"]),
                         ["no price of h: never", "no price of i: in no price list given"])

    def test_a_difference_of_prices_has_the_widest_interval(self):
        lists = price_list.read([world.price_list(self.folder / "a", {"e": 100.0, "f": 10.0}, spread=0.1)])
        cost = lists.cost({"e": 1, "f": -1})
        self.assertEqual(cost["ns"], 90)
        self.assertAlmostEqual(cost["low_ns"], 90 - 11)
        self.assertAlmostEqual(cost["high_ns"], 110 - 9)

    def test_a_folder_without_prices_is_an_error_with_a_remedy(self):
        with self.assertRaisesRegex(LoadError, "fault-cost"):
            price_list.read([self.folder / "nowhere"])

    def test_another_machine_is_remarked(self):
        lists = price_list.PriceList(runs=["r"], machines={"r": {"kernel": "6.1", "processor": "P"}})
        self.assertEqual(report._remarks(lists, {"kernel": "6.18", "processor": "P"}),
                         ["r is of another kernel: 6.1, and here 6.18"])


class InverseTest(Folder):
    def test_it_finds_the_prices_of_its_world(self):
        estimate = self.modelled()["inverse"]
        found = {term["name"]: term for term in estimate["terms"]}
        self.assertEqual(estimate["collinear"], [])
        for name, price in (("hits at random", world.HIT), ("mapped by windows", 360), ("file misses", 100000),
                            ("evictions", 900), ("zero fills", 2000), ("swap-ins, zram", 5000),
                            ("swap-outs, zram", 6500), ("swap cache hits", 1700), ("calls that wait", 90000)):
            with self.subTest(name):
                self.assertAlmostEqual(found[name]["ns"] / price, 1, places=5)
                self.assertAlmostEqual(found[name]["high_ns"] / price, 1, places=5)
                self.assertEqual(found[name]["verdict"], "agree")
        self.assertEqual(found["calls"]["events"], {"read_warm_4k_random": 1})

    def test_a_price_that_the_trials_contradict_is_apart(self):
        estimate = self.modelled({**world.PRICES, "file_cold_shuffled": 130000.0})["inverse"]
        verdicts = {term["name"]: term["verdict"] for term in estimate["terms"]}
        self.assertEqual(verdicts["file misses"], "apart")
        self.assertEqual(verdicts["zero fills"], "agree")

    def test_terms_that_always_go_together_are_flagged(self):
        def change(record):
            readings = record["readings"]
            if record["cell"][world.CASE] == "mmap, limited":
                readings["own_evicted_pages"] = readings["major_faults"]
        result = self.modelled(cases={case: world.CASES[case] for case in ("pread, warm", "mmap, limited")},
                               change=change)
        estimate = result["inverse"]
        found = {term["name"]: term for term in estimate["terms"]}
        self.assertEqual(found["evictions"]["like"], "file misses")
        self.assertEqual(found["evictions"]["verdict"], "collinear")
        self.assertIn("missing", found["evictions"]["vif"])
        self.assertNotIn("like", found["calls"])
        self.assertTrue(any("evictions goes with file misses (VIF infinite)" in line
                            for line in estimate["collinear"]))
        self.assertIn("condition number", estimate["collinear"][-1])

    def test_terms_that_nearly_go_together_are_flagged_too(self):
        def change(record):
            readings = record["readings"]
            if record["cell"][world.CASE] == "mmap, limited":
                misses = readings["major_faults"]["worker"]
                readings["own_evicted_pages"] = {"worker": misses * (1 + record["trial"] % 2 / 10)}
        estimate = self.modelled(cases={case: world.CASES[case] for case in ("pread, warm", "mmap, limited")},
                                 change=change)["inverse"]
        found = {term["name"]: term for term in estimate["terms"]}
        self.assertGreater(found["evictions"]["vif"], inverse.MOST_VIF)
        self.assertEqual(found["evictions"]["like"], "file misses")

    def test_too_few_trials_give_no_prices(self):
        self.assertIn("too few", self.modelled(trials=1)["inverse"]["missing"])

    def test_inflation_of_columns_at_a_known_angle(self):
        # Two columns at 60 degrees share a quarter of their variance: 1 / (1 - 1/4).
        scaled = inverse.np.array([[1, 0.5], [0, 0.75 ** 0.5]])
        self.assertAlmostEqual(inverse.inflation(scaled)[0], 4 / 3)
        self.assertEqual(inverse.inflation(inverse.np.array([[1.0], [0.0]])), [1.0])


class FilesTest(Folder):
    def test_the_program_writes_them_and_the_figure_is_drawn_the_same_twice(self):
        run, lists = world.run(self.folder / "run"), world.price_list(self.folder / "list")
        command = [paths.PYTHON, "-B", str(paths.PLOTS / "study"), str(run), "--model", str(lists)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        self.assertIn("Median error 0 %", said)
        first = (run / "model.json").read_bytes()
        self.assertIn("| mmap, cold | 8 |", (run / "model.md").read_text(encoding="utf-8"))
        paths_ = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True).stdout.split()
        self.assertEqual(paths_, [str(run / "study.json"), str(run / "model.json")])
        self.assertEqual((run / "model.json").read_bytes(), first)
        drawn = []
        for out in ("one", "two"):
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(draw.main([str(run), "--out", str(self.folder / out), "--quiet"]), 0)
            drawn.append((self.folder / out / "model.png").read_bytes())
        self.assertEqual(*drawn)
        caption = json.loads((self.folder / "one" / "model.json").read_text(encoding="utf-8"))
        self.assertIn("nothing was fitted", caption["caption"])
        self.assertEqual(sum(entry["n"] for entry in caption["n"]), 48)

    def test_a_model_of_nothing_draws_nothing_and_says_so(self):
        run = load_run(world.run(self.folder / "run", config={"workload": {"engine": "command"}}, cases={"a, b": {}},
                                 trials=1, change=lambda record: record["readings"].pop("accesses")))
        lists = price_list.read([world.price_list(self.folder / "list")])
        result = report.model(run, lists, price_files.machine(run))
        self.assertEqual(result["cells"][0]["missing"], "engine command: no terms")
        self.assertIn("No trial of 1 could be predicted", report.render(result))
        report.write(run, result)
        write(run, study(run))
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            draw.main([str(run.path), "--quiet"])
        self.assertIn("model: not drawn: no trial could be predicted", said.getvalue())

    def test_an_unreadable_price_list_is_exit_code_2(self):
        run = world.run(self.folder / "run", trials=1)
        done = subprocess.run([paths.PYTHON, "-B", str(paths.PLOTS / "study"), str(run), "--model",
                               str(self.folder / "nowhere")], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("prices.csv: No such file", done.stderr)


if __name__ == "__main__":
    unittest.main()
