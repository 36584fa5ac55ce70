"""Shows a study on a terminal: cells, verdicts, warnings, within 120 columns."""

import textwrap

from columns import align, bullets, painter, short, width_of, width_of_rows
from study import difference, latency_table, warning
from study.samples import is_missing
from study.time_split import HEADS
from words import digits, factor_name, levels_text, metric_name, quantity, quantity_with_interval

# Metric -> the two lines of its column's head.
KEY_METRICS = {
    "ops_per_second": ("accesses/s", "median [95 %]"),
    "event_ns": ("per event", "median [95 %]"),
    "events": ("events", ""),
    "minor_faults": ("minor", "faults"),
    "major_faults": ("major", "faults"),
    "evicted_pages": ("evicted", "pages"),
    "refaulted_pages": ("refaulted", "pages"),
    "device_read_bytes": ("device", "read"),
    "read_amplification": ("read", "amplif."),
}
COLOURS = {"confirmed": "32", "refuted": "31", "undecided": "33", "no difference": "33", "only when": "33",
           "different": "32", "not testable here": "2"}
# Where nothing counted what was done, how long it took.
TIME = {"wall_ns": ("wall time", "median [95 %]")}
HEADLINES = ("ops_per_second", "event_ns", *TIME)
MOST_LEVEL_WIDTH = 24
# A part of the workers' time that is smaller in every cell gets no column.
LEAST_SHARE = 5e-4
# Of a list that goes on in study.json.
MOST_RATIOS, MOST_ALIKE = 12, 6


def render(run, result, stream):
    """The whole text for `stream` (colours only when it is a terminal and NO_COLOR is unset)."""
    width, paint = width_of(stream), painter(stream, COLOURS)
    parts = [_table(run, result["cells"], width),
             latency_table.render(run, result["cells"], width - 3),
             _time_table(run, result["cells"], result["time_split"], width),
             _verdicts(result["expectations"], width, paint), _claims(result["claims"], width, paint),
             _ratios(result["figure_ratios"], width, paint), _advice(result["advice"], width),
             _warnings(result, width)]
    return "\n\n".join(part for part in parts if part)


def headlines(measured):
    """Of HEADLINES those that `measured(name)` says were: how long it took only where nothing counted what was done."""
    found = [metric for metric in HEADLINES if measured(metric)]
    return [metric for metric in found if metric not in TIME] or found


def _table(run, cells, width):
    factors = [factor for factor, levels in run.factors.items() if len(levels) > 1]
    def measured(metric):
        return any(_present(cell, metric) for cell in cells)
    heads = {**TIME, **KEY_METRICS} if headlines(measured) == list(TIME) else KEY_METRICS
    shown = [metric for metric in heads if measured(metric)]
    rows, notes = [], _absent_everywhere(run, cells, shown)
    for cell in cells:
        levels = [short(cell["cell"][factor], MOST_LEVEL_WIDTH) for factor in factors]
        rows.append([*levels, _ok(cell), *(_value(run, cell, metric) for metric in shown)])
    head = [["", factor_name(factor)] for factor in factors] + [["", "ok"]]
    head += [list(heads[metric]) for metric in shown]
    rows = [list(line) for line in zip(*head)] + rows
    left_out = []
    while width_of_rows(rows) > width and len(shown) > 1:
        left_out.insert(0, shown.pop())
        rows = [row[:-1] for row in rows]
    if left_out:
        notes.append(f"left out for want of room: {', '.join(left_out)}")
    lines = align(rows, len(factors))
    lines.insert(2, "-" * max(map(len, lines)))
    return "\n".join(lines + bullets(notes, width))


def _time_table(run, cells, split, width):
    """Where the workers' time went, in per cent; empty when no cell could be split."""
    if any(_present(cell, "event_ns") for cell in cells):
        return ""  # scenarios: what is inside an event is the kernel's
    known = [entry for entry in split if "shares" in entry]
    if not known:
        return ""
    factors = [factor for factor, levels in run.factors.items() if len(levels) > 1]
    shown = [part for part in HEADS if part == "unexplained_ns" or any(
        abs(entry["shares"].get(part, 0)) >= LEAST_SHARE for entry in known)]
    rows = [[factor_name(factor) for factor in factors] + ["per access", *map(HEADS.get, shown)]]
    for entry in known:
        per_access = entry["per_access_ns"]
        rows.append([*(short(entry["cell"][factor], MOST_LEVEL_WIDTH) for factor in factors),
                     "-" if is_missing(per_access) else quantity(per_access, "ns"),
                     *(_per_cent(entry["shares"].get(part)) for part in shown)])
    lines = ["Where the workers' time went (% of threads x wall time)", *align(rows, len(factors))]
    lines.insert(2, "-" * max(map(len, lines[1:])))
    return "\n".join(lines + bullets(_time_notes(known, shown), width))


def _per_cent(share):
    return "-" if share is None else f"{100 * share + 0.0:.1f}".replace("-0.0", "0.0")


def _time_notes(known, shown):
    sources = dict.fromkeys(source for entry in known for source in entry["sources"].values())
    absent = dict.fromkeys(f"{HEADS[part]} is missing: {why}" for entry in known
                           for part, why in entry["missing"].items() if part not in entry["optional"])
    small = [HEADS[part] for part in HEADS if part not in shown and any(part in e["shares"] for e in known)]
    less = [f"below {100 * LEAST_SHARE:g} % everywhere: {', '.join(small)}"] if small else []
    return [f"from {', '.join(s for s in sources if s != 'derived')}", *less, *absent]


def _absent_everywhere(run, cells, shown):
    """A sentence for each key metric that no cell has, and why. Nobody misses events where no scenario was run."""
    found = []
    for metric in KEY_METRICS:
        expected = metric in run.metrics and run.metrics[metric]["sources"] != ["scenario"]
        if expected and metric not in shown and cells:
            whys = dict.fromkeys(cell["metrics"][metric]["missing"] for cell in cells)
            found.append(f"{metric} is missing everywhere: {'; '.join(whys)}")
    return found


def _present(cell, metric):
    return not is_missing(cell["metrics"].get(metric, {"missing": ""}))


def _ok(cell):
    return f"{cell['outcomes'].get('ok', 0)}/{cell['planned']}"


def _value(run, cell, metric):
    """The cell's median, with its interval for the headline metric."""
    numbers, unit = cell["metrics"][metric], run.metrics[metric]["unit"]
    if is_missing(numbers):
        bad = {word: n for word, n in cell["outcomes"].items() if word != "ok"}
        return " ".join(f"{n} {word}" for word, n in bad.items()) if metric in HEADLINES and bad else "-"
    if metric in HEADLINES:
        return quantity_with_interval(numbers["median"], numbers["interval"], unit)
    return quantity(numbers["median"], unit)


def _verdicts(expectations, width, paint):
    if not expectations:
        return ""
    lines = ["Expectations"]
    for number, expectation in enumerate(expectations, start=1):
        head = f"{number}. {claim(expectation)}"
        lines += textwrap.wrap(head, width - 2, subsequent_indent="   ")
        rows = _alike_as_one([_stratum_line(s) for s in expectation["strata"]])
        lines += _align_verdicts(rows, paint, width)
        if len(rows) > 1:
            lines.append(f"   => {paint(expectation['verdict'])}")
        if expectation["verdict"] == "refuted" and expectation.get("because"):
            lines += textwrap.wrap(f"expected because {expectation['because']}", width,
                                   initial_indent="   ", subsequent_indent="   ")
    return "\n".join(lines)


def _claims(claims, width, paint):
    """The verdict on each sentence that expectations are to show together."""
    if not claims:
        return ""
    lines = ["Claims"]
    for each in claims:
        numbers = ", ".join(str(index + 1) for index in each["expectations"])
        lines += textwrap.wrap(f"{each['claim']} (by {numbers})", width - 2, initial_indent="- ", subsequent_indent="  ")
        lines += [f"   {paint(each['verdict'])}{':' if each['when'] else ''}"]
        lines += bullets(each["when"], width, indent="      ")
    return "\n".join(lines)


def _ratios(ratios, width, paint):
    """What figures show of ratios that nobody made a claim about: a line each, as far as there is room."""
    lines = []
    for number in dict.fromkeys(each["figure"] for each in ratios):
        of_figure = [each for each in ratios if each["figure"] == number]
        lines += textwrap.wrap(f"{metric_name(of_figure[0]['metric'])}, over {levels_text(of_figure[0]['over'])}: "
                               f"{_counts(of_figure)}", width - 2, initial_indent="- ", subsequent_indent="  ")
        if len(of_figure) <= MOST_RATIOS:
            rows = [(verdict, levels_text({**each["of"], **each["stratum"]}), numbers)
                    for each in of_figure for verdict, _, numbers in [_stratum_line(each)]]
            lines += _align_verdicts(rows, paint, width)
        lines += bullets(difference.alone([
            difference.Witness(each["n_of"], each["n_over"], each["p"], each["p_holm"]) for each in of_figure
            if each["verdict"] == "undecided" and "witness" in each["why"]]), width, indent="  ")
    return "\n".join(["Ratios in the figures", *lines]) if lines else ""


def _counts(ratios):
    words = [each["verdict"] for each in ratios]
    return ", ".join(f"{words.count(word)} {word}" for word in sorted(set(words)))


def _advice(advice, width):
    """A sentence for each region in which one level is the one to use."""
    lines = []
    for each in advice:
        lines += [f"Advice: {factor_name(each['series'])} by {metric_name(each['metric'])}, on this host and device"]
        lines += bullets([region["sentence"] for region in each["regions"]], width)
    return "\n".join(lines)


def claim(expectation):
    """The expectation as a sentence."""
    if "of" not in expectation:
        return expectation["claim"]
    bounds = [f"{key.replace('_', ' ')} {_plain(expectation[key])}"
              for key in ("at_least", "at_most", "is") if key in expectation]
    return f"{subject(expectation)}: {' and '.join(bounds)}"


def subject(expectation):
    """What an expectation is about, without its bounds."""
    text = f"{expectation['that']}: {levels_text(expectation.get('of', {})) or 'all cells'}"
    if "over" in expectation:
        text += f" over {levels_text(expectation['over'])}"
    if expectation.get("where"):
        text += f", where {levels_text(expectation['where'])}"
    return text


def _alike_as_one(rows):
    """One row instead of many that say the same of different strata."""
    if len(rows) > 1 and len({(verdict, numbers) for verdict, _, numbers in rows}) == 1:
        return [(rows[0][0], f"all {len(rows)} strata", rows[0][2])]
    return rows


def _plain(bound):
    return bound if isinstance(bound, str) else f"{bound:g}"


def _stratum_line(stratum):
    """(verdict, stratum in words, numbers and reason)."""
    numbers = _numbers(stratum)
    if stratum["verdict"] not in ("confirmed", "refuted", "different") or not numbers:
        numbers.append(stratum["why"])
    if stratum["verdict"] in ("undecided", "no difference"):
        numbers += what_it_would_take(stratum)
    return stratum["verdict"], levels_text(stratum["stratum"]), ", ".join(numbers)


def _numbers(stratum):
    """The value with its interval, and the second witness where there is one."""
    value = stratum.get("ratio", stratum.get("median"))
    if value is None or is_missing(value):
        return []
    numbers = [quantity_with_interval(value, stratum["interval"], "1")]
    p = stratum.get("p_holm", {"missing": "not a ratio"})
    if not is_missing(stratum["interval"]) and not is_missing(p):
        numbers.append(f"p {p:.2g}")
    return numbers


def what_it_would_take(stratum):
    """How small an effect these trials could see, and how many would see a small one, or would decide."""
    needed = stratum.get("trials_to_decide", {"missing": ""})
    decide = [] if is_missing(needed) else [f"about {needed} trials a cell would decide it"]
    return difference.power(stratum) + decide


def _align_verdicts(rows, paint, width):
    verdict_width = max(len(verdict) for verdict, *_ in rows)
    name_width = max(len(name) for _, name, _ in rows)
    lines = []
    for verdict, name, numbers in rows:
        gap = " " * (verdict_width - len(verdict))
        name = f"{name.ljust(name_width)}  " if name_width else ""
        lead = 3 + verdict_width + 2 + len(name)
        first, *rest = textwrap.wrap(numbers, max(30, width - lead)) or [""]
        lines.append(f"   {paint(verdict)}{gap}  {name}{first}".rstrip())
        lines += [" " * lead + line for line in rest]
    return lines


def _warnings(result, width):
    """By kind, with what to do about it once."""
    lines = [line for cell in result["cells"] for line in _not_ok(cell, width)]
    for kind, told in warning.by_kind(result["cells"], result["warnings"]).items():
        cells = {index for index, _ in told if index is not None}
        where = f" ({len(cells)} of {len(result['cells'])} cells)" if len(result["cells"]) > 1 and cells else ""
        lines += textwrap.wrap(f"{kind}{where}: {told[0][1]['remedy']}", width, subsequent_indent="  ")
        shown = [f"{_name(result, index)}{each['text']}" for index, each in told[:MOST_ALIKE]]
        if len(told) > MOST_ALIKE:
            shown.append(f"and {len(told) - MOST_ALIKE} more in study.json")
        lines += bullets(shown, width, indent="  ")
    lines += bullets(result["remarks"], width)
    return "\n".join(["Warnings", *lines]) if lines else ""


def _name(result, index):
    levels = {} if index is None else result["cells"][index]["cell"]
    return f"{levels_text(levels)}: " if levels else ""


def _not_ok(cell, width):
    return bullets([f"{levels_text(cell['cell'])}: {sentence}" for sentence in lost_trials(cell)], width)


def lost_trials(cell):
    """A sentence on the trials of a cell that did not end ok, where there are any."""
    bad = ", ".join(f"{n} {word}" for word, n in cell["outcomes"].items() if word != "ok")
    return [f"{bad} (not in the statistics)"] if bad else []


def cell_warnings(cell):
    """What makes a cell of the study doubtful: trials that did not end ok first."""
    return lost_trials(cell) + [each["text"] for each in cell["warnings"]]
