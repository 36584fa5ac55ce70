"""The eviction ledger: every page that came or went is in it once, it balances to the page, and whoever
took a page is named. Every other source of evictions and refaults is held against it."""

import os
import struct
import subprocess
import time
import unittest
from pathlib import Path

from program import (EXIT_OK, MIB, PAGE, PATIENCE_S, PROGRAM, SLOW, CgroupTest, ProgramTest, Started, config, mib,
                     missing, reading, why_no_ledger)

ENGINE = "workload.engine"
ORDER = "workload.order"
LIMIT = "pressure.memcg_limit"
SIZE = (32 if SLOW == 1 else 16) * MIB
PAGES = SIZE // PAGE
EXACT = ["added_pages", "distinct_added_pages", "evicted_pages", "own_evicted_pages", "background_evicted_pages",
         "foreign_evicted_pages", "refaulted_pages", "ledger_residual", "ledger_inconsistencies",
         "lost_ledger_events"]
# Skewed, but not so much that all pages in use fit.
ZIPF = {"label": "zipf", "set": {ORDER: {"kind": "zipf", "theta": 0.6}}}
# Its reads are small, or a fault of a random reader would fetch megabytes.
READ_AHEAD = {"read_ahead_kb": 32}


def of_ledger(record: dict) -> dict[str, int]:
    return {metric: reading(record, f"{metric}@page_cache") for metric in EXACT}


class Evictions:
    """An eviction file, read by the format in results/README.md."""

    def __init__(self, path: Path):
        data = path.read_bytes()
        (self.magic, self.version, self.record_size, self.count, self.window_begin_ns, self.file_pages,
         self.inode) = struct.unpack_from("<8sIIQQQQ", data)
        self.rest = data[48:64]
        self.body = len(data) - 64
        # time_ns, page, pages, kind, by, cpu
        self.records = list(struct.iter_unpack("<QQIBBH", data[64:]))

    def pages(self, kind: int, by: tuple[int, ...] = (0, 1, 2)) -> int:
        return sum(pages for _, _, pages, what, who, _ in self.records if what == kind and who in by)

    def left(self, resident: set[int]) -> set[int]:
        """The pages in memory at the end; a KeyError where a page leaves that was not there."""
        resident = set(resident)
        for _, page, pages, kind, _, _ in self.records:
            folio = range(page, page + pages)
            if kind == 0:
                assert resident.isdisjoint(folio), f"page {page} came twice"
                resident.update(folio)
            else:
                for each in folio:
                    resident.remove(each)
        return resident


class LedgerTest(CgroupTest):
    counts_exactly = True

    @classmethod
    def setUpClass(cls):
        if why := why_no_ledger():
            raise unittest.SkipTest(why)
        super().setUpClass()

    def assert_balances(self, record: dict):
        """What holds of every ledger, whoever took pages meanwhile."""
        self.assertEqual(record["outcome"], "ok", record["reason"])
        ledger = of_ledger(record)
        self.assertEqual(ledger["ledger_residual"], 0)
        self.assertEqual(ledger["ledger_inconsistencies"], 0)
        self.assertEqual(ledger["lost_ledger_events"], 0)
        before, after = (reading(record, f"resident_pages_{end}@page_cache") for end in ("before", "after"))
        self.assertEqual(ledger["added_pages"] - ledger["evicted_pages"], after - before)
        self.assertEqual(ledger["evicted_pages"], ledger["own_evicted_pages"] + ledger["background_evicted_pages"]
                         + ledger["foreign_evicted_pages"])
        self.assertEqual(ledger["refaulted_pages"], ledger["added_pages"] - ledger["distinct_added_pages"])
        # Nobody else reads the file: each page added is one that the trial fetched.
        self.assertEqual(ledger["added_pages"] * PAGE, reading(record, "device_read_bytes@io"))
        self.assertEqual(ledger["foreign_evicted_pages"], 0, record["readings"]["foreign_evicted_pages"])

    def evictions_of(self, run, record: dict) -> Evictions:
        return Evictions(run.folder / "evictions" / f"{record['sequence']:05d}.evictions")


class BalanceTest(LedgerTest):
    """Three orders, two advices, half of the memory."""

    def measured(self, advice: str) -> dict[str, dict]:
        changes = {"dataset.size": mib(SIZE // MIB), ENGINE: "mmap_shared", "workload.advice": advice,
                   "workload.work": {"accesses": 2 * PAGES}, LIMIT: {"limit": "50% of dataset"}}
        if advice == "normal":
            changes |= {"knobs": READ_AHEAD, "budget": {"device_read": "4 GiB"}}
        self.run_made = self.measure(config(changes, factors={ORDER: ["sequential", "uniform", ZIPF]}))
        return self.run_made.by(ORDER)

    def test_random(self):
        for order, record in self.measured("random").items():
            with self.subTest(order=order):
                self.assert_balances(record)
                ledger = of_ledger(record)
                majors = reading(record, "major_faults@rusage")
                self.assertEqual(ledger["added_pages"], majors, "a page a miss")
                self.assertEqual(ledger["refaulted_pages"], majors - ledger["distinct_added_pages"])
                # Single pages: nothing for the kernel's own count to round up. It forgets trimmed shadows.
                trimmed = reading(record, "trimmed_shadow_nodes@vmstat")
                refaulted = reading(record, "refaulted_pages@memcg")
                self.assertLessEqual(refaulted, ledger["refaulted_pages"])
                if trimmed == 0:
                    self.assertGreaterEqual(refaulted, ledger["refaulted_pages"]
                                            - record["readings"]["refaulted_pages"]["memcg"]["within"])
        sequential = of_ledger(self.run_made.by(ORDER)["sequential"])
        self.assertEqual(sequential["added_pages"], 2 * PAGES, "every page has gone before its turn comes again")
        self.assertEqual(sequential["refaulted_pages"], PAGES)
        for order in ("uniform", "zipf"):
            self.assertGreater(of_ledger(self.run_made.by(ORDER)[order])["refaulted_pages"], 0, order)

    def test_normal(self):
        for order, record in self.measured("normal").items():
            if record["outcome"] == "failed" and "read_ahead_kb" in record["reason"]:
                self.skipTest(record["reason"])
            with self.subTest(order=order):
                self.assert_balances(record)
                self.assertGreater(of_ledger(record)["evicted_pages"], 0)
                self.assertLess(reading(record, "major_faults@rusage"), of_ledger(record)["added_pages"],
                                "read-ahead brings in more than was missed")

    def test_system_calls(self):
        run = self.measure(config({"dataset.size": mib(SIZE // MIB), ENGINE: "pread", ORDER: "uniform",
                                   "workload.work": {"accesses": 2 * PAGES}, LIMIT: {"limit": "50% of dataset"}}))
        self.assert_balances(run.records[0])
        self.assertGreater(of_ledger(run.records[0])["own_evicted_pages"], 0)


class FileTest(LedgerTest):
    def test_the_file_says_what_the_counts_say(self):
        run = self.measure(config({"dataset.size": mib(SIZE // MIB), ENGINE: "mmap_shared", ORDER: "zipf",
                                   "workload.advice": "normal", "workload.work": {"accesses": PAGES // 2},
                                   "knobs": READ_AHEAD, LIMIT: {"limit": "50% of dataset"}}))
        record = run.records[0]
        if record["outcome"] == "failed" and "read_ahead_kb" in record["reason"]:
            self.skipTest(record["reason"])
        self.assert_balances(record)
        ledger, file = of_ledger(record), self.evictions_of(run, record)
        self.assertEqual((file.magic, file.version, file.record_size), (b"FLEVICT1", 1, 24))
        self.assertEqual(file.count * 24, file.body)
        self.assertEqual(file.rest, bytes(16))
        self.assertEqual(file.file_pages, PAGES)
        self.assertEqual(file.inode, next(self.data.glob("*.dat")).stat().st_ino)
        self.assertEqual(file.pages(0), ledger["added_pages"])
        self.assertEqual(file.pages(1), ledger["evicted_pages"])
        self.assertEqual(file.pages(1, by=(0,)), ledger["own_evicted_pages"])
        self.assertEqual(file.pages(1, by=(1,)), ledger["background_evicted_pages"])
        times = [row[0] for row in file.records]
        self.assertEqual(times, sorted(times))
        self.assertGreaterEqual(times[0], file.window_begin_ns, "the trial opened its window before its first access")
        # It began with nothing in memory: played back, it ends with what cachestat saw.
        self.assertEqual(len(file.left(set())), reading(record, "resident_pages_after@page_cache"))
        self.assertEqual(len({page + i for _, page, pages, kind, _, _ in file.records if kind == 0
                              for i in range(pages)}), ledger["distinct_added_pages"])
        self.assertLess(times[-1], file.window_begin_ns + reading(record, "wall_ns@clock") + 10**9)

    def test_the_series_ends_near_the_counts(self):
        run = self.measure(config({"dataset.size": mib(SIZE // MIB), ENGINE: "pread", ORDER: "sequential",
                                   "workload.work": {"passes": 2}, LIMIT: {"limit": "50% of dataset"}},
                                  sample_every="10 ms"))
        lines = run.series("00000.csv")
        self.assertEqual(lines[0].split(",").count("evicted_pages"), 1)
        rows = [dict(zip(lines[0].split(","), line.split(","))) for line in lines[1:]]
        last = of_ledger(run.records[0])
        for column in ("added_pages", "evicted_pages", "refaulted_pages"):
            values = [int(row[column]) for row in rows]
            self.assertEqual(values, sorted(values))
            self.assertLessEqual(values[-1], last[column])
        self.assertGreater(int(rows[-1]["added_pages"]), PAGES)


class TakersTest(LedgerTest):
    def dataset_of(self, size: int) -> Path:
        return next(path for path in self.data.glob("*.dat") if path.stat().st_size == size)

    def test_who_drops_the_file_is_named(self):
        """This test takes the file from under a warm trial."""
        program = Started(self, config({"dataset.size": "8 MiB", ENGINE: "pread", ORDER: "uniform",
                                        "workload.work": {"seconds": 1.5}}, start="warm"))
        program.until(lambda: list(self.results.glob("*/*/evictions/*.evictions")), "an open ledger")
        time.sleep(0.5)
        fd = os.open(self.dataset_of(8 * MIB), os.O_RDONLY)
        try:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)
        self.assertEqual(program.process.wait(timeout=PATIENCE_S), EXIT_OK)
        record = self.only_run().records[0]
        ledger = of_ledger(record)
        self.assertEqual(ledger["ledger_residual"], 0)
        self.assertEqual(ledger["ledger_inconsistencies"], 0)
        self.assertGreater(ledger["foreign_evicted_pages"], 0)
        self.assertIn("python3", record["readings"]["foreign_evicted_pages"]["page_cache"]["note"])
        self.assertEqual(ledger["own_evicted_pages"], 0)
        # They were warmed before the window: none came in twice.
        self.assertEqual(ledger["refaulted_pages"] + ledger["distinct_added_pages"], ledger["added_pages"])
        file = self.evictions_of(self.only_run(), record)
        self.assertEqual(file.pages(1, by=(2,)), ledger["foreign_evicted_pages"])

    def test_a_stranger_that_reads_is_not_the_trial(self):
        """A trial that fetches nothing itself: what comes in is another's, and the derived count misses it."""
        program = Started(self, config({"dataset.size": "16 MiB", ENGINE: "pread",
                                        ORDER: {"kind": "hotset", "hot_blocks_percent": 1,
                                                "hot_accesses_percent": 100},
                                        "workload.work": {"seconds": 1.5}}))
        program.until(lambda: list(self.results.glob("*/*/evictions/*.evictions")), "an open ledger")
        time.sleep(0.5)
        self.dataset_of(16 * MIB).read_bytes()
        self.assertEqual(program.process.wait(timeout=PATIENCE_S), EXIT_OK)
        record = self.only_run().records[0]
        added = record["readings"]["added_pages"]["page_cache"]
        self.assertRegex(added["note"], r"\d+ of them brought in by others")
        self.assertEqual(reading(record, "ledger_residual@page_cache"), 0)
        self.assertGreater(added["value"] * PAGE, reading(record, "device_read_bytes@io"))


class ResidencyMapTest(CgroupTest):
    def test_the_map_is_of_equal_parts_and_ends_with_what_is_resident(self):
        run = self.measure(config({"dataset.size": mib(SIZE // MIB), ORDER: "sequential", ENGINE: "mmap_shared"},
                                  probes=["residency_map", "cachestat", "io"], sample_every="10 ms"))
        record = run.records[0]
        lines = run.series("00000.residency.csv")
        names = lines[0].split(",")
        self.assertEqual(names[0], "t_ns")
        ends = [tuple(map(int, name.split("_")[1:])) for name in names[1:]]
        self.assertEqual(len(ends), 128)
        self.assertEqual([first for first, _ in ends], [i * PAGES // 128 for i in range(128)])
        self.assertEqual(ends[-1][1], PAGES - 1)
        rows = [list(map(int, line.split(","))) for line in lines[1:]]
        self.assertEqual(sum(rows[0][1:]), 0, "a cold start")
        self.assertEqual(sum(rows[-1][1:]), reading(record, "resident_pages_after@residency_map"))
        half = next(row for row in rows if sum(row[1:]) >= PAGES // 4)
        self.assertGreater(sum(half[1:33]), sum(half[97:]), "in order: the beginning comes first")

    def test_it_comes_only_by_name(self):
        run = self.measure(config())
        self.assertNotIn("residency_map", run.records[0]["readings"]["resident_pages_after"])
        self.assertEqual(list((run.folder / "series").glob("*.residency.csv")), [])


@unittest.skipUnless(os.geteuid() == 0, "only root can become an ordinary user")
class OrdinaryUserTest(ProgramTest):
    """The same program without rights: what it cannot count is missing with a remedy, and never 0."""

    NOBODY = 65534

    def test_nothing_reads_zero(self):
        path = self.write_config(config({"dataset.size": "8 MiB"}, probes=["page_cache", "io", "cachestat", "vmstat"]))
        for folder in (self.folder, self.data, self.state):
            folder.mkdir(exist_ok=True)
            os.chown(folder, self.NOBODY, self.NOBODY)
        for place in (self.folder, self.data):
            for parent in place.parents:
                if not parent.stat().st_mode & 0o001:
                    self.skipTest(f"an ordinary user cannot enter {parent}")
        words = ["setpriv", f"--reuid={self.NOBODY}", f"--regid={self.NOBODY}", "--clear-groups", PROGRAM,
                 *map(str, self.run_words(path))]
        done = subprocess.run(words, env=self.environment(FAULTLAB_DELEGATED="1"), capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, EXIT_OK, done.stderr)
        record = self.only_run().records[0]
        for metric in [*EXACT, "resident_pages_before", "resident_pages_after"]:
            why = missing(record, f"{metric}@page_cache")
            self.assertIn("tracefs", why, metric)
            self.assertIn("root", why, "the remedy")
        self.assertEqual(list(self.only_run().folder.glob("evictions/*")), [])
        if not missing(record, "evicted_pages@io"):  # nor is there a derived count without cachestat(2)
            self.assertIn("a lower bound", record["readings"]["evicted_pages"]["io"]["note"])
        unmet = {each["what"]: each for each in self.only_run().manifest["unmet"]}
        self.assertIn("docs/setup.md#trace-events", unmet["probe page_cache"]["remedy"])


if __name__ == "__main__":
    unittest.main()
