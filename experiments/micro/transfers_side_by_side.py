#!/usr/bin/python3
"""Transfers beside a bare C program: `transfers_side_by_side.py FAULTLAB BARE_SEND DATA_FOLDER [ROUNDS]`.

Round by round each way to send is run by the harness, one trial in a fresh process, and by bare_send, of the same file and
with the same block, so that what disturbs one disturbs the other. The table has medians of bytes per second and the
ratio of harness over bare with its interval. Exit codes: 0 no way is certainly more than 10 % slower; 1 one is; 2 usage.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "plots"))
# pylint: disable=wrong-import-position
from study.ratio import compare, seed_of  # noqa: E402
from study.samples import is_missing  # noqa: E402
from words import digits, quantity  # noqa: E402

WAYS = ("read_write", "mmap_write", "sendfile", "splice")
BLOCKS = (("4 KiB", 4096), ("64 KiB", 65536), ("1 MiB", 1 << 20))
ROUNDS = 15
LEAST = 0.9


def config(block):
    """An experiment of one trial of each way."""
    return {
        "schema_version": 1, "name": "side-by-side", "question": "What does the harness cost a transfer?",
        "dataset": {"size": "512 MiB", "write_chunk": "1 MiB"},
        "workload": {"engine": WAYS[0], "order": "sequential", "block": block, "work": {"passes": 1},
                     "sink": {"kind": "tcp", "receive": "discard"}},
        "start": "warm", "trials": 1, "sample_every": "off", "probes": ["rusage"],
        "factors": {"workload.engine": list(WAYS)}}


def harness(program, data, block):
    """{way: bytes per second} of one round."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "experiment.json"
        path.write_text(json.dumps(config(block)), encoding="utf-8")
        subprocess.run([program, "run", path, "--results", folder, "--data", data, "--no-study", "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
        lines = next(Path(folder).glob("*/*/trials.jsonl")).read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return {record["cell"]["workload.engine"]: record["readings"]["bytes_per_second"]["derived"] for record in records
            if record["outcome"] == "ok"}


def bare(program, file, block):
    """The same, without the harness."""
    rates = {}
    for way in WAYS:
        said = subprocess.run([program, file, way, str(block)], check=True, capture_output=True, text=True).stdout
        sent, ns = map(int, said.split())
        rates[way] = sent * 1e9 / ns
    return rates


def table(block, sides):
    """Prints a line for each way; True where one is certainly too slow."""
    slow = False
    for way in WAYS:
        ours, theirs = ([rates[way] for rates in side if way in rates] for side in sides)
        result = compare(ours, theirs, seed_of("transfers", block, way))
        interval = result["interval"]
        shown = interval["missing"] if is_missing(interval) else f"[{digits(interval['low'])}, {digits(interval['high'])}]"
        print(f"{block:>8}  {way:<12} {quantity(median(ours), 'bytes'):>10}/s {quantity(median(theirs), 'bytes'):>10}/s  "
              f"{digits(result['ratio']):>6} {shown}")
        slow |= not is_missing(interval) and interval["high"] < LEAST
    return slow


def main(arguments):
    if len(arguments) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    program, bare_program, data = arguments[:3]
    rounds = int(arguments[3]) if len(arguments) == 4 else ROUNDS
    print(f"{'block':>8}  {'way':<12} {'harness':>12} {'bare':>12}  ratio")
    slow = False
    for block, size in BLOCKS:
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(harness(program, data, block))
            file = max(Path(data).glob("*.dat"), key=lambda path: path.stat().st_mtime)
            theirs.append(bare(bare_program, file, size))
        slow |= table(block, (ours, theirs))
    return int(slow)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
