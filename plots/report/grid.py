"""A table that a reader can sort, filter and page through.

Its first page stands in the HTML, formatted here; the whole of it in a block of JSON, from which grid.js makes the
other pages. Both have the same texts: JavaScript formats no number.
"""

import json
from dataclasses import dataclass

from report.plain import brief
from study.samples import is_missing, missing
from words import factor_name

PAGE = 50


@dataclass
class Column:
    """One column.

    name     its heading
    kind     "level" (few different texts: chosen from a list), "text" or "number"
    values   texts; of a number: (value, text) or {"missing": why}
    unit     beside the heading
    meaning  what the heading stands for, where that needs a sentence
    hidden   shown only when the reader asks for it
    levels   the order of a level's texts; by default, that of their appearance
    """

    name: str
    kind: str
    values: list
    unit: str = ""
    meaning: str = ""
    hidden: bool = False
    levels: tuple = ()

    def __post_init__(self):
        self.values = [missing(brief(value["missing"])) if is_missing(value) else value for value in self.values]

    def shown(self, row):
        """{"text"} or {"missing"} of a row, as the HTML has it."""
        value = self.values[row]
        if is_missing(value):
            return value
        return {"text": value[1] if self.kind == "number" else value}

    def block(self, reasons):
        """The column for grid.js; `reasons` (a dict, reason to number) is shared by all columns."""
        head = {"name": self.name, "kind": self.kind, "unit": self.unit, "hidden": self.hidden}
        if self.kind == "number":
            return {**head, **_numbers(self.values, reasons)}
        places = {text: place for place, text in enumerate(self.levels)}
        values = [places.setdefault(text, len(places)) for text in self.values]
        return {**head, "labels": list(places), "values": values}


@dataclass
class Grid:
    """A table: what it is called in the page, its caption, its columns, and (one, several) of what a row is."""

    id: str
    caption: str
    columns: list
    noun: tuple

    @property
    def n_rows(self):
        return len(self.columns[0].values)

    @property
    def at_first(self):
        return [column for column in self.columns if not column.hidden]

    def rows(self, most=PAGE):
        """The first rows as the HTML has them: lists of (column, {"text"} or {"missing"})."""
        return [[(column, column.shown(row)) for column in self.at_first] for row in range(min(most, self.n_rows))]

    def block(self):
        """The content of the block of JSON."""
        reasons = {}
        columns = [column.block(reasons) for column in self.columns]
        return {"noun": self.noun, "page": PAGE, "n": self.n_rows, "columns": columns, "reasons": list(reasons)}

    def why_missing(self):
        """(column name, reason, how often) of what is missing in the columns that are shown at first."""
        counts = {}
        for column in self.at_first:
            for value in column.values:
                if is_missing(value):
                    key = column.name, value["missing"]
                    counts[key] = counts.get(key, 0) + 1
        return [(*key, n) for key, n in counts.items()]


def _numbers(values, reasons):
    """values: what to sort by, null where missing; texts: what to show, 0 where it is the value, or the reason's
    number."""
    numbers, texts = [], []
    for value in values:
        if is_missing(value):
            numbers.append(None)
            texts.append(reasons.setdefault(value["missing"], len(reasons)))
        else:
            number = short(value[0])
            numbers.append(number)
            texts.append(0 if value[1] == json.dumps(number) else value[1])
    return {"values": numbers, "texts": texts}


def short(number, significant=6):
    """A number that is only sorted by, or drawn: in few characters."""
    rounded = float(f"{number:.{significant}g}")
    return int(rounded) if rounded == int(rounded) else rounded


def level_columns(run, cells):
    """A column for each factor that has several levels, of `cells` (dicts of factor to level)."""
    return [Column(factor_name(factor), "level", [cell[factor] for cell in cells], levels=tuple(levels))
            for factor, levels in run.factors.items() if len(levels) > 1]
