"""A thousand damaged configs: each is accepted, or refused with a message that says where. Nothing
else happens, neither in the folders at hand nor on the host."""

import os
import re
import subprocess
import unittest
from pathlib import Path

from program import EXIT_OK, EXIT_USAGE, PATIENCE_S, ProgramTest, cgroups_of, why_no_memory_cgroup

MUTANTS = 1000
LEAST_INVALID = 800
SEED = 20240601
# Many configs fit on one command line: a process each would mostly measure exec.
AT_ONCE = 25
RICH = Path(__file__).with_name("rich.json")


class MutantTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.mutants = self.folder / "mutants"
        self.mutants.mkdir()

    def write_mutants(self) -> list[Path]:
        subprocess.run([os.environ["FAULTLAB_MUTANT_WRITER"], RICH, str(MUTANTS), str(SEED), self.mutants], check=True,
                       timeout=PATIENCE_S)
        mutants = sorted(self.mutants.iterdir())
        self.assertEqual(len(mutants), MUTANTS)
        return mutants

    def judge(self, batch: list[Path]) -> int:
        """How many of the batch are refused, each with a place; the others are accepted in so many words."""
        done = self.faultlab("validate", *batch, cwd=self.folder)
        said, refused = done.stdout.splitlines(), 0
        for path in batch:
            accepted = any(line.startswith(f"{path}: ok, ") for line in said)
            located = re.search(rf"^{re.escape(str(path))}:\d+:\d+: .", done.stderr, re.M) is not None
            self.assertNotEqual(accepted, located, f"{path.read_bytes()!r}\n{done.returncode}\n{done.stderr}")
            refused += located
        self.assertEqual(done.returncode, EXIT_USAGE if refused else EXIT_OK, done.stderr)
        return refused

    def contents(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}

    def assert_host_unchanged(self, swaps: str):
        self.assertEqual(Path("/proc/swaps").read_text(encoding="utf-8"), swaps)
        if not why_no_memory_cgroup():
            self.assertEqual([cgroup for pid in self.pids for cgroup in cgroups_of(pid)], [])

    def test_the_original_is_valid(self):
        self.assertEqual(self.judge([RICH]), 0)

    def test_each_is_accepted_or_refused_with_a_place(self):
        mutants = self.write_mutants()
        files, swaps = self.contents(), Path("/proc/swaps").read_text(encoding="utf-8")
        refused = sum(self.judge(mutants[at:at + AT_ONCE]) for at in range(0, MUTANTS, AT_ONCE))
        self.assertGreaterEqual(refused, LEAST_INVALID)
        self.assertEqual(self.contents(), files)
        self.assert_host_unchanged(swaps)

    def test_running_a_refused_one_makes_nothing(self):
        files, swaps = None, Path("/proc/swaps").read_text(encoding="utf-8")
        for path in self.write_mutants()[:100]:
            if self.faultlab("validate", path).returncode == EXIT_OK:
                continue
            files = files or self.contents()
            self.faultlab(*self.run_words(path), expect=EXIT_USAGE)
        self.assertEqual(self.contents(), files)
        self.assertEqual(list(self.data.iterdir()), [])
        self.assert_host_unchanged(swaps)


if __name__ == "__main__":
    unittest.main()
