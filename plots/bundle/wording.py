"""How long something takes, and how many there are, in words."""

MINUTE_S, HOUR_S = 60, 3600


def duration(seconds):
    """At least a second: 17 s, 12 min, 1.5 h."""
    if seconds < 2 * MINUTE_S:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 2 * HOUR_S:
        return f"{seconds / MINUTE_S:.0f} min"
    return f"{seconds / HOUR_S:.1f} h"


def count(number, word):
    """1 run, 2 runs."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
