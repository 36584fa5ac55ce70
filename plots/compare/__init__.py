"""Two or more runs, or fio's results, held against the first of them.

    inputs.py      an argument -> a run folder or fio's files, as a load.Run with a letter
    provenance.py  what differs in host, tool and config
    cells.py       which cell of one input is which of the other: --match, --of-factor
    bounds.py      --bound: how much worse than the base is too much
    comparison.py  cell by cell and metric by metric: ratio, interval, second witness, verdict
    terminal.py    shows it
    figure.py      draws it
"""
