"""Texts as every database takes them: what was said stays in the event, its row says as much as can be stored."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, Text

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
Row = tuple[Any, ...]


def storable(text: str) -> str:
    """The text with `REPLACEMENT` for NUL, which PostgreSQL refuses, and for half characters, which no database takes."""
    return text if text.isprintable() else _UNSTORABLE.sub(REPLACEMENT, text)


def storable_rows(table: Table, rows: Sequence[Row]) -> Sequence[Row]:
    """Rows of all columns of a table, each text in them `storable`."""
    texts = _texts_of(table)
    # All of them at once: nearly always there is nothing to clean, and to look at each by itself costs ten times as much.
    if "".join([row[place] or "" for place in texts for row in rows]).isprintable():
        return rows
    return [tuple(storable(value) if isinstance(value, str) else value for value in row) for row in rows]


@cache
def _texts_of(table: Table) -> tuple[int, ...]:
    return tuple(place for place, column in enumerate(table.columns) if isinstance(column.type, Text))


def words_in(text: str) -> tuple[Any, ...]:
    """Those of a column that has several, with commas between them."""
    return tuple(text.split(",")) if text else ()
