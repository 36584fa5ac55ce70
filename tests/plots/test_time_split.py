"""Where the workers' time went: shares add up to one, gaps are named, the table and the figure show them."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import draw
import synthetic
from load import load_run
from study import terminal
from study.study import study, write
from study.time_split import HEADS
from synthetic import ENGINE, LIMIT, ORDER

SOURCES = "time_bpf,delays,rusage,derived"
FACTORS = {ENGINE: ["pread", "mmap_shared"], LIMIT: ["none", "50% of dataset"], ORDER: ["uniform"]}


def timed(record, rest=0.02, source="time_bpf", without=()):
    """Gives a record a split of its wall time in tenths, with a rest of `rest` of the whole."""
    wall = record["readings"]["wall_ns"]["clock"]
    tenths = {"user_work_ns": 2, "fault_ns": 1, "copy_ns": 0, "reclaim_ns": 1, "io_wait_ns": 5,
              "runqueue_ns": 1}
    for part, n in tenths.items():
        held = {"missing": "not here"} if part in without else int(n * wall * (1 - rest) / 10)
        record["readings"][part] = {source: held}
    known = sum(v[source] for p, v in record["readings"].items() if p in tenths and p not in without)
    record["readings"]["unexplained_ns"] = {"derived": wall - known}


class TimeSplitTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def make(self, mend, name="run", factors=None):
        made = synthetic.quickstart(self.folder / name, trials=6, factors=factors or FACTORS, expect=[],
                                    figures=[{"kind": "time_split"}], mend=mend)
        manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
        manifest["metrics"] += [{"name": part, "unit": "ns", "meaning": part, "better": "lower",
                                 "sources": SOURCES.split(",")} for part in HEADS]
        (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return made

    def drawn(self, run_dir):
        run = load_run(run_dir)
        write(run, study(run))
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(draw.main([str(run_dir)]), 0)
        return said.getvalue()

    def test_shares_add_up_to_one(self):
        result = study(load_run(self.make(timed)))
        self.assertEqual(len(result["time_split"]), 4)
        for entry in result["time_split"]:
            self.assertAlmostEqual(sum(entry["shares"].values()), 1, places=9)
            self.assertAlmostEqual(entry["shares"]["io_wait_ns"], 0.49, places=6)
            self.assertEqual(entry["sources"]["io_wait_ns"], "time_bpf")

    def test_a_missing_part_is_in_the_rest_and_named(self):
        run = load_run(self.make(lambda record: timed(record, without=["io_wait_ns"])))
        entry = study(run)["time_split"][0]
        self.assertNotIn("io_wait_ns", entry["shares"])
        self.assertEqual(entry["missing"]["io_wait_ns"], "not here")
        self.assertAlmostEqual(entry["shares"]["unexplained_ns"], 0.51, places=3)
        self.assertIn("I/O is missing: not here", terminal.render(run, study(run), io.StringIO()))

    def test_the_table_fits_and_says_where_it_is_from(self):
        run = load_run(self.make(timed))
        text = terminal.render(run, study(run), io.StringIO())
        self.assertIn("Where the workers' time went", text)
        self.assertIn("- from time_bpf", text)
        self.assertLessEqual(max(map(len, text.split("\n"))), 120)

    def test_a_run_without_the_probes_has_no_table(self):
        run = load_run(self.make(lambda record: None))
        result = study(run)
        self.assertTrue(all("missing" in entry and "shares" not in entry for entry in result["time_split"]))
        self.assertNotIn("Where the workers' time", terminal.render(run, result, io.StringIO()))
        self.assertIn("time_split: not drawn: unexplained_ns is missing", self.drawn(self.folder / "run"))

    def test_the_figure_names_cells_sources_and_overlaps(self):
        run_dir = self.make(lambda record: timed(record, rest=-0.05))
        self.assertEqual(self.drawn(run_dir), "")
        sidecar = json.loads((run_dir / "figures" / "time_split.json").read_text(encoding="utf-8"))
        self.assertEqual([entry["n"] for entry in sidecar["n"]], [6] * 4)
        self.assertIn("Measured by time_bpf", sidecar["caption"])
        self.assertIn("parts overlap", sidecar["caption"])

    def test_drawing_again_gives_the_same_bytes(self):
        run_dir = self.make(timed)
        self.drawn(run_dir)
        before = {path.name: path.read_bytes() for path in (run_dir / "figures").iterdir()}
        self.drawn(run_dir)
        self.assertEqual({path.name: path.read_bytes() for path in (run_dir / "figures").iterdir()}, before)

    def test_one_cell_alone_can_be_drawn(self):
        one = {ENGINE: ["pread"], LIMIT: ["none"], ORDER: ["uniform"]}
        self.assertEqual(self.drawn(self.make(timed, factors=one)), "")


if __name__ == "__main__":
    unittest.main()
