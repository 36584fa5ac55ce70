"""What a run shows of itself: on a terminal (a pseudo-terminal of the test's) a bar that keeps to its line, with the
time left from the start; elsewhere a line a trial."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import unittest

from program import EXIT_OK, EXIT_SOME_FAILED, PATIENCE_S, PROGRAM, ProgramTest, config

BAR = re.compile(r"\r\x1b\[K([^\r\n]*)")
ENGINES = {"workload.engine": ["pread", "read", "mmap_shared"]}


class ProgressTest(ProgramTest):
    def on_terminal(self, content: dict | str, columns: int, expect: int = EXIT_OK, command: str = "run",
                    terminal: str = "xterm") -> str:
        """All that was written to stderr, a terminal of so many columns; the path of a run instead of a config resumes
        it."""
        target = self.write_config(content) if command == "run" else content
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        words = [command, target, "--results", self.results, "--data", self.data, "--no-study"]
        with subprocess.Popen([PROGRAM, *map(str, words)], env=self.environment(TERM=terminal), stderr=theirs,
                              stdout=subprocess.DEVNULL) as process:
            os.close(theirs)
            shown: list[bytes] = []
            reader = threading.Thread(target=self.read_all, args=(ours, shown))
            reader.start()
            self.assertEqual(process.wait(timeout=PATIENCE_S), expect)
            reader.join(timeout=PATIENCE_S)
        os.close(ours)
        return b"".join(shown).decode().replace("\r\n", "\n")

    @staticmethod
    def read_all(terminal: int, into: list[bytes]) -> None:
        while True:
            try:
                read = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                return
            if not read:
                return
            into.append(read)

    def bars(self, shown: str) -> list[str]:
        return [line for line in BAR.findall(shown) if re.search(r"\d+/\d+", line)]


class TerminalTest(ProgressTest):
    def test_a_bar_from_before_the_first_trial_to_after_the_last(self):
        shown = self.on_terminal(config(factors=ENGINES, trials=2), columns=100)
        bars = self.bars(shown)
        self.assertEqual([re.search(r"(\d+)/6", bar)[1] for bar in bars], [str(done) for done in range(7)])
        self.assertRegex(bars[0], r"^\[\.+\] 0/6  \d+ s left  workload\.engine=\w+$")
        self.assertRegex(bars[-1], r"^\[#+\] 6/6$")
        self.assertTrue(shown.endswith("\n"), "what comes next has a line of its own")

    def test_the_first_estimate_is_the_plans(self):
        shown = self.on_terminal(config({"workload.work": {"seconds": 0.05}}, factors=ENGINES, trials=2), columns=100)
        self.assertIn("6 trials, about 2 s\n", shown)
        self.assertIn(" 2 s left", self.bars(shown)[0])

    def test_a_bar_says_which_trial_runs_now(self):
        shown = self.on_terminal(config(factors=ENGINES, trials=1), columns=100)
        named = [re.search(r"workload\.engine=(\w+)", bar) for bar in self.bars(shown)]
        self.assertEqual({match[1] for match in named[:-1]}, set(ENGINES["workload.engine"]))
        self.assertIsNone(named[-1])

    def test_no_line_is_longer_than_the_terminal(self):
        long_label = {"label": "größer " * 30, "set": {"workload.engine": "pread"}}
        for columns in (200, 80, 40, 20, 8, 1):
            with self.subTest(columns=columns):
                content = config(factors={"a factor of a long name": [long_label]}, trials=2)
                for bar in self.bars(self.on_terminal(content, columns)):
                    self.assertLess(len(bar), max(columns, 4))

    def test_a_terminal_that_does_not_tell_its_size_has_80_columns(self):
        bars = self.bars(self.on_terminal(config(factors={"x": [{"label": "y" * 200, "set": {"workload.engine": "pread"}}]}), 0))
        self.assertEqual(len(bars[0]), 79)

    def test_what_went_wrong_stays_on_the_screen(self):
        content = config({"workload": {"engine": "command", "command": ["false"]}}, trials=2)
        shown = self.on_terminal(content, columns=100, expect=EXIT_SOME_FAILED)
        self.assertEqual(len(re.findall(r"failed: .*\n", shown)), 2)

    def test_a_resumed_run_counts_what_was_done_before(self):
        self.on_terminal(config(factors=ENGINES, trials=2), columns=100)
        run = self.only_run()
        lines = (run.folder / "trials.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        (run.folder / "trials.jsonl").write_text("".join(lines[:4]), encoding="utf-8")
        shown = self.on_terminal(run.folder, columns=100, command="resume")
        self.assertRegex(shown, r"6 trials, 4 of them done before, about \d+ s\n")
        self.assertEqual([re.search(r"(\d)/6", bar)[1] for bar in self.bars(shown)], ["4", "5", "6"])

    def test_a_terminal_that_knows_no_way_back_gets_lines(self):
        shown = self.on_terminal(config(trials=2), columns=100, terminal="dumb")
        self.assertNotIn("\x1b", shown)
        self.assertIn("[2/2] ", shown)


class NoTerminalTest(ProgressTest):
    def test_a_line_a_trial(self):
        words = [word for word in self.run_words(self.write_config(config(trials=2))) if word != "--quiet"]
        said = self.faultlab(*words, expect=EXIT_OK).stderr
        self.assertNotRegex(said, "[\r\x1b]")
        self.assertRegex(said, r"(?m)^\[1/2\] .* ok, .*\n\[2/2\] ")

    def test_quiet(self):
        self.assertEqual(self.faultlab(*self.run_words(self.write_config(config(trials=2))), expect=EXIT_OK).stderr, "")


if __name__ == "__main__":
    unittest.main()
