"""Transfers: every byte arrives, every system call is counted, and each way copies as often as the kernel's path
says. Never how long anything took."""

import os
import signal
import subprocess
import unittest

from program import (EXIT_SOME_FAILED, EXIT_USAGE, MIB, PAGE, SANITIZED, ProgramTest, Started, config, lacks, missing,
                     processes_of, reading, receivers_of, wait_until)

ENGINE, SINK = "workload.engine", "workload.sink"
BLOCK = 64 * 1024
SIZE = 8 * MIB
# Of what is sent, how much may lie elsewhere than foreseen.
ALLOWED = SIZE // 100
COPIES = {"read_write": 2, "pread_direct_write": 1, "mmap_write": 1, "mmap_populate_write": 1, "sendfile": 0,
          "splice": 0, "vmsplice": 0, "uring_read_write": 2, "uring_splice": 0}


def transfer(changes: dict | None = None, **top) -> dict:
    return config({"dataset.size": f"{SIZE >> 20} MiB", ENGINE: "sendfile", SINK: "tcp", "workload.order": "sequential",
                   "workload.advice": "normal", "workload.block": f"{BLOCK >> 10} KiB", "sample_every": "off",
                   **(changes or {})}, **top)


def zero_copy() -> list[str]:
    """The engines that are told whether a zero-copy send was copied after all, as far as this host has them."""
    return [engine for engine in ("zerocopy_send", "uring_send_zc") if not lacks("engines", engine)]


class ContentTest(ProgramTest):
    def test_every_byte_arrives_by_every_way_to_every_sink(self):
        sinks = ["tcp", "unix_stream", "pipe", "file", "null"]
        sinks += [] if lacks("sinks", "tcp_veth") else ["tcp_veth"]
        engines = [*COPIES, *zero_copy(), "copy_file_range"]
        refused = [{ENGINE: "copy_file_range", SINK: sink} for sink in sinks if sink != "file"]
        refused += [{ENGINE: engine, SINK: sink} for engine in zero_copy() for sink in sinks if not sink.startswith("tcp")]
        run = self.measure(transfer(factors={ENGINE: engines, SINK: sinks}, exclude=refused))
        for record in run.records:
            with self.subTest(**record["cell"]):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                work = record["work"][0]
                self.assertEqual(work["accesses"], SIZE // BLOCK)
                if record["cell"][SINK] == "null":
                    self.assertIn("missing", work["checksum"])
                else:
                    self.assertEqual(len(work["checksum"]), 16)
        # What arrives does not depend on the way.
        sums = {record["work"][0]["checksum"] for record in run.records if record["cell"][SINK] != "null"}
        self.assertEqual(len(sums), 1, sums)

    def test_several_connections_and_a_receiver_that_discards(self):
        for sink in ("tcp", "unix_stream", "pipe"):
            with self.subTest(sink=sink):
                self.setUp()
                record = self.measure(transfer({SINK: {"kind": sink, "receive": "discard"}, "workload.threads": 3,
                                                "workload.order": "permutation"})).records[0]
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertEqual(reading(record, "received_bytes@receiver"), SIZE)
                copied = SIZE if sink == "unix_stream" else 0
                self.assertEqual(reading(record, "receiver_copied_bytes@receiver"), copied)
                self.assertEqual(len(record["work"]), 3)

    def test_a_late_receiver_is_waited_for(self):
        for sink in ("tcp", "unix_stream", "pipe"):
            with self.subTest(sink=sink):
                self.setUp()
                record = self.measure(transfer({SINK: {"kind": sink, "receive": "discard", "late_ms": 50}})).records[0]
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertEqual(reading(record, "received_bytes@receiver"), SIZE)

    def test_a_pair_that_the_kernel_refuses_is_a_config_error_with_its_reason(self):
        path = self.write_config(transfer({ENGINE: "zerocopy_send", SINK: "pipe"}))
        self.assertIn("gives ENOTSOCK", self.faultlab(*self.run_words(path), expect=EXIT_USAGE).stderr)


class CountsTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if os.geteuid() != 0:
            raise unittest.SkipTest("tracepoints are closed to ordinary users")

    def measured(self, changes: dict, engines: list[str]) -> dict[str, dict]:
        run = self.measure(transfer({"probes": ["rusage", "perf_faults", "syscall_count", "wire_ownership"], **changes},
                                    factors={ENGINE: engines}))
        for record in run.records:
            self.assertEqual(record["outcome"], "ok", record["reason"])
        return run.by(ENGINE)

    def test_the_engine_counts_as_many_system_calls_as_the_kernel(self):
        for sink, block in (("tcp", "4 KiB"), ("tcp", "256 KiB"), ("unix_stream", "256 KiB"), ("pipe", "256 KiB")):
            self.setUp()
            for engine, record in self.measured({SINK: sink, "workload.block": block, "start": "warm"},
                                                [*COPIES]).items():
                with self.subTest(engine=engine, sink=sink, block=block):
                    self.assertEqual(reading(record, "syscalls@syscall_count"), reading(record, "syscalls@engine"))

    def test_copies_are_those_of_the_path(self):
        for start in ("cold", "warm"):
            self.setUp()
            for engine, record in self.measured({"start": start}, [*COPIES]).items():
                with self.subTest(engine=engine, start=start):
                    sent = (reading(record, "wire_source_bytes@wire_ownership") +
                            reading(record, "wire_other_bytes@wire_ownership"))
                    self.assertAlmostEqual(sent, SIZE, delta=ALLOWED)
                    copied = reading(record, "cpu_copied_bytes@wire_ownership")
                    self.assertAlmostEqual(copied, COPIES[engine] * SIZE, delta=ALLOWED)
                    self.assertEqual(reading(record, "cpu_copied_bytes@derived"), COPIES[engine] * SIZE)
                    # By the kernel's returns as by the engine's own account.
                    self.assertEqual(reading(record, "buffered_read_bytes@wire_ownership"),
                                     reading(record, "buffered_read_bytes@engine"))

    def test_reads_are_copies_in_any_trial_and_a_mapping_makes_none(self):
        probes = ["rusage", "perf_faults", "syscall_count", "wire_ownership"]
        run = self.measure(transfer({SINK: None, "probes": probes, "start": "warm"},
                                    factors={ENGINE: ["pread", "mmap_shared"]}))
        for engine, copies, calls in (("pread", 1, SIZE // BLOCK), ("mmap_shared", 0, 0)):
            with self.subTest(engine=engine):
                record = run.by(ENGINE)[engine]
                self.assertEqual(record["outcome"], "ok", record["reason"])
                self.assertEqual(reading(record, "cpu_copied_bytes@wire_ownership"), copies * SIZE)
                self.assertEqual(reading(record, "syscalls@syscall_count"), calls)

    def test_the_kernel_says_that_it_copies_on_the_loopback_interface(self):
        """Documentation/networking/msg_zerocopy.rst: packets that are looped back are copied."""
        for engine, record in self.measured({"start": "warm"}, zero_copy()).items():
            with self.subTest(engine=engine):
                self.assertEqual(reading(record, "zero_copy_bytes@engine"), SIZE)
                self.assertEqual(reading(record, "copied_after_all_bytes@engine"), SIZE)
                self.assertAlmostEqual(reading(record, "cpu_copied_bytes@wire_ownership"), SIZE, delta=ALLOWED)

    def test_without_scatter_gather_the_bytes_of_sendfile_are_copied(self):
        if lack := lacks("sinks", "tcp_veth"):
            self.skipTest(lack)
        for gather, copies in (("on", 0), ("off", 1)):
            with self.subTest(gather=gather):
                self.setUp()
                record = self.measured({SINK: {"kind": "tcp_veth", "gather": gather}, "start": "warm"},
                                       ["sendfile"])["sendfile"]
                self.assertAlmostEqual(reading(record, "cpu_copied_bytes@wire_ownership"), copies * SIZE, delta=ALLOWED)

    def test_a_mapped_file_faults_as_it_is_copied_and_a_buffer_does_not(self):
        if SANITIZED:
            self.skipTest("a sanitizer's shadow memory faults too: counts are not exact")
        records = self.measured({"start": "warm"}, ["mmap_write", "read_write"])
        faults = {engine: reading(record, "minor_faults@perf_faults") for engine, record in records.items()}
        # A fault brings in the pages around it, 16 of them where the host has not changed that.
        self.assertGreaterEqual(faults["mmap_write"], SIZE // PAGE // 32)
        self.assertLess(faults["read_write"], 64)


class FunctionsTest(ProgramTest):
    """What is derived from the known path is what the kernel's copying functions return."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if os.geteuid() != 0:
            raise unittest.SkipTest("BPF is closed to ordinary users")

    def compare(self, sink: str, engines: list[str], **changes):
        probes = ["rusage", "copy_functions", "wire_ownership"]
        run = self.measure(transfer({SINK: {"kind": sink}, "start": "warm", "probes": probes, **changes},
                                    factors={ENGINE: engines}))
        if lack := missing(run.records[0], "copied_in_bytes@copy_functions"):
            self.skipTest(lack)
        for engine, record in run.by(ENGINE).items():
            with self.subTest(engine=engine, sink=sink):
                self.assertEqual(record["outcome"], "ok", record["reason"])
                derived = reading(record, "cpu_copied_bytes@derived")
                # What is sent again is copied again where it is looped back.
                again = reading(record, "wire_again_bytes@wire_ownership") if engine in zero_copy() else 0
                copied = reading(record, "cpu_copied_bytes@copy_functions")
                self.assertGreaterEqual(copied, derived - ALLOWED)
                self.assertLessEqual(copied, derived + again + ALLOWED)

    def test_over_tcp(self):
        self.compare("tcp", [*COPIES, *zero_copy()])

    def test_to_a_socket_of_this_host(self):
        self.compare("unix_stream", ["read_write", "mmap_write", "splice", "uring_splice"])

    def test_into_a_pipe(self):
        self.compare("pipe", ["read_write", "mmap_write", "sendfile", "vmsplice"])

    def test_into_a_file(self):
        self.compare("file", ["read_write", "mmap_write", "sendfile", "uring_read_write", "copy_file_range"])

    def test_into_a_file_on_xfs(self):
        """Which has writes of its own, and shares blocks."""
        if lack := lacks("media", "xfs_loop"):
            self.skipTest(lack)
        self.compare("file", ["mmap_write", "splice", "copy_file_range"],
                     **{"dataset.medium": {"kind": "xfs_loop", "size": "320 MiB"}})


class SharedBlocksTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if os.geteuid() != 0:
            raise unittest.SkipTest("media want root")

    def shared(self, medium) -> dict:
        record = self.measure(transfer({ENGINE: "copy_file_range", SINK: "file", "dataset.medium": medium})).records[0]
        self.assertEqual(record["outcome"], "ok", record["reason"])
        return {name: reading(record, name) for name in ("shared_bytes@delivery", "cpu_copied_bytes@derived")}

    def test_a_file_system_that_shares_blocks_copies_nothing(self):
        if lack := lacks("media", "xfs_loop"):
            self.skipTest(lack)
        self.assertEqual(self.shared({"kind": "xfs_loop", "size": "320 MiB"}),
                         {"shared_bytes@delivery": SIZE, "cpu_copied_bytes@derived": 0})

    def test_one_that_does_not_copies_once(self):
        if lack := lacks("media", "ext4_loop"):
            self.skipTest(lack)
        self.assertEqual(self.shared({"kind": "ext4_loop", "size": "128 MiB"}),
                         {"shared_bytes@delivery": 0, "cpu_copied_bytes@derived": SIZE})


class EndingsTest(ProgramTest):
    def test_a_receiver_that_dies_is_the_trials_failure(self):
        run = Started(self, transfer({"workload.work": {"seconds": 20}, "workload.block": "4 KiB"}, trials=2))
        for _ in range(2):
            receiver = wait_until(lambda: receivers_of(self.state), "the receiver")[0]
            os.kill(receiver, signal.SIGKILL)
            wait_until(lambda pid=receiver: pid not in receivers_of(self.state), "its end")
        self.assertEqual(run.process.wait(), EXIT_SOME_FAILED)
        for record in self.only_run().records:
            self.assertEqual(record["outcome"], "failed")
            self.assertIn("the receiving process was ended by signal 9", record["reason"])

    def test_no_process_and_no_network_is_left(self):
        before = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=False).stdout
        self.measure(transfer({SINK: "tcp_veth" if not lacks("sinks", "tcp_veth") else "tcp"}))
        self.assertEqual(processes_of(self.state), [])
        after = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=False).stdout
        self.assertEqual(before, after)


if __name__ == "__main__":
    unittest.main()
