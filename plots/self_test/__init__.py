"""The self-test: does the comparison call the same program different, and does it find a slowdown that was put in?

    pairing.py    runs of one config in disjoint pairs, or one run in two halves
    trial.py      what the comparison says of the pairs, as they are and with the slowdown
    report.py     the three conditions, as a dict, and on the terminal
"""
