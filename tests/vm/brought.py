"""What a guest brought back, read: texts, records, numbers."""

import json
from pathlib import Path

PAGE = 4096


def text(out: Path, name: str) -> str:
    path = out / name
    return path.read_text(errors="replace").strip() if path.exists() else ""


def records(out: Path) -> list[dict]:
    found = sorted(out.glob("results/*/*/trials.jsonl"))
    return [json.loads(line) for path in found for line in path.read_text().splitlines()]


def values(record: dict, metric: str) -> dict[str, float | dict]:
    """Source -> number or {"missing": why}, without bounds and notes."""
    sources = record["readings"].get(metric, {})
    return {source: held["value"] if isinstance(held, dict) and "value" in held else held
            for source, held in sources.items()}


def within(record: dict, name: str, low: float, high: float = float("inf")) -> list[str]:
    """A complaint unless "metric@source" is a number from low to high."""
    metric, source = name.split("@")
    number = values(record, metric).get(source)
    if isinstance(number, (int, float)) and low <= number <= high:
        return []
    return [f"{name} is {number}, expected {low:g} to {high:g}; all: {record['readings'].get(metric)}"]
