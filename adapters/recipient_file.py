"""Recipients as people hand them in: a CSV file, or JSON objects, read row by row in constant memory.

A row that cannot be used becomes a `Complaint` with its line, and the reading goes on; a header that cannot be used is
`InvalidInput`. Neither ever repeats a value: a phone number may stand in any column.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, BinaryIO

from msgspec import Meta, Struct

from domain.errors import InvalidInput
from domain.phone_number import parse_number
from domain.zones import known_zones

COLUMN_NAME_CHARS_MAX = 128
VALUE_CHARS_MAX = 4096
RECORD_CHARS_MAX = 64 * 1024
# No UTF-8 character has more than four bytes, so a line cut at this many bytes is too long in characters as well.
LINE_BYTES_MAX = 4 * (RECORD_CHARS_MAX + 1)

_BOM = "\ufeff"
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs"}
_QUOTE = 'put values with commas or line ends between "'
_MALFORMED = f'is not well-formed CSV; {_QUOTE}, and write a " inside them twice'


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


def open_recipient_file(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, with their ends.

    Raises `InvalidInput` naming the path, from the first line on: no such file, not a file, not UTF-8 in this line.
    """
    try:
        with path.open("rb") as file:
            yield from _decoded_lines(file, path)
    except FileNotFoundError:
        raise InvalidInput(str(path), "there is no such file") from None
    except IsADirectoryError:
        raise InvalidInput(str(path), "is a folder; name the file in it") from None
    except OSError as error:
        raise InvalidInput(str(path), f"cannot be read: {error.strerror}") from error


def _decoded_lines(file: BinaryIO, path: Path) -> Iterator[str]:
    for number, line in enumerate(_bounded_lines(file), start=1):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            if len(line) < LINE_BYTES_MAX:
                raise InvalidInput(str(path), f"line {number} is not UTF-8; save the file as CSV in UTF-8") from None
            text = line.decode(errors="replace")  # cut within a character; its record is complained of as too long
        yield text


def _bounded_lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LINE_BYTES_MAX):
        yield line
        rest = line
        while len(rest) == LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = file.readline(LINE_BYTES_MAX)


def read_recipients(lines: Iterable[str]) -> Iterator[RecipientRow | Complaint]:
    """Each record below the header, in order; blank lines are skipped.

    `lines` are a CSV file's lines with their ends. Raises `InvalidInput` when the first is asked for, if the header
    cannot be used.
    """
    source = _Lines(lines)
    columns = _read_header(source)
    reader = csv.reader(source, strict=True)
    while True:
        line = source.next_record()
        try:
            values = next(reader)
        except StopIteration:
            return
        except _Unreadable as unreadable:
            yield Complaint(line, "row", str(unreadable))
            continue
        except csv.Error:
            yield Complaint(line, "row", _MALFORMED)
            continue
        if _is_blank(values):
            continue
        if len(values) != columns.width:
            yield Complaint(
                line, "row", f"has {len(values)} values, but the header has {columns.width} columns; {_QUOTE}"
            )
            continue
        yield _checked(
            line,
            values[columns.number],
            None if columns.zone is None else values[columns.zone],
            {name: values[index] for name, index in columns.variables},
            values_are_short=source.record_chars <= VALUE_CHARS_MAX,
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
        if (fault := _text_fault(value)) is not None:
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


class _Unreadable(Exception):
    """A record that must not reach the CSV parser; the message is the complaint's reason."""


class _Columns(Struct, frozen=True):
    width: int
    number: int
    zone: int | None
    variables: tuple[tuple[str, int], ...]


class _Lines:
    """The lines on their way into the CSV parser, which by itself would let one open quote swallow the whole file."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.line = 0
        self._record_line = 1
        self.record_chars = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.line += 1
        self.record_chars += len(line)
        if self.record_chars > RECORD_CHARS_MAX:
            raise _Unreadable(_too_long(RECORD_CHARS_MAX) if self.line == self._record_line else self._open_quote())
        if (fault := _text_fault(line, chars_max=RECORD_CHARS_MAX)) is not None:
            raise _Unreadable(fault)
        return line.removeprefix(_BOM) if self.line == 1 else line

    def next_record(self) -> int:
        """Begin to count another record; the line that it starts in."""
        self.record_chars = 0
        self._record_line = self.line + 1
        return self._record_line

    def _open_quote(self) -> str:
        return (
            f"is longer than {RECORD_CHARS_MAX} characters; close its quote, "
            f"and import again what follows up to line {self.line}"
        )


def _read_header(source: _Lines) -> _Columns:
    # Not strict, so that a header with quotes and semicolons is recognised for what it is.
    try:
        names = next((names for names in csv.reader(source) if not _is_blank(names)), None)
    except _Unreadable as unreadable:
        raise InvalidInput("header", str(unreadable)) from None
    except csv.Error:
        raise InvalidInput("header", _MALFORMED) from None
    if names is None:
        raise InvalidInput(
            "header", "is missing: the file is empty; its first line names the columns, like number,zone"
        )
    return _parse_header(names)


def _parse_header(written: list[str]) -> _Columns:
    stripped = [name.strip() for name in written]
    names = [name.casefold() if name.casefold() in {"number", "zone"} else name for name in stripped]
    if "number" not in names:
        raise InvalidInput("header", _why_no_number(stripped))
    for position, name in enumerate(names, start=1):
        if (fault := _name_fault(name)) is not None:
            raise InvalidInput("header", f"the name of column {position} {fault}")
        if (first := names.index(name) + 1) != position:
            raise InvalidInput("header", f"column {position} has the name of column {first}; rename one of them")
    return _Columns(
        len(names),
        names.index("number"),
        names.index("zone") if "zone" in names else None,
        tuple((name, index) for index, name in enumerate(names) if name not in {"number", "zone"}),
    )


def _why_no_number(names: list[str]) -> str:
    # Nothing of what was found is repeated: without a header, it is somebody's number.
    line = ",".join(names).casefold()
    for delimiter, plural in _OTHER_DELIMITERS.items():
        if "number" in {part.strip(' "') for part in line.split(delimiter)}:
            return f"is separated by {plural}; save the file as CSV with commas"
    return "has no column named number; the first line names the columns, like number,zone,first_name"


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
                return Complaint(line, name, _too_long(VALUE_CHARS_MAX))
    return RecipientRow(line, number, zone, variables)


def _is_blank(values: list[str]) -> bool:
    return not values or (len(values) == 1 and not values[0].strip())


def _name_fault(name: str) -> str | None:
    return _text_fault(name, chars_max=COLUMN_NAME_CHARS_MAX) if name else "is empty; name it, or take it out"


def _text_fault(text: str, chars_max: int = VALUE_CHARS_MAX) -> str | None:
    if len(text) > chars_max:
        return _too_long(chars_max)
    if "\0" in text:
        return "has a NUL character; take it out"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "has half a character (a lone surrogate); take it out"
    return None


def _too_long(chars_max: int) -> str:
    return f"is longer than {chars_max} characters; shorten it"
