"""What every table is made of, whatever it was read from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

VALUE_CHARS_MAX = 4096
RECORD_CHARS_MAX = 64 * 1024
EXPORTED_CHARS_MAX = 8 * RECORD_CHARS_MAX
"""Of a record of an export: what was a record within the other bound is longer as JSON within CSV."""


class Record(Struct, frozen=True):
    """One row of a table. `line` is where it starts, from 1; `is_short` where no value can be too long.

    `odd` says of cells of a workbook, by their index, what they are besides their text: `number`, `fraction`, `date`,
    `percent`, `error …`, `formula` (without a result), `merged` (with the cell above or beside).
    """

    line: int
    values: Sequence[str]
    is_short: bool = True
    odd: Mapping[int, str] = {}


class Unusable(Struct, frozen=True):
    """A row that cannot be read, and why; `reason` says what to do."""

    line: int
    reason: str


class Table(Protocol):
    """A header, and then the records below it, each asked for once."""

    def choose(self, sheet: str | None) -> Sequence[str]:
        """Read this sheet of a workbook, or without a name the first one; the names of those that could be meant.

        Raises `InvalidInput` where there is none of this name.
        """

    def header(self, is_one: Callable[[Sequence[str]], bool]) -> tuple[int, list[str]]:
        """The first row with a value, and its line; `is_one` tells of names whether they can be a header.

        Where none can, it is the row as it was read all the same. Raises `InvalidInput` where no row can be read.
        """

    def records(self, chars_max: int = RECORD_CHARS_MAX) -> Iterator[Record | Unusable]:
        """The rows below the header that have a value, in order; a text of one has at most so many characters."""


def is_blank(values: Sequence[str]) -> bool:
    """Whether a row has no value."""
    return not any(map(str.strip, values))


def too_long(chars_max: int) -> str:
    """Why a text is refused that is longer."""
    return f"is longer than {chars_max} characters; shorten it"


def text_fault(text: str, chars_max: int = VALUE_CHARS_MAX) -> str | None:
    """Why no store takes this text, or None."""
    if len(text) > chars_max:
        return too_long(chars_max)
    if "\0" in text:
        return "has a NUL character; take it out"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "has half a character (a lone surrogate); take it out"
    return None
