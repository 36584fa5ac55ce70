#!/usr/bin/python3
"""The source tree's own test. Usage: tidy.py --list | tidy.py CHECK [ROOT]."""

import sys
from pathlib import Path

from checks import CHECKS
from tree import Tree


def main(arguments: list[str]) -> int:
    if arguments == ["--list"]:
        print(";".join(CHECKS), end="")
        return 0
    if not arguments or arguments[0] not in CHECKS:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).resolve().parents[2]
    check = CHECKS[arguments[0]]
    complaints = list(check(Tree(root)))
    if complaints:
        print(check.__doc__)
        print("\n".join(f"  {complaint}" for complaint in complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
