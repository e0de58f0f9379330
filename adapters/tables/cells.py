"""Workbooks (.xlsx, .ods) as tables: the first sheet that can be seen, each cell as the text that a person sees."""

import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, load_workbook

from adapters.tables.record import RECORD_CHARS_MAX, Record, Unusable, is_blank, text_fault
from adapters.tables.sheet import ScannedSheet
from adapters.tables.workbook import FILE_BYTES_MAX, sheets_in
from domain.errors import InvalidInput

WHOLE_MAX = 10**15
"""Spreadsheets keep 15 digits of a number."""


class WorkbookTable:
    """A `Table` that is in memory as a whole, within the bounds of `adapters.tables.workbook`.

    Raises `InvalidInput` naming the `whole`: too large, damaged, without a sheet.
    """

    def __init__(self, file: BinaryIO, whole: str) -> None:
        body = file.read(FILE_BYTES_MAX + 1)
        if len(body) > FILE_BYTES_MAX:
            raise InvalidInput(whole, f"is a workbook of more than {FILE_BYTES_MAX} bytes; save its sheet as CSV")
        try:
            known = sheets_in(io.BytesIO(body))  # first: nothing is unpacked that is beyond a bound
            self._workbook = load_workbook(io.BytesIO(body))
            self._sheets = _visible(self._workbook, known)
            self._begin(next(iter(self._sheets)))
        except InvalidInput as error:
            raise InvalidInput(whole, f"the {error.field} {error.message}") from None
        except CalamineError as error:
            raise InvalidInput(whole, f"is a damaged workbook ({error}); save it again") from None

    def choose(self, sheet: str | None) -> Sequence[str]:
        """Read this sheet, or the first one; the others are named. Raises `InvalidInput` with those that there are."""
        if sheet is not None and sheet not in self._sheets:
            there = ", ".join(f"“{name}”" for name in self._sheets)
            raise InvalidInput("sheet", f"there is no “{sheet}” that can be seen in this workbook; it has {there}")
        if sheet is None:
            return list(self._sheets)
        try:
            self._begin(sheet)
        except CalamineError as error:
            raise InvalidInput("sheet", f"“{sheet}” is damaged ({error}); save the workbook again") from None
        return [sheet]

    def _begin(self, name: str) -> None:
        index, self._known = self._sheets[name]
        sheet = self._workbook.get_sheet_by_index(index)
        start = sheet.start
        self._first_column = 0 if start is None else start[1]
        self._rows = enumerate(sheet.iter_rows(), start=1)

    def header(self, is_one: Callable[[Sequence[str]], bool]) -> tuple[int, list[str]]:  # noqa: ARG002 - as `Table` has it
        """The first row with a value."""
        for line, cells in self._rows:
            record = self._record(line, cells)
            if not is_blank(record.values):
                return line, list(record.values)
        raise InvalidInput(
            "header", "is missing: the sheet is empty; its first row names the columns, like number and zone"
        )

    def records(self, chars_max: int = RECORD_CHARS_MAX) -> Iterator[Record | Unusable]:
        """The rows below it."""
        for line, cells in self._rows:
            record = self._record(line, cells)
            if is_blank(record.values) and not record.odd:
                continue
            fault = next(
                (fault for value in record.values if (fault := text_fault(value, chars_max)) is not None), None
            )
            yield record if fault is None else Unusable(line, fault)

    def _record(self, line: int, cells: Sequence[Any]) -> Record:
        odd: dict[int, str] = {}
        values: list[str] = []
        for index, cell in enumerate(cells):
            mark = self._known.odd.get((line - 1, self._first_column + index), "")
            text, kind = _shown(cell, mark)
            values.append(text)
            if kind:
                odd[index] = kind
        return Record(line, values, is_short=False, odd=odd)


def _visible(workbook: CalamineWorkbook, known: Sequence[ScannedSheet]) -> dict[str, tuple[int, ScannedSheet]]:
    """The places of the sheets that a person sees, by their names. Raises `InvalidInput` where there is none."""
    found = {
        sheet.name: (index, known[index])
        for index, sheet in enumerate(workbook.sheets_metadata)
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible and index < len(known)
    }
    if not found:
        raise InvalidInput("workbook", "has no sheet that can be seen; save it again with the list in its first sheet")
    return found


def _shown(cell: Any, mark: str) -> tuple[str, str]:
    """A cell as a person sees it, and what is odd about it: `number`, `date`, or a mark of `ScannedSheet`."""
    match cell:
        case str():
            return cell, mark if mark.partition(" ")[0] in {"error", "formula", "merged"} else ""
        case bool():
            return str(cell).upper(), ""
        case int() | float():
            return _number(cell, mark)
        case dt.datetime():
            return cell.isoformat(" "), "date"
        case dt.date() | dt.time():
            return cell.isoformat(), "date"
        case _:
            return str(cell), "date"


def _number(value: float, mark: str) -> tuple[str, str]:
    if mark == "percent":
        return f"{value * 100:.10g}%", mark
    is_whole = value == int(value) and abs(value) < WHOLE_MAX if abs(value) < float("inf") else False
    if not is_whole:
        return repr(value), "fraction"
    kind, _, digits = mark.partition(" ")
    return str(int(value)).zfill(int(digits)) if kind == "zeros" else str(int(value)), "number"
