"""Events that the views could not apply, or not wholly: kept in mind, and said, until rebuilt views apply them."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Table, Text, func, select

from domain.events import Recorded
from projections.row_writes import put_rows
from projections.store import METADATA

PARKED = Table(
    "view_parked",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("error", Text, nullable=False),
)


class Parked(Struct, frozen=True):
    """An event that the views could not apply, or not wholly, and were led past."""

    position: int
    stream: str
    event: str
    error: str


def in_words(first: Parked | None, count: int) -> str | None:
    """What the views were led past, with what to do; None where there is nothing."""
    if first is None:
        return None
    others = f" and {count - 1} others" if count > 1 else ""
    return (
        f"{first.event} of {first.stream.replace(':', ' ', 1)}, at position {first.position},{others} could not be applied "
        f"({first.error}): whom it concerns may be shown wrongly until a version that can rebuilds the views, "
        "as each start tries to, and `dialtrail rebuild`"
    )


def put_parked(connection: Connection, events: Sequence[tuple[Recorded, str]]) -> None:
    """Keep events in mind, each with what went wrong."""
    put_rows(connection, PARKED, [(one.position, one.stream, one.name, error) for one, error in events])


def left_out(connection: Connection) -> str | None:
    """What the views were led past, in words."""
    count = connection.execute(select(func.count()).select_from(PARKED)).scalar_one()
    return in_words(next(iter(parked(connection, 1)), None), count)


def parked(connection: Connection, rows_max: int) -> list[Parked]:
    """The events that the views were led past."""
    return [Parked(*row) for row in connection.execute(select(PARKED).order_by(PARKED.c.position).limit(rows_max))]
