"""README.md of a bundle: what an artifact-evaluation committee needs, in the order in which it needs it."""

import prices
from bundle import host_changes, tolerances
from bundle.wording import count, duration
from study import claims
from words import quantity

RUN_FIELDS = ("processor", "kernel", "virtualisation", "paging")
SHORT_TRIALS = 3


def text(entries, contents):
    """`contents` is what MANIFEST.json holds."""
    rows = contents["runs"]
    sections = [_head(entries), _getting_started(entries), _detailed(entries, rows), _host(entries),
                _tolerances(entries), _machine(entries), _folders(rows)]
    return "\n".join(line for section in sections for line in [*section, ""]).rstrip() + "\n"


def _head(entries):
    return [f"# Artifact: {', '.join(dict.fromkeys(entry.manifest['experiment'] for entry in entries))}", "",
            f"{count(len(entries), 'run')} of faultlab: raw records, figures, tables, every number of the text as a "
            "macro, the configs that made them, and a command that makes them again and says what agrees.", "",
            *_version(entries)]


def _version(entries):
    """Which program made the runs, and whether its source is all in its commit."""
    lines = []
    for tool in _distinct(entry.manifest.get("tool", {}) for entry in entries):
        git = tool.get("git", {})
        dirty = f", **with {_changes(git)}**" if git.get("dirty") else ""
        lines.append(f"- faultlab {tool.get('version', 'of unknown version')}, commit {_short(git)}{dirty}, preset "
                     f"`{tool.get('preset', 'unknown')}`, {tool.get('compiler', 'unknown compiler')}")
    return ["Made with:", "", *lines]


def _changes(git):
    number = git.get("changed_files")
    return f"{count(number, 'changed file')} beyond it" if isinstance(number, int) else "changes beyond it"


def _distinct(items):
    found = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _short(git):
    commit = git.get("commit", "unknown")
    return commit[:12] if isinstance(commit, str) else "unknown"


def _getting_started(entries):
    quickest = min(entries, key=lambda entry: entry.seconds / entry.manifest["trials_per_cell"])
    trials = min(SHORT_TRIALS, quickest.manifest["trials_per_cell"])
    seconds = quickest.seconds * trials / quickest.manifest["trials_per_cell"]
    return [
        "## Getting started (30 minutes)", "",
        "Needed: Linux, root for memory cgroups (without it, trials under a memory limit cannot run), Debian 12 or a "
        "system with the same libraries. In this folder and in a fresh clone of faultlab (see `CITATION.cff`):", "",
        "```console", "$ sha256sum --quiet -c CHECKSUMS.sha256      # in this folder: silent when all is as it was",
        "$ ./run doctor                               # in the clone: builds, then says what this host lacks",
        f"$ ./run reproduce BUNDLE --only {quickest.manifest['experiment']} --trials {trials} --results FOLDER", "```",
        "",
        f"`BUNDLE` is this folder, `FOLDER` a new one on a disk. The last command takes about {duration(seconds)} of "
        "trials after the build. With so few trials many verdicts stay undecided: it shows that all works. "
        "`pdflatex paper.tex` makes a page of everything that is in here."]


def _detailed(entries, rows):
    total = duration(sum(entry.seconds for entry in entries))
    return [
        "## Detailed instructions", "",
        "```console", "$ ./run reproduce BUNDLE --results FOLDER", "```", "",
        f"checks the sums, says what it will do, runs every config of `configs/` (about {total} of trials, as long as "
        "on the machine below), and writes `reproduction.md` and `reproduction.json` into `FOLDER`: figure by figure "
        "and expectation by expectation, what agrees. Interrupted, the same command goes on. `--only EXPERIMENT` runs "
        "one, `--trials N` fewer trials a cell. It ends with 0 where all agrees, 1 where something does not, 2 where "
        "this folder is not as it was, 3 where the host cannot do it.", "",
        "| claim | experiment | figures | machine time | datasets on disk |", "|---|---|---|---:|---|",
        *(_claim_row(entry, row) for entry, row in zip(entries, rows)), "",
        "Machine time is that of the trials; making the datasets and drawing comes on top. A single experiment by "
        "hand: `./run run configs/NAME.json --results FOLDER`."]


def _claim_row(entry, row):
    figures = "<br>".join(f"[{each['name']}]({each['path']}.png)" for each in row["figures"] if "path" in each)
    judged = "<br>".join(f"{claim['claim']}: **{claims.in_words(claim)}**" for claim in entry.study["claims"])
    judged = judged or entry.manifest.get("question", "")
    cells = [_cell(judged), f"[{entry.key}]({row['config']})", figures or "-", duration(entry.seconds),
             _cell(", ".join(host_changes.sizes(entry.manifest["config"])))]
    return "| " + " | ".join(cells) + " |"


def _cell(value):
    return value.replace("|", "\\|").replace("\n", " ")


def _host(entries):
    lines = ["## What a run changes on the host", "",
             "Everything is put back when a trial ends, also after a kill (`./run recover` does it by hand), but the "
             "datasets, which stay. `./run plan configs/NAME.json` names every path. Beside that, each experiment", ""]
    for entry in entries:
        lines.append(f"- {entry.key}:")
        lines += [f"  - **{change}**" for change in host_changes.of_config(entry.manifest["config"])]
    return lines


def _tolerances(entries):
    stated = tolerances.of_bundle(entries)
    lines = ["## What counts as agreement", "", "`tolerances.json` states it:", ""]
    lines += [f"- {name.replace('_', ' ')}: {rule}" for name, rule in stated["rules"].items()]
    same = _distinct(tolerances.of_run(stated, entry.key) for entry in entries)
    if len(same) == 1:
        return [*lines, "", f"For every experiment: {tolerances.in_words(same[0])}."]
    return [*lines, "", *(f"- {entry.key}: {tolerances.in_words(tolerances.of_run(stated, entry.key))}"
                          for entry in entries)]


def _machine(entries):
    lines = ["## The machine", ""]
    for of in _distinct(_facts(entry) for entry in entries):
        lines.append("- " + "; ".join(f"{name}: {value}" for name, value in of.items()))
    return [*lines, "", "All facts are in `provenance.json`; a reproduction lists those that differ."]


def _facts(entry):
    machine = prices.machine(entry.run)
    facts = entry.manifest.get("facts_before", {})
    return {**{name: machine[name] for name in RUN_FIELDS},
            "CPUs online": facts.get("cpu", {}).get("online", "not recorded"),
            "memory": _memory(facts.get("memory", {}).get("total_kib"))}


def _memory(kib):
    return quantity(kib * 1024, "bytes") if isinstance(kib, (int, float)) else "not recorded"


def _folders(rows):
    lines = ["## What is here", "", "| path | what it is |", "|---|---|",
             "| `figures/` | PDF, PNG and a caption in JSON beside each, drawn from the runs |",
             "| `tables/` | cells, verdicts and claims in LaTeX (booktabs) |",
             "| `numbers.tex`, `numbers.json` | a macro for every number, and an index with values, units, meanings |",
             "| `paper.tex` | a small paper that uses all of them |",
             "| `raw/` | the run folders: every record, every time series, the study |",
             "| `configs/` | each experiment as it ran, and as it was written where that is known |",
             "| `tolerances.json` | what counts as the same result |",
             "| `provenance.json` | machine, kernel, program |",
             "| `MANIFEST.json` | run by run: what of it is where, and what was left out |",
             "| `CHECKSUMS.sha256` | of all files |"]
    left_out = [(row["key"], each) for row in rows for each in row["left_out"]]
    if left_out:
        size = quantity(sum(each["bytes"] for _, each in left_out), "bytes")
        runs = ", ".join(dict.fromkeys(key for key, _ in left_out))
        lines += ["", f"Left out: {count(len(left_out), 'binary trace')} of {size} (of {runs}), each named in "
                      "`MANIFEST.json` with its size and checksum. What figures show of them is in the figures."]
    return lines
