"""Runs one experiment by the program under test, and goes on with a run that was stopped."""

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bundle import configs
from load import LoadError, load_run

SOME_FAILED, REFUSED, HOST_CANNOT, INTERRUPTED = 1, 2, 3, 130
LAST_LINES = 8


class Interrupted(Exception):
    """The user wants to stop; the program has put the host back and ended."""


@dataclass
class Ending:
    """done: `run` is a run folder with all its trials. Else failed or cannot, and why."""

    word: str
    run: Path | None = None
    why: str = ""


class Runner:
    """The program of a fresh clone, and where its runs go."""

    def __init__(self, program, results):
        self.program, self.results = str(program), Path(results)

    def plan(self, config):
        """What the program says that a config would do: (its JSON, None), or (None, why it says nothing)."""
        done = subprocess.run([self.program, "plan", config, "--results", self.results, "--json"],
                              capture_output=True, text=True, check=False)
        try:
            if done.returncode == 0:
                return json.loads(done.stdout), None
        except ValueError:
            pass
        return None, _tail(done.stderr) or f"`plan` ended with {done.returncode}"

    def folders(self, experiment):
        """The names of the run folders that an experiment has."""
        return sorted(path.parent.name for path in (self.results / experiment).glob("*/manifest.json"))

    def run(self, config, experiment, known, log):
        """Runs a config, or goes on with the one run of it that is not among the `known` ones."""
        begun = self._of_config(config, experiment, known)
        if len(begun) == 1:
            code = self._to_end(["resume", self.results / experiment / begun[0]], log)
            return _ending(code, self.results / experiment / begun[0], log)
        known = self.folders(experiment)
        code = self._to_end(["run", config], log)
        # Another version of the program may put a config in other words; then what is new is what was made.
        made = self._of_config(config, experiment, known) or [
            name for name in self.folders(experiment) if name not in known]
        return _ending(code, self.results / experiment / made[-1] if made else None, log)

    def _of_config(self, config, experiment, known):
        """The run folders that are not `known` and were made with the config: somebody else may run things here."""
        asked = json.loads(config.read_text(encoding="utf-8"))
        return [name for name in self.folders(experiment) if name not in known
                and not configs.contradiction(asked, _config_of(self.results / experiment / name), "")]

    def _to_end(self, words, log):
        """The exit code. The program has a process group of its own, so that a stop reaches it once, from here."""
        with open(log, "a", encoding="utf-8") as file:
            process = subprocess.Popen([self.program, *map(str, words), "--results", str(self.results), "--quiet"],
                                       stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                       start_new_session=True)
            stopped = False
            while True:
                try:
                    code = process.wait()
                    break
                except KeyboardInterrupt:
                    stopped = True
                    process.send_signal(signal.SIGINT)
        if stopped or code == INTERRUPTED or code < 0 and -code in (signal.SIGINT, signal.SIGTERM):
            raise Interrupted
        return code


def stop_like_ctrl_c():
    """A terminal that goes, and a polite kill, stop us as Ctrl-C does: the trial that runs must be ended first."""
    def stop(*_):
        raise KeyboardInterrupt
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _ending(code, run, log):
    """All trials are there: done, whatever became of the program's own study. Else by the exit code."""
    if run and _is_whole(run):
        return Ending("done", run)
    why = _tail(Path(log).read_text(encoding="utf-8", errors="replace"))
    if code == HOST_CANNOT:
        return Ending("cannot", None, why)
    what = {REFUSED: "the program refuses the config", 0: "the program ended well, and there is no whole run",
            SOME_FAILED: "the program stopped early"}.get(code, f"the program ended with {code}")
    return Ending("failed", None, f"{what}: {why}" if why else what)


def _config_of(folder):
    try:
        return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["config"]
    except (OSError, ValueError, KeyError):
        return None


def _is_whole(folder):
    try:
        run = load_run(folder)
    except LoadError:
        return False
    planned = run.manifest.get("planned", len(run.cells) * run.manifest["trials_per_cell"])
    ended = run.trials[run.trials["outcome"] != "interrupted"] if len(run.trials) else run.trials
    return len(ended) >= planned


def _tail(text):
    return " | ".join(line.strip() for line in text.strip().splitlines()[-LAST_LINES:] if line.strip())


def is_program(path):
    return os.path.isfile(path) and os.access(path, os.X_OK)
