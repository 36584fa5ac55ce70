"""A published run beside its reproduction: expectations, claims, figures, provenance; each with its agreement."""

from bundle import agreement, points, provenance, tolerances
from bundle.agreement import DISAGREES, NOT_COMPARED, Answer
from study import claims, terminal
from study.samples import missing

SAME_EXPECTATION = ("that", "of", "over", "where", "best_of", "at_least", "at_most", "is", "claim")


def compare(published, reproduced, numbers):
    """What agrees, as a dict for reproduction.json.

    published, reproduced  {"manifest", "study"} of each
    numbers                the run's tolerances
    """
    manifests = published["manifest"], reproduced["manifest"]
    other_kind = provenance.kind_differs(*manifests)
    factor = tolerances.factor(numbers, not other_kind)
    studies = published["study"], reproduced["study"]
    return {
        "same_kind_of_machine": not other_kind, "kind_differs_in": other_kind, "factor": factor,
        "figures": _figures(manifests, studies, numbers, factor),
        "expectations": _expectations(*studies, factor),
        "claims": _claims(*studies),
        "provenance": provenance.differences(*manifests),
    }


def _expectations(old, new, factor):
    """One entry for each published expectation, in their order."""
    counterparts = [(expectation, _counterpart(expectation, new["expectations"]))
                    for expectation in old["expectations"]]
    return [_expectation(number, ours, theirs, factor)
            for number, (ours, theirs) in enumerate(counterparts, start=1)]


def _counterpart(expectation, others):
    def said(each):
        return {key: each[key] for key in SAME_EXPECTATION if key in each}
    return next((other for other in others if said(other) == said(expectation)), None)


def _expectation(number, old, new, factor):
    entry = {"number": number, "expectation": terminal.claim(old), "published": old["verdict"]}
    if new is None:
        answer = Answer(NOT_COMPARED, "the reproduction has no such expectation")
        return {**entry, "reproduced": missing(answer.why), **answer.as_json(), "strata": []}
    verdict, strata = agreement.of_verdicts(old["verdict"], new["verdict"]), []
    for stratum in old["strata"]:
        sides = [_estimate(stratum), _estimate(_stratum(stratum, old, new))]
        answer = agreement.of_numbers(*sides, factor)
        strata.append({"stratum": stratum["stratum"], "published": sides[0], "reproduced": sides[1],
                       **answer.as_json()})
    apart = [each for each in strata if each["agreement"] == DISAGREES]
    why = f"{verdict.why}; {apart[0]['why']}" if apart else verdict.why
    return {**entry, "reproduced": new["verdict"], "agreement": DISAGREES if apart else verdict.word, "why": why,
            "verdict_agreement": verdict.word, "strata": strata}


def _stratum(stratum, old, new):
    """The same stratum of the reproduction, whatever levels were best there; None where it has none."""
    best = old.get("best_of")

    def place(each):
        return {factor: level for factor, level in each["stratum"].items() if factor != best}
    return next((other for other in new["strata"] if place(other) == place(stratum)), None)


def _estimate(stratum):
    """{"value", "interval"} of a ratio or a median; missing for an outcome, which is compared by its verdict."""
    if stratum is None:
        return {"value": missing("no such stratum"), "interval": missing("no such stratum")}
    value = stratum.get("ratio", stratum.get("median"))
    if value is None:
        why = missing(stratum.get("why", "the expectation has no number"))
        return {"value": why, "interval": why}
    return {"value": value, "interval": stratum["interval"]}


def _claims(old, new):
    found = []
    for claim in old["claims"]:
        other = next((each for each in new["claims"] if each["claim"] == claim["claim"]), None)
        if other is None:
            answer = Answer(NOT_COMPARED, "the reproduction does not judge it")
        else:
            answer = agreement.of_verdicts(claims.in_words(claim), claims.in_words(other))
        found.append({"claim": claim["claim"], "published": claims.in_words(claim),
                      "reproduced": claims.in_words(other) if other else missing(answer.why), **answer.as_json()})
    return found


def _figures(manifests, studies, numbers, factor):
    """One entry for each published figure: its number in both manifests, kind, and the agreement of its cells."""
    found = []
    for number, spec in enumerate(manifests[0]["figures"]):
        place = next((at for at, other in enumerate(manifests[1]["figures"]) if other == spec), None)
        if place is None:
            answer = Answer(NOT_COMPARED, "the reproduction has no such figure")
        else:
            answer = _figure(studies, spec, (number, place), numbers, factor)
        found.append({"number": number, "reproduced_number": place, "kind": spec["kind"], **answer.as_json()})
    return found


def _figure(studies, spec, places, numbers, factor):
    sides = []
    for study, place in zip(studies, places):
        shown, why = points.of_figure(study, spec, place)
        if why:
            return Answer(NOT_COMPARED, why)
        sides.append(shown)
    least = numbers["least_share_of_time"] if points.is_share(spec) else 0.0
    answer = agreement.of_figures(*sides, numbers, factor, least)
    outside = answer.numbers.get("outside", [])
    answer.numbers["outside"] = [points.in_words(name, sides[0][name], sides[1][name]) for name in outside]
    return answer
