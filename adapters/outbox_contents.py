"""All that lies in an outbox, row by row, for whoever moves it to another."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from adapters.outbox_rows import LETTER_COLUMNS, PLACE_COLUMNS, TRY_COLUMNS

Row = Sequence[object]
# In the order in which it came.
_CONTENTS = (
    ("place", PLACE_COLUMNS, "subscription"),
    ("letter", LETTER_COLUMNS, "subscription, position, nth"),
    ("attempt", TRY_COLUMNS, "number"),
)


class Talk(Protocol):
    """What is said to the database, with `?` for each value."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Any:
        """Say it; what it gives has `fetchall`."""

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> Any:
        """Say it for each."""


def read_all(talk: Talk) -> list[Sequence[Row]]:
    """The rows of places, of letters, and of tries."""
    return [
        talk.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()
        for table, columns, order in _CONTENTS
    ]


def put_all(talk: Talk, contents: Sequence[Sequence[Row]]) -> None:
    """Have these rows, and no others."""
    for (table, columns, _), rows in zip(_CONTENTS, contents, strict=True):
        marks = ", ".join("?" * len(columns.split(", ")))
        talk.execute(f"DELETE FROM {table}")
        talk.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", map(_kept, rows))


def _kept(row: Row) -> list[object]:
    """As any database takes it."""
    return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row]
