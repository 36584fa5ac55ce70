"""`python3 plots/price_agreement.py RUN_DIR RUN_DIR`: do two runs of the price list agree?

Two prices agree where their intervals overlap. Prints every pair that does not, with what either run
itself warned of, how many do, and how many would if one run had not been slower throughout. Exit
codes: 0 at least 95 % of the pairs agree, and the others were flagged unstable by one of the runs; 1
else; 2 a folder has no price list.
"""

import json
import statistics
import sys
from pathlib import Path

from words import quantity

SHARE = 0.95


def agreement(first, second):
    """(pairs compared, those that disagree as (row, row)) of two lists of rows as prices.json has them.

    An event that either run could not price, or has no interval for, is not compared.
    """
    others = {row["event"]: row for row in second}
    pairs = [(row, others[row["event"]]) for row in first if row["event"] in others]
    pairs = [pair for pair in pairs if all(row["low_ns"] is not None for row in pair)]
    return len(pairs), [pair for pair in pairs if not _overlap(*pair)]


def at_one_pace(first, second):
    """(pace, pairs apart): the median ratio of the second run's prices to the first's, and what still
    disagrees when the second run is slowed down by it. A machine that others share, or whose clock
    changes, is slower as a whole; that is another finding than a price of its own that changed."""
    others = {row["event"]: row for row in second}
    ratios = [others[row["event"]]["price_ns"] / row["price_ns"] for row in first
              if row["price_ns"] and others.get(row["event"], {}).get("price_ns")]
    pace = statistics.median(ratios)
    slowed = [{**row, **{key: row[key] / pace for key in ("price_ns", "low_ns", "high_ns") if row[key] is not None}}
              for row in second]
    return pace, agreement(first, slowed)[1]


def verdict(compared, apart):
    """True where the runs agree."""
    if compared == 0 or 1 - len(apart) / compared < SHARE:
        return False
    return all(any(row["unstable"] for row in pair) for pair in apart)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__.split("\n", maxsplit=1)[0], file=sys.stderr)
        return 2
    try:
        first, second = (json.loads(Path(run, "prices.json").read_text(encoding="utf-8"))["prices"]
                         for run in arguments)
    except (OSError, ValueError, KeyError) as error:
        print(f"price_agreement: {error}", file=sys.stderr)
        return 2
    compared, apart = agreement(first, second)
    for pair in apart:
        one, other = (f"{quantity(row['price_ns'], 'ns')} [{quantity(row['low_ns'], 'ns')}, "
                      f"{quantity(row['high_ns'], 'ns')}]" for row in pair)
        warned = "; ".join(filter(None, (row["unstable"] for row in pair))) or "not flagged"
        print(f"{pair[0]['event']}: {one} against {other}: {warned}")
    print(f"{compared - len(apart)} of {compared} prices agree")
    if apart:
        pace, still = at_one_pace(first, second)
        print(f"by the median price the second run is {pace:.2f} times the first; with that taken out, "
              f"{compared - len(still)} of {compared} agree")
    return 0 if verdict(compared, apart) else 1


def _overlap(row, other):
    return row["low_ns"] <= other["high_ns"] and other["low_ns"] <= row["high_ns"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
