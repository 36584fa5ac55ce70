"""Runs, bundles of them, and a program that makes them again without measuring anything: for the tests of bundles."""

import json
import signal
import sys
import time
from pathlib import Path

import synthetic
from paths import HERE, PLOTS
from synthetic import ENGINE, LIMIT

TRIALS = 6
FACTORS = {ENGINE: ["pread", "mmap_shared"], LIMIT: ["none", "50% of dataset"]}
FASTER = {"that": "ratio of ops_per_second", "of": {ENGINE: "mmap_shared"}, "over": {ENGINE: "pread"}}
# The first is a matter of course, and the second nobody can decide: the bound is what the model's ratio is.
EXPECT = [{**FASTER, "where": {LIMIT: "none"}, "at_least": 1.01, "claim": "a mapping is faster"},
          {"that": "median of minor_faults", "of": {ENGINE: "pread"}, "at_most": 200, "because": "pread maps nothing"}]
FIGURES = [{"kind": "bars", "metric": "ops_per_second", "x": LIMIT, "series": ENGINE},
           {"kind": "ratio", "metric": "ops_per_second", "x": LIMIT, "series": ENGINE, "over": "pread"},
           {"kind": "bars", "metric": "psi_some_ns", "x": LIMIT, "series": ENGINE}]
# An experiment without figures, for what is not about them: drawing takes most of the time.
PLAIN = "plain"
CONFIG = {"schema_version": 1, "name": "quickstart", "dataset": {"size": "256 MiB"}, "trials": TRIALS}


def run(folder, config=None, release="6.18", **more):
    """A run folder whose manifest has a config and some facts; `more` as synthetic.quickstart() takes it."""
    config = CONFIG if config is None else config
    figures = [] if config["name"] == PLAIN else FIGURES
    arguments = {"trials": config["trials"], "factors": FACTORS, "expect": EXPECT, "figures": figures, **more}
    path = synthetic.quickstart(folder, **arguments)
    change_manifest(path, config=config, experiment=config["name"],
                    facts_before={"cpu": {"model": "EX-1", "online": "0-1"}, "kernel": {"release": release},
                                  "load": {"average": Path(folder).name}})
    return path


def change_manifest(path, **more):
    file = Path(path) / "manifest.json"
    manifest = {**json.loads(file.read_text(encoding="utf-8")), **more}
    file.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def slower(factor, only=lambda cell: True):
    """A mend() for records: some cells reach fewer blocks a second."""
    def mend(record):
        if only(record["cell"]):
            record["readings"]["ops_per_second"]["derived"] /= factor
    return mend


# The program: its behaviour is in a file beside it, a list of words to the call that comes next.
PROGRAM = f"""#!{sys.executable}
import json, sys
from pathlib import Path
sys.path[:0] = [{str(HERE)!r}, {str(PLOTS)!r}]
import bundles
sys.exit(bundles.play(Path(__file__), sys.argv[1:]))
"""


def program(folder, *behaviours):
    """An executable that stands in for faultlab; call by call it does what `behaviours` say, and the last for ever."""
    path = Path(folder) / "faultlab"
    path.write_text(PROGRAM, encoding="utf-8")
    path.chmod(0o755)
    path.with_suffix(".behaviours").write_text(json.dumps(behaviours or ["agree"]), encoding="utf-8")
    return path


def calls(program_path):
    """What the program was asked to do, plans left out."""
    path = program_path.with_suffix(".calls")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def play(path, words):
    """One call of the program that stands in."""
    command, target = words[0], Path(words[1])
    if command == "plan":
        print(json.dumps({"host_changes": ["write 1 to /sys/some/setting"], "unmet": []}))
        return 0
    with open(path.with_suffix(".calls"), "a", encoding="utf-8") as file:
        file.write(f"{command} {target.name}\n")
    file = path.with_suffix(".behaviours")
    behaviour, *rest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(rest or [behaviour]), encoding="utf-8")
    print(f"the program is about to {behaviour}")
    return _measure(command, target, Path(words[words.index("--results") + 1]), behaviour)


def _wait(results):
    """Until it is stopped, as a run of hours."""
    def stopped(*_):
        (results / "stopped").touch()
        sys.exit(130)
    signal.signal(signal.SIGINT, stopped)
    (results / "waiting").touch()
    while True:
        time.sleep(0.05)


def _measure(command, target, results, behaviour):
    if behaviour == "wait":
        return _wait(results)
    if behaviour in ("refuse", "cannot"):
        return 2 if behaviour == "refuse" else 3
    if command == "resume":
        config = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["config"]
        folder = target
    else:
        config = json.loads(target.read_text(encoding="utf-8"))
        folder = results / config["name"] / f"again-{len(list(results.glob('*/again-*')))}"
    mapped = slower(20, lambda cell: cell[ENGINE] == "mmap_shared") if behaviour == "disagree" else slower(2)
    run(folder, config, "6.19", seed=7, mend=mapped)
    if behaviour in ("stop", "die"):
        records = folder / "trials.jsonl"
        lines = records.read_text(encoding="utf-8").splitlines(keepends=True)
        records.write_text("".join(lines[:5]), encoding="utf-8")
        return 130 if behaviour == "stop" else 9
    return 0
