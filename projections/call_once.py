"""Which calls a campaign had once, until another claim took them: the past asks for them. Part of the index of all calls."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Connection, Table, Text

from projections.changes import CallChanged, ViewChange
from projections.row_writes import put_rows
from projections.storable import Row
from projections.store import METADATA

CALL_ONCE = Table(
    "call_once",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("call_id", Text, nullable=False),
    sqlite_with_rowid=False,
)


def write(connection: Connection, changes: Sequence[ViewChange]) -> None:
    """The fold: from changes to rows."""
    once: set[Row] = set()
    for change in changes:
        if type(change) is CallChanged and change.before_campaign not in (None, change.campaign):
            once.add((change.before_campaign, change.after.first_position, change.call_id))
    put_rows(connection, CALL_ONCE, sorted(once))
