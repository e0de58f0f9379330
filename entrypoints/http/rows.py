"""Bodies of many rows, as CSV or as JSON."""

import io
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace
from starlette.requests import Request

from adapters.recipient_columns import Conventions, parse_conventions
from adapters.recipient_file import ZIP_START, table_of
from adapters.tables.record import Table
from application.fields import E164, Count
from domain.errors import InvalidInput
from entrypoints.http.openapi.schemas import Schema, WrittenBody
from entrypoints.http.parameters import Text, Texts
from entrypoints.http.problems import TooLarge

IMPORT_BYTES_MAX = 16 * 1024 * 1024
IMPORT_ROWS_MAX = 10_000
IMPORT_LINES_MAX = 200_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
FILES = ("text/csv", XLSX, ODS)
Workbook = Annotated[
    bytes,
    Meta(description="the sheet that `sheet` names, or its first one that can be seen, with the same columns as CSV"),
]
REGION = Text(
    name="region",
    kind=Annotated[str, Meta(pattern="^[A-Za-z]{2}$")],
    means="of a file: the country, such as DE, of numbers that are written as inside it",
)
COLUMN = Texts(
    name="column", means="of a file: what one of its columns is, such as `phone=number`; may be given for each"
)
SHEET = Text(name="sheet", means="of a workbook: which of its sheets is read, by its name; else the first one")
FILE_PARAMETERS = (REGION, COLUMN, SHEET)


class OddNumbers(Struct, frozen=True, kw_only=True):
    """What is odd about some numbers: the first line with it, and how many rows have it."""

    line: Count
    field: str
    reason: str
    rows: Count


class OddRows:
    """What is odd in a file, each kind once."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], OddNumbers] = {}

    def add(self, line: int, field: str, reason: str) -> None:
        """One more row with it."""
        first = OddNumbers(line=line, field=field, reason=reason, rows=0)
        known = self._kinds.setdefault((field, reason), first)
        self._kinds[field, reason] = replace(known, rows=known.rows + 1)

    def kinds(self) -> list[OddNumbers]:
        """All of it, in the order of their first lines."""
        return list(self._kinds.values())


def conventions_of(request: Request, body: bytes) -> Conventions:
    """How the request says that its file is written. Raises `InvalidInput`, also where the body is no file, or is one and
    the request does not say so.
    """
    columns = COLUMN.read(request)
    region = REGION.read(request)
    if not is_file(request) and _looks_like_a_file(request, body):
        raise InvalidInput(
            "body",
            "seems to be a file, and Content-Type does not say so; send it with Content-Type: text/csv, also a workbook",
        )
    sheet = SHEET.read(request)
    if not is_file(request) and (columns or region or sheet):
        name = REGION.name if region else COLUMN.name if columns else SHEET.name
        raise InvalidInput(
            name, "is for files; in JSON each row has its members by their names, and numbers in E.164 form"
        )
    return parse_conventions(region, columns, sheet)


def _looks_like_a_file(request: Request, body: bytes) -> bool:
    """Whether no word is said of JSON, and none is there."""
    return not _kind(request).endswith("json") and body.lstrip()[:1] not in {b"", b"{", b"["}


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_file(request: Request) -> bool:
    """Whether the request says of its body that it is a file with a table; which of them, its bytes say themselves."""
    return _kind(request) in FILES


def table_in(body: bytes) -> Table:
    """The table in a body. Raises `TooLarge` where nearly all of it are empty lines."""
    if body.startswith(ZIP_START):
        return table_of(io.BytesIO(body), "body")
    lines = body.count(b"\n") + body.count(b"\r") - body.count(b"\r\n")
    if lines > IMPORT_LINES_MAX:
        raise TooLarge(
            "body",
            f"has {lines} lines, and a request at most {IMPORT_LINES_MAX}; take empty ones out, or send it in parts",
        )
    return table_of(io.BytesIO(body), "body")


def file_bodies(csv: Any) -> dict[str, Any]:
    """The bodies that may be a file, where `csv` is the description of one of separated values."""
    return {"text/csv": csv, XLSX: Workbook, ODS: Workbook}


def rows_in_json(
    name: str, member: str, done: str, columns: Mapping[str, Schema], more: Mapping[str, Schema] | None = None
) -> WrittenBody:
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
    return WrittenBody(name=name, schema=schema)
