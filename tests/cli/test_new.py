"""`faultlab new`: what it makes is valid, short to run, explains itself, and overwrites nothing."""

import json
import os
import re
import unittest

import program
from program import EXIT_OK, EXIT_USAGE, ProgramTest

# What a newcomer would turn, in the words of the config.
TURNED = ["question", "size", "medium", "engine", "order", "block", "consume", "advice", "threads", "work", "workload.latency",
          "start", "pressure", "swap", "knobs", "factors", "exclude", "trials", "seed", "sample_every", "probes",
          "expect", "figures"]
# A line that is a field in a comment, alone in it.
AS_A_COMMENT = re.compile(r'^ *// ("[\w.]+": .*,)$', re.M)


class NewTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.root = self.folder / "project"
        (self.root / "plots/study").mkdir(parents=True)
        self.experiments = self.root / "experiments"

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**{"FAULTLAB_ROOT": str(self.root), **more})

    def made(self, name: str, *words) -> tuple[str, str]:
        """The config and the page of a new experiment."""
        self.faultlab("new", name, *words, expect=EXIT_OK)
        return tuple((self.experiments / name / file).read_text(encoding="utf-8")
                     for file in ("experiment.json", "README.md"))

    def refused(self, *words) -> str:
        done = self.faultlab("new", *words, expect=EXIT_USAGE)
        self.assertEqual(done.stdout, "")
        self.assertNotEqual(done.stderr.strip(), "")
        return done.stderr

    def plan(self, name: str) -> dict:
        return json.loads(self.faultlab("plan", name, "--json", expect=EXIT_OK).stdout)


class TemplateTest(NewTest):
    def test_it_is_valid_and_listed(self):
        done = self.faultlab("new", "my-question", expect=EXIT_OK)
        folder = self.experiments / "my-question"
        self.assertEqual(done.stdout.splitlines(), [f"{folder}/experiment.json", f"{folder}/README.md"])
        self.assertEqual(sorted(os.listdir(folder)), ["README.md", "experiment.json"])
        self.faultlab("validate", folder, "my-question", expect=EXIT_OK)
        listed = json.loads(self.faultlab("list", "experiments", "--json").stdout)["experiments"]
        self.assertEqual([item["name"] for item in listed], ["my-question"])

    def test_it_takes_less_than_a_minute_and_needs_nothing(self):
        self.made("mine")
        plan = self.plan("mine")
        self.assertLess(plan["estimated_seconds"], 60)
        self.assertEqual(plan["unmet"], [])

    def test_what_one_would_turn_is_there_and_explained(self):
        config, _ = self.made("mine")
        for field in TURNED:
            self.assertIn(f'"{field}":', config)
        lines = config.splitlines()
        for number, line in enumerate(lines):
            # Of these the name is the explanation.
            if re.match(r'^ {2,4}"(?!schema_version|name|\$schema|workload)\w+":', line):
                self.assertRegex(lines[number - 1], r"^ *//", line)

    def test_every_field_in_a_comment_is_valid_in_its_place(self):
        config, _ = self.made("mine")
        fields = AS_A_COMMENT.findall(config)
        self.assertGreaterEqual(len(fields), 6)
        for field in fields:
            with self.subTest(field=field):
                self.faultlab("validate", self.write_config(config.replace(f"// {field}", field), "uncommented.json"),
                              expect=EXIT_OK)

    def test_the_factor_in_a_comment_is_valid_in_its_place(self):
        config, _ = self.made("mine")
        lines = re.findall(r"^ *//   (.*)$", config, re.M)
        self.assertEqual(len(lines), 2)
        varied = config.replace('"factors": {', '"factors": {\n' + "\n".join(lines) + ",")
        self.faultlab("validate", self.write_config(varied), expect=EXIT_OK)
        cells = {trial["cell"]["memory"] for trial in
                 json.loads(self.faultlab("plan", self.write_config(varied), "--json").stdout)["trials"]}
        self.assertEqual(cells, {"all", "half"})

    def test_every_word_in_quotes_is_one(self):
        """Engines, orders and others that its comments name are plugins, or values that some field takes."""
        config, _ = self.made("mine")
        schema = (program.ROOT / "harness/config/experiment.schema.json").read_text(encoding="utf-8")
        for comment in re.findall(r"//(.*)$", config, re.M):
            for word in re.findall(r'"([a-z_]+)"', comment):
                if word not in ("memory", "all", "half"):
                    self.assertIn(f'"{word}"', schema)

    def test_the_page_asks_what_adding_an_experiment_wants(self):
        _, page = self.made("mine")
        self.assertTrue(page.startswith("# mine\n"))
        for question in ("Question", "Hypothesis", "Expected size", "Confounders", "How to read", "What would refute it"):
            self.assertIn(f"**{question}", page)

    def test_quiet_says_nothing_on_stderr(self):
        self.assertIn("faultlab plan mine", self.faultlab("new", "mine", expect=EXIT_OK).stderr)
        self.assertEqual(self.faultlab("new", "other", "--quiet", expect=EXIT_OK).stderr, "")

    def test_an_experiment_is_never_overwritten(self):
        self.made("mine")
        readme = self.experiments / "mine/README.md"
        readme.write_text("kept", encoding="utf-8")
        self.refused("mine")
        self.refused("mine", "--from", program.ROOT / "experiments/quickstart")
        self.assertEqual(readme.read_text(encoding="utf-8"), "kept")

    def test_a_name_must_be_a_name(self):
        for name in ("My Question", "../outside", "", '"quoted"', "a/b"):
            with self.subTest(name=name):
                self.refused(name)
        self.assertFalse(self.experiments.exists())


class CopyTest(NewTest):
    def test_a_copy_has_its_comments_and_its_own_name(self):
        original = (program.ROOT / "experiments/quickstart/experiment.json").read_text(encoding="utf-8")
        config, page = self.made("mine", "--from", program.ROOT / "experiments/quickstart")
        self.assertEqual(config, original.replace('"name": "quickstart"', '"name": "mine"'))
        self.assertTrue(page.startswith("# mine\n"))
        self.assertIn("What differs", page)
        self.faultlab("validate", "mine", expect=EXIT_OK)

    def test_a_copy_of_a_nested_one_finds_its_schema(self):
        nested = self.experiments / "group/other"
        nested.mkdir(parents=True)
        (nested / "experiment.json").write_text(json.dumps(
            {"$schema": "../../../harness/config/experiment.schema.json", **program.config(name="other")}, indent=1),
            encoding="utf-8")
        config, page = self.made("mine", "--from", "group/other")
        self.assertEqual(json.loads(config)["$schema"], "../../harness/config/experiment.schema.json")
        self.assertEqual(json.loads(config)["name"], "mine")
        self.assertIn("`group/other`", page)

    def test_every_shipped_experiment_can_be_copied(self):
        for number, config in enumerate(sorted(program.ROOT.glob("experiments/**/experiment.json"))):
            with self.subTest(config=config):
                self.made(f"copy-{number}", "--from", config.parent)

    def test_what_is_not_there_or_not_valid_is_not_copied(self):
        self.assertIn("faultlab list experiments", self.refused("mine", "--from", "absent"))
        bad = self.write_config(program.config(trials=0), "bad.json")
        self.assertRegex(self.refused("mine", "--from", bad), r"bad\.json:\d+:\d+: trials")
        self.assertFalse(self.experiments.exists())


if __name__ == "__main__":
    unittest.main()
