"""Ids and numbers as parts of a path, and back."""

from urllib.parse import quote, unquote

DOTS = frozenset({".", ".."})
BEFORE_DOTS = "\x1f"
"""What stands before an id that is only a dot or two. Browsers, clients and proxies take these, escaped or not, for steps
along the path; no id has a control character, so that this one means nothing else."""


def segment(text: str, safe: str = "") -> str:
    """A text as one part of a path, which leads nowhere else."""
    return quote(BEFORE_DOTS + text if text in DOTS else text, safe=safe)


def text_of(raw: str) -> str:
    """What a raw part of a path says. Raises `UnicodeDecodeError`."""
    text = unquote(raw, errors="strict") if "%" in raw else raw
    return text[1:] if text[:1] == BEFORE_DOTS and text[1:] in DOTS else text
