"""The processes that a test's program has started, told from outside."""

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


def _called(state: Path, word: bytes) -> list[int]:
    return [pid for pid in processes_of(state) if word in _command_line(pid)]


def _command_line(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []
