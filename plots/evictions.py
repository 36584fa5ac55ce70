"""Reads the page-cache ledger of a trial, evictions/<sequence>.evictions: pages added and deleted.

results/README.md describes the file byte by byte.
"""

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from load import LoadError

MAGIC = b"FLEVICT1"
HEADER = struct.Struct("<8sIIQQQQ")  # the rest of its 64 bytes is 0
HEADER_BYTES = 64
RECORD = np.dtype([("time_ns", "<u8"), ("page_index", "<u8"), ("pages", "<u4"), ("kind", "u1"),
                   ("by", "u1"), ("cpu", "<u2")])
ADD, DELETE = 0, 1
TRIAL, KERNEL_THREAD, OTHER_PROCESS = 0, 1, 2
REMEDY = "run the trial again, with the probe page_cache"


@dataclass
class Evictions:
    """What the page cache did with one file during one trial.

    records          structured array in the order of time; `pages` from `page_index` on were added
                     (kind ADD) or deleted (DELETE)
    window_begin_ns  CLOCK_MONOTONIC, as every time here; 0 when the window had not opened
    file_pages       size of the file
    inode            of the file
    complete         False when the writer was killed: the last records are not there
    """

    path: Path
    records: np.ndarray
    window_begin_ns: int
    file_pages: int
    inode: int
    complete: bool

    @property
    def seconds(self):
        """Of each record, since the window's opening (since the first record, where the opening is
        not known)."""
        origin = self.window_begin_ns
        if not origin and len(self.records):
            origin = int(self.records["time_ns"][0])
        return (self.records["time_ns"].astype(np.int64) - origin) / 1e9

    @property
    def deleted(self):
        """Which records are evictions."""
        return self.records["kind"] == DELETE


def path_of(run_path, sequence):
    """The ledger of one trial, or None where it has none."""
    path = Path(run_path) / "evictions" / f"{sequence:05d}.evictions"
    return path if path.exists() else None


def load_evictions(path):
    """Reads one file. Raises LoadError where it is none; warns where it is incomplete."""
    path = Path(path)
    try:
        blob = path.read_bytes()
    except OSError as error:
        raise LoadError(f"{path}: {error.strerror}; {REMEDY}") from error
    if len(blob) < HEADER_BYTES:
        raise LoadError(f"{path}: {len(blob)} bytes are less than a header of {HEADER_BYTES}; "
                        f"{REMEDY}")
    magic, version, record_size, records, begin_ns, file_pages, inode = HEADER.unpack_from(blob)
    if magic != MAGIC:
        raise LoadError(f"{path}: starts with {magic!r}, not with {MAGIC!r}: not a ledger; name a file "
                        "evictions/<sequence>.evictions of a run folder")
    if version != 1 or record_size != RECORD.itemsize:
        raise LoadError(f"{path}: version {version}, records of {record_size} bytes; this reader knows "
                        f"1 and {RECORD.itemsize}: use the faultlab that wrote it")
    held, rest = divmod(len(blob) - HEADER_BYTES, RECORD.itemsize)
    complete = rest == 0 and held == records
    if not complete:
        warnings.warn(f"{path}: incomplete: {records} records in its header, {held} whole ones in the "
                      f"file; {REMEDY}", stacklevel=2)
    rows = np.frombuffer(blob, dtype=RECORD, count=held, offset=HEADER_BYTES)
    return Evictions(path, rows[np.argsort(rows["time_ns"], kind="stable")], begin_ns, file_pages,
                     inode, complete)
