"""Bodies of many rows, as CSV or as JSON."""

import io
from collections.abc import Mapping

import msgspec
from starlette.requests import Request

from adapters.recipient_file import table_of
from adapters.tables.record import Table
from application.fields import E164
from entrypoints.http.openapi.schemas import Schema, Written
from entrypoints.http.problems import TooLarge

IMPORT_BYTES_MAX = 16 * 1024 * 1024
IMPORT_ROWS_MAX = 10_000
IMPORT_LINES_MAX = 200_000


def is_csv(request: Request) -> bool:
    """Whether the request says so of its body."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv"


def table_in(body: bytes) -> Table:
    """The table in a body. Raises `TooLarge` where nearly all of it are empty lines."""
    lines = body.count(b"\n") + body.count(b"\r") - body.count(b"\r\n")
    if lines > IMPORT_LINES_MAX:
        raise TooLarge(
            "body",
            f"has {lines} lines, and a request at most {IMPORT_LINES_MAX}; take empty ones out, or send it in parts",
        )
    return table_of(io.BytesIO(body), "body")


def rows_in_json(
    name: str, member: str, done: str, columns: Mapping[str, Schema], more: Mapping[str, Schema] | None = None
) -> Written:
    """The body, a component `name`, that has rows under `member` and may have `more` beside.

    Each row has a number and `columns`. One that cannot be used is complained of, and the others are `done`.
    """
    row = {
        "type": "object",
        "properties": {"line": {"type": "integer", "minimum": 1}, "number": msgspec.json.schema(E164), **columns},
        "required": ["number"],
        "additionalProperties": False,
    }
    told = f"a row that cannot be used is a complaint in the answer, and the others are {done}"
    rows = {"type": "array", "items": {"description": told, "anyOf": [row, {}]}, "maxItems": IMPORT_ROWS_MAX}
    schema: Schema = {
        "type": "object",
        "properties": {**(more or {}), member: rows},
        "required": [member],
        "additionalProperties": False,
    }
    return Written(name=name, schema=schema)
