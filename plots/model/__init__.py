"""The cost model: a trial's time from its counts and a price list, and prices from trials' times.

    price_list.py  price lists read and merged
    trial.py       one trial: its config and its counts, or why they are not known
    counts.py      what follows from them: pages mapped by faults, first touches, swap-ins by where from
    terms.py       the table of terms: count, price and the reason, term by term
    predict.py     trials and cells: predicted against measured, beside the naive model
    inverse.py     prices estimated from trials, with intervals and collinearity, beside the list's
    report.py      model.json and model.md, and what the terminal shows
"""
