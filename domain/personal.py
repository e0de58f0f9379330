"""The kinds of personal fields: what is of one kind is sealed under one key of its stream, and erased together.

What is erased is decoded with a value of the field's own type in its place: texts say `erased`, whatever has a default has that.
"""

from collections.abc import Mapping
from typing import Literal, get_args

PersonalKind = Literal["number", "variables", "body", "digits", "insight", "other"]
"""`body` is what came from the provider or went to it, verbatim; `insight` is AI results; `other` the rest."""
PERSONAL_KINDS: tuple[PersonalKind, ...] = get_args(PersonalKind)
ERASED = "erased"

_BY_FIELD: Mapping[str, PersonalKind] = {
    "number": "number",
    "snapshot": "number",
    "variables": "variables",
    "lookup": "variables",
    "body": "body",
    "raw": "body",
    "request": "body",
    "response": "body",
    "actions": "body",
    "digits": "digits",
    "by": "other",
    "source": "other",
    "text": "other",
    "reference": "other",
    "reason": "other",
    "plan": "other",
    "agents": "other",
    "prefix": "other",
}
_OF_EVENT: Mapping[tuple[str, str], PersonalKind] = {
    ("insight.fetched", "body"): "insight",
    ("insight.fetched", "raw"): "insight",
    # One of our own numbers, and nobody's who is called.
    ("caller_number.removed", "number"): "other",
}
PERSONAL_PARTS: Mapping[str, frozenset[str]] = {"snapshot": frozenset({"from_number", "to_number"})}
"""Of these fields only such parts disclose a person. The others are kept, too, for a fold decides by them."""


def kind_of_field(event_name: str, field: str) -> PersonalKind:
    """The kind of an event's personal field; `other` for one that nobody gave a kind."""
    return _OF_EVENT.get((event_name, field)) or _BY_FIELD.get(field, "other")
