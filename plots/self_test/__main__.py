"""`python3 plots/self_test RUN [RUN ...]`: the comparison, tried on runs of the same program.

Two runs and more are paired with their neighbours in time, each run once: what `compare` does. With --within, and of
one run, each run is split into its odd and its even trials, which take turns: what a study does. Each pair is compared
cell by cell, as it is (every "different" is a false alarm) and with one side slowed down. Exit codes: 0 all three
conditions hold, 1 one does not, 2 usage, or runs that cannot be read or are no repetitions of each other.
"""

import argparse
import json
import os
import sys
import warnings
from pathlib import Path

# Run by folder name, Python puts plots/self_test on its path; the package's parent belongs there.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from load import LoadError, load_run  # noqa: E402
from self_test import pairing, report, trial  # noqa: E402


def main(arguments=None):
    options = _options(arguments)
    warnings.simplefilter("ignore")  # what load_run warns of is a remark of the study
    try:
        runs = [load_run(path) for path in options.runs]
        metric = pairing.metric_of(runs, options.metric)
        within = options.within or len(runs) == 1
        pairs = pairing.within_runs(runs, metric) if within else pairing.of_runs(runs, metric)
        entries = trial.compare(pairs, options.slowdown, runs[0].metrics[metric]["better"])
        if not any("low" in each["interval"] for each in entries):
            raise LoadError(f"no comparison could be made: {entries[0]['why'] if entries else 'the runs have no cell'}")
    except LoadError as error:
        print(f"self_test: {error}", file=sys.stderr)
        return 2
    judged = report.judge(entries, options.slowdown)
    how = _pairing(runs, pairs, within)
    scatter = trial.run_to_run(runs, metric, pairing.values)
    if options.json:
        _write(options.json, {"schema_version": 1, "metric": metric, "pairing": how, **judged,
                              "run_to_run": scatter, "comparisons": entries})
    print(report.render(entries, judged, how, metric, scatter))
    return 0 if judged["holds"] else 1


def _pairing(runs, pairs, within):
    if within:
        several = "one run, its" if len(runs) == 1 else f"{len(runs)} runs, of each its"
        return f"{several} odd trials over its even ones (what differs between runs is not in it)"
    left = f"; {max(run.manifest['run'] for run in runs)} is left over" if len(runs) % 2 else ""
    one = "a pair" if len(pairs) == 1 else f"{len(pairs)} pairs"
    return f"{len(runs)} runs in {one} of neighbours in time, each run in one pair: pairs are independent{left}"


def _write(path, content):
    """Whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(beside, path)


def _options(arguments):
    parser = argparse.ArgumentParser(
        prog="plots/self_test",
        description="Does the comparison call the same program different, and does it find a slowdown?")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN",
                        help="runs of one config by one program, say 20 of experiments/self-test; or one run with "
                             "twelve trials a cell or more")
    parser.add_argument("--within", action="store_true",
                        help="compare the odd with the even trials of each run, not runs with each other")
    parser.add_argument("--slowdown", type=_share, default=0.10, metavar="SHARE",
                        help="what is put into one side of each pair: times x 1.1, rates / 1.1 for 10%% (the default)")
    parser.add_argument("--metric", help="what is compared; default: ops_per_second, else event_ns")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every comparison and the conditions to FILE")
    return parser.parse_args(arguments)


def _share(text):
    """10% or 0.1, as a number above 0."""
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 10:
        raise argparse.ArgumentTypeError(f"{text} is no slowdown; write 10%")
    return share


if __name__ == "__main__":
    sys.exit(main())
