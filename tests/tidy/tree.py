"""The source tree as the checks see it: which files there are, and C++ without comments and strings."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Tree:
    root: Path

    @cached_property
    def files(self) -> list[str]:
        """Every file that belongs to the project, by its path from the root: no build, no run folder."""
        found = []
        for path in sorted(self.root.rglob("*")):
            parts = path.relative_to(self.root).parts
            if parts[0] in ("build", ".git") or "__pycache__" in parts or not path.is_file():
                continue
            if parts[0] == "results" and len(parts) > 2 and parts[1] != "reference":
                continue
            found.append("/".join(parts))
        return found

    def matching(self, pattern: str) -> list[str]:
        return [name for name in self.files if re.fullmatch(pattern, name)]

    def text(self, name: str) -> str:
        try:
            return (self.root / name).read_text()
        except (FileNotFoundError, UnicodeDecodeError):
            return ""  # not there, or a picture

    @cached_property
    def texts(self) -> list[str]:
        """The files that people write: not the records of reference runs, not pictures."""
        return [name for name in self.files
                if not name.startswith("results/reference/")
                and not re.search(r"\.(pdf|png|svg|html)$", name)]

    @cached_property
    def cpp(self) -> list[str]:
        return self.matching(r"(harness|experiments|tests)/.*\.(cpp|hpp)")

    @cached_property
    def harness(self) -> list[str]:
        return self.matching(r"harness/.*\.(cpp|hpp)")


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)


def code_only(text: str) -> str:
    """Comments and literals blanked, line breaks kept, so that line numbers still hold."""
    return TOKEN.sub(lambda found: '""' * (found[0][0] in "\"R'") + "\n" * found[0].count("\n"), text)


def lines_matching(text: str, pattern: str, flags: int = 0) -> list[tuple[int, str]]:
    """(line number, line) of each line that contains the pattern."""
    compiled = re.compile(pattern, flags)
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)
            if compiled.search(line)]


@dataclass(frozen=True)
class Function:
    line: int
    lines: int
    head: str


def functions(text: str) -> list[Function]:
    """The functions of formatted C++, by brace matching: bodies outside any other body."""
    code = re.sub(r"^[ \t]*(#.*|public:|private:|protected:)$", "", code_only(text), flags=re.M)
    found: list[Function] = []
    open_braces: list[tuple[str, int, str]] = []  # (what it opens, line of its head, head)
    parentheses = 0
    head_start = 0
    for at, char in enumerate(code):
        if char in "()":
            parentheses += 1 if char == "(" else -1
        elif char == ";" and not parentheses:
            head_start = at + 1
        elif char == "{":
            head = code[head_start:at].strip()
            line = code.count("\n", 0, at - len(code[head_start:at].lstrip())) + 1
            outside = all(what == "container" for what, _, _ in open_braces) and not parentheses
            open_braces.append((opened(head, outside), line, " ".join(head.split())))
            head_start = at + 1
        elif char == "}" and open_braces:
            what, line, head = open_braces.pop()
            if what == "function":
                found.append(Function(line, code.count("\n", 0, at) + 2 - line, head))
            head_start = at + 1
    return found


def opened(head: str, outside: bool) -> str:
    """What a brace after this head opens: a container of functions, a function, or a part of one."""
    if not outside or head.endswith(("=", ",")):
        return "part"
    if re.search(r"\b(namespace|class|struct|union|enum|extern)\b", head) and not head.endswith(")"):
        return "container"
    return "function" if "(" in head else "part"
