"""Small words to write JSON schemas with, and what recurs in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from application.moment import POSITION_DIGITS_MAX
from domain.identity import CALL_ID_CHARS_MAX, CAMPAIGN_ID_CHARS_MAX
from entrypoints.http.parameters import POSITIONS_MAX

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
AMOUNT: Schema = {"type": "number", "minimum": 0}
INSTANT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
    "description": "UTC, to the microsecond",
}
POSITION: Schema = {"type": "integer", "minimum": 0, "description": "a place in the ledger"}
NUMBER: Schema = {
    "type": "string",
    "pattern": r"^\+([1-9][0-9]{1,14}|([1-9][0-9])?…([0-9]{2})?)$",
    "description": "E.164; to viewers its first two and last two digits, like +15…02",
}
CAMPAIGN_ID: Schema = {"type": "string", "pattern": f"^[a-z0-9][a-z0-9_-]{{0,{CAMPAIGN_ID_CHARS_MAX - 1}}}$"}
CALL_ID: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": CALL_ID_CHARS_MAX,
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$",
    "description": "as MiniVoice gave it; in a path, a slash in it is written %2F",
}
E164: Schema = {"type": "string", "pattern": r"^\+[1-9][0-9]{1,14}$", "description": "E.164, such as +15551230009"}
AS_OF: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": 10**POSITION_DIGITS_MAX - 1},
        {"type": "string", "format": "date-time"},
    ]
}


def record(fields: Mapping[str, Schema], optional: Sequence[str] = ()) -> Schema:
    """An object of exactly these members, each of them there but for the optional ones."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def nullable(schema: Schema) -> Schema:
    """That, or null."""
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*values: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(values)}


def many(schema: Schema) -> Schema:
    """A list of them."""
    return {"type": "array", "items": schema}


def texts() -> Schema:
    """An object whose values are texts."""
    return {"type": "object", "additionalProperties": TEXT}


def page(item: Schema, **more: Schema) -> Schema:
    """One page of a list; `next` is null on the last."""
    cursor = {**nullable(TEXT), "description": "pass it as `after` for the following page"}
    return record({"items": many(item), "next": cursor, **more})


def ref(name: str) -> Schema:
    """A schema among the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


def in_path(name: str, schema: Schema, means: str) -> Schema:
    """A part of the path."""
    return {"name": name, "in": "path", "required": True, "description": means, "schema": schema}


def in_query(name: str, schema: Schema, means: str) -> Schema:
    """A part of the query, which may be left out."""
    return {"name": name, "in": "query", "required": False, "description": means, "schema": schema}


def limit(default: int, most: int) -> Schema:
    """How many items a page has at most."""
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return in_query("limit", schema, "how many items at most")


def after(most: int = POSITIONS_MAX) -> Schema:
    """Where a page begins."""
    schema = {"type": "integer", "minimum": 0, "maximum": most, "default": 0}
    return in_query("after", schema, "the `next` of the page before")


def as_of() -> Schema:
    """The moment that a read is of."""
    means = "what the ledger knew then: an instant (RFC 3339, inclusive), or a position that is not after its end"
    return in_query("as_of", AS_OF, means)


def at_least() -> Schema:
    """How far the views must have come."""
    schema = {"type": "integer", "minimum": 0, "maximum": POSITIONS_MAX}
    return in_query("at_least", schema, "a position that the answer must know; waits for it a little")
