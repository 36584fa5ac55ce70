"""What README.md tells the reader to type and to write, tried: every `$ ./run ARGS` of a console fence
must end with 0, and every JSON fence that is a config must be valid.

The commands run in a copy of the project whose experiments are made small: what is tried are the
commands, not their numbers. Bare `./run` and `./test` take minutes and are left out; a word in angle
brackets stands for something that only the reader knows, so such a line is tried up to its command."""

import re
import shlex
import unittest
from pathlib import Path

import program
from program import EXIT_OK, EXIT_SOME_FAILED, SANITIZED, ProgramTest

README = program.ROOT / "README.md"
# Longest first: what a trial of a copied experiment is made to do instead.
SMALLER = [
    (r'"size":\s*"[^"]*"', '"size": "8 MiB"'),
    (r'"seconds":\s*[\d.]+', '"seconds": 0.05'),
    (r'"trials":\s*\d+', '"trials": 2'),
]
# Commands that end by measuring: they write where they are told to.
MEASURING = {"run", "resume"}


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def commands(text: str) -> list[list[str]]:
    """The words after ./run of every console line that has any."""
    found = []
    for block in fences(text, "console"):
        for line in block.splitlines():
            if match := re.match(r"\$ ./run +(\S.*)$", line):
                found.append(shlex.split(match[1], comments=True))
    return [words for words in found if words]


class ReadmeTest(ProgramTest):
    def setUp(self):
        if not README.exists():
            self.skipTest("there is no README.md")
        super().setUp()
        self.text = README.read_text(encoding="utf-8")
        self.project = self.folder / "project"
        self.copy_project()

    def copy_project(self):
        self.project.mkdir()
        for entry in program.ROOT.iterdir():
            if entry.name not in ("experiments", "results", "build", ".git"):
                (self.project / entry.name).symlink_to(entry)
        for config in program.ROOT.glob("experiments/**/experiment.json"):
            content = config.read_text(encoding="utf-8")
            for pattern, smaller in SMALLER:
                content = re.sub(pattern, smaller, content)
            folder = self.project / config.parent.relative_to(program.ROOT)
            folder.mkdir(parents=True)
            (folder / config.name).write_text(content, encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**{"FAULTLAB_ROOT": str(self.project), **more})

    def test_every_command(self):
        tried = commands(self.text)
        self.assertTrue(tried, "README.md shows no command")
        for words in tried:
            with self.subTest(command=" ".join(words)):
                if any("<" in word for word in words):
                    self.faultlab(words[0], "--help", expect=EXIT_OK)
                    continue
                if words[0] in MEASURING:
                    words = [*words, "--data", self.data]
                # A sanitizer's shadow memory faults too, and calibrate says so.
                end = EXIT_SOME_FAILED if SANITIZED and words[0] == "calibrate" else EXIT_OK
                done = self.faultlab(*words, cwd=self.project)
                self.assertEqual(done.returncode, end, f"{words}: {done.stderr} {self.complaints(done.stdout)}")

    @staticmethod
    def complaints(stdout: str) -> list[str]:
        """What calibrate prints of scenarios that do not close; of other commands the end of what they print."""
        return [line for line in stdout.splitlines() if " closes: " not in line][-20:]

    def test_every_config(self):
        blocks = [block for block in fences(self.text, "jsonc?") if '"schema_version"' in block]
        for number, block in enumerate(blocks):
            with self.subTest(config=block):
                self.faultlab("validate", self.write_config(block, f"{number}.json"), expect=EXIT_OK)

    def test_every_command_that_is_named_exists(self):
        listed = self.faultlab("--help", expect=EXIT_OK).stdout.split("Subcommands:")[1].split("Examples:")[0]
        known = set(re.findall(r"^  (\w+) ", listed, re.M))
        for name in re.findall(r"`(?:./run|faultlab) ([a-z]+)", self.text):
            self.assertIn(name, known)


class RuleTest(unittest.TestCase):
    """The rule itself, on a text of its own."""

    TEXT = ("```console\n$ ./run\nprinted\n$ ./run list engines  # all of them\n$ ./test\n$ ls\n```\n"
            "$ ./run not in a fence\n```json\n{}\n```\n")

    def test_only_lines_with_arguments_in_console_fences(self):
        self.assertEqual(commands(self.TEXT), [["list", "engines"]])

    def test_fences_by_language(self):
        self.assertEqual(fences(self.TEXT, "json"), ["{}\n"])


if __name__ == "__main__":
    unittest.main()
