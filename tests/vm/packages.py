"""Debian packages for the guest: found through apt, downloaded once, unpacked, never installed."""

import lzma
import re
import shutil
import subprocess
from pathlib import Path


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


def kernel_package(version: str) -> str:
    """The concrete image, signed or not, that is Debian's cloud kernel of a version ("6.12") today."""
    image = rf"linux-image-{re.escape(version)}\.\d\S*-cloud-amd64(-unsigned)?"
    known = apt("apt-cache", "pkgnames", "linux-image-").split()
    for name in (f"linux-image-{version}-cloud-amd64", "linux-image-cloud-amd64"):
        for line in dependencies(name) if name in known else []:
            if found := re.search(rf"Depends: ({image})$", line):
                return found[1]
    images = [name for name in known if re.fullmatch(image, name)]
    if not images:
        raise Lacking(f"apt knows no linux-image-{version}*-cloud-amd64 package; try: apt-get update, or add the "
                      "security or backports suite to apt's sources")
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


def module_name(path: Path) -> str:
    return path.name.split(".")[0].replace("-", "_")


def module_files(kernel: Path, modules: list[str]) -> list[Path]:
    """The modules and what they need, in the order in which they load; those that are built in have no file."""
    files = {module_name(path): path for path in kernel.rglob("*.ko*")}
    order: list[Path] = []

    def add(name: str) -> None:
        path = files.get(name)
        if path is None or path in order:
            return  # built in, or already there
        needs = re.search(rb"\0depends=([^\0]*)\0", b"\0" + content(path))
        for need in needs[1].decode().split(",") if needs else []:
            add(need.replace("-", "_"))
        order.append(path)

    for module in modules:
        add(module)
    return order


def content(module: Path) -> bytes:
    data = module.read_bytes()
    return lzma.decompress(data) if module.suffix == ".xz" else data
