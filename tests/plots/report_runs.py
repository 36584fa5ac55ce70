"""Run folders whose reports are tested: an ordinary one, one whose every text is hostile, one of very many trials.

And the reading of a report as a browser would.
"""

import json
import subprocess
from html.parser import HTMLParser

import numpy as np

import paths
import synthetic
from load import load_run
from study.study import study, write
from synthetic import ENGINE, LIMIT, ORDER

# What ends a script, opens one, asks the network, turns text around, ends a line or a cell, or is no character.
HOSTILE = ("</script><script>window.hurt=1</script><img src=x onerror=window.hurt=1>\"'`&amp;|]]>-->$x$ \\"
           "\u2028\u202e\x00\x1b[31m ![a](http://example.org/a.png)")
HOSTILE_FACTOR = f"{HOSTILE[:40]} factor"


def studied(folder):
    """Writes study.json of a run folder; returns the folder."""
    run = load_run(folder)
    write(run, study(run))
    return folder


def ordinary(folder, **options):
    return studied(synthetic.quickstart(folder, mend=synthetic.one_killed, **options))


def hostile(folder):
    """Question, factor, levels, reasons, facts, titles and claims are all HOSTILE."""
    def mend(record):
        if record["trial"] == 1:
            synthetic.kill(record, reason=HOSTILE)
        record["warnings"] = [HOSTILE]
        record["readings"]["psi_some_ns"] = {"psi": {"missing": HOSTILE}}
    factors = {ENGINE: ["pread", HOSTILE], HOSTILE_FACTOR: [HOSTILE, "b"]}
    expect = [{"that": "ratio of ops_per_second", "of": {ENGINE: HOSTILE}, "over": {ENGINE: "pread"},
               "where": {HOSTILE_FACTOR: HOSTILE}, "at_least": 1, "because": HOSTILE, "claim": HOSTILE},
              {"that": "median of psi_some_ns", "of": {ENGINE: HOSTILE}, "at_least": 1}]
    figures = [{"kind": "bars", "metric": "ops_per_second", "x": HOSTILE_FACTOR, "series": ENGINE, "title": HOSTILE},
               {"kind": "bars", "metric": "psi_some_ns", "x": HOSTILE_FACTOR, "series": ENGINE},
               {"kind": HOSTILE},
               {"kind": "throughput_over_time", "series": ENGINE}]
    synthetic.quickstart(folder, factors=factors, expect=expect, figures=figures, mend=mend)
    facts = {"kernel": {"release": HOSTILE, HOSTILE: f"{HOSTILE}\ud800"}, "cpu": {"model": {"missing": HOSTILE}}}
    change(folder, question=HOSTILE, facts_before=facts, facts_after={"kernel": {"release": "other"}},
           config={"question": HOSTILE}, unmet=[{"what": HOSTILE, "why": HOSTILE, "remedy": HOSTILE}],
           tool={"version": HOSTILE, "preset": HOSTILE, "git": {"commit": HOSTILE, "dirty": True}})
    return studied(folder)


def many(folder, trials):
    """A run of `trials` trials: the records of a small one, again and again, with numbers of their own."""
    factors = {ENGINE: ["pread", "mmap_shared"], LIMIT: ["none", "50% of dataset"], ORDER: ["uniform", "sequential"]}
    figures = [{"kind": "bars", "metric": "ops_per_second", "x": LIMIT, "series": ENGINE}]
    synthetic.quickstart(folder, trials=2, factors=factors, figures=figures, expect=[])
    path = folder / "trials.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rng = np.random.default_rng(1)
    lines = []
    for sequence in range(trials):
        record = records[sequence % len(records)]
        record.update(sequence=sequence, trial=2 * (sequence // len(records)) + sequence % len(records) // 8)
        speed = record["readings"]["ops_per_second"]
        speed["derived"] = round(speed["derived"] * rng.lognormal(0, 0.01), 3)
        record.update(outcome="ok", reason="")
        if sequence % 97 == 0:
            record.update(outcome="timeout", reason=f"it was stopped after {30 + sequence % 5} s")
        lines.append(json.dumps(record) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    change(folder, trials_per_cell=trials // 8, planned=trials)
    return studied(folder)


def change(folder, **fields):
    """Sets fields of a manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, **fields}), encoding="utf-8")


def report(folder, *arguments):
    """What `python3 plots/report` did: returncode, stdout, stderr."""
    return subprocess.run([paths.PYTHON, "-B", paths.PLOTS / "report", folder, *arguments],
                          capture_output=True, text=True)


class Page(HTMLParser):
    """A page as a browser reads it.

    elements  (tag, attributes), ids, scripts (their sources), blocks (id -> data), text (what is to be read)
    """

    VOID = {"meta", "input", "br", "img", "link", "hr"}

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.elements, self.scripts, self.blocks = [], [], {}
        self._open, self._words = [], []
        self.feed(source)
        self.close()
        self.ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        self.text = " ".join(" ".join(self._words).split())

    def of(self, tag):
        """The attributes of every element `tag`."""
        return [attributes for name, attributes in self.elements if name == tag]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(self.elements[-1])

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tag, attributes = self._open[-1] if self._open else ("", {})
        if tag == "script" and attributes.get("type") == "application/json":
            self.blocks[attributes["id"]] = json.loads(data)
        elif tag == "script":
            self.scripts.append(data)
        elif tag != "style":
            self._words.append(data)
