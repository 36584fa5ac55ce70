#!/usr/bin/python3
"""Reads records of a file at random from Python, in one of three ways.

    file_reads.py make PATH MIB
    file_reads.py read PATH WAY LOOKUPS BEFORE SEED

WAY: mapping (mmap.mmap), mapping-random (and madvise(MADV_RANDOM)), pread (os.pread). BEFORE reads are made before the
window opens, after the file was read once in order. A record is 4 KiB; of each the first 8 bytes are looked at, and all
are handed over as bytes.
"""

import mmap
import os
import random
import sys

RECORD = 4096
CHUNK = 1 << 20
SAID_AFTER = 1000  # reads: now and then, so that they show over time


def make(path, mib):
    drawn = random.Random(1)
    with open(path, "wb") as file:
        for _ in range(int(mib)):
            file.write(drawn.randbytes(CHUNK))
        os.fsync(file.fileno())


def reader(path, way):
    """A function that returns the record at an offset."""
    fd = os.open(path, os.O_RDONLY)
    if way == "pread":
        return lambda at: os.pread(fd, RECORD, at)
    mapping = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
    if way == "mapping-random":
        mapping.madvise(mmap.MADV_RANDOM)
    elif way != "mapping":
        sys.exit(f"file_reads.py: no way {way}")
    return lambda at: mapping[at:at + RECORD]


def say(lines):
    with open(os.environ.get("FAULTLAB_REPORT", "/dev/stdout"), "w", encoding="ascii") as report:
        report.write(lines + "\n")


def mark(line):
    """Begin or end of what counts: faultlab reads its counters, and answers."""
    if "FAULTLAB_REPORT" in os.environ:
        say(line)
        with open(os.environ["FAULTLAB_GO"], encoding="ascii") as go:
            go.readline()


def read(path, way, lookups, before, seed):
    records = os.path.getsize(path) // RECORD
    record_at = reader(path, way)
    drawn = random.Random(int(seed))
    for at in range(0, records * RECORD, RECORD):
        record_at(at)
    for _ in range(int(before)):
        record_at(drawn.randrange(records) * RECORD)
    offsets = [drawn.randrange(records) * RECORD for _ in range(int(lookups))]
    mark("begin")
    total = 0
    for first in range(0, len(offsets), SAID_AFTER):
        some = offsets[first:first + SAID_AFTER]
        for at in some:
            total += int.from_bytes(record_at(at)[:8], "little")
        say(f"accesses {len(some)}\nbytes {len(some) * RECORD}")
    mark("end")
    say(f"checksum {total % 2**64:016x}")


if __name__ == "__main__":
    {"make": make, "read": read}[sys.argv[1]](*sys.argv[2:])
