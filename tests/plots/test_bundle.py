"""Paper bundles: what is in them, that LaTeX takes it whatever the levels are called, and that a change is seen."""

import contextlib
import hashlib
import io
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import bundles
import paths  # noqa: F401
from bundle import __main__ as program
from bundle import configs, contents, entries, host_changes, latex, macros, raw, tables
from synthetic import ENGINE, LIMIT, kill

HOSTILE = ["50% & $x_1$ #{}~^\\", "a|b<c>\"d\" [e]", "*[2pt] -- `q'", "日本 é ï µ ≥", "a-b", "a_b", "\\input{x}"]
FOLDERS = ("figures/quickstart/bars-ops_per_second.pdf", "figures/quickstart/bars-ops_per_second.png",
           "figures/quickstart/bars-ops_per_second.json", "tables/quickstart-cells.tex",
           "tables/quickstart-verdicts.tex", "tables/quickstart-claims.tex", "numbers.tex", "numbers.json",
           "paper.tex", "configs/quickstart.json", "raw/quickstart/run/trials.jsonl",
           "raw/quickstart/run/series/00000.csv", "raw/quickstart/run/manifest.json",
           "raw/quickstart/run/study.json", "provenance.json", "tolerances.json", "MANIFEST.json", "README.md",
           "LICENSE", "CITATION.cff", "CHECKSUMS.sha256")


def call(*words):
    """(exit code, stdout, stderr) of the program."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = program.main([str(word) for word in words])
    return code, out.getvalue(), err.getvalue()


class BundleTest(unittest.TestCase):
    """One bundle for all: none of the tests changes it."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.run_folder = bundles.run(cls.folder / "run")
        cls.before = cls.tree(cls.run_folder)
        cls.out = cls.folder / "bundle"
        cls.made = call("make", "--out", cls.out, cls.run_folder)

    @staticmethod
    def tree(folder):
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*"))
                if path.is_file()}

    def text(self, name):
        return (self.out / name).read_text(encoding="utf-8")

    def json(self, name):
        return json.loads(self.text(name))

    def test_everything_is_there_and_the_run_is_as_it_was(self):
        self.assertEqual(self.made[0], 0, self.made)
        for name in FOLDERS:
            self.assertTrue((self.out / name).stat().st_size, name)
        self.assertEqual(self.tree(self.run_folder), self.before)
        self.assertEqual([path.name for path in self.folder.iterdir() if "partial" in path.name], [])

    def test_sha256sum_takes_the_checksums_and_they_are_of_all_files(self):
        done = subprocess.run(["sha256sum", "--quiet", "-c", "CHECKSUMS.sha256"], cwd=self.out, capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        names = {line.split("  ", 1)[1] for line in self.text("CHECKSUMS.sha256").splitlines()}
        self.assertEqual(names, set(self.tree(self.out)) - {"CHECKSUMS.sha256"})
        self.assertEqual(call("check", self.out)[0], 0)

    def test_the_same_runs_in_any_order_give_the_same_bytes(self):
        other = bundles.run(self.folder / "other", seed=3)
        trees = []
        for number, order in enumerate(([self.run_folder, other], [other, self.run_folder])):
            out = self.folder / f"ordered-{number}"
            self.assertEqual(call("make", "--out", out, *order)[0], 0)
            trees.append(self.tree(out))
        self.assertEqual(trees[0], trees[1])
        self.assertIn("tables/quickstart-run2-cells.tex", trees[0])
        # The same config is there once, and run again once; names of the first run are as they were alone.
        self.assertEqual([name for name in trees[0] if name.startswith("configs/")], ["configs/quickstart.json"])
        numbers = json.loads(trees[0]["numbers.json"])["macros"]
        self.assertEqual({name for name in numbers if not name.startswith("FlQuickstartRunTwo")}.difference(
            self.json("numbers.json")["macros"]), set())

    def test_every_number_is_the_studys(self):
        study, numbers = self.json("raw/quickstart/run/study.json"), self.json("numbers.json")["macros"]
        cell = next(cell for cell in study["cells"] if cell["cell"] == {ENGINE: "mmap_shared", LIMIT: "none"})
        median = numbers["FlQuickstartMmapSharedNoneOpsPerSecondMedian"]
        self.assertEqual(median["value"], cell["metrics"]["ops_per_second"]["median"])
        self.assertEqual((median["unit"], median["run"]), ("1/s", "quickstart/run"))
        self.assertEqual(numbers["FlQuickstartMmapSharedNoneOpsPerSecondN"]["value"], bundles.TRIALS)
        ratio = study["expectations"][0]["strata"][0]
        stem = "FlQuickstartRatioOfOpsPerSecondOfMmapSharedOverPreadWhereNone"
        self.assertEqual(numbers[f"{stem}Ratio"]["value"], ratio["ratio"])
        self.assertEqual(numbers[f"{stem}Interval"]["value"], [ratio["interval"]["low"], ratio["interval"]["high"]])
        self.assertEqual(numbers[f"{stem}Verdict"]["value"], study["expectations"][0]["verdict"])
        self.assertEqual(numbers["FlQuickstartClaimAMappingIsFasterVerdict"]["value"], "confirmed")

    def test_macros_are_of_letters_and_each_is_explained(self):
        lines = self.text("numbers.tex").splitlines()
        defined = [(number, match) for number, line in enumerate(lines)
                   if (match := re.fullmatch(r"\\newcommand\{\\(\w+)\}\{(.*)\}", line))]
        names = [match[1] for _, match in defined]
        self.assertEqual(sorted(names), sorted(self.json("numbers.json")["macros"]))
        self.assertEqual(len(names), len(set(names)))
        for number, match in defined:
            self.assertRegex(match[1], r"^Fl[A-Za-z]+$")
            self.assertRegex(lines[number - 1], r"^% .*; run quickstart/run; unit .+$")

    def test_what_is_missing_says_why_and_has_no_number(self):
        numbers = self.json("numbers.json")
        self.assertIn("PSI", numbers["missing"]["quickstart"]["psi_some_ns"])
        self.assertFalse([name for name in numbers["macros"] if "PsiSome" in name])
        self.assertIn("% psi_some_ns is missing everywhere", self.text("numbers.tex"))
        self.assertIn("is missing in every cell", self.text("tables/quickstart-cells.tex"))
        figures = self.json("MANIFEST.json")["runs"][0]["figures"]
        self.assertIn("PSI", next(each for each in figures if each["name"] == "bars-psi_some_ns")["missing"])

    def test_the_committees_readme(self):
        text = self.text("README.md")
        for words in ("Getting started (30 minutes)", "./run reproduce BUNDLE", "a mapping is faster: **confirmed**",
                      "figures/quickstart/bars-ops_per_second.png", "**makes a memory cgroup", "256 MiB",
                      "within a factor of 1.25 on the same kind of machine, 2 on another", "EX-1"):
            self.assertIn(words, text)
        for target in re.findall(r"\]\((?!\w+:)([^)]+)\)", text):
            self.assertTrue((self.out / target).exists(), target)

    def test_a_folder_that_holds_something_is_left_alone(self):
        code, _, err = call("make", "--out", self.run_folder, self.run_folder)
        self.assertEqual(code, 2)
        self.assertIn("exists already", err)
        self.assertEqual(self.tree(self.run_folder), self.before)

    def test_nothing_is_left_of_a_bundle_that_cannot_be_made(self):
        for words in ((self.folder / "nowhere",), (self.run_folder, self.run_folder)):
            code, _, err = call("make", "--out", self.folder / "half", *words)
            self.assertEqual((code, (self.folder / "half").exists()), (2, False), err)
        with mock.patch.object(contents.checksums, "write", side_effect=OSError("no space left on device")):
            code, _, err = call("make", "--out", self.folder / "half", self.run_folder)
        self.assertEqual(code, 2, err)
        self.assertEqual([path.name for path in self.folder.iterdir() if "half" in path.name], [])

    def test_a_changed_a_missing_and_a_stray_file_are_seen(self):
        for number, (change, said) in enumerate((
                (lambda out: (out / "raw/quickstart/run/trials.jsonl").write_text("{}"), "trials.jsonl: has changed"),
                (lambda out: (out / "numbers.tex").unlink(), "numbers.tex: is missing"),
                (lambda out: (out / "raw/quickstart/run/simulated.json").write_text("{}"), "is not in CHECKSUMS"),
                (lambda out: (out / "CHECKSUMS.sha256").write_text("x  ../y\n"), "not a line of checksums"),
                (lambda out: (out / "CHECKSUMS.sha256").unlink(), "CHECKSUMS.sha256"))):
            out = shutil.copytree(self.out, self.folder / f"changed-{number}")
            change(out)
            code, _, err = call("check", out)
            self.assertEqual(code, 2)
            self.assertIn(said, err)
        out = shutil.copytree(self.out, self.folder / "compiled")
        (out / "paper.pdf").write_text("a reader's own")
        code, _, err = call("check", out)
        self.assertEqual(code, 0)
        self.assertIn("paper.pdf: not part of the bundle", err)


class PiecesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def hostile(self):
        expect = [{"that": "ratio of ops_per_second", "of": {"what": HOSTILE[0]}, "over": {"what": HOSTILE[1]},
                   "at_least": 0.5, "claim": f"{HOSTILE[2]} & so on", "because": HOSTILE[0]}]
        return bundles.run(self.folder / "run", factors={"what": HOSTILE, ENGINE: ["pread", "mmap_shared"]},
                           expect=expect, figures=bundles.FIGURES[:0])

    def test_levels_of_any_name_are_escaped_in_every_table(self):
        entry = entries.read([self.hostile()])[0]
        text = "\n".join(tables.of_entry(entry).values())
        for row in re.sub(r"^%.*\n", "", text, flags=re.M).splitlines():
            bare = re.sub(r"\\(?:[a-zA-Z]+|[^a-zA-Z])", " ", row)
            self.assertEqual(bare.count("{"), bare.count("}"), row)
            self.assertFalse(set(bare) & set("$#%_^<>|\""), row)
            self.assertTrue(row.isascii(), row)
            self.assertFalse(re.match(r"\s*[\[*]", row), f"an argument of the line before: {row}")
        self.assertIn(r"\textbackslash{}input\{x\}", text)

    def test_names_that_differ_in_signs_alone_stay_apart(self):
        found = macros.of_bundle(entries.read([self.hostile()]))
        medians = [name for name in found if re.fullmatch(r"FlQuickstartABPreadOpsPerSecondMedianX[a-p]{6}", name)]
        self.assertEqual(len(medians), 2, sorted(found))
        self.assertEqual({found[name].what.split("what ")[1].split(",")[0] for name in medians}, {"a-b", "a_b"})

    def test_escaping(self):
        self.assertEqual(latex.escaped("a_b 50% {x} \\ ~^"),
                         r"a\_b 50\% \{x\} \textbackslash{} \textasciitilde{}\textasciicircum{}")
        self.assertEqual(latex.escaped("é ï 日\n"), "\\'{e} \\\"{\\i} {[}U+65E5{]} ")
        self.assertEqual(latex.comment("a\nb"), "% a b")
        self.assertEqual(latex.quantity(1234567, "1/s"), r"1.23\,M/s")
        self.assertEqual(latex.quantity(-23456, "ns"), r"\ensuremath{-}23.5\,\ensuremath{\mu}s")
        self.assertEqual(latex.number(1.5e-9), r"1.50\ensuremath{\times10^{-9}}")

    def test_the_paper_compiles(self):
        if not shutil.which("pdflatex"):
            self.skipTest("there is no pdflatex (Debian: texlive-latex-base, texlive-latex-recommended)")
        out = self.folder / "bundle"
        self.assertEqual(call("make", "--out", out, self.hostile(), bundles.run(self.folder / "plain", seed=2))[0], 0)
        done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"], cwd=out,
                              capture_output=True, text=True, errors="replace", check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:])
        self.assertEqual(re.findall(r"Undefined control sequence|Missing character.*", done.stdout), [])

    def test_a_large_trace_is_left_out_and_named(self):
        run = bundles.run(self.folder / "run")
        (run / "faults").mkdir()
        large = b"x" * (raw.LARGEST_TRACE_BYTES + 1)
        (run / "faults/00000.faults").write_bytes(large)
        (run / "faults/00001.faults").write_bytes(b"small")
        out = self.folder / "bundle"
        self.assertEqual(call("make", "--out", out, run)[0], 0)
        row = json.loads((out / "MANIFEST.json").read_text(encoding="utf-8"))["runs"][0]
        self.assertEqual([(each["path"], each["bytes"], each["sha256"]) for each in row["left_out"]],
                         [("faults/00000.faults", len(large), hashlib.sha256(large).hexdigest())])
        self.assertTrue((out / row["raw"] / "faults/00001.faults").exists())
        self.assertIn("Left out: 1 binary trace of", (out / "README.md").read_text(encoding="utf-8"))

    def test_a_cell_without_ok_trials_is_missing_with_its_reason(self):
        def mend(record):
            if record["cell"] == {ENGINE: "mmap_shared", LIMIT: "50% of dataset"}:
                kill(record)
        entry = entries.read([bundles.run(self.folder / "run", mend=mend)])[0]
        macro = macros.of_bundle([entry])["FlQuickstartMmapSharedFiveZeroPercentOfDatasetOpsPerSecondMedian"]
        self.assertEqual(macro.value, {"missing": "no ok trial"})
        self.assertEqual(macro.tex, r"\FlMissing{no ok trial}")
        self.assertIn("no ok trial", tables.of_entry(entry)["quickstart-cells"])

    def test_a_config_as_written_is_the_one_that_the_run_keeps(self):
        written = '{ // "a comment"\n "name": "quickstart" }'
        kept, without = bundles.run(self.folder / "kept"), bundles.run(self.folder / "without")
        (kept / "experiment.json").write_text(written, encoding="utf-8")
        out = self.folder / "bundle"
        self.assertEqual(call("make", "--out", out, kept, without)[0], 0)
        rows = json.loads((out / "MANIFEST.json").read_text(encoding="utf-8"))["runs"]
        of_kept, of_other = (next(row for row in rows if has(row["config_as_written"])) for has in (
            lambda path: isinstance(path, str), lambda path: not isinstance(path, str)))
        self.assertEqual((out / of_kept["config_as_written"]).read_text(encoding="utf-8"), written)
        self.assertIn("no experiment.json", of_other["config_as_written"]["missing"])

    def test_what_a_config_does_to_the_host(self):
        said = "\n".join(host_changes.of_config({
            "dataset": {"size": "64 MiB", "medium": "host"}, "swap": "none", "knobs": {"task_delayacct": 1},
            "workload": {"sink": {"kind": "tcp"}},
            "factors": {"dataset.size": ["1 GiB"], "memory": [{"label": "short", "set": {
                "pressure.balloon.leave": "1 GiB", "swap": {"kind": "zram", "size": "64 MiB"},
                "knobs.swappiness": 10, "dataset.medium": {"kind": "ext4_loop", "size": "1 GiB"},
                "workload.sink": {"kind": "tcp_veth"}}}]}}))
        for words in ("writes 1 to the kernel setting `task_delayacct`", "writes 10 to the kernel setting `swappiness`",
                      "balloon", "swap area (`zram`)", "file system of its own (`ext4_loop`)", "`tcp_veth`",
                      "64 MiB, 1 GiB"):
            self.assertIn(words, said)
        for words in ("`tcp`", "antagonist", "`host`", "`none`"):
            self.assertNotIn(words, said)


if __name__ == "__main__":
    unittest.main()
