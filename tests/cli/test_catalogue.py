"""experiments/README.md is what `faultlab list experiments --markdown` prints; FAULTLAB_UPDATE_GOLDEN=1 writes it."""

import json
import os
import re
import unittest

import program
from program import EXIT_OK, EXIT_USAGE, ProgramTest

PAGE = program.ROOT / "experiments/README.md"


class CatalogueTest(ProgramTest):
    def test_the_page_is_of_today(self):
        made = self.faultlab("list", "experiments", "--markdown", expect=EXIT_OK).stdout
        if os.environ.get("FAULTLAB_UPDATE_GOLDEN"):
            PAGE.write_text(made, encoding="utf-8")
        self.assertEqual(made, PAGE.read_text(encoding="utf-8"),
                         "./run list experiments --markdown > experiments/README.md")

    def test_every_experiment_has_its_question(self):
        made = self.faultlab("list", "experiments", "--markdown", expect=EXIT_OK).stdout
        listed = json.loads(self.faultlab("list", "experiments", "--json", expect=EXIT_OK).stdout)["experiments"]
        rows = dict(re.findall(r"^\| \[([^\]]+)\]\(\1/README\.md\) \| (.*?) \| ", made, re.M))
        self.assertEqual(rows, {item["name"]: item["summary"] for item in listed})

    def test_only_experiments_have_a_page(self):
        for kind in ([], ["engines"]):
            self.assertIn("list experiments --markdown", self.faultlab("list", *kind, "--markdown", expect=EXIT_USAGE).stderr)


class NestedTest(ProgramTest):
    def setUp(self):
        super().setUp()
        (self.folder / "plots/study").mkdir(parents=True)
        for name in ("mine", "group/inner"):
            folder = self.folder / "experiments" / name
            folder.mkdir(parents=True)
            content = program.config({"workload.work": {"seconds": 30}}, question=f"{name}: a | b?", trials=180)
            (folder / "experiment.json").write_text(json.dumps(content), encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**{"FAULTLAB_ROOT": str(self.folder), **more})

    def test_a_folder_of_experiments_has_a_heading_and_a_table(self):
        made = self.faultlab("list", "experiments", "--markdown", expect=EXIT_OK).stdout
        first, second = made.split("\n## group\n")
        self.assertIn("| [mine](mine/README.md) | mine: a \\| b? | nothing | 1 h 31 min | 4 MiB |", first)
        self.assertIn("| [group/inner](group/inner/README.md) | group/inner: a \\| b? |", second)


if __name__ == "__main__":
    unittest.main()
