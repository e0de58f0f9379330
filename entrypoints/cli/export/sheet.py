"""Rows of an export: CSV with a header and the same columns every time, or the API's objects, one a line."""

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, TextIO

import orjson

from adapters.printable import visible
from entrypoints.cli.api import Json
from entrypoints.cli.came_to import came_to_words
from entrypoints.cli.output import visible_json


class Program(StrEnum):
    """Which program an export in CSV is written for."""

    EXCEL = "excel"


class Separator(StrEnum):
    """What separates the values of CSV: a character by its name."""

    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"


class Format(StrEnum):
    """How an export is written; `PARQUET` is for events, and a folder of files."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


CAME_TO = "came_to"
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - spreadsheets take the wide ones for the same
TEXT_MARK = "'"
BOM = "\ufeff"
CHARACTERS = {Separator.COMMA: ",", Separator.SEMICOLON: ";", Separator.TAB: "\t"}
_TO_QUOTE = re.compile(r'[,;\t"\r\n]')
_ONLY_COMMAS = re.compile(r'[,"\r\n]')
_LIKE_A_NUMBER = re.compile(r"[+-]?[0-9.,:/-]+(?:[eE][+-]?[0-9]+)?")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?|\+[0-9]*…[0-9]*")


class Sheet:
    """Writes rows to `file` as they come, and keeps none. The header comes with the first `add`, even of no row."""

    def __init__(
        self, file: TextIO, form: Format, columns: Sequence[str], made_for: Program | None = None, separator: str = ","
    ) -> None:
        self._file = file
        self._columns = columns
        self._separator = separator
        self._to_quote = _ONLY_COMMAS if separator == "," else _TO_QUOTE
        self._cell = cell_of if made_for is None else excel_cell_of
        is_shown = file.isatty()
        self._clean: Callable[[str], str] = visible if is_shown else str
        self._clean_json: Callable[[str], str] = visible_json if is_shown else str
        self._line = self._csv_line if form is Format.CSV else self._json_line
        mark = BOM if made_for is not None and not is_shown else ""
        self._header = mark + separator.join(columns) + "\n" if form is Format.CSV else ""

    def add(self, items: Iterable[Json]) -> None:
        """Each item as one row. CSV has the columns and nothing else; JSON lines have all that the API said."""
        self._file.write(self._header)
        self._header = ""
        self._file.writelines(self._line(item) + "\n" for item in items)

    def _json_line(self, item: Json) -> str:
        return self._clean_json(orjson.dumps(item).decode())

    def _csv_line(self, item: Json) -> str:
        # The standard library's writer leaves a lone carriage return unquoted where lines end with \n.
        cells = (self._clean(self._cell(_value(item, name))) for name in self._columns)
        return self._separator.join(self._quoted(cell) for cell in cells)

    def _quoted(self, cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if self._to_quote.search(cell) else cell


def _value(item: Json, column: str) -> Any:
    """What a column shows: the field of its name, or `came_to`, which is another one in words."""
    return came_to_words(item) if column == CAME_TO else item.get(column)


def cell_of(value: Any) -> str:
    """A value as a CSV cell: words separated by spaces, objects as JSON, and no text that a spreadsheet would run.

    A text that begins as formulas do gets an apostrophe in front, unless it is nothing but a number: those in E.164
    form stay as they are, also where they are masked.
    """
    match value:
        case None:
            return ""
        case str():
            risky = value[:1] in FORMULA_STARTS and value != "" and _PLAIN_NUMBER.fullmatch(value) is None
            return TEXT_MARK + value if risky else value
        case list() if all(isinstance(one, str) for one in value):
            return cell_of(" ".join(value))
        case _:
            return orjson.dumps(value).decode()


def excel_cell_of(value: Any) -> str:
    """The same for Excel, which makes a number or a date of what looks like one, and drops its plus: such a text is `="…"`."""
    if isinstance(value, str) and _LIKE_A_NUMBER.fullmatch(value) is not None:
        return f'="{value}"'
    return cell_of(value)


def printing() -> TextIO:
    """Where an export goes that no file was named for."""
    return sys.stdout
