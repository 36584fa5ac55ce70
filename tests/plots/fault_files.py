"""Writes fault traces and page-cache ledgers, byte by byte as results/README.md describes them."""

import struct

PAGE = 4096
HEADER_BYTES, RECORD_BYTES = 128, 32
FILE, HEAP = "/data/a file", "[heap]"
BEGIN = 0x7F00_0000_0000
HEAP_BEGIN = 0x5500_0000_0000
INODE = 4242
WINDOW = 1_000_000_000


def record(time_ns, address, kind=0, mode=0, thread=11, instruction=0x40_0000, cpu=1):
    return struct.pack("<QQQIBBH", time_ns, address, instruction, thread, kind, mode, cpu)


def region(begin, end, offset, inode, path):
    name = path.encode()
    return struct.pack("<QQQQQ", begin, end, offset, inode, len(name)) + name + b"\0" * (-len(name) % 8)


# The file is mapped from its third page on.
REGIONS = [region(HEAP_BEGIN, HEAP_BEGIN + 16 * PAGE, 0, 0, HEAP),
           region(BEGIN, BEGIN + 100 * PAGE, 2 * PAGE, INODE, FILE)]


def header(records, regions=2, lost=0, begin=WINDOW, end=WINDOW + 10**9, regions_at=None, flags=0,
           magic=b"FLFAULT1", version=1, record_size=RECORD_BYTES):
    if regions_at is None:
        regions_at = HEADER_BYTES + records * RECORD_BYTES
    return struct.pack("<8sIIQQQQQIIIII", magic, version, record_size, records, lost, begin, end,
                       regions_at, regions, PAGE, 1, 11, flags).ljust(HEADER_BYTES, b"\0")


def trace(records, **of_header):
    """The bytes of a complete file."""
    return header(len(records), **of_header) + b"".join(records) + b"".join(REGIONS)


def write_trace(run, sequence, records, **of_header):
    path = run / "faults" / f"{sequence:05d}.faults"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(trace(records, **of_header))
    return path


def eviction(time_ns, page_index, pages=1, kind=1, by=0, cpu=0):
    return struct.pack("<QQIBBH", time_ns, page_index, pages, kind, by, cpu)


def ledger(records, count=None, inode=INODE, magic=b"FLEVICT1", version=1):
    count = len(records) if count is None else count
    return struct.pack("<8sIIQQQQ", magic, version, 24, count, WINDOW, 102, inode).ljust(64, b"\0") \
        + b"".join(records)


def write_ledger(run, sequence, records, **of_header):
    path = run / "evictions" / f"{sequence:05d}.evictions"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(ledger(records, **of_header))
    return path
