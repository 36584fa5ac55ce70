"""A bundle that is read again: whole and as it was made, or an error that says what is wrong."""

import json
from dataclasses import dataclass
from pathlib import Path

from bundle import BundleError, checksums, tolerances
from bundle.contents import MANIFEST

ROW_KEYS = {"key": str, "experiment": str, "run": str, "config": str, "raw": str, "figures": list, "trials": dict,
            "seconds": (int, float)}
MOST_DIFFERENCES = 20


@dataclass
class Bundle:
    """folder; digest, which names it; rows of MANIFEST.json; the content of tolerances.json; remarks on strays."""

    folder: Path
    digest: str
    rows: list
    tolerances: dict
    remarks: list

    def study(self, row):
        return _read(self.folder / row["raw"] / "study.json")

    def manifest(self, row):
        return _read(self.folder / row["raw"] / "manifest.json")

    def numbers(self, row):
        """The tolerances of one run."""
        return tolerances.of_run(self.tolerances, row["key"])


def read(folder):
    """Opens a bundle; raises BundleError where a file of it is not as it was."""
    folder = Path(folder)
    wrong, remarks = checksums.differences(folder)
    if wrong:
        more = [f"and {len(wrong) - MOST_DIFFERENCES} more"] if len(wrong) > MOST_DIFFERENCES else []
        raise BundleError("\n  ".join([f"{folder}: not as it was made; fetch it again, or, where the change is yours, "
                                       f"write {checksums.FILE_NAME} anew:", *wrong[:MOST_DIFFERENCES], *more]))
    content = _read(folder / MANIFEST)
    if content.get("schema_version") != 1:
        raise BundleError(f"{folder / MANIFEST}: schema_version {content.get('schema_version')}; this reader knows 1")
    for number, row in enumerate(content.get("runs", [])):
        _check(row, f"{folder / MANIFEST}: runs[{number}]")
    stated = _read(folder / tolerances.FILE_NAME)
    bundle = Bundle(folder, checksums.digest(folder), content.get("runs", []), stated, remarks)
    for row in bundle.rows:
        bundle.numbers(row)  # an unusable tolerance is found before hours of trials, not after them
    return bundle


def _check(row, where):
    for key, kind in ROW_KEYS.items():
        if not isinstance(row.get(key), kind):
            raise BundleError(f"{where}: no usable {key}; this is not a bundle of this version")
    for key in ("config", "raw"):
        if row[key].startswith("/") or ".." in row[key].split("/"):
            raise BundleError(f"{where}: {key} leads out of the bundle: {row[key]}")


def _read(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: {error}; fetch the bundle again") from error
