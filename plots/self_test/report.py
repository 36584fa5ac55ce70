"""The three conditions of the self-test, as a dict and in words."""

import textwrap

from self_test.trial import exact_interval
from study.difference import effect
from study.samples import is_missing
from words import digits

FALSE_ALARMS = 0.05   # at most, of comparisons of the same program
FOUND = 0.80          # at least, of the slowdowns that the trials could have shown
DETECTABLE = 0.50     # at least, of all comparisons
WIDTH = 120


def judge(entries, slowdown):
    """The conditions: {"false_alarms", "found", "detectable"}, each with its numbers and `holds`, and `holds` of all.

    `entries` is what trial.compare() gives. Comparisons without an interval are in none of them: they are `untested`.
    """
    tested = [each for each in entries if not is_missing(each["interval"])]
    alarms = [each for each in tested if each["verdict"] == "different"]
    able = [each for each in tested if each["detectable"]]
    found = [each for each in able if each["found"]]
    interval = exact_interval(len(alarms), len(tested))
    conditions = {
        "false_alarms": {"n": len(tested), "hits": len(alarms), "rate": _part(alarms, tested), "interval": interval,
                         "after_holm": sum(each["verdict_holm"] == "different" for each in tested),
                         "at_most": FALSE_ALARMS, "holds": interval["low"] <= FALSE_ALARMS},
        "found": {"n": len(able), "hits": len(found), "rate": _part(found, able),
                  "interval": exact_interval(len(found), len(able)) if able else None,
                  "after_holm": sum(each["found_holm"] for each in able), "slowdown": slowdown,
                  "at_least": FOUND, "holds": bool(able) and len(found) >= FOUND * len(able)},
        "detectable": {"n": len(tested), "hits": len(able), "rate": _part(able, tested), "at_least": DETECTABLE,
                       "holds": len(able) >= DETECTABLE * len(tested)},
    }
    return {**conditions, "untested": len(entries) - len(tested),
            "holds": all(each["holds"] for each in conditions.values())}


def _part(hits, of):
    return len(hits) / len(of) if of else None


def render(entries, judged, pairing, metric, scatter):
    """The whole text; `pairing` says in words how it was paired, `scatter` is what trial.run_to_run() gives."""
    sentences = _conditions(judged)
    if judged["untested"]:
        why = next(each["why"] for each in entries if is_missing(each["interval"]))
        sentences.append(f"       {judged['untested']} comparisons could not be made: {why}")
    lines = [*_wrapped(f"Self-test on {metric}: {pairing}", ""), "", *_table(entries, scatter), ""]
    return "\n".join(lines + [line for each in sentences for line in _wrapped(each, " " * 7)])


def _wrapped(sentence, indent):
    return textwrap.wrap(sentence, WIDTH, subsequent_indent=indent)


def _table(entries, scatter):
    rows = [["", "trials", "could have", "called", "found where", "runs over"],
            ["cell", "a side", "shown", "different", "it could be", "trials"]]
    for place, cell in enumerate(dict.fromkeys(each["cell"] for each in entries)):
        of_cell = [each for each in entries if each["cell"] == cell]
        tested = [each for each in of_cell if not is_missing(each["interval"])]
        able = [each for each in tested if each["detectable"]]
        least = sorted(each["minimum_detectable_ratio"] for each in tested
                       if not is_missing(each["minimum_detectable_ratio"]))
        fewest = min(min(each["n_of"], each["n_over"]) for each in of_cell)
        rows.append([cell, str(fewest), effect(least[len(least) // 2]) if least else "-",
                     f"{sum(each['verdict'] == 'different' for each in tested)} of {len(tested)}",
                     f"{sum(each['found'] for each in able)} of {len(able)}",
                     digits(scatter[place], 2) if scatter[place] is not None else "-"])
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(text.ljust(w) if i == 0 else text.rjust(w) for i, (text, w) in enumerate(zip(row, widths)))
             for row in rows]
    return [*lines[:2], "-" * max(map(len, lines)), *lines[2:]]


def _conditions(judged):
    alarms, found, able = (judged[key] for key in ("false_alarms", "found", "detectable"))
    slowdown = effect(1 + found["slowdown"])
    return [
        f"{_word(alarms)}  false alarms: {alarms['hits']} of {alarms['n']} comparisons of the same program "
        f"({alarms['rate']:.1%}, exact 95 % interval {alarms['interval']['low']:.1%} to "
        f"{alarms['interval']['high']:.1%}); the interval must reach down to {alarms['at_most']:.0%}; "
        f"{alarms['after_holm']} after Holm over the cells of a pair",
        f"{_word(found)}  power: a slowdown of {slowdown} was found in {found['hits']} of the {found['n']} comparisons "
        f"that could have shown it{_rate(found)}; {found['at_least']:.0%} are needed; {found['after_holm']} after Holm",
        f"{_word(able)}  reach: {able['hits']} of {able['n']} comparisons could have shown it{_rate(able)}; "
        f"{able['at_least']:.0%} are needed",
    ]


def _rate(condition):
    return "" if condition["rate"] is None else f" ({condition['rate']:.0%})"


def _word(condition):
    return "holds" if condition["holds"] else "fails"
