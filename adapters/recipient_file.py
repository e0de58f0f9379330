"""Recipients as people hand them in: the table in a file, or JSON objects, read row by row in constant memory.

A row that cannot be used becomes a `Complaint` with its line, and the reading goes on; a header that cannot be used is
`InvalidInput`. Neither ever repeats a value: a phone number may stand in any column.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

from msgspec import Meta, Struct

from adapters.tables.record import VALUE_CHARS_MAX, Record, Table, Unusable, text_fault, too_long
from adapters.tables.separated import QUOTE, SeparatedTable
from adapters.tables.text import text_lines
from domain.errors import InvalidInput
from domain.phone_number import parse_number
from domain.zones import known_zones

COLUMN_NAME_CHARS_MAX = 128
RowT = TypeVar("RowT")


class RecipientRow(Struct, frozen=True):
    """One usable row. `line` is where its record starts, from 1; `variables` are all columns but number and zone."""

    line: int
    number: str
    zone: str | None
    variables: Mapping[str, str]


class Complaint(Struct, frozen=True):
    """Why a row cannot be used. `field` is the column at fault, or `row`; `reason` says what to do."""

    line: Annotated[int, Meta(ge=0)]
    field: str
    reason: str


def rows_at(path: Path, whole: str, read: Callable[[Table], Iterator[RowT]]) -> Iterator[RowT]:
    """What `read` makes of the table in a file.

    Raises `InvalidInput` naming the `whole`, from the first row on: no such file, not a file, no table.
    """
    try:
        with path.open("rb") as file:
            yield from read(table_of(file, whole))
    except FileNotFoundError:
        raise InvalidInput(whole, "there is no such file") from None
    except IsADirectoryError:
        raise InvalidInput(whole, "is a folder; name the file in it") from None
    except OSError as error:
        raise InvalidInput(whole, f"cannot be read: {error.strerror}") from error


def table_of(file: BinaryIO, whole: str) -> Table:
    """The table in these bytes, which are read as its records are asked for; what is wrong with them is said of the `whole`."""
    return SeparatedTable(text_lines(file, whole))


def read_recipients(table: Table) -> Iterator[RecipientRow | Complaint]:
    """Each record below the header, in order; what is empty is skipped.

    Raises `InvalidInput` when the first is asked for, if the header cannot be used.
    """
    columns = _parse_header(table.header(_has_number)[1])
    for record in table.records():
        if isinstance(record, Unusable):
            yield Complaint(record.line, "row", record.reason)
        elif (fault := columns.fault(record)) is not None:
            yield Complaint(record.line, "row", fault)
        else:
            yield _checked(
                record.line,
                record.values[columns.number],
                None if columns.zone is None else record.values[columns.zone],
                {name: record.values[index] for name, index in columns.variables},
                values_are_short=record.is_short,
            )


def recipient_from_fields(line: int, fields: Mapping[str, object]) -> RecipientRow | Complaint:
    """One JSON row: its members are what the columns of a file are, and null is the same as absent."""
    number: str | None = None
    zone: str | None = None
    variables: dict[str, str] = {}
    for written, value in fields.items():
        name = written.strip()
        if (fault := _name_fault(name)) is not None:
            return Complaint(line, "row", f"has a column whose name {fault}")
        if value is None:
            continue
        if not isinstance(value, str):
            return Complaint(line, name, 'is not text; write the value between "')
        if (fault := text_fault(value)) is not None:
            return Complaint(line, name, fault)
        match name.casefold():
            case "number" if number is None:
                number = value
            case "zone" if zone is None:
                zone = value
            case "number" | "zone":
                return Complaint(line, name, "is there twice; keep one of them")
            case _ if name in variables:
                return Complaint(line, name, "is there twice; keep one of them")
            case _:
                variables[name] = value
    if number is None:
        return Complaint(line, "number", "is missing; write it like +15551230002")
    return _checked(line, number, zone, variables, values_are_short=False)


class _Columns(Struct, frozen=True):
    """Where a row has what. `nameless` are columns that nothing may stand in."""

    width: int
    number: int
    zone: int | None
    variables: tuple[tuple[str, int], ...]
    nameless: tuple[int, ...]

    def fault(self, record: Record) -> str | None:
        """Why a row does not fit the header, or None; empty values behind its last column are nothing."""
        values = record.values
        if len(values) < self.width or any(map(str.strip, values[self.width :])):
            return f"has {len(values)} values, but the header has {self.width} columns; {QUOTE}"
        for index in self.nameless:
            if values[index].strip():
                return f"has a value in column {index + 1}, which has no name; name it in the header, or take it out"
        return None


def _parse_header(written: Sequence[str]) -> _Columns:
    names = [_column_name(name) for name in written]
    if "number" not in names:
        # Nothing of what was found is repeated: without a header, it is somebody's number.
        raise InvalidInput(
            "header", "has no column named number; the first line names the columns, like number,zone,first_name"
        )
    for position, name in enumerate(names, start=1):
        if not name:
            continue
        if (fault := _name_fault(name)) is not None:
            raise InvalidInput("header", f"the name of column {position} {fault}")
        if (first := names.index(name) + 1) != position:
            raise InvalidInput("header", f"column {position} has the name of column {first}; rename one of them")
    return _Columns(
        len(names),
        names.index("number"),
        names.index("zone") if "zone" in names else None,
        tuple((name, index) for index, name in enumerate(names) if name not in {"", "number", "zone"}),
        tuple(index for index, name in enumerate(names) if not name),
    )


def _has_number(names: Sequence[str]) -> bool:
    return "number" in map(_column_name, names)


def _column_name(written: str) -> str:
    name = written.strip()
    return name.casefold() if name.casefold() in {"number", "zone"} else name


def _checked(
    line: int, number: str, zone: str | None, variables: Mapping[str, str], *, values_are_short: bool
) -> RecipientRow | Complaint:
    try:
        number = parse_number(number.strip(), "number")
    except InvalidInput as invalid:
        return Complaint(line, invalid.field, invalid.message)
    zone = None if zone is None else zone.strip() or None
    if zone is not None and zone not in known_zones():
        return Complaint(line, "zone", "is not an IANA time zone; write it like Europe/Berlin, or leave it empty")
    if not values_are_short:
        for name, value in variables.items():
            if len(value) > VALUE_CHARS_MAX:
                return Complaint(line, name, too_long(VALUE_CHARS_MAX))
    return RecipientRow(line, number, zone, variables)


def _name_fault(name: str) -> str | None:
    return text_fault(name, chars_max=COLUMN_NAME_CHARS_MAX) if name else "is empty; name it, or take it out"
