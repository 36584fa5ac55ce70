"""From an argument to a run: a run folder, or fio's JSON."""

from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

import fio
from load import LoadError, Run, load_run

PREFIX = "fio:"
FAULTLAB, FIO = "faultlab", "fio"


class UsageError(Exception):
    """A command line that asks for what cannot be; the message says what can."""


@dataclass
class Input:
    """One side of a comparison.

    letter    A, B, ...: what tables and figures call it
    argument  as it was given
    kind      FAULTLAB or FIO
    run       a load.Run either way
    """

    letter: str
    argument: str
    kind: str
    run: Run

    @property
    def facts(self):
        return self.run.manifest.get("facts_before", {})


def read(arguments):
    """The inputs, in the order given. Raises LoadError or UsageError."""
    if len(arguments) < 2:
        raise UsageError("give two inputs or more: run folders, fio's JSON files, or fio:FOLDER; the first is the base")
    if len(arguments) > len(ascii_uppercase):
        raise UsageError(f"{len(arguments)} inputs; the most is {len(ascii_uppercase)}")
    return [Input(letter, argument, *_read(argument)) for letter, argument in zip(ascii_uppercase, arguments)]


def _read(argument):
    files = _fio_files(argument)
    if files is not None:
        return FIO, fio.load(files, _name(argument, files))
    if not Path(argument).is_dir():
        raise LoadError(f"{argument}: no such file or folder; give a run folder, results/<experiment>/<run>, fio's "
                        f"JSON file, several joined by commas, or {PREFIX}FOLDER of them")
    return FAULTLAB, load_run(argument)


def _fio_files(argument):
    """The files of fio that an argument names, None where it names a folder of a run."""
    named = argument.removeprefix(PREFIX)
    if argument != named and Path(named).is_dir():
        files = sorted(Path(named).glob("*.json"))
        if not files:
            raise LoadError(f"{named}: no *.json in this folder; each repetition of fio is one such file")
        return files
    if Path(named).is_file():
        return [Path(named)]
    pieces = [Path(piece) for piece in named.split(",")]
    if len(pieces) > 1 or argument != named:
        absent = [str(piece) for piece in pieces if not piece.is_file()]
        if absent:
            raise LoadError(f"{', '.join(absent)}: no such file, of the fio files {named}")
        return pieces
    return None


def _name(argument, files):
    if len(files) == 1:
        return files[0].stem
    folder = Path(argument.removeprefix(PREFIX))
    return folder.name if folder.is_dir() else f"{files[0].stem} and {len(files) - 1} more"
