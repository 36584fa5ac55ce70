"""Puts the folder of a bundle together: built beside its place and renamed, so that it is there whole or not at all."""

import json
import shutil
from pathlib import Path

from bundle import (BundleError, checksums, configs, macros, paper, provenance, raw, readme, tables,
                    tolerances)
from draw import draw_each

MANIFEST = "MANIFEST.json"
ROOT = Path(__file__).resolve().parents[2]
COPIED = ("LICENSE", "CITATION.cff")


def make(entries, out):
    """Writes the bundle of `entries` to the folder `out`, which must not exist or be empty."""
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BundleError(f"{out}: exists already, and may hold somebody's changes; remove it, or name another folder")
    beside = out.absolute().parent / f".{out.name}.partial"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        _fill(beside, entries)
        beside.rename(out)
    except OSError as error:
        raise BundleError(f"{out}: {error}; nothing was written") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _fill(folder, entries):
    rows = _with_configs(folder, entries)
    captions, found = {}, macros.of_bundle(entries)
    for entry, row in zip(entries, rows):
        row["raw"] = f"raw/{entry.name}"
        row["left_out"] = raw.copy(entry, folder / row["raw"])
        row["figures"], captions[entry.key] = _draw(folder, entry)
        row["tables"] = _write_tables(folder, entry)
    contents = {"schema_version": 1, "what": "a paper bundle of faultlab; README.md says what to do with it",
                "runs": rows}
    texts = {
        MANIFEST: _json(contents), "README.md": readme.text(entries, contents),
        "numbers.tex": macros.as_tex(found, entries), "numbers.json": macros.as_json(found, entries),
        "paper.tex": paper.text(entries, found, captions, {row["key"]: row["tables"] for row in rows}),
        "provenance.json": _json(provenance.of_bundle(entries)),
        tolerances.FILE_NAME: _json(tolerances.of_bundle(entries)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in COPIED:
        shutil.copyfile(ROOT / name, folder / name)
    checksums.write(folder)


def _json(content):
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _with_configs(folder, entries):
    """A row of MANIFEST.json for each entry. Runs of one config share its file, so that it is run again once."""
    (folder / "configs").mkdir()
    rows, paths = [], {}
    for entry in entries:
        text = configs.resolved(entry.manifest)
        if text not in paths:
            paths[text] = f"configs/{entry.key}.json"
            (folder / paths[text]).write_text(text, encoding="utf-8")
        rows.append({
            "key": entry.key, "experiment": entry.manifest["experiment"], "run": entry.manifest["run"],
            "question": entry.manifest.get("question", ""), "trials": entry.outcomes, "seconds": entry.seconds,
            "config": paths[text], "config_as_written": _write_as_written(folder, entry)})
    return rows


def _write_as_written(folder, entry):
    """Its path in the bundle, or missing with the reason."""
    text, why = configs.as_written(entry.run.path)
    if why:
        return {"missing": why}
    path = f"configs/{entry.key}.as-written.json"
    (folder / path).write_text(text, encoding="utf-8")
    return path


def _draw(folder, entry):
    """(the manifest's rows of figures, what the paper needs of those that were drawn: path and caption)."""
    rows, shown = [], []
    for number, (name, spec, paths, why) in enumerate(draw_each(entry.run, entry.study,
                                                                folder / "figures" / entry.key)):
        row = {"number": number, "kind": spec["kind"], "name": name}
        if why:
            rows.append({**row, "missing": why})
            continue
        path = f"figures/{entry.key}/{name}"
        sidecar = next(path for path in paths if path.suffix == ".json")
        shown.append((path, json.loads(sidecar.read_text(encoding="utf-8"))["caption"]))
        rows.append({**row, "path": path})
    return rows, shown


def _write_tables(folder, entry):
    (folder / "tables").mkdir(exist_ok=True)
    texts = tables.of_entry(entry)
    for name, text in texts.items():
        (folder / "tables" / f"{name}.tex").write_text(text, encoding="utf-8")
    return list(texts)
