"""paper.tex: a small paper that compiles as it is, and shows how to use figures, tables and numbers."""

from bundle import latex
from study import terminal

# LaTeX holds back only so many floats.
FLOATS_A_PAGE = 8
HEAD = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[a4paper,margin=25mm]{geometry}
\usepackage{graphicx}
\usepackage{booktabs}
\input{numbers.tex}
% A table or a figure that is wider than the page is made to fit.
\newsavebox{\fittedbox}
\newcommand{\fitted}[1]{%
  \sbox{\fittedbox}{#1}%
  \ifdim\wd\fittedbox>\textwidth\resizebox{\textwidth}{!}{\usebox{\fittedbox}}\else\usebox{\fittedbox}\fi}
\begin{document}
"""


def text(entries, macros, figures, tables):
    """`figures` is key -> list of (path without suffix, caption), `tables` is key -> list of names."""
    parts = [HEAD, rf"\title{{{latex.escaped(', '.join(entry.key for entry in entries))}}}",
             r"\author{}\date{}\maketitle",
             r"Figures, tables and numbers below are made from the runs; \texttt{numbers.json} lists every macro."]
    for entry in entries:
        parts += _section(entry, macros, figures[entry.key], tables[entry.key])
    return "\n".join([*parts, r"\end{document}"]) + "\n"


def _section(entry, macros, figures, tables):
    lines = ["", rf"\section{{{latex.escaped(entry.key)}}}", latex.escaped(entry.manifest.get("question", "")), ""]
    lines += _sentences(entry, macros)
    floats = [_figure(path, caption) for path, caption in figures] + [_table(entry, name) for name in tables]
    for number, each in enumerate(floats, start=1):
        lines.append(each)
        if number % FLOATS_A_PAGE == 0:
            lines.append(r"\clearpage")
    return [*lines, r"\clearpage"]


def _sentences(entry, macros):
    """A sentence about the first cell, and one about the first expectation: how macros stand in a text."""
    of_entry = {name: macro for name, macro in macros.items() if macro.entry is entry}
    median = next((name for name in of_entry
                   if name.endswith("Median") and name.removesuffix("Median") + "N" in of_entry), None)
    verdict = next((name for name in of_entry if name.endswith("Verdict")), None)
    lines = []
    if median:
        stem, what = median.removesuffix("Median"), latex.escaped(of_entry[median].what)
        lines.append(rf"Here the {what}, is \{median}{{}} (95\,\% interval \{stem}Interval{{}}, "
                     rf"\{stem}N{{}} trials).")
    if verdict and entry.study["expectations"]:
        what = latex.escaped(terminal.claim(entry.study["expectations"][0]))
        lines.append(rf"The first expectation, ``{what}'', is \textbf{{\{verdict}}}.")
    return lines


def _figure(path, caption):
    return "\n".join([r"\begin{figure}[!htbp]\centering", rf"\fitted{{\includegraphics{{{path}.pdf}}}}",
                      rf"\caption{{{latex.escaped(caption)}}}", r"\end{figure}"])


def _table(entry, name):
    kind = name.removeprefix(f"{entry.key}-").split("-")[0]
    return "\n".join([r"\begin{table}[!htbp]\centering\small",
                      rf"\caption{{{latex.escaped(f'{entry.key}: {kind}')}}}",
                      rf"\fitted{{\input{{tables/{name}.tex}}}}", r"\end{table}"])
