"""What an experiment does to the host that runs it, from its config alone.

`faultlab plan` says it more precisely, with the paths of one host; this is for the reader who has not got there yet.
"""

from load import level_label

BENIGN_SINKS = ("none", "null", "pipe", "unix_stream", "tcp", "file")
PRESSURES = {
    "balloon": "locks memory until everybody on the host has little left (pressure `balloon`)",
    "antagonist": "starts a neighbour process that takes memory or reads a file of its own (pressure `antagonist`)",
}


def of_config(config):
    """Sentences without a subject, the least welcome first."""
    settings = list(_settings(config))
    changes = [f"writes {value} to the kernel setting `{name}` for each trial that asks for it; put back after it"
               for name, value in _knobs(settings)]
    changes += [text for kind, text in PRESSURES.items() if kind in _pressures(settings)]
    changes += [f"makes and switches on a swap area (`{kind}`) for each trial that asks for one; removed after it"
                for kind in _kinds(settings, "swap", "none")]
    changes += [f"makes and mounts a file system of its own (`{kind}`) for the run; removed after it"
                for kind in _kinds(settings, "dataset.medium", "host")]
    changes += [f"opens the sink `{kind}` for each trial that sends there, which needs a network of its own; gone "
                "with the trial"
                for kind in _kinds(settings, "workload.sink", "none") if kind not in BENIGN_SINKS]
    if "command" in _kinds(settings, "workload.engine", ""):
        changes.append("runs a program that is not faultlab's, named in the config")
    return [*changes, "makes a memory cgroup for each trial; removed after it",
            f"writes datasets of {', '.join(sizes(config))} below the results folder, where they stay; drops them "
            "from the page cache before each trial"]


def sizes(config):
    """The sizes of all datasets, as the config has them."""
    found = [value for path, value in _settings(config) if path == "dataset.size"]
    return list(dict.fromkeys(found)) or ["a size that the config does not state"]


def _settings(config):
    """Every (path, value) that some trial may have: of the config itself, then of the factors' levels."""
    yield from _flat({key: value for key, value in config.items() if key not in ("factors", "expect", "figures")}, "")
    for factor, levels in config.get("factors", {}).items():
        for level in levels:
            if isinstance(level, dict) and "set" in level:
                for path, value in level["set"].items():
                    yield from _flat(value, path)
            else:
                yield from _flat(level, factor)


def _flat(value, path):
    """The value itself, and, of an object, what is in it: `swap` and `swap.kind`."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else key)


def _knobs(settings):
    pairs = ((path.removeprefix("knobs."), level_label(value)) for path, value in settings
             if path.startswith("knobs."))
    return list(dict.fromkeys(pairs))


def _pressures(settings):
    return {path.split(".")[1] for path, _ in settings if path.startswith("pressure.")}


def _kinds(settings, path, harmless):
    """The kinds of a choice that some trial makes, without the harmless one."""
    kinds = (value["kind"] if isinstance(value, dict) else value for at, value in settings if at == path)
    return [kind for kind in dict.fromkeys(kinds) if isinstance(kind, str) and kind != harmless]
