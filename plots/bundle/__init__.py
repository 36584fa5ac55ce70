"""The paper bundle: everything that a paper says about some runs, and what it takes to get it again.

    python3 plots/bundle make --out DIR RUN [RUN ...]        writes a bundle, whole or not at all
    python3 plots/bundle check DIR                           are its files as they were?
    python3 plots/bundle reproduce DIR --program FAULTLAB    runs its experiments again, and says what agrees

    entries.py       the runs that go into a bundle, each under a name of its own
    contents.py      puts the folder together
    raw.py           the run folders, without what is too big for an archive
    configs.py       each experiment's config: as resolved, and as written
    latex.py         text and numbers in plain LaTeX
    macros.py        numbers.tex and numbers.json: a macro for every number
    tables.py        cells, verdicts and claims as booktabs tables
    paper.py         a small paper that uses all of it
    readme.py        README.md, for whoever evaluates the artifact
    host_changes.py  what an experiment does to the host that runs it
    provenance.py    a manifest's facts, and how those of two runs differ
    wording.py       how long, and how many
    tolerances.py    what counts as the same result
    checksums.py     CHECKSUMS.sha256
    opened.py        a bundle that is read again
    points.py        the numbers that a figure shows
    agreement.py     do two numbers, two verdicts, two figures agree?
    comparison.py    a published run beside its reproduction
    runner.py        runs an experiment by the program, and goes on with one that was stopped
    reproduce.py     a whole bundle again
    progress.py      what of it is done
    outcome.py       what it found, as data, and its exit code
    report.py        the same in words
"""


class BundleError(Exception):
    """A run or a bundle that cannot be used; the message says which file, what is wrong, and what to do."""
