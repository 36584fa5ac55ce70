"""What counts as the same result: tolerances.json, a set of numbers for each run of a bundle.

They are defaults, made to be edited before a bundle is published: `make` writes them, `reproduce` reads them.
"""

from bundle import BundleError, provenance

FILE_NAME = "tolerances.json"
DEFAULTS = {
    "factor_on_the_same_kind_of_machine": 1.25,
    "factor_on_another_kind": 2.0,
    "least_rank_correlation": 0.9,
    "least_share_of_cells": 0.8,
    "least_share_of_time": 0.05,
}
RULES = {
    "kind_of_machine": f"the same where these facts are: {', '.join(provenance.KIND)}",
    "verdicts": "agree where they are the same word; where one of them is undecided or not testable here, nothing is "
                "decided, which is no disagreement",
    "numbers": "a ratio or a median of an expectation agrees where the two intervals overlap, or the two values lie "
               "within the factor of each other",
    "figures": "a figure agrees where Spearman's rank correlation of its cells' medians is at least "
               "least_rank_correlation (or the cells that changed places lie within the factor of each other, or "
               "their intervals overlap, in either run), and at least least_share_of_cells of the cells lie within "
               "the factor once the figure's median ratio of reproduced to published is divided out, or have "
               "intervals that overlap",
    "shares": "of shares of time, only parts of at least least_share_of_time in either run are compared",
}


def of_bundle(entries):
    """The content of tolerances.json."""
    return {"schema_version": 1, "rules": RULES,
            "runs": {entry.key: {"experiment": entry.manifest["experiment"], **DEFAULTS} for entry in entries}}


def of_run(content, key):
    """The numbers for one run; raises BundleError where they are not usable."""
    stated = content.get("runs", {}).get(key, {})
    numbers = {name: stated.get(name, default) for name, default in DEFAULTS.items()}
    for name, value in numbers.items():
        least, most = (1, float("inf")) if name.startswith("factor") else (0, 1)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise BundleError(f"{FILE_NAME}: runs.{key}.{name}: {value!r} is not a number from {least} to {most}")
    return numbers


def factor(numbers, same_kind):
    """How far apart two numbers may lie, as a factor."""
    return numbers["factor_on_the_same_kind_of_machine" if same_kind else "factor_on_another_kind"]


def in_words(numbers):
    """The tolerances of one run in a sentence."""
    return (f"within a factor of {numbers['factor_on_the_same_kind_of_machine']:g} on the same kind of machine, "
            f"{numbers['factor_on_another_kind']:g} on another; figures: rank correlation of at least "
            f"{numbers['least_rank_correlation']:g}, {numbers['least_share_of_cells']:.0%} of the cells")
