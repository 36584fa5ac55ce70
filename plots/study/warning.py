"""A warning on a cell or a run: its kind in a word, what was seen, and what to do about it.

In study.json a warning is {"kind", "text", "remedy"}; the kinds are those of REMEDIES, in the order in which
they are shown. Nothing is dropped because of a warning: the reader is told.
"""

REMEDIES = {
    "few trials": "set `trials` in the config",
    "spread": "run more trials, or find what differs between them: other programs, a start that is not steady, "
              "a window that is too short",
    "outlier": "look at that trial's record and series; it was kept, and a median bears one",
    "two modes": "a median between two states is neither: find what differs between the trials (their place in the "
                 "run, binding, folio sizes, the host), and fix it or make it a factor",
    "drift": "the machine or the medium changed during the run: compare within blocks (`paired ratio of`), or run "
             "it again",
    "steal": "times are too long where the hypervisor ran others, counts are not: run it again at a quieter hour, or "
             "on a host of one's own",
    "foreign load": "stop other programs, or leave the workers their processors, and run it again",
    "foreign reclaim": "stop the background reclaimer or whatever fills the host's memory, and run it again: "
                       "evictions and refaults are not the trial's alone",
    "foreign reads": "stop what reads from the same device, and run it again, or put the dataset on a medium of the "
                     "run's own",
    "pressure": "change the pressure, the window or the dataset until what was achieved is what is meant",
    "mixed phases": "use `start: steady`, a longer window, or the steady rate in `phases`; or say that the number is "
                    "the whole window's",
    "unsettled": "use a longer window or `start: steady`; until then the number depends on the window's length",
    "busy host": "wait until the host is idle, and run it again",
}


def warning(kind, text):
    """`kind` is one of REMEDIES; `text` says what was seen, in how many trials, and how bad the worst was."""
    return {"kind": kind, "text": text, "remedy": REMEDIES[kind]}


def sentence(each):
    """A warning in one line, for a table that has no room for more."""
    return f"{each['kind']}: {each['text']}"


def by_kind(cells, of_run=()):
    """{kind: list of (cell index or None for the run's own, warning)} in the order of REMEDIES; kinds that occur."""
    found = {kind: [] for kind in REMEDIES}
    for each in of_run:
        found[each["kind"]].append((None, each))
    for index, cell in enumerate(cells):
        for each in cell["warnings"]:
            found[each["kind"]].append((index, each))
    return {kind: told for kind, told in found.items() if told}
