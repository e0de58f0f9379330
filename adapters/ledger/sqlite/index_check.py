"""Whether every event is found by the indexes that streams are read by, looked at in steps of some milliseconds.

A bit that turned in an index hides an event from its stream: who reads by position sees it, and a fold does not. SQLite's
own check sees that as well, in one read transaction over all of the file, during which no WAL is taken in. Here each row
is looked up in the index under its own name, and the index is gone through in its order. Where each is found, the order
rises from each entry to the next, and there are as many entries as rows, every stream is read whole.
"""

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from operator import lt
from pathlib import Path
from typing import Any

from msgspec import Struct

from adapters.ledger.recorder import RESUMPTION
from adapters.sqlite_errors import is_damage
from domain.errors import LedgerUnavailable

ROWS_A_STEP = 2_000
BUSY_SECONDS = 5.0
CACHE_KIB = 16_384
ROWID_MIN = -(2**63)


class IndexDamage(Exception):
    """Which event is not found, where that is known, and what is wrong."""

    def __init__(self, position: int | None, why: str) -> None:
        super().__init__(why)
        self.position = position
        self.why = why


class LookedThrough(Struct, frozen=True):
    """How many rows and entries were looked at so far, and how many there are about."""

    count: int
    about: int


class _Index(Struct, frozen=True):
    """An index by name, its columns in order, and which rows it has; `of` are those rows in words."""

    name: str
    columns: Sequence[str]
    rows: str
    of: str


STREAMS = _Index("sqlite_autoindex_stored_events_1", ("originator_id", "originator_version"), "1", "events")
RESUMPTIONS = _Index("stored_events_resumptions", ("originator_id",), f"topic='{RESUMPTION}'", f"{RESUMPTION} events")
INDEXES = (STREAMS, RESUMPTIONS)
# By the table: both in one question would be answered by an index from end to end, which may lack the newest.
BOUNDS = """
    SELECT (SELECT min(rowid) FROM stored_events NOT INDEXED), (SELECT max(rowid) FROM stored_events NOT INDEXED)
"""
NAMES = "SELECT name FROM sqlite_master WHERE type='index' AND tbl_name='stored_events'"


def look_through_indexes(path: Path, rows_a_step: int = ROWS_A_STEP) -> Generator[LookedThrough]:
    """Look at all that is in the file now, in any thread; each step is one short read, and says how far it has come.

    Raises `IndexDamage`, and `LedgerUnavailable` where nothing can be said now.
    """
    try:
        with closing(_connected(path)) as connection:
            yield from _Look(connection, rows_a_step).steps()
    except sqlite3.Error as error:
        if is_damage(error):
            raise IndexDamage(None, str(error)) from error
        raise LedgerUnavailable(f"the indexes of {path.name} could not be looked through ({error})") from error


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.text_factory = bytes  # what is damaged may be no text, and bytes are in the order of the index
    connection.execute("PRAGMA query_only=1")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    return connection


class _Look:
    """One look. What is appended meanwhile is beyond `end`, and left for the next one."""

    def __init__(self, connection: sqlite3.Connection, rows_a_step: int) -> None:
        self._connection = connection
        self._rows_a_step = rows_a_step
        first, last = self._ask(BOUNDS, ())[0]
        self._before: int = 0 if first is None else max(first - 1, ROWID_MIN)
        self._end: int = 0 if last is None else last
        there = {row[0].decode() for row in self._ask(NAMES, ())}
        if STREAMS.name not in there:
            raise IndexDamage(None, f"there is no {STREAMS.name}")
        # An earlier version made no index of resumptions; the next start makes it.
        self._indexes = [index for index in INDEXES if index.name in there]
        self._found = _found_in(self._indexes)
        self._rows = dict.fromkeys((index.name for index in self._indexes), 0)
        self._looked = 0

    def steps(self) -> Iterator[LookedThrough]:
        yield from self._rows_are_found()
        for index in self._indexes:
            yield from self._order_rises(index)

    def _rows_are_found(self) -> Iterator[LookedThrough]:
        """Each row is in each index of its kind, under its own name and at its own position."""
        after: int | None = self._before
        while after is not None:
            counts = self._ask(self._found, (after, self._end, self._rows_a_step))[0]
            after = counts[0]
            for index, rows, hidden in zip(self._indexes, counts[1::2], counts[2::2], strict=True):
                if hidden is not None:
                    raise IndexDamage(
                        hidden, f"the event at position {hidden} is not found by {index.name}, and so not in its stream"
                    )
                self._rows[index.name] += int(rows)
            yield self._told(int(counts[1]))

    def _order_rises(self, index: _Index) -> Iterator[LookedThrough]:
        """Entry by entry to the end. Each step begins with the last entry of the one before, so that none is between them."""
        entries, last, size = 0, None, self._rows_a_step + 1
        while True:
            rows = self._ask(*_entries(index, last, size))
            if last is not None and rows[:1] != [last]:
                raise self._disorder(index, last)
            if (at := _first_disorder(rows)) is not None:
                raise self._disorder(index, rows[at])
            new = rows if last is None else rows[1:]
            old = sum(row[-1] <= self._end for row in new)
            entries += old
            # Where all were seen and the step had newer ones alone, nobody waits for the end of what is being appended.
            is_beyond = not old and entries == self._rows[index.name]
            if entries > self._rows[index.name] or len(rows) < size or is_beyond:
                break
            last = rows[-1]
            yield self._told(len(new))
        if entries != self._rows[index.name]:
            raise IndexDamage(None, f"{index.name} has {entries:,} entries for {self._rows[index.name]:,} {index.of}")
        yield self._told(len(new))

    def _disorder(self, index: _Index, entry: Sequence[Any]) -> IndexDamage:
        position = entry[-1] if isinstance(entry[-1], int) else None
        return IndexDamage(position, f"{index.name} is out of order at the entry for position {entry[-1]}")

    def _told(self, count: int) -> LookedThrough:
        self._looked += count
        return LookedThrough(self._looked, max(self._looked, 2 * (self._end - self._before)))

    def _ask(self, words: str, values: Sequence[Any]) -> list[Any]:
        return self._connection.execute(words, values).fetchall()


def _found(index: _Index) -> str:
    # The plus: a seek compares the position with where a damaged entry's header says it is; who reads the row takes the
    # entry's last bytes.
    same = " AND ".join(f"i.{column}=e.{column}" for column in index.columns)
    entry = (
        f"SELECT 1 FROM stored_events AS i INDEXED BY {index.name} WHERE {index.rows} AND {same} AND +i.rowid=e.rowid"
    )
    return f"total({index.rows}), min(CASE WHEN {index.rows} AND NOT EXISTS ({entry}) THEN rowid END)"


def _found_in(indexes: Sequence[_Index]) -> str:
    """Of the next rows: the last position, and for each index how many of them it has to have, and the first that it has not."""
    return (
        f"SELECT max(rowid), {', '.join(map(_found, indexes))} FROM (SELECT rowid, originator_id, originator_version, topic "
        "FROM stored_events NOT INDEXED WHERE rowid>? AND rowid<=? ORDER BY rowid LIMIT ?) AS e"
    )


def _entries(index: _Index, last: Sequence[Any] | None, rows_max: int) -> tuple[str, Sequence[Any]]:
    """From the last one on, of its stream and then of later ones: nothing is sought by more than a seek takes.

    What SQLite compares after the seek it passes over in silence where it is too small.
    """
    key, second = ", ".join((*index.columns, "rowid")), (*index.columns, "rowid")[1]
    of_all = f"SELECT {key} FROM stored_events INDEXED BY {index.name} WHERE {index.rows} "
    in_order = f"ORDER BY {key} LIMIT ?"
    if last is None:
        return of_all + in_order, (rows_max,)
    of_its_stream = f"SELECT * FROM ({of_all}AND originator_id=CAST(? AS TEXT) AND {second}>=? {in_order})"
    of_others = f"SELECT * FROM ({of_all}AND originator_id>CAST(? AS TEXT) {in_order})"
    return f"{of_its_stream} UNION ALL {of_others} LIMIT ?", (last[0], last[1], rows_max, last[0], rows_max, rows_max)


def _first_disorder(rows: Sequence[Any]) -> int | None:
    """The first entry that does not come after the one before it; what has another type than a key has comes nowhere."""
    try:
        if all(map(lt, rows, rows[1:])):
            return None
        return next(at for at in range(1, len(rows)) if not rows[at - 1] < rows[at])
    except TypeError:
        return next(at for at in range(len(rows)) if [type(one) for one in rows[at]] != _types(rows[at]))


def _types(row: Sequence[Any]) -> list[type]:
    return [bytes, *[int] * (len(row) - 1)]
