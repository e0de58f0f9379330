"""Recipients as people hand them in: the table in a file, or JSON objects, read row by row in constant memory.

A row that cannot be used becomes a `Complaint` with its line, and the reading goes on; a header that cannot be used is
`InvalidInput`. A value is only ever repeated masked: a phone number may stand in any column.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

import msgspec
from msgspec import Meta, Struct

from adapters.recipient_callback import callback_in
from adapters.recipient_columns import AS_NAMED, ColumnRead, Columns, Conventions, column_name, name_fault, parse_header
from adapters.recipient_consent import RowConsent, consent_in
from adapters.tables.cells import WorkbookTable
from adapters.tables.record import (
    EXPORTED_CHARS_MAX,
    RECORD_CHARS_MAX,
    VALUE_CHARS_MAX,
    Record,
    Table,
    Unusable,
    text_fault,
    too_long,
)
from adapters.tables.separated import SeparatedTable
from adapters.tables.text import rejoined, text_lines
from adapters.written_number import NOT_E164, masked_cell, read_number
from domain.errors import InvalidInput
from domain.phone_number import is_e164
from domain.recipient import REFERENCE, REFERENCE_CHARS_MAX, reference_of
from domain.zones import known_zones

ZIP_START = b"PK\x03\x04"
ODD_CELLS = {
    "error": "is an error of the spreadsheet; mend it there",
    "formula": "is a formula whose result was not saved; open the file in a spreadsheet, and save it again",
    "merged": "is merged with the cell above or beside it; write the value into each",
}
NO_EXPORT = (
    'is no JSON object of texts such as {"name": "Ada"}, as an export has it; leave the cell as it was, or empty'
)
ODD_TEXTS = {
    "date": "is a date or time in the spreadsheet; read in the form 2026-12-31 or 13:30:00",
    "percent": "is a percentage in the spreadsheet; read in the form 15%",
}
ODD_NUMBERS = {
    "fraction": "a spreadsheet made a number of it, and it is no whole one; take it from the source again, as text",
    "date": "a spreadsheet made a date of it; take it from the source again, as text",
    "percent": "a spreadsheet made a percentage of it; take it from the source again, as text",
}
RowT = TypeVar("RowT")


class RecipientRow(Struct, frozen=True, omit_defaults=True):
    """One usable row. `line` is where its record starts, from 1; `variables` are all columns but number, zone and callback.

    `callback_at` is when they wish to be called, as it was written, with the zone that is meant where that is a local time;
    `consent` is what they agreed to.
    """

    line: int
    number: str
    zone: str | None
    variables: Mapping[str, str]
    callback_at: str | None = None
    callback_zone: str | None = None
    consent: RowConsent | None = None


class Complaint(Struct, frozen=True):
    """Why a row cannot be used. `field` is the column at fault, or `row`; `reason` says what to do.

    `cell` is what stands there, masked; None where it is not about one cell.
    """

    line: Annotated[int, Meta(ge=0)]
    field: str
    reason: str
    cell: str | None = None


class Remark(Struct, frozen=True):
    """What was read otherwise than it is written, or is not heeded, in a row that is used all the same, or of all rows.

    `cell` is what stands there, masked; None where that is not about one cell.
    """

    line: Annotated[int, Meta(ge=0)]
    field: str
    reason: str
    cell: str | None = None


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
    """The table in these bytes, text or workbook: text is read as its records are asked for. What is wrong with them is said of the `whole`."""
    start = file.read(len(ZIP_START))
    again = rejoined(start, file)
    if start == ZIP_START:
        return WorkbookTable(again, whole)
    return SeparatedTable(text_lines(again, whole))


def chosen(table: Table, conventions: Conventions) -> Iterator[Remark]:
    """Turn to the sheet that is meant; where none was named, and there are several, that is said."""
    first, *others = table.choose(conventions.sheet) or ("",)
    if others:
        there = ", ".join(f"“{name}”" for name in others)
        reason = (
            f"only “{first}” is read, and the workbook has {there}, too; name another with --sheet, over HTTP ?sheet="
        )
        yield Remark(0, "sheet", reason)


def read_recipients(
    table: Table, conventions: Conventions = AS_NAMED, tell: Callable[[list[ColumnRead]], None] = lambda _: None
) -> Iterator[RecipientRow | Complaint | Remark]:
    """Each record below the header, in order; what is empty is skipped. A remark stands before what it is about.

    `tell` hears first what became of the columns. Raises `InvalidInput` when the first is asked for, if the header cannot be used.
    """

    def has_number(names: Sequence[str]) -> bool:
        return "number" in (column_name(name, conventions) for name in names)

    yield from chosen(table, conventions)
    written = table.header(has_number)[1]
    columns = parse_header(written, conventions)
    tell([ColumnRead(name.strip(), columns.role(index)) for index, name in enumerate(written)])
    for record in table.records(RECORD_CHARS_MAX if columns.exported is None else EXPORTED_CHARS_MAX):
        if isinstance(record, Unusable):
            yield Complaint(record.line, "row", record.reason)
        elif (fault := columns.fault(record)) is not None:
            yield Complaint(record.line, "row", fault)
        else:
            yield from _row(record, columns, conventions)


def recipient_from_fields(line: int, fields: Mapping[str, object]) -> RecipientRow | Complaint:
    """One JSON row: its members are what the columns of a file are, and null is the same as absent."""
    number: str | None = None
    zone: str | None = None
    variables: dict[str, str] = {}
    for written, value in fields.items():
        name = written.strip()
        if (fault := name_fault(name)) is not None:
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
    if not is_e164(number.strip()):
        return Complaint(line, "number", NOT_E164, masked_cell(number) or None)
    return _checked(line, number.strip(), zone, variables, values_are_short=False)


def _row(record: Record, columns: Columns, conventions: Conventions) -> Iterator[RecipientRow | Complaint | Remark]:
    for index, odd in record.odd.items():
        name = columns.name(index)
        kind = odd.partition(" ")[0]
        reason = ODD_CELLS.get(kind) or (ODD_NUMBERS.get(kind) if name == "number" else None)
        if name and reason is not None:
            yield Complaint(
                record.line, name, reason, masked_cell(record.values[index] or odd.partition(" ")[2]) or None
            )
            return
        if name and kind in ODD_TEXTS:
            yield Remark(record.line, name, ODD_TEXTS[kind])
    written = record.values[columns.number]
    try:
        read = read_number(written, conventions.region, was_number=columns.number in record.odd)
    except InvalidInput as invalid:
        yield Complaint(record.line, "number", invalid.message, masked_cell(written) or None)
        return
    if read.remark is not None:
        yield Remark(record.line, "number", read.remark)
    variables = {name: record.values[index] for name, index in columns.variables}
    if columns.exported is not None:
        exported = _exported(record.values[columns.exported])
        if exported is None or exported.keys() & variables.keys():
            reason = NO_EXPORT if exported is None else "has what a column of its own has as well; keep one of them"
            yield Complaint(record.line, "variables", reason)
            return
        variables = exported | variables
    yield _checked(
        record.line,
        read.number,
        None if columns.zone is None else record.values[columns.zone],
        variables,
        values_are_short=record.is_short and columns.exported is None,
    )


def _exported(cell: str) -> dict[str, str] | None:
    """The variables that an export wrote into one cell; None where it did not."""
    try:
        variables = msgspec.json.decode(cell, type=dict[str, str]) if cell.strip() else {}
    except msgspec.DecodeError:
        return None
    are_usable = all(
        name == name.strip() and name_fault(name) is None and text_fault(text) is None
        for name, text in variables.items()
    )
    return variables if are_usable else None


def _checked(
    line: int, number: str, zone: str | None, variables: Mapping[str, str], *, values_are_short: bool
) -> RecipientRow | Complaint:
    zone = None if zone is None else zone.strip() or None
    if zone is not None and zone not in known_zones():
        return Complaint(
            line, "zone", "is not an IANA time zone; write it like Europe/Berlin, or leave it empty", masked_cell(zone)
        )
    if not values_are_short:
        for name, value in variables.items():
            if len(value) > VALUE_CHARS_MAX:
                return Complaint(line, name, too_long(VALUE_CHARS_MAX))
    if len(reference_of(variables) or "") > REFERENCE_CHARS_MAX:
        return Complaint(line, REFERENCE, too_long(REFERENCE_CHARS_MAX))
    wish = callback_in(number, zone, variables)
    if wish.fault is not None:
        column, why = wish.fault
        return Complaint(line, column, why, masked_cell(variables[column]) or None)
    agreed = consent_in(wish.variables)
    if agreed.fault is not None:
        return Complaint(line, *agreed.fault)
    return RecipientRow(line, number, zone, agreed.variables, wish.at, wish.zone, agreed.consent)
