#!/usr/bin/python3
"""Runs the real program on Debian's own kernel with cgroup v2, in a virtual machine without hardware help.

Usage: vm.py --program build/dev/faultlab --work build/dev/vm CASE

Cases: alone (the program is the only process of its cgroup), sibling (another process sits there, and
nobody can help), advised (the same, and then the remedy that the program named), systemd (another
process sits there, and systemd can help), calibrate (every scenario of `calibrate`), window (those of
fault-around, with other windows), pressures (those that only cgroup v2 has). Packages are downloaded and unpacked, never installed.
Exit 77: the host lacks something, and the last line says what.
"""

import argparse
import fcntl
import lzma
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import check

HERE = Path(__file__).resolve().parent
MIB = 1 << 20
DATA_MIB = 1536  # sparse: the program keeps 1 GiB of a disk free
RESULTS_MIB = 16
MODULES = ["virtio_pci", "virtio_blk"]
SYSTEMD_PROGRAMS = ["lib/systemd/systemd", "usr/bin/systemd-run"]
SYSTEMD_UNITS = ["shutdown.target", "system.slice", "-.slice"]


class Lacking(Exception):
    """What the host does not have."""


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def apt(*command: str) -> str:
    try:
        return output(*command)
    except (OSError, subprocess.CalledProcessError) as error:
        why = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
        raise Lacking(f"{' '.join(command[:2])} failed: {why}") from error


def dependencies(package: str, *options: str) -> list[str]:
    options += tuple(f"--no-{kind}" for kind in
                     ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"))
    return apt("apt-cache", "depends", *options, package).splitlines()


def kernel_package() -> str:
    """The concrete image, signed or not, that Debian's cloud kernel stands for today."""
    for line in dependencies("linux-image-cloud-amd64"):
        if found := re.search(r"Depends: (linux-image-\d\S*)", line):
            return found[1]
    names = apt("apt-cache", "pkgnames", "linux-image-").split()
    images = [name for name in names if re.fullmatch(r"linux-image-\d.*-cloud-amd64(-unsigned)?", name)]
    if not images:
        raise Lacking("apt knows no linux-image-*-cloud-amd64 package; try: apt-get update")
    return max(images, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


def unpacked(packages: list[str], cache: Path) -> Path:
    """The packages' files below one folder, downloaded once."""
    tree = cache / "tree"
    if not tree.exists():
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        subprocess.run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *packages],
                       cwd=cache, check=False, capture_output=True)
        archives = list(cache.glob("*.deb"))
        if len(archives) < len(packages):
            raise Lacking(f"apt-get download got {len(archives)} of {len(packages)} packages of "
                          f"{packages[0]}; try: apt-get update")
        for archive in archives:
            subprocess.run(["dpkg", "-x", archive, cache / "unfinished"], check=True)
            archive.unlink()
        (cache / "unfinished").rename(tree)
    return tree


def module_files(kernel: Path) -> list[Path]:
    """MODULES and what they need, in the order in which they load."""
    files = {path.name.split(".")[0].replace("-", "_"): path for path in kernel.rglob("*.ko*")}
    order: list[Path] = []

    def add(name: str) -> None:
        path = files.get(name)
        if path is None or path in order:
            return  # built in, or already there
        needs = re.search(rb"\0depends=([^\0]*)\0", b"\0" + content(path))
        for need in needs[1].decode().split(",") if needs else []:
            add(need.replace("-", "_"))
        order.append(path)

    for module in MODULES:
        add(module)
    return order


def content(module: Path) -> bytes:
    data = module.read_bytes()
    return lzma.decompress(data) if module.suffix == ".xz" else data


def libraries(program: Path, trees: list[Path]) -> set[Path]:
    """The shared libraries of a program: those of the host, or of the unpacked packages."""
    folders = [str(folder) for tree in trees
               for pattern in ("lib/*-linux-gnu", "usr/lib/*-linux-gnu", "usr/lib/*-linux-gnu/systemd",
                               "lib/systemd")
               for folder in tree.glob(pattern)]
    listing = subprocess.run(["env", "LD_LIBRARY_PATH=" + ":".join(folders), "ldd", program],
                             check=True, capture_output=True, text=True).stdout
    if lost := re.findall(r"(\S+) => not found", listing):
        raise Lacking(f"{program.name} wants {', '.join(lost)}")
    return {Path(path) for path in re.findall(r"(/\S+) \(0x", listing)}


def put(source: Path, root: Path, name: str, mode: int = 0o755) -> None:
    target = root / name.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def put_program(source: Path, root: Path, name: str, trees: list[Path]) -> None:
    put(source, root, name)
    subprocess.run(["strip", root / name], check=False, capture_output=True)
    for library in libraries(source, trees):
        # ld.so keeps its path; it finds the others in its own default folder.
        put(library, root, str(library) if library.name.startswith("ld-") else
            f"lib/x86_64-linux-gnu/{library.name}")


def put_systemd(root: Path, work: Path) -> None:
    closure = {line for line in dependencies("systemd", "--recurse") if re.match(r"\w", line)}
    there = output("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n").splitlines()
    absent = sorted(name for name in closure if f"{name} installed" not in there)
    packages = ["systemd", "libsystemd-shared"]
    tree = unpacked(packages + [name for name in absent if name not in packages], work / "systemd")
    for name in SYSTEMD_PROGRAMS:
        put_program(tree / name, root, name, [tree])
    for name in SYSTEMD_UNITS:
        if (tree / "lib/systemd/system" / name).exists():
            put(tree / "lib/systemd/system" / name, root, f"lib/systemd/system/{name}", 0o644)
    for name in ("measure.service", "default.target"):
        put(HERE / "guest" / name, root, f"etc/systemd/system/{name}", 0o644)
    (root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")


def make_root(case: str, program: Path, kernel: Path, work: Path) -> Path:
    """The initial root file system: busybox, the program, the case's own files."""
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    put(Path(shutil.which("busybox")), root, "bin/busybox")
    put(HERE / "guest/init", root, "init")
    for script in ("measure", "window"):
        put(HERE / "guest" / script, root, f"guest/{script}")
    for config in ("smallest.json", "pressures.json"):
        put(HERE / config, root, f"guest/{config}", 0o644)
    put_program(program, root, "guest/faultlab", [])
    names = []
    for module in module_files(kernel):
        names.append("/guest/modules.d/" + module.name.removesuffix(".xz"))
        (root / "guest/modules.d").mkdir(exist_ok=True)
        (root / names[-1].lstrip("/")).write_bytes(content(module))
    (root / "guest/modules").write_text("".join(f"{name}\n" for name in names))
    if case == "systemd":
        put_systemd(root, work.parent / "packages")
    return root


def make_disks(root: Path, work: Path) -> None:
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
    with open(work / "initrd", "wb") as initrd:
        subprocess.run(["cpio", "--create", "--format=newc", "--owner=0:0", "--quiet"], cwd=root, check=True,
                       input="\n".join(names).encode(), stdout=initrd)
    for name, size in (("data", DATA_MIB), ("results", RESULTS_MIB)):
        (work / name).unlink(missing_ok=True)
        with open(work / name, "wb") as disk:
            disk.truncate(size * MIB)
    subprocess.run(["mkfs.ext4", "-q", "-F", work / "data"], check=True)


def boot(case: str, kernel: Path, work: Path, seconds: float) -> None:
    """Returns when the guest has switched itself off; stops it when it does not."""
    image = next((kernel / "boot").glob("vmlinuz-*"))
    command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-smp", "2", "-m", "768",
               "-nodefaults", "-display", "none", "-no-reboot", "-serial", f"file:{work}/console",
               "-kernel", image, "-initrd", work / "initrd", "-append",
               f"console=ttyS0 panic=-1 quiet systemd.show_status=no faultlab.case={case}"]
    for name in ("data", "results"):
        command += ["-drive", f"file={work}/{name},format=raw,if=virtio,cache=unsafe"]
    try:
        subprocess.run(command, timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        print(f"the guest did not finish within {seconds:.0f} s", file=sys.stderr)


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


def run_case(case: str, program: Path, work: Path, seconds: float) -> list[str]:
    """The complaints about this case."""
    for tool in ("qemu-system-x86_64", "busybox", "cpio", "mkfs.ext4", "apt-get"):
        if not shutil.which(tool, path="/usr/bin:/bin:/usr/sbin:/sbin"):
            raise Lacking(f"no {tool} on this host; ./test installs it")
    if platform.machine() != "x86_64":
        raise Lacking(f"the guest is x86_64, this host is {platform.machine()}")
    package = kernel_package()
    kernel = unpacked([package], work / "packages" / package)
    own = work / case
    own.mkdir(exist_ok=True)
    root = make_root(case, program, kernel, own)
    make_disks(root, own)
    started = time.monotonic()
    boot(case, kernel, own, seconds)
    print(f"{case}: {package}, {time.monotonic() - started:.1f} s in the machine")
    return check.complaints(case, guest_files(own))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", choices=sorted(check.CASES))
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="where packages and disks are kept")
    parser.add_argument("--seconds", type=float, default=240, help="after which the machine is stopped")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    with open(work / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            found = run_case(options.case, options.program.resolve(), work, options.seconds)
        except Lacking as lacking:
            print(f"skipped: {lacking}")
            return 77
    for complaint in found:
        print(f"{options.case}: {complaint}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
