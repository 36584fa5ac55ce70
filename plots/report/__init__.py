"""The report of one run: report.html, one file that needs nothing else, and report.md for terminals.

    plain.py       text as it may stand in a page: no control characters, nothing that ends a Markdown cell
    grid.py        a table that a reader sorts, filters and pages through
    verdicts.py    expectations, claims, advice
    cells.py       what there is a row per cell of: metrics, the workers' time, latency, warnings
    trials.py      every trial, with outcome and reason
    timelines.py   the series of each cell, few enough points to be zoomed into
    svg.py         a Drawing as SVG within a page
    provenance.py  host, tool, what changed meanwhile; how to do it again
    content.py     all of that, once, for both files
    page.py        templates, styles and scripts put together
"""
