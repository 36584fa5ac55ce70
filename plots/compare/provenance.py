"""What differs between inputs in host, tool and config: the first thing to know about a ratio."""

import json
import re

from compare.inputs import FIO

# Different on any two runs, and no setting of anybody's.
VOLATILE = re.compile(r"load\..*|kernel\.boot_id|cgroup\.(path|usage_bytes)|file_system\.free_bytes")
# Parts of a config that measure nothing.
WORDS_ALONE = ("$schema", "name", "question", "expect", "figures")
NAMES = ("label", "name", "kind")
NOT_RECORDED = {"missing": "not recorded"}


def differences(inputs):
    """What the manifests say differently.

    groups    [{"group", "holders": letters, "equal": n, "entries": [{"key", "values": {letter: value}}]}], those of
              them with entries; a value that is missing is {"missing": why}
    shared    how many keys several inputs have
    volatile  keys that differ as they do on any two runs: load, free memory, identities
    alone     {letter: groups that no other input has}
    """
    shared = _shared_levels(inputs)
    grouped = {each.letter: _groups(each, shared) for each in inputs}
    names = dict.fromkeys(name for groups in grouped.values() for name in groups)
    found = {"groups": [], "shared": 0, "volatile": [], "alone": {}}
    for name in names:
        holders = {letter: groups[name] for letter, groups in grouped.items() if name in groups}
        if len(holders) == 1:
            found["alone"].setdefault(next(iter(holders)), []).append(name)
            continue
        entries, equal = _different(holders)
        found["shared"] += len(entries) + equal
        volatile = [entry for entry in entries if VOLATILE.fullmatch(f"{name}.{entry['key']}")]
        found["volatile"] += [f"{name}.{entry['key']}" for entry in volatile]
        entries = [entry for entry in entries if entry not in volatile]
        if entries:
            found["groups"].append({"group": name, "holders": list(holders), "equal": equal, "entries": entries})
    return found


def _groups(each, shared):
    """{group: {key: value}} of one input, flat."""
    manifest = each.run.manifest
    if each.kind == FIO:
        return {"fio": flat(manifest["tool"]), "fio's options": flat(manifest["config"])}
    config = {key: value for key, value in manifest.get("config", {}).items() if key not in WORDS_ALONE}
    if "factors" in config:
        config["factors"] = {factor: _shown(factor, levels, shared) for factor, levels in config["factors"].items()}
    told = {"tool": manifest.get("tool", {}), **manifest.get("facts_before", {}),
            "host": manifest.get("host", {}), "config": config,
            "run": {key: manifest[key] for key in ("emulated", "unmet") if key in manifest}}
    return {name: flat(content) for name, content in told.items() if content}


def _shared_levels(inputs):
    """{factor: labels that all runs have}, of the factors that all of them have."""
    held = [each.run.factors for each in inputs if each.kind != FIO]
    common = [factor for factor in (held[0] if held else {}) if all(factor in factors for factors in held)]
    return {factor: set.intersection(*(set(factors[factor]) for factors in held)) for factor in common}


def _shown(factor, levels, shared):
    """What is said of a factor: which levels, where not all inputs have it; else what the labels set that all of them
    have, which is no longer the same thing where it differs. Further levels are cells that only one has."""
    if factor not in shared:
        return [level["label"] if isinstance(level, dict) else level for level in levels]
    return [level for level in levels if isinstance(level, dict) and level["label"] in shared[factor]]


def flat(value, prefix=""):
    """{dotted path: leaf}. What is missing is a leaf; an element of a list goes by its label, name or kind."""
    if isinstance(value, dict) and "missing" not in value:
        pairs = [(f"{prefix}.{key}" if prefix else key, each) for key, each in value.items()]
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        pairs = [(f"{prefix}[{_name_of(each, place)}]", each) for place, each in enumerate(value)]
    else:
        return {prefix: value}
    return {path: leaf for start, each in pairs for path, leaf in flat(each, start).items()}


def _name_of(element, place):
    held = element if isinstance(element, dict) else {}
    return next((held[name] for name in NAMES if isinstance(held.get(name), str)), place)


def _different(holders):
    """(entries, how many keys are equal) of one group."""
    keys = dict.fromkeys(key for held in holders.values() for key in held)
    entries = []
    for key in keys:
        values = {letter: held.get(key, NOT_RECORDED) for letter, held in holders.items()}
        if len({json.dumps(value, sort_keys=True) for value in values.values()}) > 1:
            entries.append({"key": key, "values": values})
    return entries, len(keys) - len(entries)


def text(value):
    """A value as it is shown."""
    if isinstance(value, dict) and "missing" in value:
        return "not recorded" if value == NOT_RECORDED else f"missing: {value['missing']}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
