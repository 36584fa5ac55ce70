"""Google Benchmark's JSON: the harness writes it beside every run, by the library's own reporter."""

from exports import Export, NotExported

FILE_NAME = "benchmark.json"


def export(run, metrics):
    """The file as it stands."""
    if metrics:
        raise NotExported(f"{FILE_NAME} holds ns per access, and nothing else: leave --metric out")
    path = run.path / FILE_NAME
    if not path.exists():
        raise NotExported(f"{path}: not there; `faultlab export {run.path}` writes it")
    return Export(path.read_text(encoding="utf-8"), [("", f"a copy of {path}, which `faultlab export` writes anew")])
