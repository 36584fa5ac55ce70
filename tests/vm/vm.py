#!/usr/bin/python3
"""Runs the real program on Debian's own kernels with cgroup v2, in a virtual machine without hardware help.

Usage: vm.py --program build/dev/faultlab --work build/dev/vm [--kernel 6.12] CASE

Cases: alone (the program is the only process of its cgroup), sibling (another process sits there, and
nobody can help), advised (the same, and then the remedy that the program named), systemd (another
process sits there, and systemd can help), calibrate (every scenario of `calibrate`), window (those of
fault-around, with other windows), pressures (one small experiment of each kind), generations (the multi-
generational LRU on and off), kernel (the tests of tests/kernel; `--tests program_swap,kernel_tests`: only
these; `program_swap:KindsTest+OthersTest`: only these classes of one). Packages are downloaded and unpacked, never installed.
Exit 77: the host lacks something, and the last line says what.
"""

import argparse
import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import check
from packages import Lacking, kernel_package, unpacked
from root import make_root

MIB = 1 << 20
ROOT = Path(__file__).resolve().parents[2]
DATA_MIB = 2048  # sparse: the program keeps 1 GiB of a disk free
RESULTS_MIB = 16
KERNELS = ["6.1", "6.12"]
TESTS = ["kernel_tests", "program_pressure", "program_swap", "program_outcomes", "program_interruption",
         "program_ledger", "program_counters", "program_faults", "program_latency", "program_time", "program_stores",
         "program_processes", "program_media", "program_failures", "program_transfer", "program_guardian"]


def make_disks(root: Path, data: Path, work: Path) -> None:
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
    with open(work / "initrd", "wb") as initrd:
        subprocess.run(["cpio", "--create", "--format=newc", "--owner=0:0", "--quiet"], cwd=root, check=True,
                       input="\n".join(names).encode(), stdout=initrd)
    for name, size in (("data", DATA_MIB), ("results", RESULTS_MIB)):
        (work / name).unlink(missing_ok=True)
        with open(work / name, "wb") as disk:
            disk.truncate(size * MIB)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-d", data, work / "data"], check=True)


def boot(words: str, kernel: Path, work: Path, seconds: float, threads: str = "multi") -> bool:
    """Returns when the guest has switched itself off; stops it, and returns False, when it does not."""
    image = next((kernel / "boot").glob("vmlinuz-*"))
    command = ["qemu-system-x86_64", "-accel", f"tcg,thread={threads}", "-cpu", "max", "-smp", "2", "-m", "768",
               "-nodefaults", "-display", "none", "-no-reboot", "-serial", f"file:{work}/console",
               "-kernel", image, "-initrd", work / "initrd", "-append",
               # An emulator that a busy host keeps waiting fails the kernel's test of its timer, which panics.
               f"no_timer_check console=ttyS0 panic=-1 quiet systemd.show_status=no {words}"]
    for name in ("data", "results"):
        command += ["-drive", f"file={work}/{name},format=raw,if=virtio,cache=unsafe"]
    try:
        subprocess.run(command, timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        print(f"the guest did not finish within {seconds:.0f} s", file=sys.stderr)
        return False
    return True


def patched_under_way(work: Path) -> bool:
    """The guest's kernel died of a breakpoint that it had put into its own code, and had taken out again: with a
    thread per processor the emulator may still run what was there a moment before."""
    console = (work / "console").read_text(errors="replace")
    return "int3: 0000" in console and "Kernel panic" in console


def guest_files(work: Path) -> Path:
    """What the guest wrote to its second disk, unpacked; an empty folder if it came to nothing."""
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    try:
        with tarfile.open(work / "results") as archive:
            archive.extractall(out)
    except tarfile.ReadError:
        print("the guest wrote no results; its console says:", file=sys.stderr)
        print((work / "console").read_text(errors="replace")[-4000:], file=sys.stderr)
    return out


def study(out: Path, program: Path) -> None:
    """What is left to do with runs of experiments that are to be studied: the guest has no Python packages."""
    for manifest in out.glob("results/*/*/manifest.json"):
        if json.loads(manifest.read_text())["figures"]:
            subprocess.run([program, "study", manifest.parent], check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "FAULTLAB_ROOT": str(ROOT)})


def run_case(options: argparse.Namespace, work: Path) -> list[str]:
    """The complaints about this case."""
    for tool in ("qemu-system-x86_64", "busybox", "cpio", "mkfs.ext4", "apt-get"):
        if not shutil.which(tool, path="/usr/bin:/bin:/usr/sbin:/sbin"):
            raise Lacking(f"no {tool} on this host; ./test installs it")
    if platform.machine() != "x86_64":
        raise Lacking(f"the guest is x86_64, this host is {platform.machine()}")
    package = kernel_package(options.kernel)
    own = work / f"{options.case}.{options.kernel}"
    own.mkdir(exist_ok=True)
    root, data = own / "root", own / "data.d"
    with open(work / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another case may want the same packages
        kernel = unpacked([package], work / "packages" / package)
        make_root(root, data, options.case, options.program.resolve(), options.kernel_tests, kernel, work / "packages")
    make_disks(root, data, own)
    started = time.monotonic()
    words = f"faultlab.case={options.case} faultlab.tests={options.tests}"
    boot(words, kernel, own, options.seconds)
    if patched_under_way(own):
        print("the emulator let the kernel run a breakpoint of its own: once more, with one thread for all processors")
        make_disks(root, data, own)
        if not boot(words, kernel, own, options.seconds, "single"):
            raise Lacking("with several threads the emulator fails this kernel, and with one it is too slow here")
    print(f"{options.case}: {package}, {time.monotonic() - started:.1f} s in the machine")
    out = guest_files(own)
    study(out, options.program.resolve())
    return check.complaints(options.case, out)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", choices=sorted(check.CASES))
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--kernel-tests", type=Path, help="the program of the C++ tests in tests/kernel")
    parser.add_argument("--tests", default=",".join(TESTS), help="of the case kernel, separated by commas")
    parser.add_argument("--kernel", choices=KERNELS, default=KERNELS[0], help="Debian's, of this version")
    parser.add_argument("--work", type=Path, required=True, help="where packages and disks are kept")
    parser.add_argument("--seconds", type=float, default=400, help="after which the machine is stopped")
    options = parser.parse_args()
    if options.case == "kernel" and not options.kernel_tests:
        parser.error("the case kernel wants --kernel-tests")
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    try:
        found = run_case(options, work)
    except Lacking as lacking:
        print(f"skipped: {lacking}")
        return 77
    for complaint in found:
        print(f"{options.case}: {complaint}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
