"""Where a run was made: the facts of its manifest, flat, and how those of two runs differ."""

import platform

import matplotlib
import numpy
import scipy

from study.samples import is_missing

# What is of the moment, not of the machine or the program.
OF_THE_MOMENT = ("load.", "kernel.boot_id", "cgroup.path", "cgroup.usage_bytes", "file_system.free_bytes")
# Machines that agree in these are of one kind: the same times may be expected of them.
KIND = ("kernel.machine", "cpu.model", "cpu.online", "cpu.virtualisation", "cpu.emulated", "cgroup.version",
        "device.model", "device.rotational", "file_system.type")
NOT_RECORDED = "not recorded"


def facts(manifest):
    """Fact -> value: facts of the host by their path (kernel.release), of the program below `tool.`; what is
    missing is text that says why."""
    found = {}
    _flatten(manifest.get("facts_before", {}), "", found)
    _flatten(manifest.get("tool", {}), "tool.", found)
    return {name: value for name, value in found.items() if not name.startswith(OF_THE_MOMENT)}


def _flatten(value, prefix, found):
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if is_missing(inner):
            found[name] = f"missing: {inner['missing']}"
        elif isinstance(inner, dict):
            _flatten(inner, f"{name}.", found)
        else:
            found[name] = inner


def differences(published, reproduced):
    """A list of {fact, published, reproduced} of two manifests, in the order of the names."""
    sides = [facts(manifest) for manifest in (published, reproduced)]
    names = sorted(set(sides[0]) | set(sides[1]))
    pairs = [(name, *(side.get(name, NOT_RECORDED) for side in sides)) for name in names]
    return [{"fact": name, "published": old, "reproduced": new} for name, old, new in pairs if not _same(old, new)]


def _same(old, new):
    """Two facts that nobody knows do not differ, whatever the reasons."""
    return old == new or (_unknown(old) and _unknown(new))


def _unknown(value):
    return isinstance(value, str) and (value == NOT_RECORDED or value.startswith("missing: "))


def kind_differs(published, reproduced):
    """The differences that make two machines of different kinds; empty for the same kind."""
    return [each for each in differences(published, reproduced) if each["fact"] in KIND]


def of_bundle(entries):
    """The content of provenance.json."""
    runs = {entry.key: {"run": entry.name, "started_at": entry.manifest.get("started_at", NOT_RECORDED),
                        "config_hash": entry.manifest.get("config_hash", NOT_RECORDED),
                        "seed": entry.manifest["seed"], "emulated": entry.manifest.get("emulated", NOT_RECORDED),
                        "unmet": entry.manifest.get("unmet", []),
                        "changed_while_it_ran": _changed(entry.manifest), "facts": facts(entry.manifest)}
            for entry in entries}
    return {"schema_version": 1, "runs": runs,
            "studied_and_drawn_with": {"python": platform.python_version(), "numpy": numpy.__version__,
                                       "scipy": scipy.__version__, "matplotlib": matplotlib.__version__}}


def _changed(manifest):
    """Facts that were others after the run than before it; None where they were not read again."""
    if not manifest.get("facts_after"):
        return {"missing": "the facts were not read again after the run"}
    after = {**manifest, "facts_before": manifest["facts_after"]}
    return [{"fact": each["fact"], "before": each["published"], "after": each["reproduced"]}
            for each in differences(manifest, after)]
