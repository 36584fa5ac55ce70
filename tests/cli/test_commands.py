"""Every command's exit code, and what it says on which stream."""

import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import program
from program import (EXIT_HOST_CANNOT, EXIT_OK, EXIT_READER_GONE, EXIT_SOME_FAILED, EXIT_USAGE, PATIENCE_S, PROGRAM,
                     ProgramTest, config)

KINDS = ["experiments", "engines", "orders", "pressures", "probes", "media", "sinks", "swaps", "scenarios", "knobs",
         "metrics"]
LOCATED = re.compile(r"^\S+:\d+:\d+: [\w.]+: .+", re.M)


class CommandTest(ProgramTest):
    def refused(self, *words, code: int = EXIT_USAGE) -> str:
        """What is on stderr of a command line that must be refused, with nothing on stdout."""
        done = self.faultlab(*words, expect=code)
        self.assertEqual(done.stdout, "")
        self.assertNotEqual(done.stderr.strip(), "")
        return done.stderr


class OutputTest(CommandTest):
    """What becomes of a command whose output nobody takes."""

    def ended(self, *words, **streams) -> subprocess.CompletedProcess:
        return subprocess.run([PROGRAM, *map(str, words)], env=self.environment(), timeout=PATIENCE_S, check=False,
                              **streams)

    @staticmethod
    def abandoned_pipe() -> int:
        """The end to write to of a pipe that nobody reads."""
        reader, writer = os.pipe()
        os.close(reader)
        return writer

    def test_a_reader_that_left_ends_a_measuring_command_quietly(self):
        writer = self.abandoned_pipe()
        done = self.ended("calibrate", "--quick", "empty", "--data", self.data, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        self.assertEqual(done.returncode, EXIT_READER_GONE)
        self.assertEqual(done.stderr, b"")

    def test_a_full_disk_under_the_output_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = self.ended("list", "engines", stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, EXIT_SOME_FAILED)
        self.assertIn(b"No space left on device", done.stderr)

    def test_a_run_goes_on_when_nobody_reads_its_progress(self):
        writer = self.abandoned_pipe()
        words = [word for word in self.run_words(self.write_config(config(trials=3))) if word != "--quiet"]
        done = self.ended(*words, stdout=subprocess.DEVNULL, stderr=writer)
        os.close(writer)
        self.assertEqual(done.returncode, EXIT_OK)
        self.assertEqual(len(self.only_run().records), 3)


class UsageTest(CommandTest):
    def test_an_unknown_command_is_named(self):
        self.assertIn("nonsense", self.refused("nonsense"))

    def test_an_unknown_option_is_named(self):
        self.assertIn("--nonsense", self.refused("run", "quickstart", "--nonsense"))

    def test_no_command_points_to_help(self):
        self.assertIn("--help", self.refused())

    def test_help_names_every_exit_code(self):
        text = self.faultlab("--help", expect=EXIT_OK).stdout
        codes = text[text.index("Exit codes:"):]
        for code in (0, 1, 2, 3, 130, 141):
            self.assertRegex(codes, rf"\b{code}\b")

    def test_every_command_has_help(self):
        commands = re.findall(r"^  (\w+) {2,}", self.faultlab("--help").stdout.split("Subcommands:")[1], re.M)
        self.assertIn("run", commands)
        for command in commands:
            self.faultlab(command, "--help", expect=EXIT_OK)

    def test_version(self):
        self.assertRegex(self.faultlab("--version", expect=EXIT_OK).stdout, r"^\d+\.\d+\.\d+\n$")

    def test_listing_an_unknown_kind_names_the_known(self):
        self.assertIn("engines", self.refused("list", "nonsense"))

    def test_a_config_that_is_not_there(self):
        for command in ("run", "plan", "validate"):
            with self.subTest(command=command):
                message = self.refused(command, self.folder / "absent.json")
                self.assertIn("absent.json", message)
                self.assertIn("faultlab list experiments", message)

    def test_a_folder_without_a_config(self):
        self.assertIn("faultlab new", self.refused("run", self.folder))

    def test_a_folder_that_is_no_run(self):
        for command in ("resume", "export", "study"):
            with self.subTest(command=command):
                self.assertIn(str(self.folder), self.refused(command, self.folder))


class ConfigTest(CommandTest):
    def test_an_invalid_config_is_located_and_nothing_is_made(self):
        path = self.write_config(config({"workload.engine": "preed", "dataset.size": "4M"}))
        done = self.faultlab(*self.run_words(path), expect=EXIT_USAGE)
        self.assertEqual(done.stdout, "")
        places = [line for line in done.stderr.splitlines() if line.startswith(f"{path}:")]
        self.assertEqual(len(places), 2, done.stderr)
        for line in places:
            self.assertRegex(line, LOCATED)
        self.assertIn("pread", done.stderr)
        self.assertFalse(self.results.exists())
        self.assertEqual(list(self.data.iterdir()), [])

    def test_text_that_is_not_json_is_located(self):
        self.assertRegex(self.refused("validate", self.write_config('{\n  "schema_version": 1,\n  oops\n}')),
                         r"experiment\.json:3:\d+: ")

    def test_every_shipped_experiment_is_valid(self):
        shipped = sorted(program.ROOT.glob("experiments/**/experiment.json"))
        self.assertTrue(shipped)
        done = self.faultlab("validate", *shipped, expect=EXIT_OK)
        self.assertEqual(done.stderr, "")
        self.assertEqual(len(done.stdout.splitlines()), len(shipped))

    def test_one_bad_config_among_good_ones(self):
        good, bad = self.write_config(config(), "good.json"), self.write_config(config(trials=0), "bad.json")
        done = self.faultlab("validate", good, bad, good, expect=EXIT_USAGE)
        self.assertEqual(done.stdout.count("good.json: ok"), 2)
        self.assertIn("bad.json:", done.stderr)

    def test_a_plan_is_the_same_twice_and_another_with_another_seed(self):
        factors = {"workload.engine": ["pread", "read", "mmap_shared"]}
        path = self.write_config(config(factors=factors, trials=5))
        first, second = (self.faultlab("plan", path, expect=EXIT_OK).stdout for _ in range(2))
        self.assertEqual(first, second)
        other = self.faultlab("plan", self.write_config(config(factors=factors, trials=5, seed=2)), expect=EXIT_OK)
        self.assertNotEqual(first, other.stdout)
        self.assertFalse(self.results.exists())

    def test_a_plan_in_json_has_every_trial_of_every_cell(self):
        engines = ["pread", "read", "mmap_shared"]
        path = self.write_config(config(factors={"workload.engine": engines}, trials=4))
        plan = json.loads(self.faultlab("plan", path, "--json", "--data", self.data, expect=EXIT_OK).stdout)
        self.assertEqual([trial["sequence"] for trial in plan["trials"]], list(range(12)))
        self.assertEqual(sorted((trial["cell"]["workload.engine"], trial["trial"]) for trial in plan["trials"]),
                         sorted((engine, number) for engine in engines for number in range(4)))
        self.assertTrue(any(str(self.data) in change for change in plan["host_changes"]), plan["host_changes"])


class KeptConfigTest(CommandTest):
    def test_a_run_folder_holds_its_config_as_it_was_written(self):
        path = self.write_config(config())
        path.write_text("// why: a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
        self.faultlab(*self.run_words(path), expect=EXIT_OK)
        kept = self.only_run().folder / "experiment.json"
        self.assertEqual(kept.read_bytes(), path.read_bytes())
        self.faultlab("validate", kept, expect=EXIT_OK)


class NoProbesTest(CommandTest):
    def test_the_timing_twin_has_times_and_nothing_else(self):
        path = self.write_config(config(sample_every="10 ms"))
        self.faultlab(*self.run_words(path), "--no-probes", expect=EXIT_OK)
        run = self.only_run()
        self.assertEqual((run.manifest["config"]["probes"], run.manifest["config"]["sample_every"]), ([], "off"))
        readings = run.records[0]["readings"]
        self.assertGreater(readings["wall_ns"]["clock"], 0)
        self.assertNotIn("minor_faults", readings)
        self.assertEqual(list((run.folder / "series").glob("*")), [])
        self.assertFalse((run.folder / "experiment.json").exists(), "nobody wrote this config")

    def test_a_factor_that_is_about_probes_is_not_overruled(self):
        levels = [{"label": "none", "set": {"probes": []}}, {"label": "one", "set": {"probes": ["rusage"]}}]
        path = self.write_config(config(factors={"counted by": levels}))
        self.assertIn("counted by", self.refused(*self.run_words(path), "--no-probes"))
        self.assertFalse(self.results.exists())


class LookingTest(CommandTest):
    def test_list_has_every_kind_with_name_and_summary(self):
        listed = json.loads(self.faultlab("list", "--json", expect=EXIT_OK).stdout)
        self.assertEqual(list(listed), KINDS)
        for kind, items in listed.items():
            self.assertTrue(items, kind)
            for item in items:
                self.assertTrue(item["name"] and item["summary"], f"{kind}: {item}")
                for lack in item["lacks"]:
                    self.assertTrue(lack["why"] and lack["remedy"], f"{kind}: {item}")

    def test_list_of_one_kind(self):
        for kind in KINDS:
            text = self.faultlab("list", kind, expect=EXIT_OK).stdout
            self.assertEqual(text.splitlines()[0], kind)

    def test_doctor_has_a_remedy_for_everything_that_is_not_ok(self):
        checks = json.loads(self.faultlab("doctor", "--json", "--data", self.data, expect=EXIT_OK).stdout)
        self.assertGreater(len(checks), 10)
        for check in checks:
            self.assertIn(check["verdict"], ("ok", "limited", "missing"))
            self.assertTrue(check["finding"], check)
            if check["verdict"] != "ok":
                self.assertTrue(check["remedy"], check)

    def test_what_can_be_typed_is_a_script_that_the_shell_can_read(self):
        hints = self.faultlab("doctor", "--fix-hints", "--data", self.data, expect=EXIT_OK).stdout
        self.assertTrue(hints.startswith("#!/bin/sh\n"))
        self.assertEqual(subprocess.run(["sh", "-n"], input=hints, text=True, timeout=PATIENCE_S, check=False).returncode, 0)
        fixes = [fix for check in json.loads(self.faultlab("doctor", "--json", "--data", self.data).stdout)
                 for fix in check["fixes"]]
        for fix in fixes:
            # What asks for a thought must not run with the rest.
            self.assertIn(("# " if fix["beware"] else "") + fix["command"], hints.splitlines())

    def test_the_hints_speak_of_all_that_is_not_ok(self):
        hints = self.faultlab("doctor", "--fix-hints", "--data", self.data, expect=EXIT_OK).stdout
        for check in json.loads(self.faultlab("doctor", "--json", "--data", self.data, expect=EXIT_OK).stdout):
            self.assertEqual(f"# {check['name']}: " in hints, check["verdict"] != "ok", check)

    def test_the_schema_is_the_shipped_one(self):
        shipped = program.ROOT / "harness/config/experiment.schema.json"
        self.assertEqual(self.faultlab("schema", expect=EXIT_OK).stdout, shipped.read_text(encoding="utf-8"))

    def test_nothing_to_recover(self):
        self.assertIn("nothing to recover", self.faultlab("recover", expect=EXIT_OK).stdout)

    def test_data_is_on_stdout_alone(self):
        for words in (["list"], ["doctor"], ["schema"], ["plan", self.write_config(config())]):
            self.assertEqual(self.faultlab(*words, expect=EXIT_OK).stderr, "", words)


class HostTest(CommandTest):
    def test_results_that_cannot_be_written_are_the_hosts_fault(self):
        in_the_way = self.folder / "file"
        in_the_way.write_text("", encoding="utf-8")
        message = self.refused("run", self.write_config(config()), "--results", in_the_way / "below", "--data",
                               self.data, "--no-study", "--quiet", code=EXIT_HOST_CANNOT)
        self.assertIn(str(in_the_way), message)

    def test_what_the_host_has_no_room_for_is_refused_before_anything_is_made(self):
        for changes, lacking in (({"workload.engine": "anon", "workload.advice": "normal", "dataset.size": "64 TiB"}, "memory"),
                                 ({"swap": {"kind": "file", "size": "900 TiB"}}, "disk")):
            with self.subTest(lacking=lacking):
                path = self.write_config(config(changes))
                message = self.refused("run", path, "--results", self.results, "--data", self.data, "--no-study",
                                       "--quiet", code=EXIT_HOST_CANNOT)
                if os.geteuid() == 0:
                    self.assertIn(f"{lacking}: ", message)
                    self.assertIn("smaller", message)
                self.assertFalse(self.results.exists())
                plan = json.loads(self.faultlab("plan", path, "--json", "--data", self.data, expect=EXIT_OK).stdout)
                self.assertTrue(plan["unmet"])

    def test_a_dataset_larger_than_the_disk_names_a_remedy(self):
        too_large = shutil.disk_usage(self.data).free // (1 << 30) + 1
        path = self.write_config(config({"dataset.size": f"{too_large} GiB"}))
        message = self.refused(*self.run_words(path), code=EXIT_HOST_CANNOT)
        self.assertIn("dataset.size", message)
        self.assertEqual([path for path in Path(self.data).iterdir() if path.name.endswith(".partial")], [])


if __name__ == "__main__":
    unittest.main()
