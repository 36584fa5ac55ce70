"""CHECKSUMS.sha256: a line a file, in the form that `sha256sum -c` reads."""

import hashlib
import re

from bundle import BundleError

FILE_NAME = "CHECKSUMS.sha256"
# A stray file here would become part of what is compared or run. Elsewhere it is somebody's paper.pdf.
CLOSED_FOLDERS = ("raw", "configs")
LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def of_file(path):
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write(folder):
    """Writes the checksums of all files below `folder`."""
    lines = [f"{of_file(folder / name)}  {name}\n" for name in names_below(folder) if name != FILE_NAME]
    (folder / FILE_NAME).write_text("".join(lines), encoding="utf-8")


def names_below(folder):
    """The files below `folder`, relative to it, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def digest(folder):
    """What names a bundle: the checksum of its checksums."""
    return of_file(folder / FILE_NAME)


def differences(folder):
    """(what differs, remarks): sentences, both empty for a bundle as it was made.

    Raises BundleError where there are no checksums to compare with.
    """
    stated = _stated(folder)
    wrong = [sentence for name, expected in stated.items() if (sentence := _complaint(folder, name, expected))]
    strays = [name for name in names_below(folder) if name not in stated and name != FILE_NAME]
    wrong += [f"{name}: is not in {FILE_NAME}" for name in strays if name.split("/")[0] in CLOSED_FOLDERS]
    remarks = [f"{name}: not part of the bundle" for name in strays if name.split("/")[0] not in CLOSED_FOLDERS]
    return wrong, remarks


def _complaint(folder, name, expected):
    path = folder / name
    if not path.is_file():
        return f"{name}: is missing"
    return None if of_file(path) == expected else f"{name}: has changed"


def _stated(folder):
    path = folder / FILE_NAME
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{path}: {error}; give the folder of a bundle, as `faultlab report --paper` "
                          "writes it") from error
    stated = {}
    for number, line in enumerate(lines, start=1):
        match = LINE.fullmatch(line)
        if not match or match[2].startswith("/") or ".." in match[2].split("/"):
            raise BundleError(f"{path}:{number}: not a line of checksums; fetch the bundle again")
        stated[match[2]] = match[1]
    if not stated:
        raise BundleError(f"{path}: is empty; fetch the bundle again")
    return stated
