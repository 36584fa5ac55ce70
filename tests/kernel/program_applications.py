"""Programs of the user's as trials, with their files, their preparation and their report."""

import shlex
import signal
import textwrap
import unittest
from pathlib import Path

from program import (EXIT_HOST_CANNOT, EXIT_INTERRUPTED, EXIT_OK, EXIT_SOME_FAILED, MIB, PAGE, ROOM, SANITIZED,
                     CgroupTest, Started, config, has_ledger, looked, mib, missing, processes_of, reading, why_no_ledger)

SIZE = 8 * MIB
PAGES = SIZE // PAGE
FILE = "{data}/files/one"
PYTHON = ["/usr/bin/python3", "-S", "-c"]
READS_ALL = [*PYTHON, "import sys\nwith open(sys.argv[1], 'rb') as file:\n while file.read(1 << 16): pass"]
# Writes its lines as any program can.
SAYS = """
import os
def say(line):
    with open(os.environ["FAULTLAB_REPORT"], "w") as report: report.write(line + "\\n")
def mark(line):
    say(line)
    with open(os.environ["FAULTLAB_GO"]) as go: go.readline()
"""


def making(*paths: str, size: int = SIZE, more: str = "") -> list[str]:
    """A command that makes these files, whose folders it makes, too."""
    code = ("import os, sys\nfor path in sys.argv[1:]:\n os.makedirs(os.path.dirname(path), exist_ok=True)\n"
            f" open(path, 'wb').write(b'x' * {size})\n print('made', path)\n{more}")
    return [*PYTHON, code, *paths]


def says(script: str, *words: str) -> list[str]:
    return [*PYTHON, SAYS + textwrap.dedent(script), *words]


class ApplicationTest(CgroupTest):
    def command(self, words: list[str], changes: dict | None = None, **workload) -> dict:
        """A config whose trial is this command."""
        made = config({"workload": {"engine": "command", "command": words, **workload}, "dataset.size": mib(SIZE // MIB)})
        made.update(changes or {})
        return made

    def only(self, content: dict, expect: int = EXIT_OK) -> dict:
        """The only record of a run of its own."""
        before = {run.folder for run in self.runs()}
        done = self.faultlab(*self.run_words(self.write_config(content)))
        run, = (run for run in self.runs() if run.folder not in before)
        self.assertEqual(done.returncode, expect, run.records[0]["reason"] + done.stderr)
        return run.records[0]

    def refused(self, content: dict, code: int = EXIT_HOST_CANNOT) -> str:
        done = self.faultlab(*self.run_words(self.write_config(content)), expect=code)
        self.assertEqual(self.runs(), [])
        return done.stderr


class PrepareTest(ApplicationTest):
    def test_it_is_run_once_and_its_output_is_kept(self):
        content = self.command(READS_ALL + [FILE], {"trials": 2}, prepare=making(FILE), files=[FILE])
        run = self.measure(content)
        self.assertEqual([record["outcome"] for record in run.records], ["ok", "ok"])
        printed = (run.folder / "prepare-output.txt").read_text(encoding="utf-8")
        self.assertEqual(printed.count("made "), 1)
        self.assertEqual(printed.splitlines()[-1], f"made {self.data}/files/one")
        self.assertEqual([(each["reused"], each["files"], each["bytes"]) for each in run.manifest["prepared"]],
                         [(False, 1, SIZE)])

    def again(self, content: dict) -> bool:
        """Whether a second run uses what the first one's preparation has made."""
        self.faultlab(*self.run_words(self.write_config(content)), expect=EXIT_OK)
        before = set(run.folder for run in self.runs())
        yield
        self.faultlab(*self.run_words(self.write_config(content)), expect=EXIT_OK)
        new, = (run for run in self.runs() if run.folder not in before)
        yield new.manifest["prepared"][0]["reused"]

    def test_what_is_there_is_used_again_as_long_as_it_is_as_it_was_left(self):
        path = "{data}/again/one"
        content = self.command(["true"], prepare=making(path), files=[path])
        for change, reused in ((lambda file: None, True), (lambda file: file.write_bytes(b"y" * SIZE), False),
                               (lambda file: file.unlink(), False)):
            with self.subTest(reused=reused):
                steps = self.again(content)
                next(steps)
                change(self.data / "again/one")
                self.assertEqual(next(steps), reused)

    def test_a_new_tool_makes_it_again(self):
        tool = self.folder / "tool.sh"
        tool.write_text(f"head -c {SIZE} /dev/zero > $1\n", encoding="utf-8")
        content = self.command(["true"], prepare=["sh", str(tool), "{data}/tooled"], files=["{data}/tooled"])
        steps = self.again(content)
        next(steps)
        tool.write_text(f"head -c {SIZE} /dev/zero > $1 # better\n", encoding="utf-8")
        self.assertFalse(next(steps))

    def test_a_failure_ends_the_run_with_its_last_lines(self):
        words = ["sh", "-c", "i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i+1)); done; echo broken >&2; exit 7"]
        said = self.refused(self.command(["true"], prepare=words))
        self.assertIn("ended with exit status 7", said)
        self.assertIn("line 29\n  broken\n", said)
        self.assertNotIn("line 5\n", said)
        log = said[said.index(str(self.data)):].split()[0]
        self.assertIn("line 5\n", Path(log).read_text(encoding="utf-8"))

    def test_what_is_not_made_is_named(self):
        said = self.refused(self.command(["true"], prepare=["true"], files=["{data}/never/made"]))
        self.assertIn(f"{self.data}/never/made is not there", said)

    def test_files_of_another_size_than_was_stated_are_refused(self):
        said = self.refused(self.command(["true"], prepare=making(FILE + "-large", size=2 * SIZE), files=[FILE + "-large"]))
        self.assertIn(f"hold {2 * SIZE} bytes, and dataset.size says {SIZE}", said)
        self.assertIn('"size": "16 MiB"', said)

    def test_each_distinct_one_is_run(self):
        levels = [{"label": name, "set": {"workload.prepare": making("{data}/distinct/" + name),
                                          "workload.files": ["{data}/distinct/" + name]}} for name in ("a", "b")]
        run = self.measure(self.command(["true"], {"factors": {"which": levels}}))
        self.assertEqual(len(run.manifest["prepared"]), 2)

    def test_an_interrupt_ends_it_and_all_that_it_started(self):
        mark = self.folder / "started"
        started = Started(self, self.command(["true"], prepare=["sh", "-c", f"sleep 1000 & touch {mark}; sleep 1000"]))
        started.until(mark.exists, "the preparation")
        self.assertEqual(started.stop(signal.SIGTERM), EXIT_INTERRUPTED)
        self.assertEqual(processes_of(self.state), [])

    def test_a_missing_program_is_an_unmet_requirement(self):
        for changes in ({"prepare": ["no-such-maker"]}, {"command": ["no-such-maker"]}, {"command": ["{bin}/no-such-maker"]}):
            with self.subTest(**changes):
                content = self.command(["true"], packages=["libmaker-dev", "maker"])
                content["workload"].update(changes)
                said = self.refused(content)
                self.assertIn("no-such-maker is not there", said)
                self.assertIn("apt-get install -y --no-install-recommends libmaker-dev maker", said)

    def test_a_program_that_the_preparation_makes_is_not_asked_for_before(self):
        script = "{data}/made.sh"
        prepare = ["sh", "-c", "printf '#!/bin/sh\\nexit 0\\n' > $0 && chmod +x $0", script]
        self.assertEqual(self.only(self.command([script], prepare=prepare))["outcome"], "ok")


class FilesTest(ApplicationTest):
    def start(self, start: str, command: list[str], **changes) -> dict:
        content = self.command(command, {"start": start, **changes}, prepare=making(FILE), files=[FILE])
        return self.only(content)

    def test_a_cold_start_finds_nothing_in_memory(self):
        record = self.start("cold", READS_ALL + [FILE])
        self.assertIs(record["start"]["verified"], True)
        self.assertEqual(looked(record, "before"), 0)
        self.assertEqual(looked(record, "after"), PAGES)
        if has_ledger(record):
            self.assertEqual(reading(record, "added_pages@page_cache"), PAGES)
            self.assertEqual(reading(record, "ledger_residual@page_cache"), 0)

    def test_a_warm_start_finds_all_of_it_charged_to_the_trial(self):
        record = self.start("warm", READS_ALL + [FILE])
        self.assertIs(record["start"]["verified"], True)
        self.assertEqual(looked(record, "before"), PAGES)
        self.assertGreaterEqual(reading(record, "memory_peak_bytes@memcg"), SIZE)
        self.assertLess(reading(record, "device_read_bytes@io"), SIZE // 2)

    def test_without_files_nobody_knows(self):
        record = self.only(self.command(["true"]))
        self.assertIn("workload.files names nothing", record["start"]["verified"]["missing"])
        self.assertIn("no file", missing(record, "resident_pages_before@cachestat"))

    def test_several_files_are_one_dataset(self):
        names = [f"{{data}}/several/{name}" for name in ("b/one", "a")]
        content = self.command(["cat", *names], {"dataset": {"size": "16 MiB"}}, prepare=making(*names),
                               files=["{data}/several"])
        record = self.only(content)
        self.assertIs(record["start"]["verified"], True)
        self.assertEqual(looked(record, "after"), 2 * PAGES)
        if not why_no_ledger():
            self.assertEqual(reading(record, "added_pages@page_cache"), 2 * PAGES)
            self.assertEqual(reading(record, "ledger_residual@page_cache"), 0)
            self.assertEqual(reading(record, "ledger_inconsistencies@page_cache"), 0)

    def test_evictions_of_several_files_are_counted_under_a_limit(self):
        names = [f"{{data}}/pressed/{name}" for name in ("a", "b", "c")]
        limit = 10 * MIB * ROOM
        size = 8 * MIB * ROOM
        content = self.command(["cat", *names], {"dataset": {"size": mib(3 * size // MIB)}},
                               prepare=making(*names, size=size), files=["{data}/pressed"])
        content["pressure"] = {"memcg_limit": {"limit": mib(limit // MIB)}}
        record = self.only(content)
        if has_ledger(record):
            self.assertGreaterEqual(reading(record, "evicted_pages@page_cache"), (3 * size - limit) // PAGE)
            self.assertEqual(reading(record, "ledger_inconsistencies@page_cache"), 0)

    def test_a_percentage_is_of_the_files(self):
        content = self.command(["true"], prepare=making(FILE), files=[FILE])
        content["dataset"]["size"] = mib(SIZE // MIB)
        content["pressure"] = {"memcg_limit": {"limit": f"{75 * ROOM}% of dataset"}}
        record = self.only(content)
        self.assertEqual(record["pressure"]["memcg_limit"]["limit_bytes"], SIZE * 3 // 4 * ROOM)


class ReportTest(ApplicationTest):
    def test_lines_become_readings(self):
        record = self.only(self.command(says("say('accesses 40\\nbytes 4096'); say('accesses 2'); say('checksum 00ff')")))
        self.assertEqual(reading(record, "accesses@command"), 42)
        self.assertEqual(reading(record, "bytes@command"), 4096)
        self.assertGreater(reading(record, "ops_per_second@derived"), 0)
        self.assertGreater(reading(record, "faults_per_access@derived"), 0)
        self.assertEqual(record["work"], [{"accesses": 42, "checksum": "00000000000000ff"}])

    def test_from_a_shell_and_without_a_last_newline(self):
        record = self.only(self.command(["sh", "-c", "echo accesses 1 > $FAULTLAB_REPORT; printf 'accesses 2' > $FAULTLAB_REPORT"]))
        self.assertEqual(reading(record, "accesses@command"), 3)
        self.assertIn("reported none", missing(record, "bytes@command"))

    def test_from_a_program_that_the_command_started(self):
        script = shlex.quote(SAYS + "say('accesses 5')")
        record = self.only(self.command(["sh", "-c", f"/usr/bin/python3 -S -c {script}; exit 0"]))
        self.assertEqual(reading(record, "accesses@command"), 5)

    def test_a_line_that_is_none_fails_the_trial(self):
        record = self.only(self.command(says("say('acesses 5')")), expect=EXIT_SOME_FAILED)
        self.assertEqual(record["outcome"], "failed")
        self.assertIn('"acesses 5"', record["reason"])
        self.assertIn("docs/applications.md#the-report", record["reason"])

    def test_a_silent_program_is_missing_not_zero(self):
        run = self.measure(self.command(["sleep", "0.2"], {"sample_every": "20 ms"}))
        record = run.records[0]
        self.assertIn("cannot be seen", missing(record, "accesses@command"))
        self.assertIn("missing", record["work"])
        self.assertEqual(self.accesses_over_time(run), {"NA"})

    def test_what_is_reported_now_and_then_shows_over_time(self):
        script = "import time\nfor n in range(10): say('accesses 7'); time.sleep(0.05)"
        run = self.measure(self.command(says(script), {"sample_every": "20 ms"}))
        seen = self.accesses_over_time(run) - {"NA"}
        self.assertTrue(seen <= {str(7 * n) for n in range(1, 11)}, seen)
        self.assertGreater(len(seen), 3)

    @staticmethod
    def accesses_over_time(run) -> set[str]:
        head, *rows = (line.split(",") for line in run.series("00000.csv"))
        return {row[head.index("accesses")] for row in rows}

    def outcomes(self, script: str, **changes) -> list[tuple[str, str]]:
        content = self.command(says(script, "{seed}" if changes.pop("seeded", False) else "no seed"), {"trials": 3, **changes},
                               checksum="same")
        records = self.measure(content, expect=None).records
        return [(record["outcome"], record["reason"]) for record in records]

    def test_checksums_that_must_be_the_same(self):
        self.assertEqual(self.outcomes("say('checksum 1')"), [("ok", "")] * 3)

    def test_a_checksum_that_differs_is_invalid(self):
        got = self.outcomes("say(f'checksum {os.getpid():x}')")
        self.assertEqual([outcome for outcome, _ in got], ["ok", "invalid", "invalid"])
        self.assertIn("not the same work", got[1][1])

    def test_trials_of_other_seeds_may_differ(self):
        got = self.outcomes("import sys; say(f'checksum {int(sys.argv[1]):x}')", seeded=True)
        self.assertEqual(got, [("ok", "")] * 3)


class MarkedTest(ApplicationTest):
    """A window between two lines of the program's."""

    def marked(self, script: str, expect: int = EXIT_OK, **changes) -> dict:
        return self.only(self.command(says(script, FILE), changes, window="marked", prepare=making(FILE), files=[FILE]),
                         expect=expect)

    def test_only_what_lies_between_the_lines_counts(self):
        record = self.marked("""
            import mmap, time
            memory = mmap.mmap(-1, 64 << 20)
            memory.madvise(mmap.MADV_NOHUGEPAGE)
            def touch(first, last):
                for at in range(first << 20, last << 20, 4096): memory[at] = 1
            touch(0, 40); time.sleep(0.3); mark("begin"); touch(40, 48); mark("end")
            touch(48, 64); time.sleep(0.3); say("accesses 2048")
        """)
        pages = 8 * MIB // PAGE
        faults = reading(record, "minor_faults@task_stat")
        self.assertGreaterEqual(faults, pages)
        self.assertLess(faults, 2 * pages)
        self.assertIn("goes on after its window", missing(record, "minor_faults@rusage"))
        self.assertEqual(reading(record, "accesses@command"), 2048)
        self.assertLess(reading(record, "wall_ns@clock"), 300_000_000 if not SANITIZED else 10**12)
        self.assertGreaterEqual(record["phases"]["launching_ns"], 300_000_000)

    def test_what_it_reads_before_is_not_in_the_window(self):
        record = self.marked("""
            import sys
            file = open(sys.argv[1], "rb", buffering=0)
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
            file.read(4 << 20); mark("begin"); file.read(4 << 20); mark("end")
        """)
        self.assertIs(record["start"]["verified"], True, "cold, before it was started")
        self.assertEqual(looked(record, "before"), PAGES // 2)
        self.assertEqual(reading(record, "device_read_bytes@io"), SIZE // 2)
        if has_ledger(record):
            self.assertEqual(reading(record, "added_pages@page_cache"), PAGES // 2)

    def test_its_threads_are_followed(self):
        record = self.marked("""
            import threading
            thread = threading.Thread(target=lambda: threading.Event().wait(0.5)); thread.start()
            mark("begin"); sum(range(10**6)); mark("end"); thread.join()
        """, knobs={"task_delayacct": 1})
        self.assertGreater(reading(record, "cpu_ns@schedstat"), 0)
        self.assertGreaterEqual(reading(record, "io_waits@delays"), 0)
        self.assertIn("2 x wall_ns", record["readings"]["unexplained_ns"]["derived"].get("note", "2 x wall_ns"))

    def test_the_same_program_runs_with_the_whole_as_its_window(self):
        record = self.only(self.command(says("mark('begin'); mark('end'); say('accesses 1')")))
        self.assertEqual((record["outcome"], reading(record, "accesses@command")), ("ok", 1))
        self.assertGreater(reading(record, "minor_faults@rusage"), 0)

    def failed(self, script: str) -> str:
        record = self.marked(script, expect=EXIT_SOME_FAILED)
        self.assertEqual(record["outcome"], "failed")
        return record["reason"]

    def test_marks_that_do_not_come(self):
        self.assertIn("before it had written the line `begin`", self.failed("say('accesses 1')"))
        self.assertIn("wrote `end` before", self.failed("mark('end')"))
        self.assertIn("before it had written the line `end`", self.failed("mark('begin')"))
        self.assertIn("wrote `begin` again", self.failed("mark('begin'); mark('begin')"))

    def test_a_program_that_fails_before_in_and_after_its_window(self):
        self.assertIn("exit status 3", self.failed("os._exit(3)"))
        self.assertIn("exit status 4", self.failed("mark('begin'); os._exit(4)"))
        self.assertIn("exit status 5", self.failed("mark('begin'); mark('end'); os._exit(5)"))

    def test_one_that_hangs_before_its_window_is_a_timeout(self):
        record = self.marked("import time; time.sleep(1000)", expect=EXIT_SOME_FAILED, budget={"wall": "1 s"})
        self.assertEqual(record["outcome"], "timeout")
        self.assertEqual(processes_of(self.state), [])

    def test_one_that_is_killed_for_memory_before_its_window(self):
        record = self.marked(f"b'x' * {128 * ROOM * MIB}; mark('begin')", expect=EXIT_SOME_FAILED,
                             pressure={"memcg_limit": {"limit": mib(64 * ROOM)}})
        self.assertEqual(record["outcome"], "oom_killed", record["reason"])
        self.assertNotIn("accesses", record["reason"])  # it has reported none


if __name__ == "__main__":
    unittest.main()
