"""What the source tree promises, one function per promise; each returns its complaints."""

import ast
import json
import re
from collections.abc import Callable, Iterator

from tree import Tree, code_only, functions, lines_matching

# A folder of harness/ includes itself and those before it.
ORDER = ("base os stats measure catalogue config plan record host dataset order engine pressure probe "
         "scenario medium swap sink run app").split()
LONGEST_FILE = 400
LONGEST_FUNCTION = 60

# Words in two pieces, so that this file does not hold what it looks for.
UNFINISHED = ["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK", "st" "ub", "place" "holder",
              "not imple" "mented", "for " "now"]
FOREIGN = [r"(?<![\w.}])/(?:wo" r"rk|fa" r"rm|home/\w+|ro" r"ot)/", "/tmp/stu" "dio", "DEVEL" r"OPERS\.md",
           r"\.\./sha" "red", r"deb\.deb" r"ian\.org", r"snapshot\.deb" r"ian\.org", r"pypi" r"\.org",
           r"pythonhos" r"ted\.org", r"registry\.np" r"mjs\.org", r"\bcrates\." r"io"]

Check = Callable[[Tree], Iterator[str]]


def folder_of(name: str) -> str:
    return name.split("/")[1]


def include_direction(tree: Tree) -> Iterator[str]:
    """A folder of harness/ includes only itself and the folders below it."""
    for name in tree.harness:
        if folder_of(name) not in ORDER:
            yield f"{name}: {folder_of(name)}/ has no place in the order of the folders"
            continue
        for number, line in lines_matching(tree.text(name), r'^\s*#\s*include\s*"'):
            target = re.search(r'"([^"/]*)', line)[1]
            if target not in ORDER or ORDER.index(target) > ORDER.index(folder_of(name)):
                yield f"{name}:{number}: {line}: not a folder below {folder_of(name)}/"


def called(names: str) -> str:
    """With an argument: a class may have a close() of its own."""
    return rf"(?<![\w.>:])(?:std::|::)?(?:{names})\s*\((?!\s*\))"


def banned(tree: Tree, allowed: set[str], pattern: str, instead: str) -> Iterator[str]:
    for name in tree.harness:
        if folder_of(name) not in allowed:
            for number, line in lines_matching(code_only(tree.text(name)), pattern):
                yield f"{name}:{number}: {line}: {instead}"


def raw_handles(tree: Tree) -> Iterator[str]:
    """Kernel objects have owners, in os/, host/, engine/ and sink/; nobody else closes, unmaps or reads errno."""
    yield from banned(tree, {"os", "host", "engine", "sink"},
                      called("close|munmap|ioctl|setns|swapon|swapoff") + r"|\berrno\b",
                      "use an owner from os/ or host/")


def exits(tree: Tree) -> Iterator[str]:
    """Only app/ ends the program; the others return errors."""
    yield from banned(tree, {"app"}, called("exit|assert") + r"|(?<![\w.>])abort\s*\(|\bcatch\s*\(\s*\.\.\.\s*\)",
                      "return an Error")


def advice(tree: Tree) -> Iterator[str]:
    """madvise(2): posix_madvise(3) ignores what it likes to ignore."""
    yield from banned(tree, set(), r"\bposix_madvise\b", "use madvise(2)")


def printing(tree: Tree) -> Iterator[str]:
    """Only app/ talks to the terminal."""
    yield from banned(tree, {"app"},
                      r"\bstd::(cout|cerr|clog)\b|" + called("printf|puts|putchar|perror|fmt::print"),
                      "hand the text to app/")


def macros(tree: Tree) -> Iterator[str]:
    """No macros."""
    for name in tree.harness:
        for number, line in lines_matching(code_only(tree.text(name)), r"^\s*#\s*define\b"):
            yield f"{name}:{number}: {line}"


def long_files(tree: Tree) -> Iterator[str]:
    """A file holds one idea."""
    for name in tree.cpp + tree.matching(r".*\.(py|sh)|run|test|tests/vm/guest/.*"):
        lines = len(tree.text(name).splitlines())
        if lines > LONGEST_FILE:
            yield f"{name}: {lines} lines, more than {LONGEST_FILE}"


def python_functions(text: str) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1, node.name


def long_functions(tree: Tree) -> Iterator[str]:
    """A function fits a screen."""
    for name in tree.cpp:
        for each in functions(tree.text(name)):
            if each.lines > LONGEST_FUNCTION:
                yield f"{name}:{each.line}: {each.lines} lines, more than {LONGEST_FUNCTION}: {each.head}"
    for name in tree.matching(r".*\.py"):
        for line, lines, head in python_functions(tree.text(name)):
            if lines > LONGEST_FUNCTION:
                yield f"{name}:{line}: {lines} lines, more than {LONGEST_FUNCTION}: {head}"


def names_in_a_folder(tree: Tree) -> Iterator[str]:
    """A function of an unnamed namespace has a name of its own in its folder: of files that are compiled together, a
    call would choose between the two by its arguments."""
    found: dict[tuple[str, str], str] = {}
    for name in sorted(tree.harness):
        if not name.endswith(".cpp"):
            continue
        for part in re.findall(r"^namespace \{\n(.*?)^\}  // namespace$", tree.text(name), re.S | re.M):
            for function in set(re.findall(r"^(?![ }#]|using|class|struct|enum)[\w:<>,*& ]+?[ *&](\w+)\(", code_only(part),
                                           re.M)):
                other = found.setdefault((folder_of(name), function), name)
                if other != name:
                    yield f"{name}: {function}() is in {other}, too"


def unfinished(tree: Tree) -> Iterator[str]:
    """What is here is done."""
    pattern = r"\b(" + "|".join(UNFINISHED) + r")\b"
    for name in tree.texts:
        for number, line in lines_matching(tree.text(name), pattern):
            yield f"{name}:{number}: {line}"


def foreign(tree: Tree) -> Iterator[str]:
    """No path of one machine, no address of a package registry."""
    for name in tree.texts:
        for number, line in lines_matching(tree.text(name), "|".join(FOREIGN)):
            yield f"{name}:{number}: {line}"


def plugin_lists(tree: Tree) -> Iterator[tuple[str, str]]:
    """(folder, plugin) of every faultlab_plugins(...) call."""
    for name in tree.matching(r"harness/[^/]*/CMakeLists\.txt"):
        for words in re.findall(r"^faultlab_plugins\(([^)]*)\)", tree.text(name), re.M):
            folder, _, *plugins = words.split()
            yield from ((folder, plugin) for before, plugin in zip(["", *plugins], plugins)
                        if "FAMILY" not in (before, plugin))  # a family's first word is its file


def documented_plugins(tree: Tree) -> Iterator[str]:
    """Every plugin is named, as `name`, in the documentation."""
    prose = "\n".join(tree.text(name) for name in tree.matching(r"docs/.*\.md|README\.md|results/README\.md"))
    for folder, plugin in plugin_lists(tree):
        if f"`{plugin}`" not in prose:
            yield f"{folder} `{plugin}` stands in no page of docs/"


def documented_metrics(tree: Tree) -> Iterator[str]:
    """Every metric has a row with its name and unit in results/README.md."""
    rows = [[cell.strip().strip("`") for cell in line.strip("| ").split("|")]
            for line in tree.text("results/README.md").splitlines() if line.startswith("|")]
    metrics = re.findall(r'\{"(\w+)",\s*"([^"]+)",', tree.text("harness/measure/metrics.cpp"))
    if not metrics:
        yield "harness/measure/metrics.cpp: no metric found"
    for metric, unit in metrics:
        if not any(row[0] == metric and unit in row[1:] for row in rows):
            yield f"results/README.md: no table row for {metric} with its unit {unit}"


def dead_files(tree: Tree) -> Iterator[str]:
    """Every .cpp is compiled, every .hpp included, every .py used by something."""
    lists = {name.rpartition("/")[0]: tree.text(name) for name in tree.matching(r"(.*/)?CMakeLists\.txt")}
    included = {target for name in tree.cpp + tree.matching(r".*\.in")
                for target in re.findall(r'#\s*include\s*["<]([^">]+)[">]', tree.text(name))}
    for name in tree.cpp:
        folder, _, file = name.rpartition("/")
        if name.endswith(".hpp"):
            if not any(name == target or name.endswith(f"/{target}") for target in included):
                yield f"{name}: included nowhere"
        elif not compiled(lists, folder, file):
            yield f"{name}: in no list of sources"
    yield from dead_python(tree)


def compiled(lists: dict[str, str], folder: str, file: str) -> bool:
    """Named, or found by a glob, in the nearest lists above it."""
    top = folder.split("/")
    for depth in range(len(top), 0, -1):
        listing = lists.get("/".join(top[:depth]), "")
        below = "/".join(top[depth:])
        globs = rf"(?<![\w/]){re.escape(below)}/\*\.cpp" if below else r"(?<![\w/])\*\.cpp"
        stem = file.removesuffix(".cpp")
        if re.search(globs, listing) or re.search(rf"(?<![\w-]){re.escape(stem)}(?![\w-])", listing):
            return True
        if below and re.search(rf"faultlab_tests\({re.escape(top[depth])}\b", listing):
            return True
    return False


def dead_python(tree: Tree) -> Iterator[str]:
    users = tree.matching(r".*\.(py|cpp|hpp|txt|sh|md)|run|test")
    for name in tree.matching(r".*\.py"):
        stem = name.rpartition("/")[2].removesuffix(".py")
        word = rf"(?<![\w-]){re.escape(stem)}(?![\w-])"
        if stem not in ("__init__", "__main__") and not re.match(r"tests/.*/test_", name) and not any(
                re.search(word, tree.text(user)) for user in users if user != name):
            yield f"{name}: used nowhere"


def purposes(tree: Tree) -> Iterator[str]:
    """A file opens with a sentence on its purpose."""
    for name in tree.cpp:
        if not re.match(r"// \S.*\w", tree.text(name)):
            yield f"{name}: does not start with a comment"
    scripts = tree.matching(r".*\.(py|sh)|(.*/)?CMakeLists\.txt|run|test|\.ci/run|tests/vm/guest/.*")
    for name in scripts:
        text = tree.text(name)
        if name.endswith("/__init__.py") and not text.strip():
            continue
        if not re.match(r'(#!.*\n)?(# \S.*\w|r?""")', text):
            yield f"{name}: does not start with a comment"


def catalogue(tree: Tree) -> Iterator[str]:
    """Every experiment has a row with its question in experiments/README.md, and nothing else has."""
    page = "experiments/README.md"
    rows = dict(re.findall(r"^\| \[([^\]]+)\]\(\1/README\.md\) \| (.*?) \| ", tree.text(page), re.M))
    remedy = f"./run list experiments --markdown > {page}"
    for config in tree.matching(r"experiments/.*/experiment\.json"):
        name = config.removeprefix("experiments/").removesuffix("/experiment.json")
        question = re.search(r'^\s*"question":\s*("(?:[^"\\]|\\.)*")', tree.text(config), re.M)
        asked = json.loads(question[1]).replace("|", "\\|") if question else ""
        if rows.pop(name, None) != asked:
            yield f"{page}: no row with the question of {name}: {remedy}"
    for name in rows:
        yield f"{page}: there is no experiment {name}: {remedy}"


def slug(heading: str) -> str:
    """As the usual renderers make a heading's anchor."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def links(tree: Tree) -> Iterator[str]:
    """Every link to a file of ours, in a page or in a remedy, leads somewhere."""
    found = []
    for name in tree.matching(r".*\.md"):
        page = re.sub(r"```.*?```|`[^`\n]*`", "", tree.text(name), flags=re.S)
        here = name.rpartition("/")[0]
        for target in re.findall(r"\]\(\s*<?([^)\s>]+)", page):
            if not re.match(r"\w+:", target):
                found.append((name, here, target))
    for name in tree.harness:
        found += [(name, "", target) for target in
                  re.findall(r"(?<![\w/])((?:docs|results)/[\w/-]+\.md(?:#[\w-]+)?)", tree.text(name))]
    for name, here, target in found:
        path, _, anchor = target.partition("#")
        full = (tree.root / here / path) if path else tree.root / name
        if not full.exists():
            yield f"{name}: {target} is not there"
        elif anchor and full.suffix == ".md" and anchor not in map(
                slug, re.findall(r"^#+ (.*)$", full.read_text(), re.M)):
            yield f"{name}: {target}: no such heading"


CHECKS: dict[str, Check] = {check.__name__: check for check in (
    include_direction, raw_handles, exits, advice, printing, macros, long_files, long_functions,
    names_in_a_folder, unfinished,
    foreign, documented_plugins, documented_metrics, dead_files, purposes, catalogue, links)}
