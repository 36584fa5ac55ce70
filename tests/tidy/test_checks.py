"""Each check complains about a small tree that breaks its promise, and about nothing in one that keeps it."""

import tempfile
import unittest
from pathlib import Path

from checks import CHECKS, LONGEST_FILE, LONGEST_FUNCTION, UNFINISHED
from tree import Tree, functions

GOOD = {
    "CMakeLists.txt": "# The build.\nadd_subdirectory(harness)\n",
    "README.md": "# Good\n[how](docs/setup.md#get-it-done) [there](https://example.org) [here](#good)\n",
    "docs/setup.md": "# Setup\n## Get it done\nThe engine `pread`.\n",
    "harness/CMakeLists.txt": "# Lists.\nfile(GLOB_RECURSE sources os/*.cpp measure/*.cpp app/*.cpp)\n",
    "harness/engine/CMakeLists.txt": "# Engines.\nfaultlab_plugins(engine EngineSpec pread)\n",
    "harness/engine/pread.cpp": '// Reads with pread(2).\n#include "os/fd.hpp"\nint errno_here() { return errno; }\n',
    "harness/os/fd.hpp": "// Owners of descriptors.\n#pragma once\n",
    "harness/os/fd.cpp": '// Owners of descriptors.\n#include "os/fd.hpp"\nvoid drop(int fd) { ::close(fd); }\n',
    "harness/measure/metrics.cpp": '// The metrics.\nauto kMetrics = a({{"wall_ns", "ns", "x"}});\n',
    "harness/app/main.cpp": '// Ends the program.\nint main() { exit(0); }  // see docs/setup.md#get-it-done\n',
    "experiments/README.md": '| [a](a/README.md) | b \\| "c"? | root |\n| [in/d](in/d/README.md) | e? |  |\n',
    "experiments/a/README.md": "# a\n",
    "experiments/a/experiment.json": '{\n  // It asks.\n  "question": "b | \\"c\\"?"\n}\n',
    "experiments/in/d/README.md": "# d\n",
    "experiments/in/d/experiment.json": '{\n  "question": "e?"\n}\n',
    "results/README.md": "# Results\n| metric | unit |\n|-|-|\n| `wall_ns` | ns |\n",
}

LONG = "void long_one(int a) {\n" + "  a = a;\n" * LONGEST_FUNCTION + "}\n"

# Check -> trees that break it, as changes to GOOD.
BAD = {
    "include_direction": [{"harness/os/fd.cpp": '// x.\n#include "engine/pread.hpp"\n'},
                          {"harness/odd/x.cpp": "// x.\n"}],
    "raw_handles": [{"harness/measure/metrics.cpp": "// x.\nvoid f() { close(3); }\n"},
                    {"harness/measure/metrics.cpp": "// x.\nint f() { return errno; }\n"}],
    "exits": [{"harness/os/fd.cpp": "// x.\nvoid f() { std::abort(); }\n"},
              {"harness/os/fd.cpp": "// x.\nvoid f() { try { g(); } catch (...) {} }\n"}],
    "advice": [{"harness/os/fd.cpp": "// x.\nvoid f() { posix_madvise(p, 1, 2); }\n"}],
    "printing": [{"harness/os/fd.cpp": '// x.\nvoid f() { std::cerr << "x"; }\n'},
                 {"harness/os/fd.cpp": '// x.\nvoid f() { fmt::print("x"); }\n'}],
    "names_in_a_folder": [{f"harness/os/{name}.cpp": "// x.\nnamespace {\n\nint told(" + kind + " a) {\n  return a;\n}\n\n"
                           "}  // namespace\n" for name, kind in (("fd", "int"), ("file", "long"))}],
    "macros": [{"harness/os/fd.cpp": "// x.\n#define X 1\n"}],
    "long_files": [{"harness/os/fd.cpp": "// x.\n" * (LONGEST_FILE + 1)}],
    "long_functions": [{"harness/os/fd.cpp": f"// x.\nnamespace n {{\n{LONG}}}\n"},
                       {"plots/x.py": '"""x."""\ndef f():\n' + "    g()\n" * LONGEST_FUNCTION}],
    "unfinished": [{"harness/os/fd.cpp": f"// {word} x.\n"} for word in UNFINISHED],
    "foreign": [{"README.md": "See /wo" "rk/x and.\n"}, {"README.md": "https://pypi" ".org/x\n"}],
    "documented_plugins": [{"docs/setup.md": "# Setup\n## Get it done\nThe engine pread.\n"}],
    "documented_metrics": [{"results/README.md": "| `wall_ns` | s |\n"}, {"results/README.md": ""}],
    "dead_files": [{"harness/engine/lost.cpp": "// x.\n"}, {"harness/os/lost.hpp": "// x.\n"},
                   {"plots/lost.py": '"""x."""\n'}],
    "purposes": [{"harness/os/fd.hpp": "#pragma once\n"}, {"run": "#!/bin/sh\nexit\n"}],
    "catalogue": [{"experiments/in/d/experiment.json": '{\n  "question": "f?"\n}\n'},
                  {"experiments/new/experiment.json": '{\n  "question": "e?"\n}\n'},
                  {"experiments/README.md": GOOD["experiments/README.md"] + "| [gone](gone/README.md) | g? | |\n",
                   "experiments/gone/README.md": "# gone\n"}],
    "links": [{"README.md": "[x](docs/gone.md)\n"}, {"README.md": "[x](docs/setup.md#gone)\n"},
              {"harness/os/fd.cpp": '// x.\nauto remedy = "see docs/gone.md";\n'}],
}


def complaints(check: str, files: dict[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return list(CHECKS[check](Tree(Path(folder))))


class Checks(unittest.TestCase):
    def test_a_good_tree_passes(self):
        for check in CHECKS:
            with self.subTest(check):
                self.assertEqual(complaints(check, GOOD), [])

    def test_a_bad_tree_does_not(self):
        self.assertEqual(set(BAD), set(CHECKS))
        for check, changes in BAD.items():
            for change in changes:
                with self.subTest(check, change=change):
                    self.assertEqual(len(complaints(check, GOOD | change)), 1)

    def test_comments_and_strings_are_not_code(self):
        text = '// exit(1)\n/* exit(1)\n*/ auto x = "exit(1)"; auto y = R"(exit(1))"; int z = 1\'000;\n'
        self.assertEqual(complaints("exits", GOOD | {"harness/os/fd.cpp": text}), [])

    def test_functions_are_found_in_classes_and_not_in_data(self):
        text = ("// x.\nnamespace n {\nclass C : public B {\n public:\n  int f() const {\n    if (a) {\n    }\n  }\n};\n"
                "const auto data = make({\n    {1, 2},\n});\nResult<> g(int a,\n           int b) {\n  return {};\n}\n}\n")
        self.assertEqual([(each.line, each.lines) for each in functions(text)], [(5, 4), (13, 4)])


if __name__ == "__main__":
    unittest.main()
