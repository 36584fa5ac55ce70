"""Fault traces and ledgers: every field read, what is wrong named with file and remedy."""

import contextlib
import io
import json
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np

import paths  # noqa: F401
import draw
import fault_files as made
import synthetic
from evictions import DELETE, load_evictions
from fault_trace import KERNEL, MAJOR, MINOR, USER, load_fault_trace, path_of
from figures import fault_map
from load import LoadError, load_run
from study.study import study, write
from synthetic import ENGINE, LIMIT, ORDER

RECORDS = [
    made.record(made.WINDOW + 300, made.BEGIN + 5 * made.PAGE + 7, kind=1),
    made.record(made.WINDOW - 100, made.HEAP_BEGIN + 8, mode=1, thread=12, cpu=65535),
    made.record(made.WINDOW + 200, made.BEGIN, instruction=0xABC),
    made.record(made.WINDOW + 400, 0x1000),
]


class FolderTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def file(self, content, name="00003.faults"):
        path = self.folder / name
        path.write_bytes(content)
        return path


class TraceTest(FolderTest):
    def test_every_field_is_read_and_records_are_in_order_of_time(self):
        trace = load_fault_trace(self.file(made.trace(RECORDS, lost=17)))
        np.testing.assert_allclose(trace.seconds, np.array([-100, 200, 300, 400]) / 1e9)
        self.assertEqual(list(trace.records["kind"]), [MINOR, MINOR, MAJOR, MINOR])
        self.assertEqual(list(trace.records["mode"]), [KERNEL, USER, USER, USER])
        self.assertEqual(list(trace.records["thread"]), [12, 11, 11, 11])
        self.assertEqual(list(trace.records["cpu"]), [65535, 1, 1, 1])
        self.assertEqual(trace.records["instruction"][1], 0xABC)
        self.assertEqual((trace.lost, trace.process, trace.complete), (17, 11, True))
        self.assertFalse(trace.user_mode_only or trace.first_threads_only)

    def test_an_address_is_a_place_in_a_file(self):
        trace = load_fault_trace(self.file(made.trace(RECORDS)))
        self.assertEqual(list(trace.regions["path"]), [made.HEAP, made.FILE])
        self.assertEqual(list(trace.region_of), [0, 1, 1, -1])
        self.assertEqual(list(trace.offsets), [8, 2 * made.PAGE, 7 * made.PAGE + 7, -1])

    def test_flags(self):
        trace = load_fault_trace(self.file(made.trace(RECORDS, flags=3)))
        self.assertTrue(trace.user_mode_only and trace.first_threads_only)

    def test_a_trace_without_faults(self):
        trace = load_fault_trace(self.file(made.trace([])))
        self.assertEqual((len(trace.records), len(trace.seconds), len(trace.offsets)), (0, 0, 0))

    def test_a_killed_writers_whole_records_are_read_and_it_is_said(self):
        torn = made.header(1, regions=0, end=0, regions_at=0) + b"".join(RECORDS) + b"torn"
        path = self.file(torn)
        with self.assertWarnsRegex(UserWarning, "00003.faults: incomplete.*4 whole records.*again"):
            trace = load_fault_trace(path)
        self.assertFalse(trace.complete)
        self.assertEqual(len(trace.records), 4)
        self.assertIsNone(trace.lost)
        self.assertEqual(list(trace.offsets), [-1] * 4)
        np.testing.assert_allclose(trace.seconds[0], -1e-7)

    def test_what_is_wrong_is_named_with_file_and_remedy(self):
        whole = made.trace(RECORDS)
        cases = {
            "less than a header": whole[:100],
            "not a fault trace": made.trace(RECORDS, magic=b"SOMETHIN"),
            "version 2": made.trace(RECORDS, version=2),
            "records of 40 bytes": made.trace(RECORDS, record_size=40),
            "do not hold the 4 records": whole[:made.HEADER_BYTES + 3 * made.RECORD_BYTES],
            "1 of 2 mappings": whole[:-8],
            "do not hold the 9 records": made.header(9, regions_at=256) + whole[made.HEADER_BYTES:],
        }
        for words, content in cases.items():
            with self.subTest(words):
                path = self.file(content)
                with self.assertRaisesRegex(LoadError, rf"{path}: .*{words}.*[;:] \w+"):
                    load_fault_trace(path)

    def test_a_file_that_is_not_there_or_empty(self):
        for path in (self.folder / "none.faults", self.file(b"")):
            with self.assertRaisesRegex(LoadError, "run the trial again"):
                load_fault_trace(path)


class LedgerTest(FolderTest):
    RECORDS = [made.eviction(made.WINDOW + 20, 64, pages=16, by=1, cpu=3),
               made.eviction(made.WINDOW + 10, 7, kind=0)]

    def test_every_field_is_read(self):
        ledger = load_evictions(self.file(made.ledger(self.RECORDS)))
        self.assertEqual(list(ledger.records["page_index"]), [7, 64])
        self.assertEqual(list(ledger.records["pages"]), [1, 16])
        self.assertEqual(list(ledger.records["by"]), [0, 1])
        self.assertEqual(list(ledger.deleted), [False, True])
        self.assertEqual(ledger.records["kind"][1], DELETE)
        np.testing.assert_allclose(ledger.seconds, [1e-8, 2e-8])
        self.assertEqual((ledger.inode, ledger.file_pages, ledger.complete), (made.INODE, 102, True))

    def test_an_incomplete_one_says_so(self):
        for content in (made.ledger(self.RECORDS, count=0), made.ledger(self.RECORDS)[:-1]):
            with self.assertWarnsRegex(UserWarning, "incomplete"):
                self.assertFalse(load_evictions(self.file(content)).complete)

    def test_what_is_no_ledger(self):
        for content in (b"short", made.ledger([], magic=b"FLFAULT1"), made.ledger([], version=2)):
            with self.assertRaisesRegex(LoadError, str(self.folder)):
                load_evictions(self.file(content))


class FaultMapTest(FolderTest):
    def drawn(self, mend=None):
        """A run with a trace of the first trial of each cell that maps; (stderr, run folder)."""
        run_dir = synthetic.quickstart(
            self.folder / "run", trials=2, figures=[{"kind": "fault_map", "title": "Where"}], mend=mend,
            factors={ENGINE: ["mmap_shared"], LIMIT: ["none", "50% of dataset"], ORDER: ["uniform"]})
        run = load_run(run_dir)
        write(run, study(run))
        return run_dir

    def draw(self, run_dir):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(draw.main([str(run_dir)]), 0)
        return said.getvalue()

    def scattered(self, count, kind):
        rng = np.random.default_rng(count)
        return [made.record(made.WINDOW + int(t), made.BEGIN + int(page) * made.PAGE, kind=kind)
                for t, page in zip(rng.integers(0, 10**9, count), rng.integers(0, 100, count))]

    def test_without_a_trace_it_is_not_drawn_and_says_what_to_do(self):
        self.assertIn("fault_map: not drawn: no ok trial has a complete fault trace: name fault_trace",
                      self.draw(self.drawn()))

    def test_a_map_of_each_traced_cell_with_its_counts(self):
        run_dir = self.drawn()
        made.write_trace(run_dir, 0, self.scattered(50, 0) + self.scattered(20, 1) + RECORDS[1:2], lost=3)
        made.write_ledger(run_dir, 0, [made.eviction(made.WINDOW + 5, 10, pages=4),
                                       made.eviction(made.WINDOW + 6, 10, kind=0)])
        self.assertEqual(self.draw(run_dir), "")
        sidecar = json.loads((run_dir / "figures/fault_map.json").read_text(encoding="utf-8"))
        self.assertEqual(len(sidecar["n"]), 1)
        for words in ("20 major faults", "50 minor faults", "4 evictions", "1 elsewhere",
                      "3 lost by the trace", "a file"):
            self.assertIn(words, sidecar["caption"])

    def test_another_files_ledger_is_not_drawn(self):
        run_dir = self.drawn()
        made.write_trace(run_dir, 0, self.scattered(5, 0))
        made.write_ledger(run_dir, 0, [made.eviction(made.WINDOW + 5, 10)], inode=1)
        self.draw(run_dir)
        self.assertNotIn("eviction", (run_dir / "figures/fault_map.json").read_text(encoding="utf-8"))

    def test_an_incomplete_trace_is_passed_over(self):
        run_dir = self.drawn()
        made.write_trace(run_dir, 0, RECORDS, regions_at=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.assertIn("not drawn", self.draw(run_dir))

    def test_many_points_are_dots(self):
        run_dir = self.drawn()
        made.write_trace(run_dir, 0, self.scattered(60_000, 1) + self.scattered(10, 0))
        self.draw(run_dir)
        self.assertLess((run_dir / "figures/fault_map.pdf").stat().st_size, 1 << 20)

    def test_dots_stay_within_a_dot_of_their_points(self):
        seconds, offsets = fault_map._distinct(np.array([0.0, 1.0, 1.0]), np.array([0, 999, 999]), 1.0, 1000)
        self.assertEqual(len(seconds), 2)
        np.testing.assert_allclose(seconds, [0, 1], atol=1 / fault_map.GRID[0])
        np.testing.assert_allclose(offsets, [0, 999], atol=1000 / fault_map.GRID[1])

    def test_the_path_is_the_sequences(self):
        self.assertIsNone(path_of(self.folder, 3))
        (self.folder / "faults").mkdir()
        self.file(b"", "faults/00003.faults")
        self.assertEqual(path_of(self.folder, 3).name, "00003.faults")


if __name__ == "__main__":
    unittest.main()
