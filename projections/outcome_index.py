"""What calling each recipient has come to, in the order in which it last changed: for those who ask what is new since a position."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    Table,
    Text,
    literal,
    select,
    tuple_,
    update,
)

from domain.events import Recorded
from domain.status import Status
from projections.changes import CampaignChanged, OutcomeChanged, ViewChange
from projections.outcome import NOTHING_HEARD, Heard
from projections.recipient_status import ENROLLMENT, STATUS, StatusRow, enrollment_of, standings_at
from projections.row_writes import insert_rows, put_rows
from projections.storable import Row
from projections.store import METADATA, instant, micros, portions

NAME = "outcome_index"
VERSION = 1
WAITING: tuple[Status, ...] = ("queued", "held")
Place = tuple[int, int]
"""Where a page ends: the position of its last row, and the recipient's place."""

OUTCOME = Table(
    "outcome_index",
    METADATA,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("campaign", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("call_id", Text),
    Column("answered", Boolean, nullable=False),
    Column("digits", Text),
    Column("seconds", Double),
    sqlite_with_rowid=False,
)
Index("outcome_index_latest", OUTCOME.c.position, OUTCOME.c.place)
Index("outcome_index_by_campaign", OUTCOME.c.campaign, OUTCOME.c.position, OUTCOME.c.place)


class StoredOutcome(Struct, frozen=True, kw_only=True):
    """A recipient as they stand, and what was heard of them; `position` is that of the last event that changed any of it.

    `changed_at` (UTC) is when that was recorded, `campaign` the campaign's number.
    """

    campaign: int
    position: int
    changed_at: datetime
    recipient: StatusRow
    heard: Heard


def write(connection: Connection, changes: Sequence[ViewChange], batch: Sequence[Recorded]) -> None:
    """The fold: from changes to rows; after the rows of `recipient_status`."""
    recorded_at = {recorded.position: micros(recorded.recorded_at) for recorded in batch}
    last: dict[int, OutcomeChanged] = {}
    new: set[int] = set()
    over: list[CampaignChanged] = []
    for change in changes:
        if type(change) is OutcomeChanged:
            last[change.place] = change
            if change.is_new:
                new.add(change.place)
        elif type(change) is CampaignChanged and change.after.state.is_over and not _was_over(change):
            over.append(change)
    rows = {place: _row(change, recorded_at[change.position]) for place, change in last.items()}
    insert_rows(connection, OUTCOME, [row for place, row in rows.items() if place in new])
    put_rows(connection, OUTCOME, [row for place, row in rows.items() if place not in new])
    for change in over:
        _let_nobody_wait(connection, change, recorded_at[change.position])


def _was_over(change: CampaignChanged) -> bool:
    return change.before is not None and change.before.state.is_over


def _let_nobody_wait(connection: Connection, change: CampaignChanged, recorded_at: int) -> None:
    """With the campaign's end all change who wait in it, unless another event did that later.

    Who waits by the end of the batch, and did not before, was changed by such an event.
    """
    number = change.after.number
    waiting = select(STATUS.c.place).where(STATUS.c.campaign == number, STATUS.c.status.in_(WAITING))
    those = (OUTCOME.c.campaign == number) & (OUTCOME.c.position < change.position) & OUTCOME.c.place.in_(waiting)
    connection.execute(update(OUTCOME).where(those).values(position=change.position, changed_at=recorded_at))


def _row(change: OutcomeChanged, recorded_at: int) -> Row:
    heard = change.heard
    return (
        change.place,
        change.campaign,
        change.position,
        recorded_at,
        heard.call_id,
        int(heard.answered),
        msgspec.json.encode(heard.digits).decode() if heard.digits else None,
        heard.seconds,
    )


def outcomes(connection: Connection, campaign: int | None, after: Place, rows_max: int) -> list[StoredOutcome]:
    """Recipients in the order in which they last changed, those after a place; of one campaign, or of all."""
    begin = tuple_(*(literal(one) for one in after))
    query = select(OUTCOME).where(tuple_(OUTCOME.c.position, OUTCOME.c.place) > begin)
    if campaign is not None:
        query = query.where(OUTCOME.c.campaign == campaign)
    rows = connection.execute(query.order_by(OUTCOME.c.position, OUTCOME.c.place).limit(rows_max)).all()
    recipients = _recipients(connection, [row.place for row in rows])
    return [
        StoredOutcome(
            campaign=row.campaign,
            position=row.position,
            changed_at=instant(row.changed_at),
            recipient=recipients[row.place],
            heard=_heard(row),
        )
        for row in rows
    ]


def _recipients(connection: Connection, places: Sequence[int]) -> Mapping[int, StatusRow]:
    standings = standings_at(connection, places)
    found: dict[int, StatusRow] = {}
    for some in portions(places):
        is_theirs = (ENROLLMENT.c.campaign == OUTCOME.c.campaign) & (ENROLLMENT.c.place == OUTCOME.c.place)
        query = select(ENROLLMENT).join(OUTCOME, is_theirs).where(OUTCOME.c.place.in_(some))
        enrolled: Iterable[Any] = connection.execute(query)
        found.update(
            (row.place, StatusRow(enrollment=enrollment_of(row), standing=standings[row.place])) for row in enrolled
        )
    return found


def _heard(row: Any) -> Heard:
    if row.call_id is None:
        return NOTHING_HEARD
    digits = () if row.digits is None else msgspec.json.decode(row.digits, type=tuple[str, ...])
    return Heard(call_id=row.call_id, answered=bool(row.answered), digits=digits, seconds=row.seconds)
