"""Bodies of many rows, as CSV or as JSON."""

import io
from collections.abc import Mapping

import msgspec
from starlette.requests import Request

from application.fields import E164
from domain.errors import InvalidInput
from entrypoints.http.openapi.schemas import Schema, Written
from entrypoints.http.problems import TooLarge

IMPORT_BYTES_MAX = 16 * 1024 * 1024
IMPORT_ROWS_MAX = 10_000
IMPORT_LINES_MAX = 200_000


def is_csv(request: Request) -> bool:
    """Whether the request says so of its body."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv"


def csv_lines(body: bytes) -> io.StringIO:
    """The lines of a CSV body. Raises `InvalidInput` where it is not UTF-8, or nearly all of it are empty lines."""
    lines = body.count(b"\n") + body.count(b"\r") - body.count(b"\r\n")
    if lines > IMPORT_LINES_MAX:
        raise TooLarge(
            "body",
            f"has {lines} lines, and a request at most {IMPORT_LINES_MAX}; take empty ones out, or send it in parts",
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise InvalidInput("body", f"line {line} is not UTF-8; save the file as CSV in UTF-8") from None
    return io.StringIO(text, newline="")


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
