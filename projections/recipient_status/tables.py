"""The tables of who is enrolled, where they stand and where they stood."""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from projections.partial_index import partial_index
from projections.store import METADATA

NAME = "recipient_status"
VERSION = 10


def _standing_columns() -> list[Column[Any]]:
    return [
        Column("campaign", BigInteger, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("status", Text, nullable=False),
        Column("zone_key", Text, nullable=False),
        Column("reason", Text),
        Column("then_at", BigInteger),
        Column("then_status", Text),
        Column("then_reason", Text),
        Column("then_until", BigInteger),
        Column("consent_until", BigInteger),
        Column("attempts", Integer, nullable=False),
        Column("call_id", Text),
        Column("code", Text),
        Column("callback_at", BigInteger),
        Column("callback_until", BigInteger),
        # The zone key of those whom time alone moves: they are counted by it without a look at each enrolment.
        Column("timed_zone", Text),
    ]


ENROLLMENT = Table(
    "recipient_enrollment",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    # Looked for by how it begins, which only the order of its characters' codes answers.
    Column("number", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False, index=True),
    Column("zone", Text),
    Column("zone_key", Text, nullable=False),
    Column("variables", Text, nullable=False),
    Column("reference", Text),
    sqlite_with_rowid=False,
)
_has_one = ENROLLMENT.c.reference.is_not(None)
partial_index("recipient_enrollment_by_reference", ENROLLMENT.c.reference, ENROLLMENT.c.campaign, where=_has_one)
KIND = Table(
    "recipient_kind",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("kind", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The enrolments whose number is of a kind of its own; there are few."""
SPELLING = Table(
    "recipient_spelling",
    METADATA,
    Column("stream", Text, primary_key=True),
    Column("other", Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""Streams that are one person's, each pair both ways; there are few, for most people have one spelling."""
DECLINED = Table(
    "recipient_declined",
    METADATA,
    Column("stream", Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""Streams of all who ever declined something; there are few, and each policy has its own word on that."""
SUPPRESSION = Table(
    "recipient_suppression",
    METADATA,
    Column("from_position", BigInteger, primary_key=True, autoincrement=False),
    Column("to_position", BigInteger),
    Column("stream", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text),
    Column("since", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    sqlite_with_rowid=False,
)
"""Who is suppressed on whose word, and was: `to_position` is where another word held for longer, or they were released."""
_is_held = SUPPRESSION.c.to_position.is_(None)
partial_index("recipient_suppression_held", SUPPRESSION.c.stream, where=_is_held)
partial_index("recipient_suppression_latest", SUPPRESSION.c.from_position, where=_is_held)
STATUS = Table(
    "recipient_status",
    METADATA,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("from_position", BigInteger, nullable=False),
    *_standing_columns(),
    sqlite_with_rowid=False,
)
Index("recipient_status_by_status", STATUS.c.campaign, STATUS.c.status, STATUS.c.zone_key, STATUS.c.place)
HISTORY = Table(
    "recipient_status_history",
    METADATA,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("from_position", BigInteger, primary_key=True, autoincrement=False),
    Column("to_position", BigInteger, nullable=False),
    *_standing_columns(),
    sqlite_with_rowid=False,
)
Index("recipient_status_history_by_status", HISTORY.c.campaign, HISTORY.c.status, HISTORY.c.zone_key, HISTORY.c.place)
for _table in (STATUS, HISTORY):
    _is_timed = _table.c.then_at.is_not(None)
    _name = f"{_table.name}_timed"
    partial_index(_name, _table.c.campaign, _table.c.place, where=_is_timed)
_is_timed = STATUS.c.then_at.is_not(None)
partial_index("recipient_status_due", STATUS.c.campaign, STATUS.c.then_at, where=_is_timed)
partial_index(
    "recipient_status_counted",
    STATUS.c.campaign,
    STATUS.c.timed_zone,
    STATUS.c.status,
    STATUS.c.then_status,
    STATUS.c.then_at,
    STATUS.c.then_until,
    STATUS.c.consent_until,
    where=_is_timed,
)
_is_wished = STATUS.c.callback_at.is_not(None)
partial_index("recipient_status_wished", STATUS.c.campaign, STATUS.c.callback_at, where=_is_wished)
