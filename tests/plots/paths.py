"""Puts plots/ on the path of the tests and keeps the source tree free of bytecode."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
PLOTS = HERE.parents[1] / "plots"
PYTHON = sys.executable
for folder in (HERE, PLOTS):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
