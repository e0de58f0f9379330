"""Recipients as people hand them in: the table in a file, or JSON objects, read row by row in constant memory.

A row that cannot be used becomes a `Complaint` with its line, and the reading goes on; a header that cannot be used is
`InvalidInput`. A value is only ever repeated masked: a phone number may stand in any column.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

from msgspec import Meta, Struct

from adapters.tables.cells import WorkbookTable
from adapters.tables.record import VALUE_CHARS_MAX, Record, Table, Unusable, text_fault, too_long
from adapters.tables.separated import QUOTE, SeparatedTable
from adapters.tables.text import rejoined, text_lines
from adapters.written_number import NOT_E164, masked_cell, parse_region, read_number
from domain.errors import InvalidInput
from domain.phone_number import is_e164
from domain.zones import known_zones

COLUMN_NAME_CHARS_MAX = 128
ZIP_START = b"PK\x03\x04"
ODD_CELLS = {
    "error": "is an error of the spreadsheet; mend it there",
    "formula": "is a formula whose result was not saved; open the file in a spreadsheet, and save it again",
    "merged": "is merged with the cell above or beside it; write the value into each",
}
ODD_TEXTS = {
    "date": "is a date or time in the spreadsheet; read in the form 2026-12-31 or 13:30:00",
    "percent": "is a percentage in the spreadsheet; read in the form 15%",
}
ODD_NUMBERS = {
    "fraction": "a spreadsheet made a number of it, and it is no whole one; take it from the source again, as text",
    "date": "a spreadsheet made a date of it; take it from the source again, as text",
    "percent": "a spreadsheet made a percentage of it; take it from the source again, as text",
}
OTHER_NAMES = frozenset(
    [
        "phone",
        "telephone",
        "mobile",
        "cell",
        "msisdn",
        "phone_number",
        "phonenumber",
        "telefon",
        "telefonnummer",
        "handy",
        "mobil",
        "rufnummer",
        "nummer",
        "téléphone",
        "numéro",
        "teléfono",
        "número",
        "telefono",
        "numero",
        "tel",
        "tel.",
    ]
)
RowT = TypeVar("RowT")


class RecipientRow(Struct, frozen=True):
    """One usable row. `line` is where its record starts, from 1; `variables` are all columns but number and zone."""

    line: int
    number: str
    zone: str | None
    variables: Mapping[str, str]


class Complaint(Struct, frozen=True):
    """Why a row cannot be used. `field` is the column at fault, or `row`; `reason` says what to do.

    `cell` is what stands there, masked; None where it is not about one cell.
    """

    line: Annotated[int, Meta(ge=0)]
    field: str
    reason: str
    cell: str | None = None


class Remark(Struct, frozen=True):
    """What was read otherwise than it is written, in a row that is used all the same, or of all rows."""

    line: int
    field: str
    reason: str


class Conventions(Struct, frozen=True):
    """How a file is written: the region of numbers without a country, and what its columns, by their names, are here."""

    region: str | None = None
    columns: Mapping[str, str] = {}


AS_NAMED = Conventions()


def parse_conventions(region: str | None, columns: Iterable[str]) -> Conventions:
    """How a file is written, by what people say of it: `columns` are texts such as `phone=number`. Raises `InvalidInput`."""
    named: dict[str, str] = {}
    for text in columns:
        written, equals, name = (part.strip() for part in text.rpartition("="))
        if not (written and equals and name):
            raise InvalidInput("column", "is written like phone=number: the name in the file, and what it is here")
        if named.setdefault(written.casefold(), name) != name:
            raise InvalidInput("column", "names one column of the file twice; keep one of them")
    return Conventions(None if region is None else parse_region(region), named)


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


def read_recipients(table: Table, conventions: Conventions = AS_NAMED) -> Iterator[RecipientRow | Complaint | Remark]:
    """Each record below the header, in order; what is empty is skipped. A remark stands before what it is about.

    Raises `InvalidInput` when the first is asked for, if the header cannot be used.
    """

    def has_number(names: Sequence[str]) -> bool:
        return "number" in (_column_name(name, conventions) for name in names)

    columns = _parse_header(table.header(has_number)[1], conventions)
    for record in table.records():
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
    if not is_e164(number.strip()):
        return Complaint(line, "number", NOT_E164, masked_cell(number) or None)
    return _checked(line, number.strip(), zone, variables, values_are_short=False)


def _row(record: Record, columns: "_Columns", conventions: Conventions) -> Iterator[RecipientRow | Complaint | Remark]:
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
    yield _checked(
        record.line,
        read.number,
        None if columns.zone is None else record.values[columns.zone],
        {name: record.values[index] for name, index in columns.variables},
        values_are_short=record.is_short,
    )


class _Columns(Struct, frozen=True):
    """Where a row has what. `nameless` are columns that nothing may stand in."""

    width: int
    number: int
    zone: int | None
    variables: tuple[tuple[str, int], ...]
    nameless: tuple[int, ...]

    def name(self, index: int) -> str:
        """What a column is here, or nothing."""
        if index in {self.number, self.zone}:
            return "number" if index == self.number else "zone"
        return next((name for name, at in self.variables if at == index), "")

    def fault(self, record: Record) -> str | None:
        """Why a row does not fit the header, or None; empty values behind its last column are nothing."""
        values = record.values
        if len(values) < self.width or any(map(str.strip, values[self.width :])):
            return f"has {len(values)} values, but the header has {self.width} columns; {QUOTE}"
        for index in self.nameless:
            if values[index].strip():
                return f"has a value in column {index + 1}, which has no name; name it in the header, or take it out"
        return None


def _parse_header(written: Sequence[str], conventions: Conventions) -> _Columns:
    names = [_column_name(name, conventions) for name in written]
    missing = conventions.columns.keys() - {name.strip().casefold() for name in written}
    if missing:
        raise InvalidInput(
            "column", f"the header has no column named {min(missing)}; write its name as it stands there"
        )
    if "number" not in names:
        raise InvalidInput("header", _why_no_number(names))
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


def _why_no_number(names: Sequence[str]) -> str:
    # Of what was found only what certainly is a name is repeated: without a header, it is somebody's number.
    likely = next((name for name in names if name.casefold() in OTHER_NAMES), None)
    if likely is not None:
        return f"has no column named number; if {likely} is it, say so: --column {likely}=number, over HTTP ?column={likely}=number"
    return "has no column named number; the first line names the columns, like number,zone,first_name"


def _column_name(written: str, conventions: Conventions) -> str:
    name = written.strip()
    name = conventions.columns.get(name.casefold(), name)
    return name.casefold() if name.casefold() in {"number", "zone"} else name


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
    return RecipientRow(line, number, zone, variables)


def _name_fault(name: str) -> str | None:
    return text_fault(name, chars_max=COLUMN_NAME_CHARS_MAX) if name else "is empty; name it, or take it out"
