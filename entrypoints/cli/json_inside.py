"""JSON that was kept as a text, such as the raw body of a webhook, read for people who look at it."""

import json
from typing import Any


def read_inside(value: Any) -> Any:
    """The value, with each text in it that is a JSON object or list as that; what was read is not looked into again.

    A text that means less than it says stays as it came: a name that stands twice, or a number that JSON does not have.
    """
    match value:
        case dict():
            return {name: read_inside(inner) for name, inner in value.items()}
        case list():
            return [read_inside(inner) for inner in value]
        case str() if value.lstrip()[:1] in {"{", "["}:
            return _read(value)
        case _:
            return value


def _read(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_members, parse_constant=_refused)
    except (ValueError, RecursionError):
        return text


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name stands twice")
    return members


def _refused(constant: str) -> None:
    raise ValueError(constant)
