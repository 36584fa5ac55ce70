"""Templates, styles, scripts and data put together: one file that asks the network for nothing.

A policy in the page itself (Content-Security-Policy) lets run no script but those that stand in it, by their
hashes, and fetch nothing: what escaping might miss stays text.
"""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from report.plain import all_visible, markdown, visible

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
SCRIPTS = ("grid.js", "reasons.js", "printing.js")
# Where Debian's libjs-dygraphs puts it.
DYGRAPHS = Path("/usr/share/javascript/dygraphs")
MOST_LINES = 200  # of a list or table in report.md
NO_DYGRAPHS = ("the curves that zoom need dygraphs: apt-get install -y --no-install-recommends libjs-dygraphs, "
               "then make the report again")


class PageError(Exception):
    """Why a page cannot be made, with the remedy."""


def html(content):
    """The text of report.html."""
    scripts = [_own(name) for name in SCRIPTS]
    library = _dygraphs() if content["timelines"] else None
    styles = [_own("report.css")]
    if library:
        script, style = library
        scripts = [script, *scripts, _own("charts.js")]
        styles.append(style)
    environment = _environment(autoescape=True, finalize=visible)
    return environment.get_template("report.html.j2").render(
        **content, styles=[Markup(each) for each in styles], scripts=[Markup(each) for each in scripts],
        policy=_policy(scripts), block=_block, charts=bool(library), no_charts=NO_DYGRAPHS)


def text(content, picture):
    """The text of report.md; `picture` gives a figure's link by its name, or None where it has not been drawn."""
    environment = _environment(autoescape=False, finalize=markdown)
    return environment.get_template("report.md.j2").render(
        **content, picture=picture, as_is=Markup, shown=_words, code=_code, most=MOST_LINES)


def _words(value, brief=False):
    """A value, or that it is missing and, where there is room, why."""
    if value is None:
        return ""
    if "missing" in value:
        return "missing" if brief else f"missing: {value['missing']}"
    return value["text"]


def _code(command):
    """An indented block of code within a list."""
    return Markup("\n".join(f"       {visible(line)}" for line in command.split("\n")))


def has_dygraphs():
    return (DYGRAPHS / "dygraph.min.js").exists()


def _environment(**options):
    return Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, keep_trailing_newline=True, **options)


def _block(data):
    """JSON as the content of a <script>: nothing in it ends that element, whatever the texts hold."""
    return htmlsafe_json_dumps(all_visible(data), separators=(",", ":"), allow_nan=False)


def _own(name):
    return _inlined((HERE / name).read_text(encoding="utf-8"), name)


def _dygraphs():
    """(script, style) of the library, or None where it is not installed."""
    if not has_dygraphs():
        return None
    return tuple(_inlined(_without_map((DYGRAPHS / name).read_text(encoding="utf-8")), name)
                 for name in ("dygraph.min.js", "dygraph.min.css"))


def _without_map(source):
    """Without the line that would make a debugger ask for another file."""
    return "\n".join(line for line in source.split("\n") if "sourceMappingURL=" not in line)


def _inlined(source, name):
    """`source`, which must not hold what ends its element."""
    if any(end in source.lower() for end in ("</script", "</style", "<!--")):
        raise PageError(f"{name} holds the end of the element that it would stand in; install another version of it")
    return source


def _policy(scripts):
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'"
                      for each in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; " \
           "form-action 'none'"
