"""`python3 plots/draw.py RUN_DIR`: draws the figures that the run's config asks for, and its cost model's.

    --figure '{"kind": "bars", ...}'   draws this one instead, as a config would ask for it; repeatable
    --format svg                       pdf, png or svg; repeatable; PDF and PNG where none is named

Reads study.json for every interval; prints the figures' paths, and on stderr why a figure was not
drawn. The same run drawn again gives the same bytes. Exit codes: 0 done, 1 a figure of --figure was not
drawn, 2 an unreadable folder or a wrong --figure.
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
from figures import NotDrawn, asked, kinds, notes  # noqa: E402
from load import LoadError, load_run  # noqa: E402
from model.report import FILE_NAME as MODEL  # noqa: E402
from study.study import FILE_NAME  # noqa: E402
from svg import write_svg  # noqa: E402

PNG_DPI = 300
FORMATS = ("png", "pdf", "svg")  # in the order in which one of them is named to the reader
USUAL = ("pdf", "png")


def main(arguments=None):
    options = _options(arguments)
    warnings.simplefilter("ignore", UserWarning)  # a torn line is the study's remark
    try:
        run = load_run(options.run_dir)
        study = read_study(options.run_dir / FILE_NAME)
        specs = [asked.spec(text, run) for text in options.figure] or None
    except (LoadError, asked.Wrong) as error:
        print(f"draw: {error}", file=sys.stderr)
        return 2
    formats = tuple(dict.fromkeys(options.format or USUAL))
    out = options.out or options.run_dir / "figures"
    drawn = list(draw_all(run, study, out, specs, formats))
    if not options.quiet:
        _tell(drawn, formats)
    n_drawn = sum(path.suffix == ".json" for path in drawn)
    return 1 if specs and n_drawn < len(specs) else 0


def draw_all(run, study, out, specs=None, formats=USUAL):
    """Draws `specs` (see drawings()) into the folder `out`; yields the paths as they are written."""
    for name, _, paths, why in draw_each(run, study, out, specs, formats):
        if why:
            print(f"{name}: not drawn: {why}", file=sys.stderr)
        yield from paths


def draw_each(run, study, out, specs=None, formats=USUAL):
    """Draws the same; yields of each figure (name, its entry, the paths written, why it was not drawn or None)."""
    out.mkdir(parents=True, exist_ok=True)
    for name, spec, drawing in drawings(run, study, specs):
        if isinstance(drawing, NotDrawn):
            _remove(out, name)
            yield name, spec, [], str(drawing)
        else:
            yield name, spec, list(_write(run, drawing, out, name, formats)), None


def drawings(run, study, specs=None):
    """Yields (name, its entry, figures.Drawing or the NotDrawn that says why there is none).

    `specs` are figures as asked.spec() returns them; without any, those of the manifest, and `model` of
    a run that has one.
    """
    if specs is None:
        modelled = [{"kind": "model"}] if (run.path / MODEL).exists() else []
        specs = _numbered(run.manifest["figures"] + modelled)
    else:
        study = asked.with_ratios(run, study, specs)
    for name, spec in zip(_names(specs), specs):
        try:
            with style.context():
                found = _draw(run, study, spec)
            found.caption += f" {notes.provenance(run, found)}"
        except NotDrawn as reason:
            found = reason
        yield name, spec, found


def names_of(figures):
    """What the figures of a manifest are called, in their order."""
    return _names(_numbered(figures))


def _numbered(figures):
    return [{**figure, "number": number} for number, figure in enumerate(figures)]


def _names(specs):
    used = set()
    return [_name(spec, used) for spec in specs]


def _draw(run, study, spec):
    known = kinds()
    if spec["kind"] not in known:
        raise NotDrawn(f"no kind {spec['kind']}; there are {', '.join(known)}")
    for key in ("x", "y", "series", "panel"):
        if key in spec and spec[key] not in run.factors:
            raise NotDrawn(f"{key}: no factor {spec[key]} in this run")
    return known[spec["kind"]](run, study, spec)


def _name(spec, used):
    """bars-ops_per_second, and with a number when the config asks twice; one that the config did not ask
    for has a name of its own, so that it replaces none."""
    base = spec["kind"] if "metric" not in spec or spec["kind"].endswith("over_time") else \
        f"{spec['kind']}-{spec['metric']}"
    if isinstance(spec["number"], str):
        base = f"{base}-{spec['number']}"
    name, number = base, 1
    while name in used:
        number += 1
        name = f"{base}-{number}"
    used.add(name)
    return name


def _write(run, drawing, out, name, formats):
    for kind in formats:
        yield _whole(out / f"{name}.{kind}", lambda path, kind=kind: _save(drawing, path, kind))
    text = json.dumps({
        "figure": name, "run": run.manifest["run"], "experiment": run.manifest["experiment"],
        "metric": drawing.metric, "interval": drawing.interval, "caption": drawing.caption,
        "n": drawing.n}, indent=1, ensure_ascii=False)
    yield _whole(out / f"{name}.json", lambda path: path.write_text(text + "\n", encoding="utf-8"))


def _save(drawing, path, kind):
    if kind == "svg":
        path.write_text(write_svg(drawing), encoding="utf-8")
        return
    # Dates and versions of tools would make two drawings of one run differ.
    metadata = {"CreationDate": None, "Creator": None, "Producer": None} if kind == "pdf" else {"Software": None}
    with style.context():
        drawing.figure.savefig(path, format=kind, dpi=PNG_DPI if kind == "png" else "figure", metadata=metadata)


def _whole(path, write):
    """Writes beside `path` and moves the file there, so that nobody meets half of it; returns the path."""
    beside = path.with_name(path.name + ".new")
    write(beside)
    os.replace(beside, path)
    return path


def _remove(out, name):
    """A figure of an earlier drawing must not outlive its data."""
    for kind in (*FORMATS, "json"):
        (out / f"{name}.{kind}").unlink(missing_ok=True)


def _tell(drawn, formats):
    words = " and ".join(kind.upper() for kind in formats)
    shown = next(kind for kind in FORMATS if kind in formats)
    print(f"\nFigures ({words}, with a caption beside each)")
    for path in drawn:
        if path.suffix == f".{shown}":
            print(f"- {os.path.relpath(path)}")


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
    parser.add_argument("--figure", action="append", default=[], metavar="JSON",
                        help="draw this figure, in a config's words, instead of the config's; repeatable")
    parser.add_argument("--format", action="append", choices=FORMATS,
                        help="default: pdf and png; repeatable")
    parser.add_argument("--quiet", action="store_true", help="print no paths")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
