"""Reads a fault trace, faults/<sequence>.faults, as results/README.md describes it byte by byte.

    /usr/bin/python3 plots/fault_trace.py FILE    prints what is in it, and its first faults
"""

import struct
import sys
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from load import LoadError

MAGIC = b"FLFAULT1"
HEADER = struct.Struct("<8sIIQQQQQIIIII")  # the rest of its 128 bytes is 0
HEADER_BYTES = 128
REGION = struct.Struct("<QQQQQ")
RECORD = np.dtype([("time_ns", "<u8"), ("address", "<u8"), ("instruction", "<u8"),
                   ("thread", "<u4"), ("kind", "u1"), ("mode", "u1"), ("cpu", "<u2")])
MINOR, MAJOR = 0, 1
USER, KERNEL = 0, 1
NO_CPU = 0xFFFF
REMEDY = "run the trial again, with the probe fault_trace"


@dataclass
class FaultTrace:
    """One trial's trace.

    records          structured array, a row per fault, in the order of time
    regions          DataFrame of the process's mappings, by address: begin, end, file_offset, inode,
                     path ("" for anonymous memory); empty when the file is incomplete
    lost             faults that were counted but are not in `records`; None when that is not known
    window_begin_ns  CLOCK_MONOTONIC, as every time here; 0 when the window had not opened
    window_end_ns    0 when it had not closed
    complete         False when its writer was killed: the last faults and the regions are not there
    user_mode_only   faults in kernel mode were not to be had
    first_threads_only  threads and programs that started inside the window are not in it
    """

    path: Path
    records: np.ndarray
    regions: pd.DataFrame
    lost: int | None
    window_begin_ns: int
    window_end_ns: int
    process: int
    complete: bool
    user_mode_only: bool
    first_threads_only: bool

    @property
    def seconds(self):
        """When each fault ended, in seconds since the window's opening (since the first fault, where
        the opening is not known)."""
        origin = self.window_begin_ns
        if not origin and len(self.records):
            origin = int(self.records["time_ns"][0])
        return (self.records["time_ns"].astype(np.int64) - origin) / 1e9

    @cached_property
    def region_of(self):
        """For each fault the row of its mapping in `regions`; -1 where none is known."""
        if self.regions.empty:
            return np.full(len(self.records), -1)
        address = self.records["address"]
        at = np.searchsorted(self.regions["begin"].to_numpy(), address, side="right") - 1
        inside = (at >= 0) & (address < self.regions["end"].to_numpy()[at])
        return np.where(inside, at, -1)

    @property
    def offsets(self):
        """Bytes into the file of each fault, or into its mapping where that has no file; -1 where no
        mapping is known."""
        if self.regions.empty:
            return np.full(len(self.records), -1)
        begin = self.regions["begin"].to_numpy()[self.region_of]
        shift = self.regions["file_offset"].to_numpy()[self.region_of]
        offset = (self.records["address"] - begin + shift).astype(np.int64)
        return np.where(self.region_of >= 0, offset, -1)


def path_of(run_path, sequence):
    """The trace of one trial, or None where it has none."""
    path = Path(run_path) / "faults" / f"{sequence:05d}.faults"
    return path if path.exists() else None


def load_fault_trace(path):
    """Reads one file. Raises LoadError where it is none; warns where it is incomplete."""
    path = Path(path)
    try:
        blob = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise LoadError(f"{path}: {error}; {REMEDY}") from error
    if len(blob) < HEADER_BYTES:
        raise LoadError(f"{path}: {len(blob)} bytes are less than a header of {HEADER_BYTES}; "
                        f"{REMEDY}")
    (magic, version, record_size, records, lost, begin_ns, end_ns, regions_at, n_regions, page_size,
     clock, process, flags) = HEADER.unpack_from(blob[:HEADER_BYTES].tobytes())
    _check(path, magic, version, record_size)
    held = (len(blob) - HEADER_BYTES) // RECORD.itemsize
    complete = regions_at != 0
    if complete and (regions_at != HEADER_BYTES + records * RECORD.itemsize
                     or regions_at > len(blob)):
        raise LoadError(f"{path}: {len(blob)} bytes do not hold the {records} records of its "
                        f"header; restore the file from a copy, or {REMEDY}")
    if not complete:
        warnings.warn(f"{path}: incomplete: its writer was killed; {held} whole records are read, "
                      f"addresses have no files; {REMEDY}", stacklevel=2)
    taken = records if complete else held
    end = HEADER_BYTES + taken * RECORD.itemsize
    rows = np.frombuffer(blob[HEADER_BYTES:end], dtype=RECORD)
    return FaultTrace(
        path=path, records=rows[np.argsort(rows["time_ns"], kind="stable")],
        regions=_regions(path, blob[regions_at:].tobytes(), n_regions if complete else 0),
        lost=lost if complete else None, window_begin_ns=begin_ns, window_end_ns=end_ns,
        process=process, complete=complete, user_mode_only=bool(flags & 1),
        first_threads_only=bool(flags & 2))


def _check(path, magic, version, record_size):
    if magic != MAGIC:
        raise LoadError(f"{path}: starts with {magic!r}, not with {MAGIC!r}: not a fault trace; name a "
                        "file faults/<sequence>.faults of a run folder")
    if version != 1:
        raise LoadError(f"{path}: version {version}; this reader knows 1: use the faultlab that "
                        "wrote it")
    if record_size != RECORD.itemsize:
        raise LoadError(f"{path}: records of {record_size} bytes, not {RECORD.itemsize}; "
                        "restore the file from a copy")


def _regions(path, blob, count):
    rows, at = [], 0
    for _ in range(count):
        if at + REGION.size > len(blob):
            break
        begin, end, offset, inode, length = REGION.unpack_from(blob, at)
        at += REGION.size
        name = blob[at:at + length]
        if len(name) < length:
            break
        rows.append((begin, end, offset, inode, name.decode("utf-8", "replace")))
        at += -(-length // 8) * 8
    if len(rows) < count:
        raise LoadError(f"{path}: {len(rows)} of {count} mappings; the end of the file is missing: "
                        f"restore it from a copy, or {REMEDY}")
    frame = pd.DataFrame(rows, columns=["begin", "end", "file_offset", "inode", "path"])
    return frame.astype({name: np.uint64 for name in ("begin", "end", "file_offset", "inode")})


def main():
    try:
        trace = load_fault_trace(sys.argv[1])
    except (LoadError, IndexError) as error:
        print(f"fault_trace: {error}", file=sys.stderr)
        return 2
    minor = int(np.count_nonzero(trace.records["kind"] == MINOR))
    print(f"{minor} minor, {len(trace.records) - minor} major, lost "
          f"{'unknown' if trace.lost is None else trace.lost}; process {trace.process}, "
          f"{len(np.unique(trace.records['thread']))} threads faulted")
    names = trace.regions["path"].to_numpy()
    for index, count in zip(*np.unique(trace.region_of, return_counts=True)):
        print(f"{count:10d} in {(names[index] or 'anonymous memory') if index >= 0 else 'no mapping'}")
    for row, second, offset in list(zip(trace.records, trace.seconds, trace.offsets))[:5]:
        print(f"{second:.9f} s  {row['address']:#x}  offset {offset:#x}  thread {row['thread']}  "
              f"{'major' if row['kind'] else 'minor'}  {'kernel' if row['mode'] else 'user'}  "
              f"at {row['instruction']:#x}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
