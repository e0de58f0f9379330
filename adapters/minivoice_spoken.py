"""What an actions document has a caller hear, and do: read in either of MiniVoice's notations."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from msgspec import Struct

TEXT_OF: Mapping[str, str] = {"say": "text", "gather": "prompt"}
UNHEARD = frozenset({"redirect"})
"""Where a call goes on to is nothing that anybody hears."""


class Spoken(Struct, frozen=True):
    """One action; `text` is what was said, None of those that say nothing."""

    action: str
    text: str | None


def spoken_in(document: str) -> list[Spoken]:
    """The actions in their order; none of what is no such document."""
    try:
        found = orjson.loads(document)["actions"]
    except (ValueError, TypeError, KeyError):
        return []
    return [one for action in found for one in _spoken(action)] if isinstance(found, list) else []


def _spoken(action: Any) -> Iterator[Spoken]:
    if not isinstance(action, dict):
        return
    for kind, fields in action.items() if "type" not in action else [(action["type"], action)]:
        if kind in UNHEARD or not isinstance(kind, str) or not isinstance(fields, dict):
            continue
        text = fields.get(TEXT_OF.get(kind, ""))
        if isinstance(text, str):
            yield Spoken(kind, text)
        elif kind not in TEXT_OF:
            yield Spoken(kind, None)
