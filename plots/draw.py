"""`python3 plots/draw.py RUN_DIR`: draws the figures that the run's config asks for, and its cost model's.

Reads study.json for every interval; prints the PNGs' paths, and on stderr why a figure was not
drawn. The same run drawn again gives the same bytes. Exit codes: 0 done, 2 unreadable folder.
"""

import argparse
import json
import os
import sys
import warnings
from pathlib import Path

# Before matplotlib writes a file: dates in PDFs and in subset fonts come from here.
os.environ["SOURCE_DATE_EPOCH"] = "0"

import style  # noqa: E402
from figures import NotDrawn, kinds  # noqa: E402
from load import LoadError, load_run  # noqa: E402
from model.report import FILE_NAME as MODEL  # noqa: E402
from study.study import FILE_NAME  # noqa: E402

PNG_DPI = 300


def main(arguments=None):
    options = _options(arguments)
    warnings.simplefilter("ignore", UserWarning)  # a torn line is the study's remark
    try:
        run = load_run(options.run_dir)
        study = read_study(options.run_dir / FILE_NAME)
    except LoadError as error:
        print(f"draw: {error}", file=sys.stderr)
        return 2
    out = options.out or options.run_dir / "figures"
    drawn = list(draw_all(run, study, out))
    if not options.quiet:
        print("\nFigures (PDF and PNG, with a caption beside each)")
        for path in drawn:
            if path.suffix == ".png":
                print(f"- {os.path.relpath(path)}")
    return 0


def draw_all(run, study, out):
    """Draws manifest["figures"], and `model` of a run that has one, into the folder `out`; yields the paths
    as they are written."""
    for name, _, paths, why in draw_each(run, study, out):
        if why:
            print(f"{name}: not drawn: {why}", file=sys.stderr)
        yield from paths


def draw_each(run, study, out):
    """Draws the same; yields of each figure (name, its entry, the paths written, why it was not drawn or None)."""
    out.mkdir(parents=True, exist_ok=True)
    for name, spec, drawing in drawings(run, study):
        if isinstance(drawing, NotDrawn):
            _remove(out, name)
            yield name, spec, [], str(drawing)
        else:
            with style.context():
                paths = list(_write(run, drawing, out, name))
            yield name, spec, paths, None


def drawings(run, study):
    """(name, its entry, Drawing or NotDrawn) of each of manifest["figures"], and of `model` of a run that has one."""
    modelled = [{"kind": "model"}] if (run.path / MODEL).exists() else []
    specs = run.manifest["figures"] + modelled
    for number, (name, spec) in enumerate(zip(names_of(specs), specs)):
        try:
            with style.context():
                drawing = _draw(run, study, {**spec, "number": number})
        except NotDrawn as reason:
            drawing = reason
        yield name, spec, drawing


def names_of(specs):
    """What the figures of a manifest are called, in their order."""
    used = set()
    return [_name(spec, used) for spec in specs]


def _draw(run, study, spec):
    known = kinds()
    if spec["kind"] not in known:
        raise NotDrawn(f"no kind {spec['kind']}; there are {', '.join(known)}")
    for key in ("x", "series", "panel"):
        if key in spec and spec[key] not in run.factors:
            raise NotDrawn(f"{key}: no factor {spec[key]} in this run")
    return known[spec["kind"]](run, study, spec)


def _name(spec, used):
    """bars-ops_per_second, and with a number when the config asks twice."""
    base = spec["kind"] if "metric" not in spec or spec["kind"].endswith("over_time") else \
        f"{spec['kind']}-{spec['metric']}"
    name, number = base, 1
    while name in used:
        number += 1
        name = f"{base}-{number}"
    used.add(name)
    return name


def _write(run, drawing, out, name):
    # Dates and versions of tools would make two drawings of one run differ.
    pdf, png, sidecar = (out / f"{name}.{kind}" for kind in ("pdf", "png", "json"))
    drawing.figure.savefig(pdf, metadata={"CreationDate": None, "Creator": None, "Producer": None})
    drawing.figure.savefig(png, dpi=PNG_DPI, metadata={"Software": None})
    text = json.dumps({
        "figure": name, "run": run.manifest["run"], "experiment": run.manifest["experiment"],
        "metric": drawing.metric, "interval": drawing.interval, "caption": drawing.caption,
        "n": drawing.n}, indent=1, ensure_ascii=False)
    sidecar.write_text(text + "\n", encoding="utf-8")
    yield from (pdf, png, sidecar)


def _remove(out, name):
    """A figure of an earlier drawing must not outlive its data."""
    for kind in ("pdf", "png", "json"):
        (out / f"{name}.{kind}").unlink(missing_ok=True)


def read_study(path):
    """The content of study.json; raises LoadError with the remedy where it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LoadError(f"{path}: {error}; make it with `python3 plots/study "
                        f"{path.parent}`") from error


def _options(arguments):
    parser = argparse.ArgumentParser(prog="plots/draw.py", description="The figures of one run.")
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR",
                        help="results/<experiment>/<run>, with its study.json")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: RUN_DIR/figures")
    parser.add_argument("--quiet", action="store_true", help="print no paths")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
