"""`python3 plots/compare A B [C ...]`: what differs between runs, and what that did to their numbers.

An input is a run folder, or what fio wrote: a JSON file, several joined by commas, or fio:FOLDER. The first is the
base. Exit codes: 0 done, 1 a --bound is crossed, 2 an input cannot be read, the command line asks for what cannot
be, or a --bound could be tested in no cell.
"""

import argparse
import json
import os
import sys
import warnings
from pathlib import Path

# Run by folder name, Python puts plots/compare on its path; the package's parent belongs there.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from compare import bounds, terminal  # noqa: E402
from compare.comparison import compare  # noqa: E402
from compare.inputs import UsageError, read  # noqa: E402
from load import LoadError  # noqa: E402

EXAMPLES = """examples:
  python3 plots/compare results/quickstart/A results/quickstart/B --bound 'ops_per_second 5%'
  python3 plots/compare BEFORE AFTER --metric ops_per_second --metric minor_faults --json -
  python3 plots/compare RUN fio:repetitions --match 'fio job=randread' 'workload.engine=pread' \\
      --of-factor 'memory=unlimited' --figure figures"""


def main(arguments=None):
    options = _options(arguments)
    warnings.simplefilter("ignore")  # what load_run warns of is shown as a remark
    try:
        inputs = read(options.inputs)
        result = compare(inputs, options.metric, options.match, options.of_factor, options.bound)
        _deliver(result, options)
    except (LoadError, UsageError, OSError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    untested = [bound for bound in result["bounds"] if bound["counts"][bounds.UNTESTED] == len(bound["cells"])]
    for bound in untested:
        print(f"compare: --bound '{bound['metric']} {bound['per_cent']:g}%': no cell could be tested", file=sys.stderr)
    if any(bound["counts"][bounds.CROSSED] for bound in result["bounds"]):
        return 1
    return 2 if untested else 0


def _deliver(result, options):
    """Text on stdout, unless --json - has it; figures' paths after it."""
    text = json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if options.json == "-":
        print(text, end="")
    else:
        print(terminal.render(result, sys.stdout))
    if options.json and options.json != "-":
        _replace(Path(options.json), text)
    if options.figure:
        from compare import figure  # matplotlib is slow to import, and only this needs it
        paths, undrawn = figure.draw_all(result, options.figure)
        if options.json != "-":
            print("\nFigures (PDF and PNG, with a caption beside each)")
            print("\n".join(f"- {os.path.relpath(path)}" for path in paths if path.suffix == ".png"))
        for sentence in undrawn:
            print(sentence, file=sys.stderr)


def _replace(path, text):
    """The file is whole or not there."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def _options(arguments):
    parser = argparse.ArgumentParser(
        prog="plots/compare", description="Two or more runs, or fio's results, against the first of them.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", metavar="INPUT",
                        help="a run folder, fio's JSON file, several joined by commas, or fio:FOLDER; the first is the "
                             "base")
    parser.add_argument("--metric", action="append", default=[], metavar="METRIC",
                        help="compare this, and no other; again for another (default: what the configs ask about)")
    parser.add_argument("--bound", action="append", default=[], metavar="'METRIC 5%%'",
                        help="exit 1 where a metric is worse than the base's by more than this")
    parser.add_argument("--of-factor", action="append", default=[], metavar="F=LEVEL",
                        help="only cells with this level; again for a further level, or a further factor")
    parser.add_argument("--match", action="append", nargs=2, default=[], metavar=("F=LEVEL", "G=LEVEL"),
                        help="cells of later inputs with the first are the base's cells with the second")
    parser.add_argument("--json", metavar="FILE", help="the whole comparison as JSON; -: on stdout, and no text")
    parser.add_argument("--figure", type=Path, metavar="DIR", help="draw the ratios into this folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
