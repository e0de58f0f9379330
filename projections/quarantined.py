"""The deliveries in quarantine that were not read since."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Index, Table, Text, delete, func, select

from domain.events import Recorded
from domain.quarantine import DeliveryQuarantined, DeliveryReadAgain
from projections.store import METADATA, instant, micros, portions, put_rows

NAME = "quarantined"
VERSION = 1
QUARANTINED = Table(
    "quarantined",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("recorded_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("quarantined_by_time", QUARANTINED.c.recorded_at)


class Unread(Struct, frozen=True):
    """How many were not read since, and when (UTC) the last of them was recorded; None where there is none."""

    count: int
    last_at: datetime | None


def write(connection: Connection, batch: Sequence[Recorded]) -> None:
    """The fold: from events to rows. Each delivery is put away once, and read once after that."""
    rows = [(one.event.digest, micros(one.recorded_at)) for one in batch if isinstance(one.event, DeliveryQuarantined)]
    read = [one.event.digest for one in batch if isinstance(one.event, DeliveryReadAgain)]
    put_rows(connection, QUARANTINED, rows)
    for some in portions(read):
        connection.execute(delete(QUARANTINED).where(QUARANTINED.c.digest.in_(some)))


def unread_since(connection: Connection, since: datetime) -> Unread:
    """Those that were recorded from an instant on."""
    at = QUARANTINED.c.recorded_at
    count, last = connection.execute(select(func.count(), func.max(at)).where(at >= micros(since))).one()
    return Unread(int(count), None if last is None else instant(last))


def latest_unread(connection: Connection, rows_max: int) -> list[str]:
    """The digests of those that were not read since, the latest first."""
    latest = select(QUARANTINED.c.digest).order_by(QUARANTINED.c.recorded_at.desc(), QUARANTINED.c.digest)
    return list(connection.execute(latest.limit(rows_max)).scalars())
