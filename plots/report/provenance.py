"""Where the numbers come from: tool, host, what changed there meanwhile, and how to measure again."""

import json
import shlex

import prices
from study.samples import is_missing
from words import quantity

# What moves on any host that is in use; a change of anything else is one that a reader must know of.
MOVES = ("load.", "cgroup.usage_bytes", "file_system.free_bytes")
ABSENT = {"missing": "not recorded"}
NO_FACT = "missing: "  # how prices.machine() begins where there is none


def digest(run):
    """[(name, {"text"} or {"missing"})]: what a reader asks first."""
    manifest, before = run.manifest, run.manifest.get("facts_before", {})
    rows = [("run", manifest["run"]), ("began", manifest.get("started_at", ABSENT)), *_tool(manifest.get("tool", {}))]
    rows += [(name, {"missing": text.removeprefix(NO_FACT)} if text.startswith(NO_FACT) else text)
             for name, text in prices.machine(run).items()]
    total = before.get("memory", {}).get("total_kib", ABSENT)
    rows += [("memory", total if is_missing(total) else quantity(total * 1024, "bytes")),
             ("memory cgroup", _of(before, "cgroup", "version", "version {}")),
             ("data folder", _of(before, "file_system", "type")),
             ("its device", _of(before, "device", "name")),
             ("read-ahead", _of(before, "device", "read_ahead_kb", "{} KiB")),
             ("trials", _trials(run)), ("seed", str(manifest["seed"])),
             ("config", manifest.get("config_hash", ABSENT))]
    return [(name, value if is_missing(value) else {"text": str(value)}) for name, value in rows]


def cautions(run):
    """Sentences on what makes the whole run doubtful."""
    manifest, tool = run.manifest, run.manifest.get("tool", {})
    found = []
    if manifest.get("emulated"):
        found.append("The machine was emulated: every time is missing, and only counts mean something.")
    if tool.get("preset", "measure") != "measure":
        found.append(f"Built with the preset {tool['preset']}: only builds with the preset measure count.")
    if tool.get("git", {}).get("dirty") is True:
        found.append("The source had changes that no commit holds: the commit alone does not give this program.")
    if "facts_after" not in manifest:
        found.append("The run did not come to its end: nothing is known of the host afterwards.")
    if len(run.trials) < manifest.get("planned", 0):
        found.append(f"{len(run.trials)} of {manifest['planned']} planned trials were recorded.")
    return found + [f"{each['what']}: {each['why']}" for each in manifest.get("unmet", [])]


def facts(run):
    """[(name, before, after, whether it changed)], each a {"text"} or {"missing"}; in the manifest's order."""
    before = dict(_flat(run.manifest.get("facts_before", {})))
    after = dict(_flat(run.manifest.get("facts_after", {})))
    unknown = ABSENT if after else {"missing": "the run did not come to its end"}
    return [(name, before.get(name, ABSENT), after.get(name, unknown),
             bool(after) and before.get(name) != after.get(name)) for name in {**before, **after}]


def changes(rows):
    """(those that should not have been, those of what always moves) of the rows of facts()."""
    changed = [row for row in rows if row[3]]
    return ([row for row in changed if not row[0].startswith(MOVES)],
            [row for row in changed if row[0].startswith(MOVES)])


def config(run):
    return json.dumps(run.manifest.get("config", {}), indent=2, ensure_ascii=False)


def commands(run):
    """[(what for, command)] that measure the same again, and that make this report again."""
    manifest = run.manifest
    git = manifest.get("tool", {}).get("git", {})
    file = shlex.quote(f"{manifest['experiment']}.json")
    folder = shlex.quote(f"results/{manifest['experiment']}/{manifest['run']}")
    found = []
    if isinstance(git.get("commit"), str):
        also = ", but for the changes that it had besides" if git.get("dirty") is True else ""
        found.append((f"Take the same source{also}.", f"git checkout {shlex.quote(git['commit'])}"))
    return [*found,
            (f"Save the config of the run as {manifest['experiment']}.json, and see whether this host can do it.",
             f"./run plan {file}"),
            ("Measure.", f"./run run {file}"),
            ("Or have the statistics, figures and report of this very run again, byte for byte, from its folder.",
             f"./run study {folder}\n./run report {folder}")]


def _tool(tool):
    git = tool.get("git", {})
    commit = git.get("commit", git if is_missing(git) else ABSENT)
    if not is_missing(commit):
        commit += ", with changes" if git.get("dirty") is True else ""
    compiler = " ".join([tool["compiler"], *tool.get("flags", "").split()]) if "compiler" in tool else ABSENT
    return [("faultlab", tool.get("version", ABSENT)), ("commit", commit), ("build", tool.get("preset", ABSENT)),
            ("compiler", compiler)]


def _of(facts_of_host, group, name, form="{}"):
    value = facts_of_host.get(group, {}).get(name, ABSENT)
    return value if is_missing(value) else form.format(value)


def _trials(run):
    ok = int((run.trials["outcome"] == "ok").sum())
    planned = run.manifest.get("planned", len(run.trials))
    if ok == len(run.trials) == planned:
        return f"{ok}, all ok"
    return f"{ok} ok of {len(run.trials)} recorded and {planned} planned"


def _flat(tree, above=""):
    """(dotted name, {"text"} or {"missing"}) of each leaf."""
    for key, value in tree.items():
        if isinstance(value, dict) and not is_missing(value):
            yield from _flat(value, f"{above}{key}.")
        elif isinstance(value, dict):
            yield above + key, {"missing": str(value["missing"])}
        else:
            yield above + key, {"text": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}
