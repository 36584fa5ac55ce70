"""`faultlab exec`: any program, with all the memory it wants and with less."""

import json
import unittest
from pathlib import Path

from program import (EXIT_HOST_CANNOT, EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE, MIB, PAGE, ROOM, CgroupTest, looked, reading)

SIZE = 8 * MIB
PYTHON = ["/usr/bin/python3", "-S", "-c"]


class ExecTest(CgroupTest):
    # Holds 96 MiB of memory, and looks at all of it four times.
    HOLDS = "b = bytearray(96 << 20)\nfor n in range(4):\n for at in range(0, len(b), 4096): b[at] = n"

    def execute(self, *words, expect: int | None = EXIT_OK):
        return self.faultlab("exec", "--results", self.results, "--data", self.data, "--quiet", *words, expect=expect)

    def run_of(self, name: str):
        return next(run for run in self.runs() if run.manifest["experiment"] == name)

    def test_a_share_is_of_the_programs_peak(self):
        done = self.execute("--limit", "150%", "--limit", f"{500 * ROOM}MiB", "--trials", "2", "--", *PYTHON, self.HOLDS)
        self.assertRegex(done.stdout, r"peak memory of /usr/bin/python3 without a limit: \d+\.\d MiB")
        peak = reading(self.run_of("exec-python3-peak").records[0], "memory_peak_bytes@memcg")
        self.assertGreater(peak, 96 * MIB)
        run = self.run_of("exec-python3")
        levels = run.manifest["factors"][0]["levels"]
        self.assertEqual(len(run.records), 6)
        self.assertEqual((levels[0], levels[2]), ("unlimited", f"{500 * ROOM} MiB"))
        self.assertRegex(levels[1], r"^150% of the peak \(\d+\.\d MiB\)$")
        limit = run.by("memory")[levels[1]]["pressure"]["memcg_limit"]["limit_bytes"]
        self.assertEqual(limit, peak * 3 // 2 // PAGE * PAGE)
        self.assertEqual({record["outcome"] for record in run.records}, {"ok"})
        self.assertIn("wall time", done.stdout)

    def test_too_little_memory_is_an_outcome(self):
        done = self.execute("--limit", "50%", "--trials", "1", "--", *PYTHON, self.HOLDS, expect=EXIT_SOME_FAILED)
        self.assertIn("did not end ok", done.stderr)
        run = self.run_of("exec-python3")
        self.assertEqual(sorted(record["outcome"] for record in run.records), ["ok", "oom_killed"])

    def test_files_are_dropped_and_looked_at(self):
        path = self.data / "exec-file"
        path.write_bytes(b"x" * SIZE)
        self.execute("--limit", f"{64 * ROOM} MiB", "--trials", "1", "--files", path, "--", "cat", "-u", path)
        for record in self.run_of("exec-cat").records:
            self.assertIs(record["start"]["verified"], True)
            self.assertEqual(looked(record, "before"), 0)
            self.assertEqual(looked(record, "after"), SIZE // PAGE)

    def test_a_run_of_it_can_be_resumed(self):
        self.execute("--trials", "1", "--limit", f"{500 * ROOM} MiB", "--", "true", "--version")
        run = self.run_of("exec-true")
        self.resume(run)
        self.assertEqual(len(run.records), 2)

    def test_what_cannot_be_is_refused(self):
        for words, said in ((["--limit", "much", "--", "true"], "--limit much is no limit"),
                            (["--limit", "1%", "--", "true"], "killed at exec"),
                            (["--files", self.folder / "absent", "--", "true"], "absent is not there"),
                            (["--trials", "0", "--", "true"], "trials"), ([], "program")):
            with self.subTest(words=words):
                self.assertIn(said, self.execute(*words, expect=EXIT_USAGE).stderr)

    def test_a_program_that_is_not_there(self):
        self.assertIn("no-such-program is not there", self.execute("--", "no-such-program", expect=EXIT_HOST_CANNOT).stderr)

    def test_a_program_that_fails_at_once(self):
        said = self.execute("--", "sh", "-c", "echo what went wrong; exit 3", expect=EXIT_SOME_FAILED).stderr
        self.assertIn("the first trial, without a limit, did not end ok: failed: sh ended with exit status 3", said)
        log = said[said.index(str(self.results)):].split()[0]
        self.assertEqual(Path(log).read_text(encoding="utf-8"), "what went wrong\n")

    def test_json_is_all_that_is_on_stdout(self):
        done = self.execute("--json", "--trials", "1", "--limit", f"{500 * ROOM} MiB", "--", "true")
        self.assertIn("run", json.loads(done.stdout.splitlines()[-1]))
        self.assertNotIn("peak memory of", done.stdout)


if __name__ == "__main__":
    unittest.main()
