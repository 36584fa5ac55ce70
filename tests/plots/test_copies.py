"""The figure `copies`: parts add up to what was counted, and what was not counted is not drawn."""

import json
import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import draw
import synthetic
from figures import copies
from load import load_run
from study.study import study, write
from synthetic import ENGINE, LIMIT, ORDER

FACTORS = {ENGINE: ["pread", "mmap_shared"], LIMIT: ["none"], ORDER: ["uniform"]}
BYTES = 1 << 20
METRICS = ("bytes", "buffered_read_bytes", "cpu_copied_bytes", "copied_after_all_bytes", "receiver_copied_bytes")


def counted(record, source="wire_ownership"):
    """Two copies of the sender through a buffer, one from a mapping; the receiver copies all."""
    reads = BYTES if record["cell"][ENGINE] == "pread" else 0
    held = dict(zip(METRICS, (BYTES, reads, reads + BYTES, 0, BYTES)))
    for metric, value in held.items():
        record["readings"][metric] = {source: value}
    record["readings"]["device_read_bytes"] = {"io": BYTES}


class CopiesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def made(self, mend):
        path = synthetic.quickstart(self.folder / "run", trials=6, factors=FACTORS, expect=[],
                                    figures=[{"kind": "copies"}], mend=mend)
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        manifest["metrics"] += [{"name": metric, "unit": "bytes", "meaning": metric, "better": "lower",
                                 "sources": ["wire_ownership", "derived"]} for metric in METRICS]
        (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return path

    def test_each_byte_is_in_one_part_for_every_time_that_it_was_moved(self):
        run = load_run(self.made(counted))
        parts = {cell[ENGINE]: copies.moved(run, cell) for cell in run.cells}
        self.assertEqual(parts["pread"], {"device": 1, "read": 1, "sent": 1, "after_all": 0, "receiver": 1})
        self.assertEqual(parts["mmap_shared"], {"device": 1, "read": 0, "sent": 1, "after_all": 0, "receiver": 1})

    def test_what_nobody_counted_is_no_zero(self):
        def unseen(record):
            counted(record)
            record["readings"]["device_read_bytes"] = {"io": {"missing": "no accounting"}}
        path = self.made(unseen)
        run = load_run(path)
        self.assertIsNone(copies.moved(run, run.cells[0])["device"])
        write(run, study(run))
        self.assertEqual(draw.main([str(path), "--quiet"]), 0)
        caption = json.loads((path / "figures" / "copies.json").read_text(encoding="utf-8"))
        self.assertIn("Not counted in every cell: device to memory", caption["caption"])

    def test_it_is_drawn_with_how_it_is_known(self):
        for source, words in (("wire_ownership", "measured by the pages on the wire"),
                              ("derived", "derived from the known path")):
            with self.subTest(source=source):
                path = self.made(lambda record, of=source: counted(record, of))
                run = load_run(path)
                write(run, study(run))
                self.assertEqual(draw.main([str(path), "--quiet"]), 0)
                caption = json.loads((path / "figures" / "copies.json").read_text(encoding="utf-8"))
                self.assertIn(words, caption["caption"])

    def test_without_counts_it_is_not_drawn(self):
        path = self.made(None)
        run = load_run(path)
        write(run, study(run))
        self.assertEqual(draw.main([str(path), "--quiet"]), 0)
        self.assertFalse((path / "figures" / "copies.png").exists())


if __name__ == "__main__":
    unittest.main()
