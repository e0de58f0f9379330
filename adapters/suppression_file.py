"""People whom nobody shall call, as a list hands them in: the table in a file, or JSON objects, row by row.

As with recipients, a row that cannot be used becomes a `Complaint` with its line, and no complaint repeats a value.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from adapters.recipient_columns import AS_NAMED, Conventions
from adapters.recipient_file import Complaint, Remark, read_recipients
from adapters.tables.record import Table
from adapters.written_number import masked_cell
from domain.errors import InvalidInput
from domain.phone_number import parse_number

SOURCE_CHARS_MAX = 100
REASON_CHARS_MAX = 1_000
COLUMNS = ("source", "reason", "expires_at")
MEMBERS = frozenset({"line", "number", *COLUMNS})
_COLUMNS_THERE_ARE = "number, source, reason and expires_at"


class SuppressionRow(Struct, frozen=True):
    """One usable row. `line` is where its record starts, from 1; `expires_at` (UTC) None for good."""

    line: int
    number: str
    source: str | None = None
    reason: str | None = None
    expires_at: datetime | None = None


def read_suppressions(
    table: Table, conventions: Conventions = AS_NAMED
) -> Iterator[SuppressionRow | Complaint | Remark]:
    """Each record below the header, in order.

    Raises `InvalidInput` when the first is asked for, if the header cannot be used; a column that would mean nothing here
    might be a misspelt one.
    """
    for row in read_recipients(table, conventions):
        if isinstance(row, Complaint | Remark):
            yield row
            continue
        columns = {name.casefold(): value for name, value in row.variables.items()}
        if columns.keys() - set(COLUMNS) or len(columns) < len(row.variables):
            raise InvalidInput("header", f"has other columns than {_COLUMNS_THERE_ARE}, each once; take them out")
        yield _checked(row.line, row.number, columns)


def suppression_from_fields(place: int, fields: object) -> SuppressionRow | Complaint:
    """One JSON row: its members are what the columns of a file are, and null is the same as absent."""
    if not isinstance(fields, dict):
        return Complaint(place, "row", 'must be an object such as {"number": "+15551230002"}')
    line = fields.get("line", place)
    if isinstance(line, bool) or not isinstance(line, int) or line < 1:
        return Complaint(place, "line", "must be a whole number from 1")
    unknown = min((str(name) for name in fields.keys() - MEMBERS), default=None)
    if unknown is not None:
        return Complaint(line, "row", f"has other members than {_COLUMNS_THERE_ARE}")
    texts: dict[str, str] = {}
    for name in ("number", *COLUMNS):
        value = fields.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            return Complaint(line, name, 'is not text; write the value between "')
        texts[name] = value
    written = texts.pop("number", "")
    try:
        number = parse_number(written.strip(), "number")
    except InvalidInput as invalid:
        return Complaint(line, invalid.field, invalid.message, masked_cell(written) or None)
    return _checked(line, number, texts)


def _checked(line: int, number: str, columns: Mapping[str, str]) -> SuppressionRow | Complaint:
    given = {name: text.strip() for name, text in columns.items() if text.strip()}
    for name, chars_max in (("source", SOURCE_CHARS_MAX), ("reason", REASON_CHARS_MAX)):
        if len(given.get(name, "")) > chars_max:
            return Complaint(line, name, f"is longer than {chars_max} characters; shorten it")
    try:
        expires_at = _instant(given.get("expires_at"))
    except (ValueError, OverflowError):
        return Complaint(
            line, "expires_at", "is no instant; write it like 2027-01-31T00:00:00Z, or leave it empty for good"
        )
    return SuppressionRow(line, number, given.get("source"), given.get("reason"), expires_at)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("names no instant without an offset")
    return instant.astimezone(UTC)
