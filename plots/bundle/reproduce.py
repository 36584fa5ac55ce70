"""A whole bundle again: its configs by the program of a fresh clone, then what agrees, figure by figure."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from bundle import BundleError, comparison, configs, opened, outcome, progress, report, runner
from bundle.runner import Ending
from bundle.wording import duration
from draw import draw_each, names_of
from load import LoadError, load_run
from study.samples import missing
from study.study import FILE_NAME as STUDY
from study.study import study, write

LOGS, CONFIGS = "reproduction-logs", "reproduction-configs"


@dataclass
class Job:
    """One config of the bundle, and the rows of the runs that were made with it."""

    config: str
    rows: list

    @property
    def row(self):
        return self.rows[0]

    @property
    def key(self):
        return self.row["key"]

    def trials(self, wanted):
        """Trials of the whole run, with `wanted` a cell or as published."""
        planned, per_cell = self.row["trials"]["planned"], self.row["trials"]["per_cell"]
        return planned * wanted // per_cell if wanted else planned

    def seconds(self, wanted):
        """As long as the published trials took, were there so many."""
        recorded = self.row["trials"]["recorded"]
        return self.row["seconds"] / recorded * self.trials(wanted) if recorded else 0.0


def reproduce(folder, program, results, trials=None, only=(), as_json=False):
    """Reproduces the bundle in `folder`; returns the exit code. Raises BundleError where nothing can be done."""
    bundle = opened.read(folder)
    rows = _chosen(bundle, only)
    if not runner.is_program(program):
        raise BundleError(f"{program}: no program; build faultlab, and name build/measure/faultlab")
    results = Path(results)
    (results / LOGS).mkdir(parents=True, exist_ok=True)
    jobs = _jobs(rows)
    state = progress.Progress(results, bundle.digest, trials)
    by = runner.Runner(Path(program).absolute(), results.absolute())
    _announce(bundle, jobs, by, state, trials)
    endings = {job.config: _run(bundle, job, by, state, trials) for job in jobs}
    content = outcome.content(bundle, trials, only, [
        _compared(bundle, row, endings[job.config]) for job in jobs for row in job.rows])
    outcome.write(results, bundle, content)
    print(json.dumps(content, indent=1, ensure_ascii=False) if as_json
          else report.render(content, results))
    return outcome.exit_code(content)


def _chosen(bundle, only):
    known = dict.fromkeys(row["experiment"] for row in bundle.rows)
    for name in only:
        if name not in known:
            raise BundleError(f"{bundle.folder}: holds no experiment {name}; there are {', '.join(known)}")
    return [row for row in bundle.rows if not only or row["experiment"] in only]


def _jobs(rows):
    """The rows by config, in the order of the bundle: a config that several runs share is run again once."""
    jobs = {}
    for row in rows:
        jobs.setdefault(row["config"], Job(row["config"], [])).rows.append(row)
    return list(jobs.values())


def _say(text=""):
    print(text, file=sys.stderr, flush=True)


def _announce(bundle, jobs, by, state, trials):
    """What would run, how long, and what that does to this host, before it does."""
    for remark in bundle.remarks:
        _say(f"note: {remark}")
    _say(f"The files of {bundle.folder} are as they were made. Runs go to {by.results}:")
    for job in jobs:
        done = "; done already" if state.done(job.config) else ""
        _say(f"  {job.key}: {job.trials(trials)} trials, about {duration(job.seconds(trials))}{done}")
    left = [job for job in jobs if not state.done(job.config)]
    _say(f"About {duration(sum(job.seconds(trials) for job in left))} of trials, after the datasets are made, at the "
         "speed of the published machine.")
    if trials:
        _say(f"{trials} trials a cell, not as published: the report says so.")
    changes, unknown = [], []
    for job in left:
        plan, why = by.plan(_config(bundle, job, by, trials))
        changes += plan.get("host_changes", []) if plan else []
        unknown += [f"{job.key}: what it changes is not known: {why}"] if why else []
    if changes:
        _say("On this host they")
    for line in [*dict.fromkeys(changes), *unknown]:
        _say(f"  {line}")


def _config(bundle, job, by, trials):
    """The path of the config to run: the bundle's own, or one beside the runs with other trials."""
    published = bundle.folder.absolute() / job.config
    if not trials:
        return published
    path = by.results / CONFIGS / published.name
    path.parent.mkdir(exist_ok=True)
    path.write_text(configs.with_trials(published.read_text(encoding="utf-8"), trials), encoding="utf-8")
    return path


def _run(bundle, job, by, state, trials):
    """The Ending of one config, from this call or an earlier one."""
    experiment, earlier = job.row["experiment"], state.done(job.config)
    if earlier and (by.results / experiment / earlier).is_dir():
        return Ending("done", by.results / experiment / earlier)
    if earlier:
        state.forget(job.config)
    known = state.begin(job.config, by.folders(experiment))
    _say(f"{job.key}: running; its output is in {Path(LOGS) / job.key}.log")
    ending = by.run(_config(bundle, job, by, trials), experiment, known, by.results / LOGS / f"{job.key}.log")
    if ending.word == "done":
        ending = _studied(ending)
    if ending.word == "done":
        state.finish(job.config, ending.run.name)
    _say(f"{job.key}: {ending.word}" + (f": {ending.why}" if ending.why else ""))
    return ending


def _studied(ending):
    """The run with its study and its figures, where the program did not make them."""
    try:
        if not (ending.run / STUDY).exists():
            run = load_run(ending.run)
            write(run, study(run))
        if not (ending.run / "figures").is_dir():
            run = load_run(ending.run)
            for _ in draw_each(run, _read(ending.run / STUDY), ending.run / "figures"):
                pass
    except LoadError as error:
        return Ending("failed", None, str(error))
    return ending


def _read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def _compared(bundle, row, ending):
    """One entry of reproduction.json: what became of a published run."""
    entry = {"key": row["key"], "experiment": row["experiment"], "published": row["run"], "ended": ending.word}
    if ending.word != "done":
        return {**entry, "why": ending.why}
    manifest = _read(ending.run / "manifest.json")
    published = {"manifest": bundle.manifest(row), "study": bundle.study(row)}
    reproduced = {"manifest": manifest, "study": _read(ending.run / STUDY)}
    outcomes = {word: sum(cell["outcomes"].get(word, 0) for cell in reproduced["study"]["cells"])
                for word in sorted({word for cell in reproduced["study"]["cells"] for word in cell["outcomes"]})}
    compared = comparison.compare(published, reproduced, bundle.numbers(row))
    for figure in compared["figures"]:
        figure.update(_where(row, figure, ending.run, manifest))
    return {**entry, "reproduced": manifest["run"], "outcomes": outcomes,
            "trials_per_cell": [row["trials"]["per_cell"], manifest["trials_per_cell"]], **compared}


def _where(row, figure, run, manifest):
    """The name of a figure, and its two drawings: paths without suffix, in the bundle and in the results folder."""
    published = next(each for each in row["figures"] if each["number"] == figure["number"])
    number, again = figure["reproduced_number"], missing("not drawn")
    if number is not None:
        name = names_of(manifest["figures"])[number]
        if (run / "figures" / f"{name}.png").exists():
            again = f"{row['experiment']}/{run.name}/figures/{name}"
    old = published.get("path", missing(published.get("missing", "not drawn")))
    return {"name": published["name"], "paths": {"published": old, "reproduced": again}}
