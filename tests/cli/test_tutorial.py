"""docs/tutorial.md, done as it says, in a copy of the project: every command of a console fence is typed, every diff is
applied to the tutorial's config, and the lines shown below a command must be among what it prints.

`...` on a line of its own stands for any lines, within a line for anything, as does `<word>`; numbers may differ. A
`<first run>` in a command is that run's folder. The exit status is 0, unless `echo $?` says what it is."""

import re
import shlex
import subprocess
import unittest
from dataclasses import dataclass, field

import program
from program import EXIT_OK, PATIENCE_S, PROGRAM, SANITIZED, ProgramTest

TUTORIAL = program.ROOT / "docs/tutorial.md"
FENCE = re.compile(r"^```(console|diff)\n(.*?)^```$", re.M | re.S)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:e[+-]?\d+)?")
HEX = r"[0-9a-f]{16}"  # a seed
ORDINALS = ["first", "second", "third"]


@dataclass
class Step:
    """A command with what it shows, or a change of the config."""
    words: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    expected: int = EXIT_OK
    diff: str = ""


def steps(text: str) -> list[Step]:
    found: list[Step] = []
    for language, content in FENCE.findall(text):
        if language == "diff":
            found.append(Step(diff=content))
            continue
        for line in content.splitlines():
            if line == "$ echo $?":
                found.append(Step(words=["echo"]))
            elif line.startswith("$ "):
                one_word = re.sub(r"<(\w+) run>", r"<\1-run>", line[2:])
                found.append(Step(words=shlex.split(one_word, comments=True)))
            elif found and found[-1].words == ["echo"]:
                found.pop()
                found[-1].expected = int(line)
            else:
                found[-1].shown.append(line)
    return found


def before_and_after(diff: str) -> tuple[str, str]:
    lines = diff.splitlines(keepends=True)
    return ("".join(line[1:] for line in lines if line[0] in " -"), "".join(line[1:] for line in lines if line[0] in " +"))


def pattern(line: str) -> re.Pattern:
    """What the line of the tutorial may have become: other numbers, other widths of columns."""
    parts = re.split(rf"({HEX}|\.\.\.|<[^>]*>|-{{4,}}|\s+|{NUMBER.pattern})", line.strip())
    made = ""
    for part in parts:
        if part == "..." or re.fullmatch(r"<[^>]*>", part):
            made += ".*"
        elif re.fullmatch(HEX, part):
            made += HEX
        elif part.startswith("----"):
            made += "-+"
        elif part.isspace():
            made += r"\s+"
        elif NUMBER.fullmatch(part):
            made += NUMBER.pattern
        else:
            made += re.escape(part)
    return re.compile(made)


def first_absent(shown: list[str], printed: list[str]) -> str | None:
    """The first line of the tutorial that is not among the printed ones, after the line before it."""
    at = 0
    for line in shown:
        if line.strip() in ("", "..."):
            continue
        wanted = pattern(line)
        at = next((number + 1 for number in range(at, len(printed)) if wanted.fullmatch(printed[number].strip())), None)
        if at is None:
            return line
    return None


class TutorialTest(ProgramTest):
    def setUp(self):
        super().setUp()
        if SANITIZED:
            self.skipTest("a sanitizer's times are no tutorial's")
        self.project = self.folder / "project"
        self.project.mkdir()
        for entry in program.ROOT.iterdir():
            if entry.name not in ("experiments", "results", "build", ".git"):
                (self.project / entry.name).symlink_to(entry)

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**{"FAULTLAB_ROOT": str(self.project), **more})

    def run_folder(self, word: str) -> str:
        """`results/x/<first run>` as a path that is there."""
        match = re.search(r"<(\w+)-run>", word)
        if match is None:
            return word
        runs = sorted(path for path in (self.project / "results").glob("*/*/") if path.parent.name[0] != ".")
        return word.replace(match[0], runs[ORDINALS.index(match[1])].name)

    def typed(self, step: Step) -> list[str]:
        """The lines that the command prints, on either stream."""
        self.assertEqual(step.words[0], "./run")
        words = [PROGRAM, *map(self.run_folder, step.words[1:])]
        done = subprocess.run(words, env=self.environment(), cwd=self.project, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, step.expected, done.stdout)
        return done.stdout.splitlines()

    def changed(self, step: Step) -> None:
        config, = self.project.glob("experiments/*/experiment.json")
        text = config.read_text(encoding="utf-8")
        before, after = before_and_after(step.diff)
        self.assertEqual(text.count(before), 1, f"{before}\nis not once in\n{text}")
        config.write_text(text.replace(before, after), encoding="utf-8")

    def test_as_it_says(self):
        for step in steps(TUTORIAL.read_text(encoding="utf-8")):
            with self.subTest(" ".join(step.words) or step.diff):
                if step.diff:
                    self.changed(step)
                    continue
                printed = self.typed(step)
                absent = first_absent(step.shown, printed)
                self.assertIsNone(absent, "\n" + "\n".join(printed))
        figures = list((self.project / "results").glob("*/*/figures/*.png"))
        self.assertTrue(figures, "a tutorial that ends with a figure has drawn one")


class RuleTest(unittest.TestCase):
    """The rules themselves, on texts of their own."""

    TEXT = ("```console\n$ ./run validate x  # wrong\nx:1\n...\n$ echo $?\n2\n```\n\n```diff\n a\n-b\n+c\n```\n"
            "```json\n{}\n```\n")

    def test_steps(self):
        command, change = steps(self.TEXT)
        self.assertEqual((command.words, command.shown, command.expected), (["./run", "validate", "x"], ["x:1", "..."], 2))
        self.assertEqual(before_and_after(change.diff), ("a\nb\n", "a\nc\n"))

    def test_numbers_and_widths_may_differ_and_words_may_not(self):
        self.assertIsNone(first_absent(["a  1.5 M/s", "...", "end"], ["a 200 M/s", "b", "end"]))
        self.assertEqual(first_absent(["a 1 M/s"], ["a 1 k/s"]), "a 1 M/s")
        self.assertEqual(first_absent(["b", "a"], ["a", "b"]), "a")
        self.assertIsNone(first_absent([".../x/<run id>/y"], ["/tmp/x/20-a/y"]))


if __name__ == "__main__":
    unittest.main()
