"""Lengths of time as people write them into fields: `4 hours`, `1 h 30 min`, `2 days`."""

import re

from entrypoints.policy_wording import length_in_words

UNIT_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
LENGTH_CHARS_MAX = 100
_PART = re.compile(
    r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(days?|d|hours?|h|minutes?|mins?|m|seconds?|secs?|s)\b[\s,]*", re.IGNORECASE
)
FORM = "write a length of time with its unit, such as 4 hours, 30 min or 1 h 30 min"


def length_read(text: str) -> int:
    """Whole seconds. Raises `ValueError`, with how to write it."""
    left = text.strip()
    if not left or len(left) > LENGTH_CHARS_MAX:
        raise ValueError(FORM)
    seconds = 0.0
    while left:
        found = _PART.match(left)
        if found is None:
            raise ValueError(FORM)
        seconds += float(found[1]) * UNIT_SECONDS[found[2][0].lower()]
        left = left[found.end() :]
    return round(seconds)


def length_written(seconds: float) -> str:
    """The same, as a field shows it."""
    return length_in_words(seconds)
