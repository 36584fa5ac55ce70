"""Statistics of one run: everything that figures, report and terminal say beyond a median.

    samples.py       one sample: median, its interval, spread
    ratio.py         two samples, paired or not: their ratio, its interval, the second witness
    verdict.py       bounds + interval -> confirmed, refuted, undecided, no difference
    difference.py    two samples without a bound: different, no difference or undecided; what they could have shown
    expectations.py  the config's expectations, stratum by stratum
    stability.py     what makes a cell doubtful by its values; modes.py: do they fall into two groups
    disturbance.py   what disturbed its trials from outside; was the pressure what was asked for
    phases.py        cold, fill, settling, steady; settling.py: when a sequence of rates has settled
    warning.py       the kinds of warning, and what to do about each
    study.py         puts study.json together
    terminal.py      shows it
"""
