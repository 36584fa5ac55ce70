"""Shows a comparison on a terminal: inputs, what differs between them, ratios, bounds."""

import math
import textwrap

from columns import align, bullets, painter, short, width_of, width_of_rows
from compare import bounds, provenance
from compare.inputs import FIO
from study.difference import Witness, alone
from study.samples import is_missing
from words import digits, factor_name, levels_text, metric_name, quantity

COLOURS = {"better": "32", "worse": "31", "undecided": "33", "no difference": "2", "not comparable": "2", "head": "1",
           bounds.CROSSED: "31", bounds.MAYBE: "33", bounds.KEPT: "32", bounds.UNTESTED: "2"}
MOST_LEVEL_WIDTH, MOST_KEY_WIDTH, LEAST_VALUE_WIDTH = 24, 44, 20
MOST_LISTED = 12
SKETCH, NARROWEST_SPAN = 25, math.log(1.25)  # characters; and half of what they show at least
OFTEN = 3  # a reason that stands in so many rows is a remark below the table


def render(result, stream):
    """The whole text for `stream` (colours only when it is a terminal and NO_COLOR is unset)."""
    width, paint = width_of(stream), painter(stream, COLOURS)
    parts = [_inputs(result, width), _provenance(result["provenance"], result["inputs"], width, paint),
             *(_table(result, metric, width, paint) for metric in result["metrics"]),
             _lonely(result, width), _bounds(result, width, paint), _legend(result, width, paint)]
    return "\n\n".join(part for part in parts if part)


def _inputs(result, width):
    """A line for each input, and below it what its numbers are to be read with."""
    lines = []
    for number, each in enumerate(result["inputs"]):
        trials = f"{each['trials_per_cell']} trial{'s' * (each['trials_per_cell'] != 1)}"
        cells = f"{each['cells']} {'job' if each['kind'] == FIO else 'cell'}{'s' * (each['cells'] != 1)}"
        told = [f"{cells} x {trials}", *each["machine"]]
        head = f"{each['letter']}{' (base)' if number == 0 else ''}".ljust(10)
        lines += textwrap.wrap(f"{each['experiment']} {each['run']}: {', '.join(told)}", width, initial_indent=head,
                               subsequent_indent=" " * 10)
        lines += bullets([*each["jobs"], *each["remarks"]], width, indent=" " * 10)
    return "\n".join(lines)


def _provenance(found, inputs, width, paint):
    """What differs, in columns of the inputs; then what only one of them tells, and what always differs."""
    letters = [each["letter"] for each in inputs]
    keys = [entry["key"] for group in found["groups"] for entry in group["entries"]]
    key_width = min(MOST_KEY_WIDTH, max(map(len, keys), default=0))
    room = max(LEAST_VALUE_WIDTH, (width - 4 - key_width - 2 * len(letters)) // len(letters))
    rows = [[paint("What differs", "head"), *letters]]
    for group in found["groups"]:
        rows.append([f"  {group['group']}"])
        rows += [[f"    {_end(entry['key'], key_width)}", *(_cell_of(entry, letter, room) for letter in letters)]
                 for entry in group["entries"]]
    lines = [rows[0][0]] if not found["groups"] else _ragged(rows, key_width + 4, len("What differs"))
    if not found["groups"] and found["shared"]:
        lines.append(f"  none of {found['shared']} values that {'both' if len(letters) == 2 else 'several'} record")
    for letter, groups in found["alone"].items():
        lines += textwrap.wrap(f"only {letter} records: {', '.join(groups)}", width, initial_indent="  ",
                               subsequent_indent="    ")
    if found["volatile"]:
        lines += textwrap.wrap(f"and, as on any two runs: {_briefly(found['volatile'])}", width, initial_indent="  ",
                               subsequent_indent="    ")
    if found["groups"]:
        lines += textwrap.wrap("A ratio below is of all of this together: it does not say which of it made the "
                               "difference.", width, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(lines)


def _briefly(keys):
    """Many keys of one group are told as so many."""
    groups = {}
    for key in keys:
        groups.setdefault(key.partition(".")[0], []).append(key)
    return ", ".join(", ".join(held) if len(held) < OFTEN else f"{group} ({len(held)} values)"
                     for group, held in groups.items())


def _ragged(rows, first_width, head_length):
    """Rows of which some are a heading alone; the columns after the first as wide as they must be."""
    full = [row[1:] for row in rows if len(row) > 1]
    widths = [max(map(len, column)) for column in zip(*full)]
    lines = []
    for number, row in enumerate(rows):
        # The first row's head may hold colour codes, which take no room.
        gap = first_width - (head_length if number == 0 else len(row[0]))
        lines.append((row[0] + " " * max(0, gap) + "".join(
            f"  {text.ljust(w)}" for text, w in zip(row[1:], widths))).rstrip())
    return lines


def _cell_of(entry, letter, room):
    return short(provenance.text(entry["values"][letter]), room) if letter in entry["values"] else "-"


def _end(key, most):
    """The end of a long path tells more than its beginning."""
    return key if len(key) <= most else f"…{key[1 - most:]}"


def _table(result, metric, width, paint):
    entries = [entry for entry in result["comparisons"] if entry["metric"] == metric["name"]]
    way = "" if metric["better"] == "neither" else f", {metric['better']} is better"
    title = paint(metric_name(metric["name"]), "head") + f" ({metric['name']} in {metric['unit']}{way})"
    whys = dict.fromkeys(entry["why"] for entry in entries)
    words = {entry["verdict"] for entry in entries}
    if len(words) == 1 and words <= {"not comparable", "no difference"}:
        first, *more = whys
        told = f"{first}; and {len(more)} further reasons" if len(more) > 1 else "; ".join(whys)
        return "\n".join([f"{title}: {paint(_in_all(entries), words.pop())}", *bullets([told], width)])
    several = len(result["inputs"]) > 2
    letter = entries[0]["input"]
    base = result["inputs"][0]["letter"]
    heads = [*(list(map(factor_name, result["factors"])) or ["cell"]), *(["input"] if several else []), base,
             *(["other", "ratio"] if several else [letter, f"{letter} / {base}"]), "95 % interval", "p", "detects"]
    n_names = max(1, len(result["factors"]))
    of_the_cell = [*range(n_names), *([n_names + 1] if several else [])]
    rows = [heads, *_without_repeats([_row(entry, result["factors"], several) for entry in entries], of_the_cell)]
    span = _span(entries)
    tails = [_scale_head(span), *(_sketch(entry, span) for entry in entries)]
    verdicts = ["verdict", *(_verdict(entry) for entry in entries)]
    if width_of_rows(rows) + 4 + SKETCH + max(map(len, verdicts)) > width:
        tails = [""] * len(rows)
    if width_of_rows(rows) + 2 + max(map(len, verdicts)) > width:
        rows = [row[:-1] for row in rows]
    lines = [f"{line}  {tail}{'  ' if tail else ''}" for line, tail in zip(align(rows, n_names), tails)]
    painted = [lines[0] + verdicts[0], "-" * (len(lines[0]) + max(map(len, verdicts)))]
    painted += [line + paint(text, _tone(entry)) for line, text, entry in zip(lines[1:], verdicts[1:], entries)]
    return "\n".join([title, *painted, *bullets(_whys(result, entries), width)])


def _in_all(entries):
    """The verdict that is the same everywhere, for a line instead of a table."""
    ratios = [entry["ratio"] for entry in entries if not is_missing(entry["ratio"])]
    ends = dict.fromkeys(_times(end) for end in (min(ratios), max(ratios))) if ratios else {}
    told = f", {' to '.join(ends)}" if ends else ""
    where = f" in all {len(entries)} cells" if len(entries) > 1 else ""
    return f"{entries[0]['verdict']}{where}{told}"


def _row(entry, factors, several):
    interval, p, unit = entry["interval"], entry["p_holm"], entry["unit"]
    sees = entry["minimum_detectable_ratio"]
    names = [short(entry["cell"].get(factor, "-"), MOST_LEVEL_WIDTH) for factor in factors]
    return [*(names or [short(levels_text(entry["cell"]) or "the only one", 2 * MOST_LEVEL_WIDTH)]),
            *([entry["input"]] if several else []),
            *("-" if is_missing(entry[key]) else quantity(entry[key], unit) for key in ("median_base", "median")),
            "-" if is_missing(entry["ratio"]) else _times(entry["ratio"]),
            "-" if is_missing(interval) else _range(interval),
            "-" if is_missing(p) else f"{p:.2g}",
            "-" if is_missing(sees) else _times(sees)]


def _without_repeats(rows, columns):
    """A cell is named once, with the base's number, however many inputs are held against it."""
    before, found = None, []
    for row in rows:
        key = [row[column] for column in columns]
        found.append(["" if column in columns and key == before else text for column, text in enumerate(row)])
        before = key
    return found


def _times(ratio):
    """Ratios beyond 1000 have their prefix."""
    return f"×{digits(ratio) if ratio < 1000 else quantity(ratio, '1')}"


def _verdict(entry):
    if entry["verdict"] in ("more", "less") and entry["direction"] != "neither":
        return f"{entry['verdict']}, {entry['direction']}"
    return entry["verdict"]


def _tone(entry):
    return entry["verdict"] if entry["direction"] == "neither" else entry["direction"]


def _whys(result, entries):
    """Why something is not comparable or has no interval; the same reason once, with its cells unless they are many."""
    cells = {}
    for entry in entries:
        if entry["verdict"] == "not comparable" or is_missing(entry["interval"]) and entry["verdict"] == "undecided":
            cells.setdefault(f"{entry['verdict']}: {entry['why']}", []).append(entry)
    found = [why if len(held) >= OFTEN or len(held) == len(entries) else
             f"{'; '.join(_cell_name(result, entry) for entry in held)}: {why}" for why, held in cells.items()]
    return found + alone([Witness(entry["n"], entry["n_base"], entry["p"], entry["p_holm"]) for entry in entries
                          if entry["verdict"] == "undecided" and "witness" in entry["why"]])


def _span(entries):
    """Half the width of the sketch as a logarithm: the farthest end of an interval, at least ±25 %."""
    ends = [entry["ratio"] for entry in entries if not is_missing(entry["ratio"])]
    held = [entry["interval"] for entry in entries if not is_missing(entry["interval"])]
    ends += [interval[end] for interval in held for end in ("low", "high")]
    return max([NARROWEST_SPAN, *(abs(math.log(end)) for end in ends if end > 0)])


def _scale_head(span):
    """What the ends of the sketch stand for, and the 1 in the middle."""
    left, right = f"×{digits(math.exp(-span))}", f"×{digits(math.exp(span))}"
    half = SKETCH // 2
    return f"{left.ljust(half)}1{right.rjust(half)}" if len(left) < half else "1".center(SKETCH)


def _sketch(entry, span):
    """Ratio and interval on a logarithmic line, with a bar at 1."""
    cells = [" "] * SKETCH
    cells[SKETCH // 2] = "│"
    if is_missing(entry["ratio"]) or entry["ratio"] <= 0:
        return "".join(cells)
    interval = entry["interval"]
    if not is_missing(interval) and interval["low"] > 0:
        low, high = (_place(interval[end], span) for end in ("low", "high"))
        cells[low:high + 1] = "─" * (high - low + 1)
        if low < SKETCH // 2 < high:
            cells[SKETCH // 2] = "┼"
    cells[_place(entry["ratio"], span)] = "●"
    return "".join(cells)


def _place(ratio, span):
    return round((math.log(ratio) / span + 1) / 2 * (SKETCH - 1))


def _lonely(result, width):
    """Cells that only one input has, each reason once."""
    whys = {}
    for entry in result["lonely"]:
        whys.setdefault((entry["input"], entry["why"]), []).append(entry["cell"])
    shared = {(factor, level) for entry in result["comparisons"] for factor, level in entry["cell"].items()}
    lines = []
    for (letter, why), cells in whys.items():
        names = _briefly_cells(cells, shared)
        listed = "; ".join(names[:MOST_LISTED])
        more = f"; and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
        lines += bullets([f"{letter}: {listed}{more} ({why})"], width)
    left_out = bullets([f"{each['metric']}: {each['why']}" for each in result["left_out"]], width)
    return "\n".join([*(["Only one has"] if lines else []), *lines,
                      *(["Nobody can compare"] if left_out else []), *left_out])


def _briefly_cells(cells, shared):
    """Names of cells; those with a level of which nothing is shared are told together, by that level."""
    names = {}
    for cell in cells:
        alone = next(((factor, level) for factor, level in cell.items() if (factor, level) not in shared
                      and factor in (name for name, _ in shared)), None)
        names.setdefault(levels_text(cell if alone is None else dict([alone])), []).append(cell)
    return [f"{name} ({len(held)} cells)" if len(held) > 1 else levels_text(held[0]) or "its only cell"
            for name, held in names.items()]


def _bounds(result, width, paint):
    lines = []
    for each in result["bounds"]:
        counts = ", ".join(f"{n} {word}" for word, n in each["counts"].items() if n) or "no cell"
        lines.append(f"{each['metric']} may be worse by {each['per_cent']:g} % (×{digits(each['limit'])}): {counts}")
        told = (bounds.CROSSED, bounds.MAYBE, bounds.UNTESTED)
        cells = sorted((cell for cell in each["cells"] if cell["verdict"] in told),
                       key=lambda cell: told.index(cell["verdict"]))
        lines += _bound_lines(result, cells, width, paint)
    return "\n".join([paint("Bounds", "head"), *lines]) if lines else ""


def _bound_lines(result, cells, width, paint):
    """Those that are not kept: verdict, cell, ratio, and the reason where the word does not say it."""
    rows = [[_cell_name(result, cell), "" if is_missing(cell["ratio"]) else _times(cell["ratio"]),
             "" if is_missing(cell["interval"]) else _range(cell["interval"])] for cell in cells]
    room = max((len(cell["verdict"]) for cell in cells), default=0)
    lines = []
    for cell, line in zip(cells, align(rows, 1)):
        word, why = cell["verdict"], "" if cell["why"] in (bounds.BEYOND, bounds.REACHES) else cell["why"]
        fits = 5 + room + len(line) + len(why) <= width
        lines.append(f"   {paint(word, word)}{' ' * (room - len(word))}  {line}{f'  {why}' if fits else ''}".rstrip())
        if not fits:
            lines += textwrap.wrap(why, width, initial_indent=" " * (room + 7), subsequent_indent=" " * (room + 7))
    return lines


def _cell_name(result, entry):
    """Its levels of the factors that tell cells apart, after the input where there are several."""
    told = levels_text({factor: entry["cell"][factor] for factor in result["factors"] if factor in entry["cell"]})
    return ", ".join(filter(None, (entry["input"] if len(result["inputs"]) > 2 else "", told))) or "the only cell"


def _range(interval):
    return f"{digits(interval['low'])} to {digits(interval['high'])}"


def _legend(result, width, paint):
    counts = result["counts"]
    worst = sum(entry["direction"] == "worse" for entry in result["comparisons"])
    best = sum(entry["direction"] == "better" for entry in result["comparisons"])
    told = [paint(f"{worst} worse", "worse") if worst else "", paint(f"{best} better", "better") if best else ""]
    told += [f"{counts[word]} {word}" for word in counts if word in ("no difference", "undecided", "not comparable")]
    sides = sum(counts.get(word, 0) for word in ("more", "less", "faster", "slower")) - worst - best
    told += [f"{sides} more or less, of which neither is better"] if sides else []
    total = len(result["comparisons"])
    trials = sorted({n for entry in result["comparisons"] for n in (entry["n"], entry["n_base"]) if n})
    text = "ratios (Hodges-Lehmann) with their intervals; p: Mann-Whitney after Holm over all ratios; detects: the " \
           "smallest difference that these trials would have found four times in five"
    if trials:
        text += f"; trials a side: {trials[0]}{f' to {trials[-1]}' if len(trials) > 1 else ''}"
    return "\n".join([f"{total} ratio{'s' * (total != 1)}: {', '.join(filter(None, told))}",
                      *textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="  ")])
