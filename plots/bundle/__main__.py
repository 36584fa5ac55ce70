"""`python3 plots/bundle`: make, check and reproduce paper bundles.

Exit codes: 0 done, and of `reproduce` all agreed; 1 something disagreed; 2 a run or a bundle that cannot be used;
3 the host cannot make some run; 130 interrupted.
"""

import argparse
import sys
import warnings
from pathlib import Path

# Run by folder name, Python puts plots/bundle on its path; the package's parent belongs there.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bundle import BundleError, contents, entries, opened, runner  # noqa: E402
from bundle.reproduce import reproduce  # noqa: E402
from bundle.wording import count  # noqa: E402
from load import LoadError  # noqa: E402

OK, UNUSABLE, INTERRUPTED = 0, 2, 130


def main(arguments=None):
    options = _options(arguments)
    warnings.simplefilter("ignore")  # a torn line is the study's remark
    try:
        return options.action(options)
    except (BundleError, LoadError) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return UNUSABLE
    except (runner.Interrupted, KeyboardInterrupt):
        again = "; what is done is kept, and the same command goes on" if options.command == "reproduce" else ""
        print(f"{options.command}: interrupted{again}", file=sys.stderr)
        return INTERRUPTED


def _make(options):
    made = entries.read(options.runs)
    contents.make(made, options.out)
    print(f"{options.out}: {count(len(made), 'run')}; begin with its README.md")
    return OK


def _check(options):
    bundle = opened.read(options.folder)
    for remark in bundle.remarks:
        print(f"note: {remark}", file=sys.stderr)
    print(f"{options.folder}: as it was made, {count(len(bundle.rows), 'run')}")
    return OK


def _reproduce(options):
    runner.stop_like_ctrl_c()
    return reproduce(options.folder, options.program, options.results, options.trials, options.only, options.json)


def _options(arguments):
    parser = argparse.ArgumentParser(prog="plots/bundle", description="What a paper says about runs, and how to "
                                                                      "get it again.")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="write a bundle")
    make.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder that does not exist")
    make.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="results/<experiment>/<run>")
    make.set_defaults(action=_make)
    check = commands.add_parser("check", help="are a bundle's files as they were made?")
    check.add_argument("folder", type=Path, metavar="DIR")
    check.set_defaults(action=_check)
    again = commands.add_parser("reproduce", help="run a bundle's experiments again, and say what agrees")
    again.add_argument("folder", type=Path, metavar="DIR")
    again.add_argument("--program", type=Path, required=True, metavar="FAULTLAB", help="the program to run")
    again.add_argument("--results", type=Path, default=Path("reproduction"), metavar="FOLDER",
                       help="where runs and report go (default: reproduction)")
    again.add_argument("--trials", type=_at_least_one, metavar="N", help="so many trials a cell, not as published")
    again.add_argument("--only", action="append", default=[], metavar="EXPERIMENT", help="this one; repeatable")
    again.add_argument("--json", action="store_true", help="print reproduction.json instead of the table")
    again.set_defaults(action=_reproduce)
    return parser.parse_args(arguments)


def _at_least_one(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
