"""The accesses that `offsets` prints are those that were made: their words add up to the trial's checksum."""

import json
import unittest

from program import EXIT_OK, EXIT_USAGE, PAGE, ProgramTest, config, reading

ORDER = "workload.order"
WORDS = PAGE // 8
MASK = (1 << 64) - 1
BLOCK = 2 * PAGE
ORDERS = ["permutation", "uniform", {"label": "hot_scan", "set": {ORDER: {"kind": "hot_scan"}}},
          {"label": "zipf", "set": {ORDER: {"kind": "zipf", "theta": 0.9}}}]


def mix64(x: int) -> int:
    """SplitMix64's finaliser, written anew: harness/base/random.hpp."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


def page_sum(seed: int, page: int) -> int:
    """Of all words of one page of the dataset, as harness/dataset/content.hpp says what they are."""
    first = mix64(seed ^ mix64(page))
    step = mix64((first + page) & MASK) | 1
    return WORDS * first + step * (WORDS * (WORDS - 1) // 2)


class OffsetsTest(ProgramTest):
    """One run for the class: four orders by two threads, and a trial that is cut off by time."""

    run_of_class = None

    def setUp(self):
        super().setUp()
        if OffsetsTest.run_of_class is None:
            self.results = self.data / "results"
            OffsetsTest.run_of_class = self.measure(config(
                {"workload.threads": 2, "workload.block": "8 KiB", "workload.consume": "sum", "dataset.seed": 9},
                factors={ORDER: ORDERS, "workload.work": [
                    {"label": "fixed", "set": {"workload.work": {"accesses": 1001}}},
                    {"label": "cut off", "set": {"workload.work": {"seconds": 0.02}}}]}))
        self.run_made = OffsetsTest.run_of_class

    def offsets(self, record: dict, *more, expect: int = EXIT_OK):
        return self.faultlab("offsets", self.run_made.folder, record["sequence"], *more, expect=expect)

    def test_their_words_add_up_to_the_checksum_of_each_thread(self):
        sums = {page: page_sum(9, page) for page in range((4 << 20) // PAGE)}
        for record in self.run_made.records:
            self.assertEqual(record["outcome"], "ok", record["reason"])
            self.assertEqual(sum(work["accesses"] for work in record["work"]), reading(record, "accesses@worker"))
            for worker, work in enumerate(record["work"]):
                with self.subTest(cell=record["cell"], worker=worker):
                    printed = json.loads(self.offsets(record, "--worker", worker, "--json").stdout)
                    self.assertEqual(len(printed["blocks"]), work["accesses"])
                    pages = printed["block_bytes"] // PAGE
                    total = sum(sums[block * pages + i] for block in printed["blocks"] for i in range(pages))
                    self.assertEqual(f"{total & MASK:016x}", work["checksum"])
                    self.assertEqual(printed["checksum"], work["checksum"])
                    self.assertEqual(printed["dataset_blocks"], (4 << 20) // BLOCK)

    def test_a_line_per_access(self):
        record = self.run_made.records[0]
        lines = self.offsets(record).stdout.splitlines()
        self.assertEqual([int(line) for line in lines], json.loads(self.offsets(record, "--json").stdout)["blocks"])

    def test_another_worker_reached_other_blocks(self):
        record = self.run_made.records[0]
        self.assertNotEqual(self.offsets(record).stdout, self.offsets(record, "--worker", 1).stdout)

    def test_a_trial_or_worker_that_was_not_is_refused_with_what_there_is(self):
        record = self.run_made.records[0]
        self.assertIn("workers are 0 to 1", self.offsets(record, "--worker", 2, expect=EXIT_USAGE).stderr)
        done = self.faultlab("offsets", self.run_made.folder, 999, expect=EXIT_USAGE)
        self.assertIn("trials.csv", done.stderr)

    def test_a_command_has_no_accesses_to_print(self):
        self.results = self.folder / "commands"
        run = self.measure(config({"workload": {"engine": "command", "command": ["/bin/true"]}}))
        done = self.faultlab("offsets", run.folder, 0, expect=EXIT_USAGE)
        self.assertIn("a command's accesses cannot be seen", done.stderr)


if __name__ == "__main__":
    unittest.main()
