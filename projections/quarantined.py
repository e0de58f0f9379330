"""The deliveries that could not be read, and which of them were since."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Index, Table, Text, func, select, update

from domain.events import Recorded
from domain.quarantine import DeliveryQuarantined, DeliveryReadAgain
from projections.partial_index import partial_index
from projections.row_writes import put_rows
from projections.store import METADATA, instant, micros

NAME = "quarantined"
VERSION = 2
QUARANTINED = Table(
    "quarantined",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("read_position", BigInteger),
    sqlite_with_rowid=False,
)
Index("quarantined_by_position", QUARANTINED.c.position)
_UNREAD = QUARANTINED.c.read_position.is_(None)
partial_index("quarantined_unread", QUARANTINED.c.recorded_at, where=_UNREAD)


class Unread(Struct, frozen=True):
    """How many were not read since, and when (UTC) the last of them was recorded; None where there is none."""

    count: int
    last_at: datetime | None


class PutAway(Struct, frozen=True):
    """A delivery that could not be read, and the position at which it came."""

    digest: str
    position: int


def write(connection: Connection, batch: Sequence[Recorded]) -> None:
    """The fold: from events to rows. Each delivery is put away once, and read once after that."""
    rows = [
        (one.event.digest, one.position, micros(one.recorded_at), None)
        for one in batch
        if isinstance(one.event, DeliveryQuarantined)
    ]
    put_rows(connection, QUARANTINED, rows)
    read = {one.event.digest: one.position for one in batch if isinstance(one.event, DeliveryReadAgain)}
    for digest, position in read.items():
        put_away = QUARANTINED.c.digest == digest
        connection.execute(update(QUARANTINED).where(put_away).values(read_position=position))


def unread_since(connection: Connection, since: datetime) -> Unread:
    """Those that were recorded from an instant on."""
    at = QUARANTINED.c.recorded_at
    count, last = connection.execute(select(func.count(), func.max(at)).where(_UNREAD, at >= micros(since))).one()
    return Unread(int(count), None if last is None else instant(last))


def latest(connection: Connection, before: int, rows_max: int, *, only_unread: bool = False) -> list[PutAway]:
    """Those that came before a position, or all where that is 0, the latest first."""
    query = select(QUARANTINED.c.digest, QUARANTINED.c.position).order_by(QUARANTINED.c.position.desc())
    if before:
        query = query.where(QUARANTINED.c.position < before)
    if only_unread:
        query = query.where(_UNREAD)
    return [PutAway(*row) for row in connection.execute(query.limit(rows_max))]
