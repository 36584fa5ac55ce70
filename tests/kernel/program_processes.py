"""Trials of several processes: the work is shared, and every one of them is counted."""

import unittest

from program import MIB, PAGE, SANITIZED, CgroupTest, config, reading

FACTOR = "workload.processes"
SIZE = 8 * MIB
FEW = 8  # faults of a process's own in its window


def shared(engine: str, changes: dict | None = None, **top) -> dict:
    """One pass over the dataset by 1 process, 2 processes, and 2 of 2 threads each."""
    levels = [{"label": label, "set": {FACTOR: processes, "workload.threads": threads}}
              for label, processes, threads in (("1x1", 1, 1), ("2x1", 2, 1), ("2x2", 2, 2))]
    return config({"dataset.size": "8 MiB", "workload.engine": engine, "workload.order": "permutation",
                   "workload.work": {"passes": 1}, "workload.advice": "random", "pressure": None,
                   "probes": ["rusage", "task_stat", "io", "schedstat", "perf_faults"], **(changes or {})},
                  factors={"workers": levels}, **top)


@unittest.skipIf(SANITIZED, "a sanitizer's shadow memory faults too: counts are not exact")
class ProcessesTest(CgroupTest):
    def test_the_processes_share_one_pass_and_their_counts_are_added(self):
        run = self.measure(shared("mmap_shared"))
        for label, record in run.by("workers").items():
            with self.subTest(workers=label):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertEqual(reading(record, "accesses@worker"), SIZE // PAGE)
                self.assertEqual(len(record["work"]), {"1x1": 1, "2x1": 2, "2x2": 4}[label])
                self.assertEqual(len(record["binding"]["workers"]), len(record["work"]))
                self.assertEqual(reading(record, "major_faults@rusage"), SIZE // PAGE)
                self.assertEqual(reading(record, "major_faults@task_stat"), SIZE // PAGE)
                self.assertEqual(reading(record, "major_faults@perf_faults"), SIZE // PAGE)
                self.assertEqual(reading(record, "device_read_bytes@io"), SIZE)
                if not run.manifest["emulated"]:  # where time is missing
                    self.assertGreater(reading(record, "cpu_ns@schedstat"), 0)

    def test_private_memory_is_each_process_its_own(self):
        run = self.measure(shared("anon", {"workload.advice": "normal", "workload.writes": 100,
                                           "workload.order": "sequential", "workload.work": {"passes": 2}}))
        for label, record in run.by("workers").items():
            with self.subTest(workers=label):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertAlmostEqual(reading(record, "minor_faults@perf_faults"), SIZE // PAGE,
                                       delta=FEW * len(record["work"]))

    def test_times_and_classes_of_all_processes_are_in_one_histogram(self):
        spec = shared("pread", {"probes": ["rusage"]})
        spec["factors"]["workload.latency"] = ["off", "full"]
        for record in self.measure(spec).records:
            self.assertEqual(record["outcome"], "ok", record["reason"])
            if record["cell"]["workload.latency"] == "off":
                continue
            self.assertEqual(sum(each["count"] for each in record["latency"]["classes"].values()), SIZE // PAGE)
