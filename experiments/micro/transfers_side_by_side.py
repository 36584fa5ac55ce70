#!/usr/bin/python3
"""Transfers beside a bare C program and iperf3: `transfers_side_by_side.py FAULTLAB BARE_SEND DATA_FOLDER [ROUNDS]`.

Each way to send is run by turns by the harness, one trial in a fresh process, and by bare_send, of the same file and with
the same block, so that what disturbs one disturbs the other; and by iperf3 where it is installed and sends so. iperf3
sends one buffer, or one block of a file, again and again, and its receiver copies what it gets. The table has medians of
bytes per second and the ratio of harness over bare, paired by round, with its interval. Exit codes: 0 no way is certainly
more than 10 % slower; 1 one is; 2 usage.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "plots"))
# pylint: disable=wrong-import-position
from study.ratio import compare_pairs, seed_of  # noqa: E402
from study.samples import is_missing  # noqa: E402
from words import digits, quantity  # noqa: E402

WAYS = ("read_write", "pread_direct_write", "mmap_write", "mmap_populate_write", "sendfile", "splice", "vmsplice",
        "zerocopy_send", "uring_read_write", "uring_splice", "uring_send_zc", "copy_file_range")
TO_FILE = ("copy_file_range",)
# Blocks from which on a way is compared: below, the device is what both wait for, and for long.
LEAST_BLOCK = {"pread_direct_write": 65536}
BLOCKS = (("4 KiB", 4096), ("64 KiB", 65536), ("1 MiB", 1 << 20))
# iperf3's words for the same way. Its buffer is written as a mapping is, and no fault is taken.
IPERF = {"mmap_write": [], "sendfile": ["--zerocopy"]}
SENT = 512 << 20
ROUNDS = 15
LEAST = 0.9


def config(block, way):
    """An experiment of one trial."""
    sink = {"kind": "file"} if way in TO_FILE else {"kind": "tcp", "receive": "discard"}
    return {
        "schema_version": 1, "name": "side-by-side", "question": "What does the harness cost a transfer?",
        "dataset": {"size": f"{SENT >> 20} MiB", "write_chunk": "1 MiB"},
        "workload": {"engine": way, "order": "sequential", "block": block, "work": {"passes": 1},
                     "sink": sink},
        "start": "warm", "trials": 1, "sample_every": "off", "probes": ["rusage"]}


def harness(program, data, block, way):
    """Bytes per second of a trial; None where it was not good."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "experiment.json"
        path.write_text(json.dumps(config(block, way)), encoding="utf-8")
        subprocess.run([program, "run", path, "--results", folder, "--data", data, "--no-study", "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
        record = json.loads(next(Path(folder).glob("*/*/trials.jsonl")).read_text(encoding="utf-8"))
    return record["readings"]["bytes_per_second"]["derived"] if record["outcome"] == "ok" else None


def bare(program, data, size, way):
    """The same of the same file, without the harness."""
    file = max(Path(data).glob("*.dat"), key=lambda path: path.stat().st_mtime)
    said = subprocess.run([program, file, way, str(size)], check=True, capture_output=True, text=True).stdout
    sent, ns = map(int, said.split())
    return sent * 1e9 / ns


def free_port():
    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        return str(any_socket.getsockname()[1])


def iperf(block, way):
    """By iperf3, sender and receiver on the same CPUs; None where it is not installed or does not send so."""
    if way not in IPERF or not shutil.which("iperf3"):
        return None
    port = free_port()
    with subprocess.Popen(["iperf3", "-s", "-1", "--forceflush", "-B", "127.0.0.1", "-p", port], stdout=subprocess.PIPE,
                          text=True) as server:
        server.stdout.readline()  # said when it listens
        client = ["iperf3", "-c", "127.0.0.1", "-p", port, "-n", str(SENT), "-l", str(block), "-A", "0,1", "-N", "-J"]
        said = subprocess.run([*client, *IPERF[way]], capture_output=True, text=True, check=True).stdout
        server.communicate()
    return json.loads(said)["end"]["sum_received"]["bits_per_second"] / 8


def rate(values):
    return f"{quantity(median(values), 'bytes')}/s" if values else "-"


def line(block, way, rounds):
    """Prints what the rounds (harness, bare, iperf3) say; True where the harness is certainly too slow."""
    good = [each for each in rounds if each[0]]
    ours, theirs, tools = ([side for side in sides if side] for sides in zip(*good))
    result = compare_pairs(ours, theirs, seed_of("transfers", block, way))
    interval = result["interval"]
    shown = interval["missing"] if is_missing(interval) else f"[{digits(interval['low'])}, {digits(interval['high'])}]"
    print(f"{block:>8}  {way:<19} {rate(ours):>12} {rate(theirs):>12} {rate(tools):>12}  "
          f"{digits(result['ratio']):>6} {shown}", flush=True)
    return not is_missing(interval) and interval["high"] < LEAST


def main(arguments):
    if len(arguments) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    program, bare_program, data = arguments[:3]
    rounds = int(arguments[3]) if len(arguments) == 4 else ROUNDS
    print(f"{'block':>8}  {'way':<19} {'harness':>12} {'bare':>12} {'iperf3':>12}  ratio")
    slow = False
    for block, size in BLOCKS:
        for way in (way for way in WAYS if size >= LEAST_BLOCK.get(way, 0)):
            # The second of a pair finds what the first has left: they take turns.
            turns = [lambda: harness(program, data, block, way), lambda: bare(bare_program, data, size, way)]
            pairs = []
            harness(program, data, block, way)  # which makes the file
            for turn in range(rounds):
                first = turn % 2
                found = {at: turns[at]() for at in (first, 1 - first)}
                pairs.append((found[0], found[1], iperf(size, way)))
            slow |= line(block, way, pairs)
    return int(slow)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
