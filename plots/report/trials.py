"""The table of all trials: outcome, reason, warnings, and as many metrics as a page can hold of so many."""

import math
from datetime import datetime

from report.cells import headline, meaning_of
from report.grid import Column, Grid, level_columns
from words import metric_name, quantity

MOST_VALUES = 80_000
AT_FIRST = 3  # metrics that are shown before the reader asks for more


def trials(run):
    """(the Grid, names of the metrics that were left out for their number)."""
    rows = run.trials.to_dict("records")
    present = [name for name in headline(run) if name in run.trials and run.trials[name].notna().any()]
    kept = present[:max(1, MOST_VALUES // max(1, len(rows)))]
    metrics = [Column(metric_name(name), "number", [_value(run, row, name) for row in rows],
                      meaning=meaning_of(run, name), hidden=place >= AT_FIRST) for place, name in enumerate(kept)]
    columns = [Column("sequence", "number", _whole(rows, "sequence"), meaning="place in the run's order"),
               Column("trial", "number", _whole(rows, "trial"), meaning="number within its cell"),
               *level_columns(run, rows), Column("outcome", "level", [row["outcome"] for row in rows]),
               Column("reason", "text", [str(row["reason"]) for row in rows], meaning="why it did not end ok"),
               *metrics, Column("began after", "number", _began(run, rows), meaning="since the run began"),
               Column("warnings", "text", ["; ".join(run.warned.get(row["sequence"], [])) for row in rows],
                      meaning="what a reader of its numbers should know")]
    # A column in which nothing stands says nothing.
    columns = [column for column in columns if column.kind != "text" or any(column.values)]
    return Grid("trials", "Every trial that was recorded", columns, ("trial", "trials")), present[len(kept):]


def _whole(rows, key):
    return [(row[key], str(row[key])) for row in rows]


def _value(run, row, metric):
    if math.isnan(row[metric]):
        return {"missing": run.reasons.get((row["sequence"], metric), "not recorded")}
    return row[metric], quantity(row[metric], run.metrics[metric]["unit"])


def _began(run, rows):
    """When each trial began: seconds since the run did, or since its first trial where the manifest does not say."""
    moments = [_moment(row["started_at"]) for row in rows]
    zero = _moment(run.manifest.get("started_at")) or min(filter(None, moments), default=None)
    return [{"missing": "its time of day cannot be read"} if moment is None else _seconds(moment - zero)
            for moment in moments]


def _moment(text):
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return None


def _seconds(span):
    return span.total_seconds(), f"{span.total_seconds():.1f} s"
