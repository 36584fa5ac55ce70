"""What the run says to its expectations: a row per combination of levels, the claims, the advice."""

from collections import Counter

from report.plain import brief
from study import claims, terminal
from study.samples import is_missing
from words import digits, factor_name, levels_text, metric_name, quantity

# A verdict is a sign and a word: colour says the same again.
SIGNS = {"confirmed": "✓", "refuted": "✗", "no difference": "≈", "undecided": "?", "only when": "◐",
         "not testable here": "–"}


def expectations(run, study):
    """A dict for each expectation: number, subject, bounds, because, verdict, claim, rows (one per stratum)."""
    return [{"number": number, "subject": _subject(each), "bounds": _bounds(run, each),
             "because": each.get("because"), "verdict": each["verdict"],
             "rows": [_row(run, each, stratum) for stratum in each["strata"]]}
            for number, each in enumerate(study["expectations"], start=1)]


def judged(study):
    """A dict for each claim: claim, verdict, when, measured (texts), because (texts), numbers of its expectations."""
    found = []
    for each in study.get("claims", []):
        of = [study["expectations"][index] for index in each["expectations"]]
        found.append({**each, "numbers": [index + 1 for index in each["expectations"]],
                      "measured": [text for text in map(claims.what_was_measured, of) if text],
                      "because": list(dict.fromkeys(e["because"] for e in of if "because" in e))})
    return found


def advice(study):
    """A dict for each figure that asks for advice: about, and sentences as pairs (certain, sentence)."""
    return [{"about": f"{factor_name(each['series'])} by {metric_name(each['metric'])}",
             "sentences": [(region["certain"], region["sentence"]) for region in each["regions"]]}
            for each in study.get("advice", [])]


def counted(study):
    """[(verdict, how many)] of the expectations, in the order of SIGNS."""
    counts = Counter(each["verdict"] for each in study["expectations"])
    return [(word, counts[word]) for word in SIGNS if counts[word]]


def _subject(each):
    return terminal.subject(each) if "of" in each else each.get("claim", each["that"])


def _bounds(run, each):
    """≥ 5, ≤ 0.5, 0.9 to 1.1, or an outcome; a median's with its unit. None where nothing is to be tested."""
    if "is" in each:
        return each["is"]
    low, high = (None if bound is None else _bound(run, each, bound)
                 for bound in (each.get("at_least"), each.get("at_most")))
    if low is not None and high is not None:
        return low if low == high else f"{low} to {high}"
    return f"≥ {low}" if low is not None else f"≤ {high}" if high is not None else None


def _row(run, each, stratum):
    """One combination: levels, value, interval, p, n, verdict, why, and what it would take to decide."""
    row = {"levels": levels_text(stratum["stratum"]), "verdict": stratum["verdict"], "why": _why(each, stratum),
           "value": None, "interval": None, "p": None, "n": _n(stratum), "more": []}
    if stratum["verdict"] in ("undecided", "no difference"):
        row["more"] = terminal.what_it_would_take(stratum)
    value = stratum.get("ratio", stratum.get("median"))
    if value is None:
        return row
    row["value"] = value if is_missing(value) else {"text": _number(run, each, value)}
    interval = stratum["interval"]
    if not is_missing(value):
        row["interval"] = interval if is_missing(interval) else {"text": " to ".join(
            _number(run, each, interval[end]) for end in ("low", "high"))}
    p = stratum.get("p_holm")
    if p is not None and not stratum.get("exact"):
        row["p"] = p if is_missing(p) else {"text": digits(p, 2)}
    return row


def _why(each, stratum):
    """Why there is no clear verdict; one that is clear stands beside its numbers."""
    clear = stratum["verdict"] in ("confirmed", "refuted")
    return "" if clear or stratum.get("why") == each.get("because") else brief(stratum.get("why", ""))


def _bound(run, each, bound):
    """A bound of a ratio as the config has it, of a median in its metric's unit."""
    unit = _unit(run, each)
    return f"×{bound:g}" if unit is None else f"{bound:g}" if unit == "1" else quantity(bound, unit)


def _unit(run, each):
    """The unit of what is measured; None for a ratio."""
    kind, _, metric = each["that"].partition(" of ")
    return None if kind != "median" else run.metrics[metric]["unit"] if metric in run.metrics else "1"


def _number(run, each, value):
    """A ratio as ×1.23, a median in its metric's unit."""
    unit = _unit(run, each)
    if unit is not None:
        return quantity(value, unit)
    return f"×{digits(value)}" if abs(value) < 10_000 else f"×{quantity(value, '1')}"


def _n(stratum):
    """How many trials: of both sides of a ratio, of a median, or hits among all."""
    if "n_of" in stratum:
        return f"{stratum['n_of']} / {stratum['n_over']}"
    if "hits" in stratum:
        return f"{stratum['hits']} of {stratum['n']}"
    return str(stratum["n"]) if "n" in stratum else ""
