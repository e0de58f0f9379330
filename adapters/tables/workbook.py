"""What is in a workbook's archive (.xlsx, .ods), measured before anything is unpacked into memory, and what its cells are
that their values do not say.

The reader of workbooks keeps a whole sheet, with a place for each cell up to the last one that is used; so two bytes
could ask for all memory there is.
"""

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO
from xml.parsers import expat

from adapters.tables.sheet import SMALLER, Place, ScannedSheet
from domain.errors import InvalidInput

FILE_BYTES_MAX = 16 * 1024 * 1024
UNPACKED_BYTES_MAX = 128 * 1024 * 1024
MEMBERS_MAX = 2_000
CHUNK_BYTES = 64 * 1024
# A place that its directory names may be before its beginning, or beyond what a number holds.
DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    zlib.error,
    struct.error,
    ValueError,
    OverflowError,
)

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_PERCENT_FORMATS = frozenset({"9", "10"})


def sheets_in(file: BinaryIO) -> list[ScannedSheet]:
    """The sheets in their order. Raises `InvalidInput`: no workbook, damaged, or beyond a bound."""
    try:
        with zipfile.ZipFile(file) as archive:
            _check_size(archive)
            return _sheets(archive)
    except expat.ExpatError as error:
        raise InvalidInput("workbook", f"is damaged ({expat.ErrorString(error.code)}); save it again") from None
    except DAMAGED as error:
        raise InvalidInput("workbook", f"is damaged, or protected by a password ({error}); save it again") from None


def _check_size(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    unpacked = sum(one.file_size for one in members)
    if len(members) > MEMBERS_MAX or unpacked > UNPACKED_BYTES_MAX:
        raise InvalidInput(
            "workbook", f"has {unpacked} bytes unpacked, and at most {UNPACKED_BYTES_MAX} are read; {SMALLER}"
        )
    if len({one.filename for one in members}) < len(members):
        raise InvalidInput("workbook", "has the same part twice; save it again")
    for one in members:
        # What the directory says of a size is believed once the part was unpacked beyond it, which it must not go.
        said, one.file_size = one.file_size, UNPACKED_BYTES_MAX + 1
        size = 0
        with archive.open(one) as part:
            while size <= said and (chunk := part.read(CHUNK_BYTES)):
                size += len(chunk)
        one.file_size = said
        if size != said:
            raise InvalidInput("workbook", "is damaged: a part is not as large as it says; save it again")


def _sheets(archive: zipfile.ZipFile) -> list[ScannedSheet]:
    names = set(archive.namelist())
    if "content.xml" in names:
        document = _OpenDocument()
        _parse(archive, "content.xml", document)
        return document.sheets
    if "xl/workbook.xml" not in names:
        raise InvalidInput("workbook", "is no workbook that is read here; save it as .xlsx, .ods or CSV")
    contents, formats = _Contents(), _Formats()
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        if name in names:
            _parse(archive, name, contents)
    if "xl/styles.xml" in names:
        _parse(archive, "xl/styles.xml", formats)
    shown = formats.shown()
    sheets = []
    for part in contents.parts():
        reading = _OfficeOpen(shown)
        if part in names:
            _parse(archive, part, reading)
        sheets.append(reading.sheet)
    return sheets


class _Handler:
    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        raise NotImplementedError

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


def _parse(archive: zipfile.ZipFile, name: str, handler: _Handler) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(full: str, given: dict[str, str]) -> None:
        handler.start(_local(full), {_local(name): value for name, value in given.items()})

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda full: handler.end(_local(full))
    parser.CharacterDataHandler = handler.text
    # No document of a spreadsheet declares entities; those who do want to make much of little.
    parser.EntityDeclHandler = _refuse_entities
    with archive.open(name) as part:
        while chunk := part.read(CHUNK_BYTES):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)


def _refuse_entities(*_: object) -> None:
    raise InvalidInput("workbook", "declares entities, as no spreadsheet does; save it again")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


class _Contents(_Handler):
    """Which part of an .xlsx has which sheet."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._targets: dict[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet":
            self._ids.append(attributes.get("id", ""))
        elif name == "Relationship":
            self._targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def parts(self) -> list[str]:
        """The parts in the order of the sheets; an empty name where one has none."""
        targets = (self._targets.get(one, "") for one in self._ids)
        return [posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") for target in targets]


class _Formats(_Handler):
    """Which styles of cells show a number as percent, or with zeros in front."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._styles: list[str] = []
        self._in_cells = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self._styles.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def shown(self) -> dict[str, str]:
        """What is odd about each style that is, by its index."""
        found: dict[str, str] = {}
        for index, number in enumerate(self._styles):
            code = self._codes.get(number, "")
            if number in _PERCENT_FORMATS or "%" in code:
                found[str(index)] = "percent"
            elif re.fullmatch("0{2,}", code):
                found[str(index)] = f"zeros {len(code)}"
        return found


class _OfficeOpen(_Handler):
    """A sheet of .xlsx."""

    def __init__(self, formats: Mapping[str, str]) -> None:
        self.sheet = ScannedSheet(odd={})
        self._formats = formats
        self._row = -1
        self._column = -1
        self._kind = ""
        self._has_formula = False
        self._value: list[str] | None = None
        self._has_value = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "row":
                self._row = _whole(attributes.get("r"), self._row + 2) - 1
                self._column = -1
            case "c":
                self._row, self._column = _place(attributes.get("r"), (self._row, self._column + 1))
                self._kind, self._has_formula, self._has_value = attributes.get("t", ""), False, False
                self.sheet.use(self._row, self._column)
                if self._kind in {"", "n"} and (odd := self._formats.get(attributes.get("s", ""))) is not None:
                    self.sheet.mark(self._row, self._column, odd)
            case "f":
                self._has_formula = True
            case "v":
                self._value = []
            case "mergeCell":
                self._merge(attributes.get("ref", ""))
            case _:
                pass

    def text(self, text: str) -> None:
        if self._value is not None:
            self._has_value = True
            if self._kind == "e":
                self._value.append(text)

    def end(self, name: str) -> None:
        if name == "v":
            if self._kind == "e":
                self.sheet.mark(self._row, self._column, f"error {''.join(self._value or ())[:20]}")
            self._value = None
        elif name == "c" and self._has_formula and not self._has_value:
            self.sheet.mark(self._row, self._column, "formula")

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        top, left = _place(first, (0, 0))
        bottom, right = _place(last, (top, left))
        # What is merged beyond the last used cell is empty space.
        for row in range(top, min(bottom, self.sheet.last_row) + 1):
            for column in range(left, min(right, self.sheet.last_column) + 1):
                if (row, column) != (top, left):
                    self.sheet.mark(row, column, "merged")


class _OpenDocument(_Handler):
    """The sheets of .ods."""

    def __init__(self) -> None:
        self.sheets: list[ScannedSheet] = []
        self._row = self._column = 0
        self._rows = self._columns = 1

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "table":
                self.sheets.append(ScannedSheet(odd={}))
                self._row = 0
            case "table-row":
                self._rows = _whole(attributes.get("number-rows-repeated"), 1)
                self._column = 0
            case "table-cell" | "covered-table-cell" if self.sheets:
                self._columns = _whole(attributes.get("number-columns-repeated"), 1)
                self._cell(self.sheets[-1], attributes, is_covered=name == "covered-table-cell")
            case _:
                pass

    def end(self, name: str) -> None:
        if name in {"table-cell", "covered-table-cell"}:
            self._column += self._columns
        elif name == "table-row":
            self._row += self._rows

    def _cell(self, sheet: ScannedSheet, attributes: Mapping[str, str], *, is_covered: bool) -> None:
        kind = attributes.get("value-type", "")
        has_formula = "formula" in attributes
        if kind or has_formula:
            sheet.use(self._row + self._rows - 1, self._column + self._columns - 1)
        odd = "percent" if kind == "percentage" else "formula" if has_formula and not kind else ""
        odd = "merged" if is_covered and not kind else odd
        if odd:
            # Repeated cells that are merged may go on to the end of the sheet, where nobody is.
            for row in range(self._row, min(self._row + self._rows, sheet.last_row + 2)):
                for column in range(self._column, min(self._column + self._columns, sheet.last_column + 2)):
                    sheet.mark(row, column, odd)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 9 else default


def _place(reference: str | None, default: Place) -> Place:
    found = None if reference is None else _REFERENCE.fullmatch(reference.replace("$", ""))
    if found is None:
        return default
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1
