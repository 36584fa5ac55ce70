"""What a test's program has started and what it has changed on the host, told from outside."""

import contextlib
from pathlib import Path


def processes_of(state: Path) -> list[int]:
    """Living processes that were started, directly or not, with this journal folder."""
    mark = f"FAULTLAB_STATE={state}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue  # ended while we looked
    return found


def guardians_of(state: Path) -> list[int]:
    """Of these processes, those that restore the host when the program is killed."""
    return _called(state, b"guardian")


def receivers_of(state: Path) -> list[int]:
    """Of these processes, those that receive what a transfer sends."""
    return _called(state, b"receiver-worker")


def trials_of(state: Path) -> list[int]:
    """Of these processes, those that are a trial."""
    return _called(state, b"worker")


def loop_files() -> list[str]:
    """Files behind the host's loop devices. A device that goes while we look (another program's) is one that is not
    there."""
    files = []
    for path in Path("/sys/block").glob("loop*/loop/backing_file"):
        with contextlib.suppress(OSError):
            files.append(path.read_text(encoding="utf-8"))
    return sorted(files)


def _called(state: Path, word: bytes) -> list[int]:
    return [pid for pid in processes_of(state) if word in _command_line(pid)]


def _command_line(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []
