"""Which of the ledger's erasures the views were made after: a later one leaves in their rows what they folded before it."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Integer, Table, delete, select

from domain.events import Recorded
from domain.identity import KEYS_STREAM
from domain.ledger_life import KeysDestroyed
from projections.changes import ReadStreams
from projections.store import METADATA

ERASURES_SEEN = Table(
    "view_erasures",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("erased_at", BigInteger, nullable=False),
)
_ONE = 1


class ErasuresSeen(Struct, frozen=True):
    """Positions: whatever was erased up to `begun_at` no row was folded with; `erased_at` is of the last erasure since, or before."""

    begun_at: int = 0
    erased_at: int = 0

    @property
    def is_due(self) -> bool:
        """Whether rows may show what was erased since: the views have to be made anew."""
        return self.erased_at > self.begun_at

    def after(self, events: Sequence[Recorded]) -> "ErasuresSeen":
        """The same when these were taken in as well."""
        found = [one.position for one in events if type(one.event) is KeysDestroyed]
        return ErasuresSeen(self.begun_at, found[-1]) if found else self

    @property
    def row(self) -> tuple[int, int, int]:
        """As it is stored."""
        return _ONE, self.begun_at, self.erased_at


def stored_seen(connection: Connection) -> ErasuresSeen | None:
    """What the views say; None where they do not, as those of earlier code."""
    row = connection.execute(select(ERASURES_SEEN)).one_or_none()
    return None if row is None else ErasuresSeen(row.begun_at, row.erased_at)


def seen_up_to(read_streams: ReadStreams, position: int) -> ErasuresSeen:
    """What is true of views of earlier code that have come to a position."""
    return ErasuresSeen().after(read_streams([KEYS_STREAM], position).get(KEYS_STREAM, ()))


def put_seen(connection: Connection, seen: ErasuresSeen) -> None:
    """Say so, in the transaction that writes the rows."""
    connection.execute(delete(ERASURES_SEEN))
    connection.execute(ERASURES_SEEN.insert(), dict(zip(ERASURES_SEEN.c.keys(), seen.row, strict=True)))
