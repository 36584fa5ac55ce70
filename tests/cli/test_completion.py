"""`faultlab completion`: the script of bash, sourced by a bash, completes commands, options, experiments, runs, kinds and
scenarios; those of the other shells are read by them, where they are installed."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import program
from program import EXIT_OK, EXIT_USAGE, PATIENCE_S, PROGRAM, ProgramTest

# Completes the words that it is given, as readline would; prints a candidate a line.
COMPLETE = r"""
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
_faultlab "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""
SHOWN_S = 60  # how long a shell may take to show something
SHELLS = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}


class ShellTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.script = self.folder / "completion.bash"
        self.script.write_text(self.faultlab("completion", "bash", expect=EXIT_OK).stdout, encoding="utf-8")
        # The program by its name, as the shell would find it.
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        (self.bin / "faultlab").symlink_to(PROGRAM)

    def environment(self, **more: str) -> dict[str, str]:
        path = f"{self.bin}:{os.environ['PATH']}" if hasattr(self, "bin") else os.environ["PATH"]
        return super().environment(**{"PATH": path, **more})

    def completed(self, *words: str) -> list[str]:
        """What the last word can become."""
        done = subprocess.run(["bash", "--norc", "-c", COMPLETE, "bash", str(self.script), *words],
                              env=self.environment(), cwd=self.folder, text=True, capture_output=True,
                              timeout=PATIENCE_S, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def made_run(self, name: str) -> Path:
        """Something that looks like a run folder."""
        run = self.results / "tested" / name
        run.mkdir(parents=True)
        (run / "manifest.json").write_text("{}", encoding="utf-8")
        return run


    def typed(self, shell: list[str], begin: str, text: str, until: str) -> str:
        """What a terminal shows after the text was typed, keys and all, into a shell that was begun so."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execvpe(shell[0], shell, self.environment(PS1="> ", TERM="dumb", INPUTRC="/dev/null", HISTFILE=""))
        try:
            # What it answers shows that it is through, and the line is not in what was typed.
            os.write(terminal, f"{begin}echo rea''dy\n".encode())
            shown(terminal, "ready")
            os.write(terminal, text.encode())
            return shown(terminal, until)
        finally:
            os.write(terminal, b"\x03exit\n")
            os.close(terminal)
            os.waitpid(pid, 0)


def shown(terminal: int, until: str) -> str:
    """What has come when this is among it."""
    screen, deadline = "", time.monotonic() + SHOWN_S
    while until not in screen and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                # What a step back of the cursor overwrites was never meant to be read.
                screen = re.sub(".\b", "", screen + os.read(terminal, 4096).decode(errors="replace"))
            except OSError:  # the shell has ended
                break
    return screen


class BashTest(ShellTest):
    def test_commands(self):
        self.assertEqual(self.completed("faultlab", "ru"), ["run"])
        self.assertEqual(set(self.completed("faultlab", "re")), {"resume", "recover"} |
                         ({"report", "reproduce"} & set(self.completed("faultlab", ""))))
        self.assertEqual(self.completed("faultlab", "zz"), [])

    def test_every_command_of_the_help(self):
        listed = self.faultlab("--help", expect=EXIT_OK).stdout.split("Subcommands:")[1].split("Examples:")[0]
        self.assertEqual(self.completed("faultlab", ""), re.findall(r"^  ([\w-]+)", listed, re.M))

    def test_experiments(self):
        self.assertEqual(self.completed("faultlab", "run", "qui"), ["quickstart"])
        for command in ("plan", "validate"):
            self.assertIn("quickstart", self.completed("faultlab", command, ""))
        self.assertEqual(self.completed("faultlab", "validate", "quickstart", "evic")[0], "eviction")
        self.assertEqual(self.completed("faultlab", "new", "mine", "--from", "qui"), ["quickstart"])

    def test_only_as_many_arguments_as_there_are(self):
        self.assertEqual(self.completed("faultlab", "run", "quickstart", "qui"), [])
        self.assertEqual(self.completed("faultlab", "new", "qui"), [])

    def test_a_config_by_its_path(self):
        path = self.write_config(program.config(), "mine.json")
        self.assertEqual(self.completed("faultlab", "run", "min"), [path.name])

    def test_kinds_and_scenarios(self):
        self.assertEqual(self.completed("faultlab", "list", "ex"), ["experiments"])
        self.assertIn("anon_write", self.completed("faultlab", "calibrate", "anon_read", "anon_w"))

    def test_options(self):
        self.assertEqual(self.completed("faultlab", "run", "--no-p"), ["--no-probes"])
        self.assertEqual(self.completed("faultlab", "--vers"), ["--version"])
        self.assertEqual(self.completed("faultlab", "recover", "--no-p"), [])
        self.assertNotIn("--values", self.completed("faultlab", "completion", "--"))

    def test_values_of_options(self):
        (self.folder / "elsewhere").mkdir()
        (self.folder / "elsefile").write_text("", encoding="utf-8")
        self.assertEqual(self.completed("faultlab", "run", "--data", "else"), ["elsewhere"])
        self.assertEqual(self.completed("faultlab", "run", "--data", "=", "else"), ["elsewhere"])
        self.assertEqual(self.completed("faultlab", "run", "--data", "elsewhere", "qui"), ["quickstart"])
        self.assertEqual(self.completed("faultlab", "run", "--data", "=", "elsewhere", "qui"), ["quickstart"])
        self.assertEqual(self.completed("faultlab", "completion", "z"), ["zsh"])

    def test_runs_are_named_as_one_would_from_here(self):
        for name in ("one", "other"):
            self.made_run(name)
        (self.results / "tested" / "none").mkdir()
        words = ["--results", str(self.results)]
        for command in ("resume", "study", "export", "offsets"):
            self.assertEqual(self.completed("faultlab", command, *words, ""),
                             ["results/tested/one", "results/tested/other"])
        self.assertEqual(self.completed("faultlab", "study", "--results", "=", str(self.results), "results/tested/ot"),
                         ["results/tested/other"])
        self.assertEqual(self.completed("faultlab", "study", *words, "--model", "results/tested/on"),
                         ["results/tested/one"])

    def test_runs_elsewhere_have_their_whole_path(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            (Path(elsewhere) / "tested/one").mkdir(parents=True)
            (Path(elsewhere) / "tested/one/manifest.json").write_text("{}", encoding="utf-8")
            self.assertEqual(self.completed("faultlab", "study", "--results", elsewhere, ""),
                             [f"{elsewhere}/tested/one"])

    def test_the_projects_run_script_is_not_started(self):
        """Its program is asked, which lies beside it; the script itself would build."""
        (self.folder / "build/measure").mkdir(parents=True)
        (self.folder / "build/measure/faultlab").symlink_to(PROGRAM)
        script = self.folder / "run"
        script.write_text(f"#!/bin/sh\ntouch {self.folder}/started\n", encoding="utf-8")
        script.chmod(0o755)
        self.assertEqual(self.completed("./run", "run", "qui"), ["quickstart"])
        self.assertFalse((self.folder / "started").exists())

    def test_the_tab_key(self):
        screen = self.typed(["bash", "--norc", "--noprofile", "-i"], f". {self.script}\n", "faultlab ru\tqui\t",
                            "run quickstart ")
        self.assertIn("faultlab run quickstart ", screen)

    def test_no_program_no_names(self):
        self.assertEqual(self.completed(str(self.folder / "absent"), "run", "qui"), [])


class OtherShellsTest(ShellTest):
    def test_fish(self):
        if not shutil.which("fish"):
            self.skipTest("fish is not installed")
        script = self.folder / "completion.fish"
        script.write_text(self.faultlab("completion", "fish", expect=EXIT_OK).stdout, encoding="utf-8")
        for line, whole in (("faultlab ru", "run"), ("faultlab run qui", "quickstart"), ("faultlab list ex", "experiments"),
                            ("faultlab run --no-p", "--no-probes"), ("faultlab completion z", "zsh")):
            done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"], text=True,
                                  env=self.environment(HOME=str(self.folder)), cwd=self.folder, capture_output=True,
                                  timeout=PATIENCE_S, check=False)
            self.assertEqual([candidate.split("\t")[0] for candidate in done.stdout.splitlines()], [whole], done.stderr)

    def test_zsh(self):
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        script = self.folder / "completion.zsh"
        script.write_text(self.faultlab("completion", "zsh", expect=EXIT_OK).stdout, encoding="utf-8")
        begin = f"autoload -U compinit; compinit -u -D; . {script}\n"
        for line, whole in (("faultlab ru\tqui\t", "run quickstart "), ("faultlab list ex\t", "list experiments "),
                            ("faultlab run --no-p\t", "--no-probes "), ("faultlab completion z\t", "completion zsh ")):
            self.assertIn(whole, self.typed(["zsh", "-f", "-i"], begin, line, whole))


class ScriptTest(ProgramTest):
    def test_each_shell_can_read_its_script(self):
        for shell, check in SHELLS.items():
            with self.subTest(shell=shell):
                script = self.folder / f"completion.{shell}"
                script.write_text(self.faultlab("completion", shell, expect=EXIT_OK).stdout, encoding="utf-8")
                self.assertIn("experiments", script.read_text(encoding="utf-8"))
                if not shutil.which(shell):
                    self.skipTest(f"{shell} is not installed: its script was only printed")
                done = subprocess.run([*check, script], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_option_is_in_every_script(self):
        options = set(re.findall(r"--[a-z-]+", self.faultlab("run", "--help", expect=EXIT_OK).stdout))
        self.assertIn("--no-probes", options)
        for shell in SHELLS:
            script = self.faultlab("completion", shell, expect=EXIT_OK).stdout
            for option in options:
                written = f"-l {option[2:]}" if shell == "fish" else option
                self.assertIn(written, script, shell)

    def test_another_shell_is_refused(self):
        self.assertIn("bash", self.faultlab("completion", "tcsh", expect=EXIT_USAGE).stderr)
        self.assertIn("bash", self.faultlab("completion", expect=EXIT_USAGE).stderr)

    def test_values_are_what_list_says(self):
        listed = json.loads(self.faultlab("list", "--json", expect=EXIT_OK).stdout)
        for kind in ("experiments", "scenarios", "metrics"):
            names = self.faultlab("completion", "--values", kind, expect=EXIT_OK).stdout.splitlines()
            self.assertEqual(names, [item["name"] for item in listed[kind]])
        self.assertEqual(self.faultlab("completion", "--values", "kinds").stdout.splitlines(), list(listed))


if __name__ == "__main__":
    unittest.main()
