"""Text from configs, hosts and kernels, made fit for a page.

HTML is escaped by the templates. What stands here is what escaping does not do: characters that cannot be seen,
that turn the direction of a line, or that no file may hold.
"""

import re
from functools import lru_cache

from markupsafe import Markup

# C0 and C1 but tab and newline, what is invisible or turns text around, line separators, lone surrogates.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
                     "\ud800-\udfff]")
_MARKDOWN = re.compile(r"[\\|<>`*]|\](?=\()")
_BLOCKS = ("#", "+", "=", "~", "-")  # at the begin of a line: headings, lists, fences


def visible(value):
    """`value` with its unseen characters as escapes; what is no text, or is markup, stays."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", value)


def all_visible(tree):
    """visible() of every text in lists and dicts."""
    if isinstance(tree, dict):
        return {visible(key): all_visible(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [all_visible(value) for value in tree]
    return visible(tree)


@lru_cache(maxsize=None)
def brief(reasons):
    """Reasons joined by "; ", those that differ in numbers alone told once: each trial has a cgroup of its own."""
    alike = {}
    for reason in reasons.split("; "):
        alike.setdefault(re.sub(r"\d+", "0", reason), []).append(reason)
    return "; ".join(same[0] + (f" (and {len(same) - 1} like it)" if len(same) > 1 else "") for same in alike.values())


def markdown(value):
    """`value` on one line, without anything that Markdown would read as its own."""
    if isinstance(value, Markup):
        return value
    text = _MARKDOWN.sub(r"\\\g<0>", " ".join(visible(str(value)).split()))
    return f"\\{text}" if text.startswith(_BLOCKS) else text
