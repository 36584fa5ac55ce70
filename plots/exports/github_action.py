"""github-action-benchmark's arrays for its tools customBiggerIsBetter and customSmallerIsBetter: a row per cell."""

import json

from exports import Export, NotExported
from exports.names import headline, samples
from study.samples import describe, is_missing

TOOLS = {"higher": "customBiggerIsBetter", "lower": "customSmallerIsBetter"}


def export(run, metrics):
    """`metrics`: at most one, because the tool says once for the file which way is better."""
    if len(metrics) > 1:
        raise NotExported("one file holds one metric, since its tool is told once which way is better: write one each")
    notes = []
    metric = metrics[0] if metrics else headline(run)
    found = samples(run, metric, notes)
    row = run.metrics[metric]
    if row["better"] not in TOOLS:
        raise NotExported(f"neither more nor less of {metric} is better; github-action-benchmark must know one")
    rows = [_row(run, row, name, describe(values), notes) for _, name, values in found]
    text = json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return Export(text, [("", f"tool: {TOOLS[row['better']]}"), *notes])


def _row(run, metric, name, sample, notes):
    """The action reads a range of the form "± number": the farther end of the interval; extra has both."""
    extra = [metric["name"], f"median of {sample['n']} trials", f"run {run.manifest['run']}"]
    result = {"name": name, "unit": metric["unit"], "value": sample["median"]}
    interval = sample["interval"]
    if is_missing(interval):
        notes.append((name, f"range is left out: {interval['missing']}"))
    else:
        low, high = interval["low"], interval["high"]
        result["range"] = f"± {max(sample['median'] - low, high - sample['median']):.6g}"
        extra.append(f"interval {low:.6g} to {high:.6g} ({interval['level']:.1%})")
    return {**result, "extra": "\n".join(extra)}
