"""The program under test: how tests run it, what they give it, and what it left behind.

CTest sets FAULTLAB_PROGRAM, FAULTLAB_ROOT, FAULTLAB_SANITIZE and TMPDIR, a folder on a disk: a file on
tmpfs cannot be dropped from memory. By hand, in this folder or in tests/kernel:

    FAULTLAB_PROGRAM=build/dev/faultlab PYTHONPATH=tests/cli python3 -m unittest -v tests/cli/test_export.py
"""

import copy
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from processes import guardians_of, loop_files, processes_of, receivers_of, trials_of  # noqa: F401: for the tests

ROOT = Path(os.environ.get("FAULTLAB_ROOT") or Path(__file__).resolve().parents[2])
PROGRAM = os.environ.get("FAULTLAB_PROGRAM", str(ROOT / "build/dev/faultlab"))
SANITIZED = bool(os.environ.get("FAULTLAB_SANITIZE"))

# Long enough for a sanitizer's build on a busy machine: a hang is what this catches.
PATIENCE_S = 300
# A sanitizer's runtime and shadow memory are charged to the trial: limits leave it room.
ROOM = 16 if SANITIZED else 1
# How many times slower than a real one this machine's processor is (tests/vm): a trial that must get something
# done within seconds gets so many times more of them, and what is only large is made smaller.
SLOW = int(os.environ.get("FAULTLAB_SLOW", "1"))
MIB = 1 << 20
PAGE = 4096
EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE, EXIT_HOST_CANNOT, EXIT_INTERRUPTED, EXIT_READER_GONE = 0, 1, 2, 3, 130, 141

def thp_is_always() -> bool:
    path = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return path.exists() and "[always]" in path.read_text(encoding="utf-8")


# The knobs under which memory that nobody advised about comes 4 KiB at a time.
SMALL_PAGES = {"thp": "madvise"} if thp_is_always() else {}

# Why every time is missing on a processor that is software (QEMU without KVM).
EMULATED = "emulated"

# One trial of one cell; a test says what differs.
BASE = {
    "schema_version": 1,
    "name": "tested",
    "question": "Does the program do what it says?",
    "dataset": {"size": "4 MiB", "write_chunk": "4 KiB"},
    "workload": {"engine": "pread", "order": "permutation", "advice": "random", "work": {"passes": 1}},
    "trials": 1,
    "seed": 1,
}


def mib(count: int) -> str:
    return f"{count} MiB"


def config(changes: dict | None = None, **top) -> dict:
    """BASE with {"dotted.path": value} changed; None removes. Top-level keys may be keywords."""
    made = copy.deepcopy(BASE)
    for path, value in {**(changes or {}), **top}.items():
        *parents, last = path.split(".")
        at = made
        for key in parents:
            at = at.setdefault(key, {})
        if value is None:
            at.pop(last, None)
        else:
            at[last] = value
    return made


def wait_until(condition, what: str, seconds: float = PATIENCE_S):
    """The condition's first true value; fails with `what` when there is none."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.002)
    return value


def _ask(*words: str):
    """A question to the program itself, answered in JSON."""
    asked = subprocess.run([PROGRAM, *words, "--json"], env={**os.environ, "FAULTLAB_ROOT": str(ROOT)},
                           capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    return json.loads(asked.stdout)


@functools.cache
def why_no_memory_cgroup() -> str:
    """The program's own words for why it cannot limit memory here; empty where it can."""
    return lacks("pressures", "memcg_limit")


@functools.cache
def why_no_ledger() -> str:
    """The program's own words for why it cannot count evictions here; empty where it can."""
    return lacks("probes", "page_cache")


def lacks(kind: str, name: str) -> str:
    """The program's own words for what this host lacks for a plugin; empty where it lacks nothing."""
    rows = {row["name"]: row for row in _ask("list", kind)[kind]}
    return "; ".join(lack["why"] for lack in rows[name]["lacks"])


class Run:
    """A run folder, read without the project's own loader."""

    def __init__(self, folder: Path):
        self.folder = folder

    @property
    def manifest(self) -> dict:
        return json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))

    @property
    def lines(self) -> list[bytes]:
        """Every whole line of trials.jsonl."""
        path = self.folder / "trials.jsonl"
        text = path.read_bytes() if path.exists() else b""
        return [line for line in text.splitlines(keepends=True) if line.endswith(b"\n")]

    @property
    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.lines]

    def series(self, name: str) -> list[str]:
        """The lines of a time series; where time is emulated there is none, and the test is skipped."""
        if self.manifest["emulated"]:
            raise unittest.SkipTest(f"no time series: time is {EMULATED}")
        return (self.folder / "series" / name).read_text(encoding="utf-8").splitlines()

    def by(self, factor: str) -> dict[str, dict]:
        """Level -> its record, for a run of one factor and one trial."""
        return {record["cell"][factor]: record for record in self.records}


def reading(record: dict, name: str):
    """The number of "metric@source"; an AssertionError with the reason where it is missing. A time that an
    emulated processor did not give skips the test: whatever it has to say of counts, it says before."""
    metric, source = name.split("@")
    value = record["readings"][metric][source]
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    if isinstance(value, dict) and value["missing"] == EMULATED:
        raise unittest.SkipTest(f"{name} is missing: {EMULATED}")
    if isinstance(value, dict):
        raise AssertionError(f"{name} is missing: {value['missing']}")
    return value


def missing(record: dict, name: str) -> str:
    """The reason why "metric@source" is missing; empty where it is there."""
    metric, source = name.split("@")
    value = record["readings"][metric][source]
    return value.get("missing", "") if isinstance(value, dict) else ""


def has_ledger(record: dict) -> bool:
    """The record's evictions were counted page by page, not derived."""
    return "page_cache" in record["readings"]["evicted_pages"] and not missing(record, "evicted_pages@page_cache")


def evicted(record: dict) -> int:
    return reading(record, f"evicted_pages@{'page_cache' if has_ledger(record) else 'io'}")


def looked(record: dict, end: str) -> int:
    """Pages in memory at one "before" or "after" the window, by a look at the file: cachestat(2), or where the kernel
    has none (before Linux 6.5), mincore(2)."""
    source = "mincore" if missing(record, f"resident_pages_{end}@cachestat") else "cachestat"
    return reading(record, f"resident_pages_{end}@{source}")


def resident(record: dict, end: str) -> int:
    """The same by the ledger, where there is one. A background reclaimer may take some pages between the readings of
    two probes: those that are compared with evictions must be of the same moment as these."""
    return reading(record, f"resident_pages_{end}@page_cache") if has_ledger(record) else looked(record, end)


def taken(record: dict, resident_before: int = 0) -> int:
    """Pages that a background reclaimer of this host, DAMON for instance, took from a trial that should have
    lost none, before its window or in it; 0 where no such reclaimer runs: then nothing excuses a loss.

    With a ledger this is exact: kernel threads took them, by name, and a page that anybody else took fails
    the test. Without one, every page that is gone is put down to the reclaimer."""
    before = resident_before - resident(record, "before")
    if has_ledger(record):
        for who in ("own", "foreign"):
            lost = record["readings"][f"{who}_evicted_pages"]["page_cache"]
            assert lost == 0, f"{who}_evicted_pages: {lost} of a trial that should have lost none"
        return before + reading(record, "background_evicted_pages@page_cache")
    lost = record["readings"]["evicted_pages"]["io"]
    if not isinstance(lost, dict) or "background reclaimer" not in lost.get("note", ""):
        return 0
    return before + lost["value"]


class ProgramTest(unittest.TestCase):
    """Folders of its own for everything the program writes. Datasets are shared by a class."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="faultlab-data-")
        cls.addClassCleanup(folder.cleanup)
        cls.data = Path(folder.name)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="faultlab-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.results = self.folder / "results"
        self.state = self.folder / "state"
        self.pids: list[int] = []  # of every program that this test has run to its end

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "FAULTLAB_ROOT": str(ROOT), "FAULTLAB_STATE": str(self.state), "NO_COLOR": "1", **more}

    def write_config(self, content: dict | str, name: str = "experiment.json") -> Path:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2), encoding="utf-8")
        return path

    def faultlab(self, *words, expect: int | None = None, env: dict | None = None, before: list[str] | None = None,
                 **more):
        """Runs the program to its end; `before` is the start of a command line that runs it in its turn."""
        with subprocess.Popen([*(before or []), PROGRAM, *map(str, words)], env=env or self.environment(), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more) as process:
            self.pids.append(process.pid)
            try:
                stdout, stderr = process.communicate(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        done = subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
        if expect is not None:
            self.assertEqual(done.returncode, expect, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def run_words(self, path: Path) -> list:
        return ["run", path, "--results", self.results, "--data", self.data, "--no-study", "--quiet"]

    def measure(self, content: dict, expect: int | None = EXIT_OK) -> Run:
        """Runs a config without study; the folder that came of it."""
        done = self.faultlab(*self.run_words(self.write_config(content)))
        if expect is not None and done.returncode != expect:
            endings = [(record["outcome"], record["reason"]) for run in self.runs() for record in run.records]
            self.fail(f"the program ended with {done.returncode}, not {expect}: {endings}\n{done.stderr}")
        return self.only_run()

    def resume(self, run: Run, expect: int = EXIT_OK):
        return self.faultlab("resume", run.folder, "--results", self.results, "--data", self.data, "--no-study",
                             "--quiet", expect=expect)

    def runs(self) -> list[Run]:
        return [Run(path) for path in sorted(self.results.glob("*/*/"))]

    def only_run(self) -> Run:
        runs = self.runs()
        self.assertEqual(len(runs), 1, "one run folder")
        return runs[0]


class OrdinaryUserTest(ProgramTest):
    """Runs the program as somebody without rights: by setpriv(1) where the test's user has them."""

    NOBODY = 65534

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Its own copy: the build folder may lie where only its owner can look.
        folder = tempfile.TemporaryDirectory(prefix="faultlab-program-", dir="/var/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.program = shutil.copy(PROGRAM, folder.name)
        os.chmod(folder.name, 0o755)

    def setUp(self):
        super().setUp()
        # Below a folder that anybody may pass: the build's own temporary folder may not be one.
        folder = tempfile.TemporaryDirectory(prefix="faultlab-user-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.results, self.state, self.data = (self.folder / name for name in ("results", "state", "data"))
        if os.geteuid() == 0:
            os.chown(self.folder, self.NOBODY, self.NOBODY)

    def faultlab(self, *words, expect: int | None = None, env: dict | None = None, **more):
        become = [] if os.geteuid() else ["setpriv", f"--reuid={self.NOBODY}", f"--regid={self.NOBODY}",
                                          "--clear-groups"]
        done = subprocess.run([*become, self.program, *map(str, words)], env=env or self.environment(), text=True,
                              capture_output=True, timeout=PATIENCE_S, check=False, cwd=self.folder, **more)
        if expect is not None:
            self.assertEqual(done.returncode, expect, f"{words}\n{done.stdout}\n{done.stderr}")
        return done


class CgroupTest(ProgramTest):
    """Tests that need memory cgroups: skipped, with the program's own reason, where there are none."""

    counts_exactly = False  # a sanitizer's shadow memory faults and is charged too

    def assert_fetched_what_came(self, record: dict):
        """Each page that came into memory was fetched once, by the trial."""
        if has_ledger(record):
            self.assertEqual(reading(record, "device_read_bytes@io"),
                             reading(record, "added_pages@page_cache") * PAGE)

    @classmethod
    def setUpClass(cls):
        if why := why_no_memory_cgroup():
            raise unittest.SkipTest(why)
        if cls.counts_exactly and SANITIZED:
            raise unittest.SkipTest("a sanitizer's shadow memory faults and is charged too: counts are not exact")
        super().setUpClass()


class Started:
    """The program, running; told what it does by what it writes."""

    def __init__(self, test: ProgramTest, content: dict):
        self.test = test
        words = test.run_words(test.write_config(content))
        self.process = subprocess.Popen([PROGRAM, *map(str, words)], env=test.environment(),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.end)

    @property
    def pid(self) -> int:
        return self.process.pid

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def until(self, condition, what: str):
        """Waits for the condition; fails when the program ends first."""
        def seen():
            if value := condition():
                return value
            if self.process.poll() is not None:
                raise AssertionError(f"the program ended with {self.process.returncode} before {what}: "
                                     f"{self.process.stderr.read()}")
            return None
        return wait_until(seen, what)

    def until_records(self, count: int) -> None:
        self.until(lambda: any(len(run.lines) >= count for run in self.test.runs()), f"{count} records")

    def until_making_dataset(self) -> None:
        self.until(lambda: any(path.stat().st_size for path in self.test.data.glob("*.partial")),
                   "a dataset half-made")

    def kill_unguarded(self) -> int:
        """SIGKILL of the program and of its guardian, so that nobody is left to put the host back."""
        self.process.send_signal(signal.SIGSTOP)  # or it would start another guardian
        for pid in guardians_of(self.test.state):
            os.kill(pid, signal.SIGKILL)
        return self.stop(signal.SIGKILL)

    def stop(self, number: signal.Signals) -> int:
        """Sends a signal; the exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode


@functools.cache
def cgroup_home() -> Path:
    """Where the program makes its cgroups, in its own words."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "experiment.json"
        path.write_text(json.dumps(config()), encoding="utf-8")
        changes = _ask("plan", str(path))["host_changes"]
    return Path(re.search(r"create a memory cgroup below (\S+)", "\n".join(changes))[1])


def cgroups_of(pid: int) -> list[Path]:
    """The cgroups that the program with this pid has made and not removed."""
    return [*cgroup_home().glob(f"faultlab-{pid}"), *cgroup_home().glob(f"faultlab-{pid}-*")]
