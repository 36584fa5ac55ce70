"""`python3 plots/exports RUN --as FORMAT`: a run in the format of another tool, on stdout or in a file.

Exit codes: 0 done (stderr says what was left out and why), 2 the folder cannot be read, or it cannot be told in this
format.
"""

import argparse
import os
import sys
import warnings
from importlib import import_module
from pathlib import Path

# Run by folder name, Python puts plots/exports on its path; the package's parent belongs there.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from exports import NotExported  # noqa: E402
from load import LoadError, load_run  # noqa: E402

FORMATS = {"google-benchmark": "google_benchmark", "hyperfine": "hyperfine", "github-action-benchmark": "github_action",
           "fio-csv": "fio_csv", "bencher": "bencher"}
SEVERAL = 3  # cells with the same sentence that are still named one by one


def main(arguments=None):
    options = _options(arguments)
    warnings.simplefilter("ignore", UserWarning)  # a torn line is the study's remark
    try:
        run = load_run(options.run_dir)
        exported = import_module(f"exports.{FORMATS[options.format]}").export(run, list(dict.fromkeys(options.metric)))
        if options.out:
            _replace(options.out, exported.text)
    except (LoadError, NotExported, OSError) as error:
        print(f"exports: {error}", file=sys.stderr)
        return 2
    if not options.out:
        print(exported.text, end="")
    for sentence in _grouped(exported.notes):
        print(f"exports: {sentence}", file=sys.stderr)
    return 0


def _grouped(notes):
    """What is said of many cells, once."""
    said = {}
    for name, sentence in notes:
        said.setdefault(sentence, []).extend([name] if name else [])
    for sentence, names in said.items():
        who = ", ".join(names) if len(names) <= SEVERAL else f"{len(names)} cells"
        yield f"{who}: {sentence}" if who else sentence


def _replace(path, text):
    """The file is whole or not there."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def _options(arguments):
    parser = argparse.ArgumentParser(prog="plots/exports", description="A run in the format of another tool.")
    parser.add_argument("run_dir", type=Path, metavar="RUN", help="results/<experiment>/<run>")
    parser.add_argument("--as", dest="format", required=True, choices=FORMATS, metavar="FORMAT",
                        help=f"one of {', '.join(FORMATS)}")
    parser.add_argument("--metric", action="append", default=[], metavar="METRIC",
                        help="export this metric; bencher takes several")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: stdout")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
