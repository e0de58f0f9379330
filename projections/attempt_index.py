"""Which recipient an attempt is of, which attempts may have a call under way, and when requests left."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Table, Text, select, update

from projections.changes import AttemptChanged, ClockSetRight, ViewChange
from projections.partial_index import partial_index
from projections.row_writes import put_rows
from projections.store import METADATA, micros, optional_instant, portions

NAME = "attempt_index"
VERSION = 1

ATTEMPT = Table(
    "attempt_index",
    METADATA,
    Column("attempt_id", Text, primary_key=True),
    Column("campaign", BigInteger, nullable=False),
    Column("stream", Text, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("sent_at", BigInteger),
    sqlite_with_rowid=False,
)
partial_index("attempt_index_open", ATTEMPT.c.stream, where=ATTEMPT.c.is_open.is_(True))
Index("attempt_index_by_time", ATTEMPT.c.campaign, ATTEMPT.c.sent_at)


class AttemptRow(Struct, frozen=True):
    """An attempt: `sent_at` (UTC) is when it was known that its request had left, None before that."""

    attempt_id: str
    campaign: int
    stream: str
    is_open: bool
    sent_at: datetime | None


class AttemptFold:
    """Keeps of each open attempt what a later change of it does not say."""

    def __init__(self) -> None:
        self._sent: dict[str, int] = {}

    def write(self, connection: Connection, changes: Sequence[ViewChange]) -> None:
        """The fold: from changes to rows."""
        last: dict[str, AttemptChanged] = {}
        for change in changes:
            if type(change) is ClockSetRight:  # it comes first, for what is asked of the views is cut before it
                self._set_right(connection, micros(change.at))
            if type(change) is AttemptChanged:
                last[change.after.attempt_id] = change
                if change.was_sent:
                    self._sent[change.after.attempt_id] = micros(change.at)
        unknown = [i for i, change in last.items() if i not in self._sent and change.after.phase != "started"]
        for row in rows_of(connection, unknown):
            if row.sent_at is not None:
                self._sent[row.attempt_id] = micros(row.sent_at)
        put_rows(
            connection,
            ATTEMPT,
            [
                (attempt_id, change.campaign, change.stream, int(change.is_open), self._sent.get(attempt_id))
                for attempt_id, change in last.items()
            ],
        )
        for attempt_id, change in last.items():
            if not change.is_open:
                self._sent.pop(attempt_id, None)

    def _set_right(self, connection: Connection, at: int) -> None:
        """No request left later than it was acknowledged that the clock had been ahead."""
        connection.execute(update(ATTEMPT).where(ATTEMPT.c.sent_at > at).values(sent_at=at))
        self._sent = {attempt_id: min(sent_at, at) for attempt_id, sent_at in self._sent.items()}


def rows_of(connection: Connection, attempt_ids: Collection[str]) -> list[AttemptRow]:
    """These attempts, as far as they are known."""
    found = []
    for some in portions(sorted(attempt_ids)):
        found += [_row(row) for row in connection.execute(select(ATTEMPT).where(ATTEMPT.c.attempt_id.in_(some)))]
    return found


def open_attempts(connection: Connection) -> list[AttemptRow]:
    """All attempts that may have a call under way."""
    query = select(ATTEMPT).where(ATTEMPT.c.is_open.is_(True)).order_by(ATTEMPT.c.stream, ATTEMPT.c.attempt_id)
    return [_row(row) for row in connection.execute(query)]


def last_sent(connection: Connection, campaign: int, rows_max: int, until: datetime | None = None) -> list[AttemptRow]:
    """A campaign's attempts whose requests left last, of all or of those by an instant, the latest first."""
    column = ATTEMPT.c.sent_at
    query = select(ATTEMPT).where(ATTEMPT.c.campaign == campaign, column.is_not(None))
    if until is not None:
        query = query.where(column <= micros(until))
    return [_row(row) for row in connection.execute(query.order_by(column.desc()).limit(rows_max))]


def _row(row: Any) -> AttemptRow:
    sent_at = optional_instant(row.sent_at)
    return AttemptRow(row.attempt_id, row.campaign, row.stream, bool(row.is_open), sent_at)
