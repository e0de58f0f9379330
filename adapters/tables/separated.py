"""Tables of separated values: CSV with commas, semicolons or tabs, record by record in constant memory."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from adapters.tables.record import (
    EXPORTED_CHARS_MAX,
    RECORD_CHARS_MAX,
    VALUE_CHARS_MAX,
    Record,
    Unusable,
    is_blank,
    text_fault,
    too_long,
)
from domain.errors import InvalidInput

DELIMITERS = (",", ";", "\t")
HEADER_LINES_MAX = 100

_BOM = "\ufeff"
_SEPARATOR_LINE = re.compile(r'"?sep=(.?)"?\s*', re.IGNORECASE)
_OF_EMPTY_ROWS = "".join(DELIMITERS) + ' "\r\n'
QUOTE = 'put values with separators or line ends between "'
MALFORMED = f'is not well-formed CSV; {QUOTE}, and write a " inside them twice'

# The library's own limit, which is one for the whole process; ours is met before it.
csv.field_size_limit(EXPORTED_CHARS_MAX)


class SeparatedTable:
    """A `Table` of lines with their ends. Which character separates is what makes the first line a header."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._source = _Lines(lines)
        self._delimiter = DELIMITERS[0]

    def choose(self, sheet: str | None) -> Sequence[str]:
        """There are no sheets. Raises `InvalidInput` where one is named."""
        if sheet is not None:
            raise InvalidInput("sheet", "is for workbooks (.xlsx, .ods), and this file has none; leave it out")
        return []

    def header(self, is_one: Callable[[Sequence[str]], bool]) -> tuple[int, list[str]]:
        """The names, by the first of `DELIMITERS` that makes them a header, or by the one that a line `sep=` names."""
        try:
            first = self._first_line()
            delimiters: Sequence[str] = DELIMITERS
            if (named := _SEPARATOR_LINE.fullmatch(first)) is not None:
                delimiters = (_named_delimiter(named[1], self._source.line),)
                first = self._first_line()
            line = self._source.line
            self._delimiter, names = self._parsed_header(first, delimiters, is_one)
        except _Unreadable as unreadable:
            raise InvalidInput("header", str(unreadable)) from None
        except csv.Error:
            raise InvalidInput("header", MALFORMED) from None
        return line, names

    def records(self, chars_max: int = RECORD_CHARS_MAX) -> Iterator[Record | Unusable]:
        """The records below the header; one that is malformed or longer costs no other."""
        source = self._source
        source.chars_max = chars_max
        reader = csv.reader(source, strict=True, delimiter=self._delimiter)
        while True:
            line = source.next_record()
            try:
                values = next(reader)
            except StopIteration:
                return
            except _Unreadable as unreadable:
                yield Unusable(line, str(unreadable))
                continue
            except csv.Error:
                yield Unusable(line, MALFORMED)
                continue
            if not is_blank(values):
                yield Record(line, values, is_short=source.record_chars <= VALUE_CHARS_MAX)

    def _first_line(self) -> str:
        for line in self._source:
            self._source.next_record()
            if line.strip(_OF_EMPTY_ROWS):
                return line
        raise InvalidInput(
            "header", "is missing: the file is empty; its first line names the columns, like number,zone"
        )

    def _parsed_header(
        self, first: str, delimiters: Sequence[str], is_one: Callable[[Sequence[str]], bool]
    ) -> tuple[str, list[str]]:
        """How it is separated, and its names; a name may have line ends in it."""
        lines = [first]
        while True:
            # Not strict, for a stray quote in a name was always read.
            rows = {delimiter: next(csv.reader(lines, delimiter=delimiter)) for delimiter in delimiters}
            chosen = next((delimiter for delimiter, names in rows.items() if is_one(names)), None)
            undecided = delimiters if chosen is None else (chosen,)
            if not any(_is_open(lines, delimiter) for delimiter in undecided) or len(lines) == HEADER_LINES_MAX:
                break
            following = next(self._source, None)
            if following is None:
                break
            lines.append(following)
        chosen = chosen or max(delimiters, key=lambda delimiter: len(rows[delimiter]))
        return chosen, rows[chosen]


class _Unreadable(Exception):
    """A record that must not reach the CSV parser; the message is the complaint's reason."""


class _Lines:
    """The lines on their way into the CSV parser, which by itself would let one open quote swallow the whole file."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.line = 0
        self._record_line = 1
        self.record_chars = 0
        self.chars_max = RECORD_CHARS_MAX

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.line += 1
        self.record_chars += len(line)
        if self.record_chars > self.chars_max:
            raise _Unreadable(too_long(self.chars_max) if self.line == self._record_line else self._open_quote())
        if (fault := text_fault(line, chars_max=self.chars_max)) is not None:
            raise _Unreadable(fault)
        return line.removeprefix(_BOM) if self.line == 1 else line

    def next_record(self) -> int:
        """Begin to count another record; the line that it starts in."""
        self.record_chars = 0
        self._record_line = self.line + 1
        return self._record_line

    def _open_quote(self) -> str:
        return (
            f"is longer than {self.chars_max} characters; close its quote, "
            f"and import again what follows up to line {self.line}"
        )


def _named_delimiter(named: str, line: int) -> str:
    if named not in DELIMITERS:
        raise InvalidInput(
            "header", f"line {line} says sep={named}; values are separated by commas, semicolons or tabs"
        )
    return named


def _is_open(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a quote is open at the end of these lines."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
