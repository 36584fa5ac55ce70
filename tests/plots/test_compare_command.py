"""compare as a command: usage, terminals, JSON files, fio's files, figures."""

import contextlib
import json
import os
import pty
import re
import subprocess
import unittest

import fio_files
import paths
from comparing import ENGINES, OPS, World
from synthetic import ENGINE, LIMIT


class UsageTest(World):
    def test_one_input_no_folder_no_metric_no_factor(self):
        a, b = self.make("a"), self.make("b")
        self.assertIn("two inputs or more", self.refused(a))
        self.assertIn("no such file or folder", self.refused(a, self.folder / "nothing"))
        self.assertIn("manifest.json", self.refused(a, self.folder))
        self.assertIn("no input has it", self.refused(a, b, "--metric", "nothing"))
        self.assertIn(f"there are {ENGINE}", self.refused(a, b, "--of-factor", "engine=pread"))
        self.assertIn("there are pread, mmap_shared", self.refused(a, b, "--of-factor", f"{ENGINE}=preed"))
        self.assertIn("no input after the first", self.refused(a, b, "--match", "x=y", f"{ENGINE}=pread"))
        self.assertIn("write FACTOR=LEVEL", self.refused(a, b, "--of-factor", ENGINE))

    def test_json_into_a_file_is_whole_and_the_text_is_still_shown(self):
        code, out, _ = self.call(self.make("a"), self.make("b"), "--json", self.folder / "c.json")
        self.assertEqual(code, 0)
        self.assertIn("What differs", out)
        self.assertEqual(json.loads((self.folder / "c.json").read_text(encoding="utf-8"))["schema_version"], 1)
        self.assertEqual(list(self.folder.glob("*.new")), [])

    def test_lines_fit_and_colour_is_for_terminals(self):
        a, b = self.make("a", factors=None), self.make("b", seed=2, factors=None, slower={"pread": 0.5})
        _, out, _ = self.call(a, b)
        self.assertNotIn("\033", out)
        self.assertLessEqual(max(map(len, out.splitlines())), 120)
        command = [paths.PYTHON, "-B", str(paths.PLOTS / "compare"), a, b]
        self.assertIn("\033[31mslower\033[0m", self.on_a_terminal(command, {}))
        plain = self.on_a_terminal(command, {"NO_COLOR": "1"})
        self.assertNotIn("\033", plain)
        self.assertLessEqual(max(map(len, plain.splitlines())), 100)

    @staticmethod
    def on_a_terminal(command, environment):
        ours, theirs = pty.openpty()
        clean = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        with subprocess.Popen(command, stdout=theirs, env={**clean, "COLUMNS": "80", **environment}):
            os.close(theirs)
            said = b""
            with contextlib.suppress(OSError):  # Linux says EIO when the last writer has gone
                while part := os.read(ours, 65536):
                    said += part
        os.close(ours)
        return said.decode("utf-8").replace("\r\n", "\n")


class FioTest(World):
    def test_one_file_is_one_trial_and_has_no_interval(self):
        a = fio_files.write(self.folder / "a.json", [fio_files.job("randread", 1000)])
        b = fio_files.write(self.folder / "b.json", [fio_files.job("randread", 500)])
        found = self.compared(a, b)
        self.assertIn("one file is one trial", found["inputs"][0]["remarks"][0])
        entry = found["comparisons"][0]
        self.assertEqual((entry["metric"], entry["ratio"], entry["verdict"]), (OPS, 0.5, "undecided"))
        self.assertIn("an interval needs 6", entry["interval"]["missing"])

    def test_files_of_a_folder_or_joined_by_commas_are_trials(self):
        a = fio_files.repetitions(self.folder / "a", 1000)
        b = fio_files.repetitions(self.folder / "b", 500)
        joined = ",".join(map(str, sorted(b.iterdir())))
        for other in (f"fio:{b}", joined, f"fio:{joined}"):
            entry = self.compared(f"fio:{a}", other)["comparisons"][0]
            self.assertEqual((entry["n"], entry["n_base"], entry["verdict"]), (8, 8, "slower"))

    def test_what_files_are_called_does_not_matter(self):
        a, b = (fio_files.repetitions(self.folder / name, iops) for name, iops in (("a", 1000), ("b", 990)))
        first = self.compared(f"fio:{a}", f"fio:{b}")["comparisons"]
        moved = b.rename(self.folder / "elsewhere")
        self.assertEqual(self.compared(f"fio:{a}", f"fio:{moved}")["comparisons"], first)

    def test_fio_stands_beside_a_cell(self):
        run = self.make("a", factors={**ENGINES, LIMIT: ["none", "50% of dataset"]})
        beside = fio_files.repetitions(self.folder / "b", 100_000)
        found = self.compared(run, f"fio:{beside}", "--match", "fio job=randread", f"{ENGINE}=pread",
                              "--of-factor", f"{LIMIT}=none")
        entry, = (entry for entry in found["comparisons"] if entry["metric"] == OPS)
        self.assertEqual(entry["cell"], {ENGINE: "pread", LIMIT: "none"})
        self.assertEqual(found["provenance"]["alone"]["B"], ["fio", "fio's options"])

    def test_the_job_must_be_named_to_stand_beside_a_cell(self):
        beside = fio_files.repetitions(self.folder / "b", 1000)
        self.assertIn("does not say which", self.refused(self.make("a"), f"fio:{beside}"))

    def test_the_exit_code_of_a_bound_counts_for_fio_too(self):
        a = fio_files.repetitions(self.folder / "a", 1000)
        b = fio_files.repetitions(self.folder / "b", 500)
        self.assertEqual(self.call(f"fio:{a}", f"fio:{b}", "--bound", f"{OPS} 5%")[0], 1)

    def test_what_is_not_fios(self):
        good = fio_files.write(self.folder / "a.json", [fio_files.job("randread", 1000)])
        bad = self.folder / "bad.json"
        for content, said in (("", "not JSON"), ("{\"a\": 1}", "no \"fio version\""),
                              ("{\"fio version\": \"fio-3.33\", \"client_stats\": []}", "client/server")):
            bad.write_text(content, encoding="utf-8")
            with self.subTest(content=content):
                self.assertIn(said, self.refused(good, bad))
        self.assertIn("nothing.json", self.refused(good, f"{good},{self.folder / 'nothing.json'}"))
        self.assertIn("no *.json", self.refused(good, f"fio:{self.make('run')}/series"))


class FigureTest(World):
    def test_a_figure_per_metric_with_its_caption_and_the_same_bytes_again(self):
        a, b = self.make("a"), self.make("b", seed=2, slower={"pread": 0.5})
        for name in ("one", "two"):
            code, out, err = self.call(a, b, "--figure", self.folder / name, "--metric", OPS, "--metric", "psi_some_ns",
                                       "--bound", f"{OPS} 5%")
            self.assertEqual(code, 1)
            self.assertIn(f"compare-{OPS}.png", out)
            self.assertIn("compare-psi_some_ns: not drawn: ", err)
        drawn = sorted(path.name for path in (self.folder / "one").iterdir())
        self.assertEqual(drawn, [f"compare-{OPS}.{kind}" for kind in ("json", "pdf", "png")])
        for name in drawn:
            self.assertEqual((self.folder / "one" / name).read_bytes(), (self.folder / "two" / name).read_bytes())
        caption = json.loads((self.folder / "one" / f"compare-{OPS}.json").read_text(encoding="utf-8"))
        self.assertIn("Dotted: worse by 5 %", caption["caption"])
        self.assertEqual([entry["n"] for entry in caption["n"]], [9, 9])

    def test_a_figure_of_an_earlier_comparison_does_not_stay(self):
        out = self.folder / "figures"
        self.call(self.make("a"), self.make("b"), "--figure", out)
        stale = out / "compare-psi_some_ns.png"
        stale.write_bytes(b"old")
        self.call(self.make("a"), self.make("b"), "--figure", out, "--metric", "psi_some_ns")
        self.assertFalse(stale.exists())
        self.assertTrue((out / f"compare-{OPS}.png").exists())


class TextTest(World):
    def test_the_sketch_has_its_dot_on_the_side_of_the_change(self):
        a, b = self.make("a"), self.make("b", seed=2, slower={"pread": 0.5})
        _, out, _ = self.call(a, b)
        slow = next(line for line in out.splitlines() if line.startswith("pread"))
        self.assertRegex(slow, r"●.*│")
        self.assertTrue(re.search(r"\d+ ratios: 1 worse", out), out)


if __name__ == "__main__":
    unittest.main()
