"""The guest's initial root file system: busybox, the program, and what a case needs besides."""

import re
import shutil
import subprocess
from pathlib import Path

from packages import Lacking, content, dependencies, module_files, output, unpacked

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
MODULES = ["virtio_pci", "virtio_blk"]
# Linux 6.1 has zram's compressor apart.
TEST_MODULES = ["loop", "zram", "lzo_rle", "xfs", "veth"]
CONFIGS = ["smallest.json", "pressures.json", "generations.json"]
SYSTEMD_PROGRAMS = ["lib/systemd/systemd", "usr/bin/systemd-run"]
SYSTEMD_UNITS = ["shutdown.target", "system.slice", "-.slice"]
# What the programs of tests/kernel run, as busybox has not all of their options.
USED_PROGRAMS = ["usr/bin/setpriv", "usr/bin/unshare", "usr/bin/umount", "usr/bin/mkswap", "usr/bin/swapon",
                 "usr/bin/swapoff", "sbin/mkfs.ext4", "sbin/mkfs.xfs", "usr/bin/ip", "usr/bin/ethtool"]
PYTHON = Path("/usr/bin/python3")
ZONES = Path("/usr/share/zoneinfo")  # pandas wants the tables, through pytz
# Of the standard library: what no test imports, and is large.
LEFT_OUT = ["config-*", "dist-packages", "test", "lib2to3", "pydoc_data", "distutils", "tkinter", "ensurepip"]


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


def put_libraries(source: Path, root: Path, trees: list[Path]) -> None:
    for library in libraries(source, trees):
        # ld.so keeps its path; it finds the others in its own default folder.
        put(library, root, str(library) if library.name.startswith("ld-") else
            f"lib/x86_64-linux-gnu/{library.name}")


def put_program(source: Path, root: Path, name: str, trees: list[Path]) -> None:
    put(source, root, name)
    subprocess.run(["strip", root / name], check=False, capture_output=True)
    put_libraries(source, root, trees)


def put_systemd(root: Path, cache: Path) -> None:
    closure = {line for line in dependencies("systemd", "--recurse") if re.match(r"\w", line)}
    there = output("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n").splitlines()
    absent = sorted(name for name in closure if f"{name} installed" not in there)
    packages = ["systemd", "libsystemd-shared"]
    tree = unpacked(packages + [name for name in absent if name not in packages], cache / "systemd")
    for name in SYSTEMD_PROGRAMS:
        put_program(tree / name, root, name, [tree])
    for name in SYSTEMD_UNITS:
        if (tree / "lib/systemd/system" / name).exists():
            put(tree / "lib/systemd/system" / name, root, f"lib/systemd/system/{name}", 0o644)
    for name in ("measure.service", "default.target"):
        put(HERE / "guest" / name, root, f"etc/systemd/system/{name}", 0o644)
    (root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")


def put_python(root: Path) -> None:
    """The host's own interpreter with its standard library, at the same places."""
    where = "import os, sys; print(os.path.realpath(sys.executable)); print(os.path.dirname(os.__file__))"
    try:
        executable, library = map(Path, output(str(PYTHON), "-c", where).splitlines())
    except (OSError, subprocess.CalledProcessError) as error:
        raise Lacking(f"no {PYTHON} on this host: {error}") from error
    put_program(executable, root, str(PYTHON), [])
    target = root / str(library).lstrip("/")
    shutil.copytree(library, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for extension in target.glob("lib-dynload/*.so"):
        put_libraries(extension, root, [])


def put_trace_reader(root: Path, data: Path) -> None:
    """plots/fault_trace.py, and on the data disk the packages that it wants; where the host has them not, the tests
    that read traces say so."""
    plots = TESTS.parent / "plots"
    where = ("import sys; sys.path.insert(0, sys.argv[1]); import fault_trace\n"
             "for name in {name.split('.')[0] for name in sys.modules}:\n"
             "    file = getattr(sys.modules.get(name), '__file__', None) or ''\n"
             "    if 'dist-packages' in file: print(file)")
    found = subprocess.run([PYTHON, "-B", "-c", where, plots], check=False, capture_output=True, text=True)
    for file in map(Path, found.stdout.splitlines()):
        if file.name == "__init__.py":
            shutil.copytree(file.parent, data / "packages" / file.parent.name, ignore=shutil.ignore_patterns("tests"))
        else:
            put(file, data, f"packages/{file.name}", 0o644)
    for table in [*ZONES.glob("*.tab"), *ZONES.glob("*.zi")]:
        put(table, root, str(table), 0o644)
    for extension in data.glob("packages/numpy/**/*.so"):  # the others link to nothing more
        put_libraries(extension, root, [])
    for source in [*plots.glob("*.py"), TESTS.parent / "results/record.schema.json"]:
        put(source, root, f"guest/{source.relative_to(TESTS.parent)}", 0o644)


def put_kernel_tests(root: Path, data: Path, binary: Path) -> None:
    """tests/kernel as ./test has them: the C++ ones in one program, the others in Python."""
    put_trace_reader(root, data)
    put_program(binary, root, "guest/kernel_tests", [])
    put_python(root)
    for place in USED_PROGRAMS:
        name = Path(place).name
        found = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
        if not found:
            raise Lacking(f"no {name} on this host; ./test installs it")
        put_program(Path(found), root, place, [])
    for source in [*TESTS.glob("cli/pro*.py"), *TESTS.glob("kernel/*.py")]:
        put(source, root, f"guest/tests/{source.relative_to(TESTS)}", 0o644)
    for source in TESTS.parent.glob("experiments/**/experiment.json"):
        put(source, root, f"guest/{source.relative_to(TESTS.parent)}", 0o644)


def put_modules(root: Path, kernel: Path, modules: list[str]) -> None:
    """The files, and the order in which guest/init loads them."""
    names = []
    for module in module_files(kernel, modules):
        names.append("/guest/modules.d/" + module.name.removesuffix(".xz"))
        (root / "guest/modules.d").mkdir(exist_ok=True)
        (root / names[-1].lstrip("/")).write_bytes(content(module))
    (root / "guest/modules").write_text("".join(f"{name}\n" for name in names))


def make_root(root: Path, data: Path, case: str, program: Path, tests: Path, kernel: Path, cache: Path) -> None:
    """`root`, and `data` for the data disk, are made anew; `cache` holds unpacked packages."""
    for folder in (root, data):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    put(Path(shutil.which("busybox")), root, "bin/busybox")
    put(HERE / "guest/init", root, "init")
    for script in ("common", "measure", "window", "kernel"):
        put(HERE / "guest" / script, root, f"guest/{script}")
    for config in CONFIGS:
        put(HERE / config, root, f"guest/{config}", 0o644)
    put_program(program, root, "guest/faultlab", [])
    if case == "kernel":
        put_kernel_tests(root, data, tests)
    put_modules(root, kernel, MODULES + (TEST_MODULES if case == "kernel" else []))
    if case == "systemd":
        put_systemd(root, cache)
