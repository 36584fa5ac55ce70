"""`python3 plots/report RUN [--out FILE] [--quiet]`: writes report.html, and report.md beside it.

Prints the path of the first. The same run gives the same bytes. Exit codes: 0 done, 2 unreadable folder or a wrong
FILE, 3 a library is missing.
"""

import argparse
import os
import sys
import warnings
from pathlib import Path
from urllib.parse import quote

# Run by folder name, Python puts plots/report on its path; the package's parent belongs there.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

try:
    import jinja2  # noqa: F401
except ImportError:
    print("report: python3-jinja2 is missing; install it: apt-get install -y --no-install-recommends python3-jinja2",
          file=sys.stderr)
    sys.exit(3)

from draw import read_study  # noqa: E402
from load import LoadError, load_run  # noqa: E402
from report import page  # noqa: E402
from report.content import content  # noqa: E402
from study.study import FILE_NAME as STUDY  # noqa: E402

SUFFIX = ".html"


def main(arguments=None):
    options = _options(arguments)
    warnings.simplefilter("ignore")  # what load_run warns of is shown as a remark
    out = options.out or options.run_dir / f"report{SUFFIX}"
    try:
        if out.suffix != SUFFIX:
            raise LoadError(f"{out}: the report is HTML, with a .md beside it: give a name that ends in {SUFFIX}")
        run = load_run(options.run_dir)
        study = _study_of(run)
        told = content(run, study)
        _write(out, page.html(told))
        _write(out.with_suffix(".md"), page.text(told, lambda name: _picture(run, out.parent, name)))
    except (LoadError, page.PageError, OSError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 2
    if told["timelines"] and not page.has_dygraphs():
        print(f"report: {page.NO_DYGRAPHS}", file=sys.stderr)
    if not options.quiet:
        print(out)
    return 0


def _study_of(run):
    """study.json, if it speaks of these records."""
    path = run.path / STUDY
    study = read_study(path)
    studied = sum(sum(cell["outcomes"].values()) for cell in study["cells"])
    if studied != len(run.trials):
        raise LoadError(f"{path}: it speaks of {studied} trials, trials.jsonl has {len(run.trials)}; study the run "
                        f"again: `faultlab study {run.path}`")
    return study


def _picture(run, here, name):
    """The link to a figure from the folder `here`, or None where it has not been drawn."""
    path = run.path / "figures" / f"{name}.png"
    return quote(Path(os.path.relpath(path, here)).as_posix()) if path.exists() else None


def _write(path, text):
    """Whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def _options(arguments):
    parser = argparse.ArgumentParser(prog="plots/report", description="The report of one run, as HTML and Markdown.")
    parser.add_argument("run_dir", type=Path, metavar="RUN", help="results/<experiment>/<run>, with its study.json")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: RUN/report.html; a .md comes beside it")
    parser.add_argument("--quiet", action="store_true", help="print no path")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
