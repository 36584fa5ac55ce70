"""Statistics of one run: everything that figures, report and terminal say beyond a median.

    samples.py       one sample: median, its interval, spread
    ratio.py         two samples, paired or not: their ratio, its interval, the second witness
    verdict.py       bounds + interval -> confirmed, refuted, undecided, no difference
    expectations.py  the config's expectations, stratum by stratum
    stability.py     what makes a cell doubtful
    study.py         puts study.json together
    terminal.py      shows it
"""
