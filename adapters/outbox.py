"""The outbox: what of subscriptions is nobody's history. Secrets, positions, deliveries that wait or were given up, tries.

A file of its own in the data folder, open to nobody else. Without it nothing of the ledger is lost, but where each
subscription stood.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from adapters.outbox_contents import Row, put_all, read_all
from adapters.outbox_rows import (
    LETTER_COLUMNS,
    PLACE_COLUMNS,
    TRY_COLUMNS,
    Letter,
    SubscriberPlace,
    Try,
    instant_of,
    letter_of,
    place_of,
    place_row_of,
    row_of,
    seconds_of,
)
from adapters.sqlite_file import SqliteFile, TalkedTo

OUTBOX_FILE = "outbox.db"
TRIES_KEPT_MAX = 2_000
DEAD_KEPT_MAX = 10_000
_TABLES = """
CREATE TABLE IF NOT EXISTS place (
    subscription TEXT PRIMARY KEY, secret TEXT NOT NULL, position INTEGER NOT NULL, event_id TEXT NOT NULL,
    reached INTEGER NOT NULL, failing_since REAL, failing_last TEXT, old_secrets TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS letter (
    subscription TEXT NOT NULL, position INTEGER NOT NULL, nth INTEGER NOT NULL, lane TEXT NOT NULL,
    again INTEGER NOT NULL, tries INTEGER NOT NULL, first_at REAL, next_at REAL, dead_at REAL, status INTEGER, why TEXT,
    kind TEXT, stream TEXT, campaign TEXT, event_id TEXT, body BLOB, PRIMARY KEY (subscription, position, nth)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempt (
    number INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, position INTEGER NOT NULL,
    nth INTEGER NOT NULL, at REAL NOT NULL, seconds REAL NOT NULL, status INTEGER, why TEXT, request TEXT NOT NULL,
    answer BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS attempt_of ON attempt (subscription, position, nth);
CREATE INDEX IF NOT EXISTS attempt_last ON attempt (subscription, number);
"""
# What tables of an older outbox lack.
_ADDED = {
    "place": ("old_secrets TEXT",),
    "letter": ("kind TEXT", "stream TEXT", "campaign TEXT", "event_id TEXT", "body BLOB"),
}
OWN_INDEX = "CREATE INDEX IF NOT EXISTS letter_own ON letter (lane) WHERE body IS NOT NULL AND dead_at IS NULL"
OWN_WAITING = "SELECT subscription FROM letter WHERE lane=? AND body IS NOT NULL AND dead_at IS NULL"


def _put(table: str, columns: str, keys: str) -> str:
    names = columns.split(", ")
    new = ", ".join(f"{name}=excluded.{name}" for name in names if name not in keys.split(", "))
    values = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT ({keys}) DO UPDATE SET {new}"


_PUT_PLACE = _put("place", PLACE_COLUMNS, "subscription")
_PUT_LETTER = _put("letter", LETTER_COLUMNS, "subscription, position, nth")


class Outbox:
    """Usable from any thread. The file is made with the first subscription."""

    def __init__(self, folder: Path) -> None:
        self._file = SqliteFile(folder / OUTBOX_FILE, _TABLES, synchronous="FULL", complete=_add_what_lacks)
        self._kept: TalkedTo = self._file

    @property
    def is_there(self) -> bool:
        """Whether there is a file."""
        return self._file.is_there

    def close(self) -> None:
        """Close the file."""
        self._kept.close()

    def place(self, subscription_id: str) -> SubscriberPlace | None:
        """Where a subscription stands; None where it is not known here."""
        with self._kept.reading() as connection:
            rows = connection.execute(
                f"SELECT {PLACE_COLUMNS} FROM place WHERE subscription=?", (subscription_id,)
            ).fetchall()
        return place_of(rows[0]) if rows else None

    def take(self, subscription_id: str) -> SubscriberPlace | None:
        """Where it stands, for whoever sends it from now on: whoever sent it before writes nothing of it any more."""
        return self.place(subscription_id)

    def places(self) -> list[SubscriberPlace]:
        """Where each subscription stands that is known here."""
        with self._kept.reading() as connection:
            rows = connection.execute(f"SELECT {PLACE_COLUMNS} FROM place ORDER BY subscription").fetchall()
        return [place_of(row) for row in rows]

    def put_place(self, place: SubscriberPlace) -> None:
        """Know a subscription, or know it anew; on disk when this returns."""
        with self._kept.writing() as connection:
            connection.execute(_PUT_PLACE, place_row_of(place))

    def put_secrets(self, place: SubscriberPlace) -> None:
        """Know these secrets of a subscription, wherever it stands meanwhile; on disk when this returns."""
        *_, old = place_row_of(place)
        with self._kept.writing() as connection:
            connection.execute(
                "UPDATE place SET secret=?, old_secrets=? WHERE subscription=?",
                (place.secret, old, place.subscription_id),
            )

    def forget(self, subscription_id: str) -> None:
        """Know nothing of a subscription any more."""
        with self._kept.writing() as connection:
            for table in ("place", "letter", "attempt"):
                connection.execute(f"DELETE FROM {table} WHERE subscription=?", (subscription_id,))

    def replay(self, subscription_id: str, position: int, event_id: str, reached: int) -> None:
        """Begin again after a position: what waits or was given up after it will come by itself, but what is in no event."""
        with self._kept.writing() as connection:
            connection.execute(
                "UPDATE place SET position=?, event_id=?, reached=CASE WHEN reached < ? THEN ? ELSE reached END "
                "WHERE subscription=?",
                (position, event_id, reached, reached, subscription_id),
            )
            connection.execute(
                "DELETE FROM letter WHERE subscription=? AND position>? AND body IS NULL", (subscription_id, position)
            )

    def write(
        self, place: SubscriberPlace, letters: Iterable[Letter], settled: Iterable[Letter], tries: Iterable[Try]
    ) -> None:
        """How far a subscription has come: letters that wait or are dead, those that are settled, and what was tried."""
        name = place.subscription_id
        with self._kept.writing() as connection:
            connection.execute(
                "UPDATE place SET position=?, event_id=?, failing_since=?, failing_last=? WHERE subscription=?",
                (place.position, place.event_id, seconds_of(place.failing_since), place.failing_last, name),
            )
            connection.executemany(_PUT_LETTER, [row_of(name, one) for one in letters])
            connection.executemany(
                "DELETE FROM letter WHERE subscription=? AND position=? AND nth=?",
                [(name, *one.key) for one in settled],
            )
            connection.executemany(
                f"INSERT INTO attempt ({TRY_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)",
                [
                    (name, t.position, t.nth, t.at.timestamp(), t.seconds, t.status, t.why, t.request, t.answer)
                    for t in tries
                ],
            )

    def prune(self, subscription_id: str) -> None:
        """Keep the last TRIES_KEPT_MAX tries and those of letters, and the last DEAD_KEPT_MAX dead letters."""
        with self._kept.writing() as connection:
            connection.execute(
                "DELETE FROM letter WHERE subscription=? AND dead_at IS NOT NULL AND (position, nth) NOT IN (SELECT position, "
                "nth FROM letter WHERE subscription=? AND dead_at IS NOT NULL ORDER BY dead_at DESC LIMIT ?)",
                (subscription_id, subscription_id, DEAD_KEPT_MAX),
            )
            connection.execute(
                "DELETE FROM attempt WHERE subscription=? AND number<=(SELECT number FROM attempt WHERE subscription=? "
                "ORDER BY number DESC LIMIT 1 OFFSET ?) AND NOT EXISTS (SELECT 1 FROM letter WHERE "
                "letter.subscription=attempt.subscription AND letter.position=attempt.position AND letter.nth=attempt.nth)",
                (subscription_id, subscription_id, TRIES_KEPT_MAX),
            )

    def put_letters(self, subscription_id: str, letters: Iterable[Letter]) -> None:
        """Have these letters as they are now."""
        with self._kept.writing() as connection:
            connection.executemany(_PUT_LETTER, [row_of(subscription_id, one) for one in letters])

    def contents(self) -> list[Sequence[Row]]:
        """All that lies in it: the rows of places, of letters, and of tries."""
        with self._kept.reading() as connection:
            return read_all(connection)

    def have(self, contents: Sequence[Sequence[Row]]) -> None:
        """Hold what another one has, and nothing else; on disk when this returns."""
        if not any(contents) and not self.is_there:
            return
        with self._kept.writing() as connection:
            put_all(connection, contents)

    def waiting(self, subscription_id: str) -> list[Letter]:
        """Letters that were not given up, in the ledger's order."""
        return self._letters("subscription=? AND dead_at IS NULL ORDER BY position, nth", (subscription_id,))

    def own_waiting(self, lane: str) -> set[str]:
        """The subscriptions of which a letter that no event says waits in a lane; found by an index of such letters alone."""
        with self._kept.reading() as connection:
            return {str(name) for (name,) in connection.execute(OWN_WAITING, (lane,)).fetchall()}

    def dead(self, subscription_id: str, first: int = 0, last: int = 2**62, limit: int = DEAD_KEPT_MAX) -> list[Letter]:
        """Letters that were given up, about events from one position to another, in the ledger's order."""
        where = "subscription=? AND dead_at IS NOT NULL AND position BETWEEN ? AND ? ORDER BY position, nth LIMIT ?"
        return self._letters(where, (subscription_id, first, last, limit))

    def counts(self, subscription_id: str) -> tuple[int, int]:
        """How many letters wait, and how many are dead."""
        with self._kept.reading() as connection:
            [(every, dead)] = connection.execute(
                "SELECT count(*), count(dead_at) FROM letter WHERE subscription=?", (subscription_id,)
            ).fetchall()
        return every - dead, dead

    def tries(self, subscription_id: str, limit: int, key: tuple[int, int] | None = None) -> list[Try]:
        """The last tries of a subscription, or those of one delivery; the latest first."""
        where, values = "subscription=?", list[object]([subscription_id])
        if key is not None:
            where, values = "subscription=? AND position=? AND nth=?", [subscription_id, *key]
        with self._kept.reading() as connection:
            rows = connection.execute(
                "SELECT position, nth, at, seconds, status, why, request, answer FROM attempt "
                f"WHERE {where} ORDER BY number DESC LIMIT {limit:d}",
                values,
            ).fetchall()
        return [
            Try(
                position=p,
                nth=n,
                at=instant_of(at),
                seconds=took,
                status=status,
                why=why,
                request=request,
                answer=answer,
            )
            for p, n, at, took, status, why, request, answer in rows
        ]

    def _letters(self, where: str, values: Sequence[object]) -> list[Letter]:
        with self._kept.reading() as connection:
            rows = connection.execute(f"SELECT {LETTER_COLUMNS} FROM letter WHERE {where}", values).fetchall()
        return [letter_of(row) for row in rows]

    def changes(self, subscription_id: str) -> int:  # noqa: ARG002 - here one process does all, and knows
        """How often something of a subscription was changed by another than who sends it, where that is another server."""
        return 0

    def change(self, subscription_id: str, work: Callable[[], None]) -> None:  # noqa: ARG002 - here nobody else sends it
        """Do something to a subscription's place or letters: who sends it, at whatever server, begins anew."""
        work()


def _add_what_lacks(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")  # another process may look at the same time
    for table, columns in _ADDED.items():
        known = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
        for column in columns:
            if column.partition(" ")[0] not in known:
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    connection.execute(OWN_INDEX)
    connection.execute("COMMIT")
