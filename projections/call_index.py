"""The index of all calls: whose each is, how far it came, and what is odd about it. The journey itself is folded on demand."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Connection, Index, Table, Text, func, or_, select

from domain.call import STRENGTH, CallState, PersonProof, PlainOutcome
from domain.call.facts import Outcome
from domain.call.state import Phase
from domain.recipient import Spelled
from projections import call_once
from projections.changes import CallChanged, CallFold, ViewChange
from projections.partial_index import partial_index
from projections.row_writes import insert_rows, put_rows
from projections.storable import Row, words_in
from projections.store import METADATA, instant, micros, optional_instant, portions

NAME = "call_index"
VERSION = 6
Anomaly = Literal["contested", "contradicts", "late", "lost", "odd_clock", "redelivered", "unclaimed"]
ANOMALIES: tuple[Anomaly, ...] = get_args(Anomaly)

CALL = Table(
    "call_index",
    METADATA,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("call_id", Text, nullable=False),
    Column("campaign", BigInteger),
    Column("campaign_id", Text),
    Column("recipient", Text),
    Column("from_number", Text),
    Column("to_number", Text),
    Column("direction", Text),
    Column("phase", Text, nullable=False),
    Column("outcome", Text),
    Column("reached", Boolean, nullable=False),
    Column("plain_outcome", Text, nullable=False),
    Column("person_proofs", Text, nullable=False),
    Column("step", Text),
    Column("created_at", BigInteger),
    Column("answered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("first_heard_at", BigInteger, nullable=False),
    Column("heard_at", BigInteger, nullable=False),
    Column("anomalies", Text, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("is_unclaimed", Boolean, nullable=False),
    Column("is_echoing", Boolean, nullable=False),
)
Index("call_index_by_campaign", CALL.c.campaign, CALL.c.place)
Index("call_index_by_recipient", CALL.c.recipient, CALL.c.place)
for _column in (CALL.c.from_number, CALL.c.to_number):
    partial_index(f"call_index_by_{_column.name}", _column, CALL.c.place, where=CALL.c.recipient.is_(None))
for _column in (CALL.c.is_open, CALL.c.is_unclaimed, CALL.c.is_echoing):
    partial_index(f"call_{_column.name}", CALL.c.first_heard_at, where=_column.is_(True))


class CallRow(Struct, frozen=True, kw_only=True):
    """A call as the index has it; `place` is the position at which it was first heard of. Times are UTC."""

    place: int
    call_id: str
    campaign_id: str | None
    recipient: str | None
    from_number: str | None
    to_number: str | None
    direction: str | None
    phase: Phase
    outcome: Outcome | None
    reached: bool
    plain_outcome: PlainOutcome
    person_proofs: tuple[PersonProof, ...]
    step: str | None
    created_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    first_heard_at: datetime
    heard_at: datetime
    anomalies: tuple[Anomaly, ...]


def first_place(connection: Connection) -> int:
    """The position at which the first call was heard of; 0 where there is none."""
    return connection.execute(select(func.min(CALL.c.place))).scalar() or 0


def write(connection: Connection, changes: Sequence[ViewChange]) -> None:
    """The fold: from changes to rows."""
    last: dict[str, CallChanged] = {}
    new: set[str] = set()
    for change in changes:
        if type(change) is CallChanged:
            last[change.call_id] = change
            if change.before is None:
                new.add(change.call_id)
    insert_rows(connection, CALL, [_columns(last[call_id]) for call_id in last if call_id in new])
    put_rows(connection, CALL, [_columns(last[call_id]) for call_id in last if call_id not in new])
    call_once.write(connection, changes)


def anomalies_of(fold: CallFold) -> tuple[Anomaly, ...]:
    """What is odd about a call, in words."""
    state = fold.state
    holds: dict[Anomaly, bool] = {
        "contested": state.contested,
        "contradicts": state.ends.contradict(state.not_before),
        "late": fold.late > 0,
        "lost": state.is_lost,
        "odd_clock": state.is_clock_odd,
        "redelivered": fold.redelivered > 0,
        "unclaimed": not state.claims,
    }
    return tuple(word for word in ANOMALIES if holds[word])


def _may_be_odd(fold: CallFold) -> bool:
    """Whether it is worth looking for anomalies: most calls have none."""
    state = fold.state
    is_plain = not (fold.late or fold.redelivered or state.given_up or state.is_clock_odd)
    return not is_plain or len(state.claims) != 1 or len(state.ends.told) > 1


def is_echoing(state: CallState) -> bool:
    """Whether the provider's own word on the call's attempt is better than what is believed."""
    claim = state.claim
    return bool(state.echoed_attempts) and (claim is None or claim.strength < STRENGTH["metadata"])


def row_of(call_id: str, fold: CallFold) -> CallRow:
    """A call's row."""
    state, claim, parties = fold.state, fold.claim, fold.state.parties
    return CallRow(
        place=fold.first_position,
        call_id=call_id,
        campaign_id=None if claim is None else claim.campaign_id,
        recipient=None if claim is None else claim.recipient,
        from_number=None if parties is None else parties.from_number or None,
        to_number=None if parties is None else parties.to_number or None,
        direction=None if parties is None else parties.direction or None,
        phase=state.phase,
        outcome=state.outcome,
        reached=state.reached,
        plain_outcome=state.plain_outcome,
        person_proofs=state.person_proofs,
        step=state.step,
        created_at=state.created_at,
        answered_at=state.answered_at,
        ended_at=state.ended_at,
        first_heard_at=fold.first_heard_at,
        heard_at=fold.heard_at,
        anomalies=anomalies_of(fold),
    )


def _columns(change: CallChanged) -> Row:
    fold, state = change.after, change.after.state
    claim, parties, outcome = fold.claim, state.parties, fold.outcome
    return (
        fold.first_position,
        change.call_id,
        change.campaign,
        None if claim is None else claim.campaign_id,
        None if claim is None else claim.recipient,
        None if parties is None else parties.from_number or None,
        None if parties is None else parties.to_number or None,
        None if parties is None else parties.direction or None,
        state.phase,
        outcome,
        int(state.reached),
        state.plain_outcome,
        ",".join(state.person_proofs),
        state.step,
        _optional_micros(state.created_at),
        _optional_micros(state.answered_at),
        _optional_micros(state.ended_at),
        micros(fold.first_heard_at),
        micros(fold.heard_at),
        ",".join(anomalies_of(fold)) if _may_be_odd(fold) else "",
        int(outcome is None and not state.given_up),
        int(claim is None),
        int(is_echoing(state)),
    )


def calls(
    connection: Connection,
    after: int,
    rows_max: int,
    *,
    campaign: int | None = None,
    phase: str | None = None,
    outcome: str | None = None,
    answered: bool | None = None,
    anomaly: str | None = None,
    up_to: int | None = None,
    of: Spelled | None = None,
    newest_first: bool = False,
) -> list[CallRow]:
    """Calls first heard of after one position and up to another, in the order in which they were, or the newest first."""
    query = select(CALL).where(CALL.c.place > after)
    if campaign is not None:
        query = query.where(CALL.c.campaign == campaign)
    for column, value in ((CALL.c.phase, phase), (CALL.c.outcome, outcome), (CALL.c.reached, answered)):
        if value is not None:
            query = query.where(column == value)
    if anomaly is not None:
        word = CALL.c.anomalies
        query = query.where(
            or_(word == anomaly, word.like(f"{anomaly},%"), word.like(f"%,{anomaly}"), word.like(f"%,{anomaly},%"))
        )
    if up_to is not None:
        query = query.where(CALL.c.place <= up_to)
    queries = [query] if of is None else [query.where(one) for one in each_way(of)]
    found: dict[int, CallRow] = {}
    for one in queries:
        rows = connection.execute(one.order_by(CALL.c.place.desc() if newest_first else CALL.c.place).limit(rows_max))
        found.update((row.place, _row(row)) for row in rows)
    return [found[place] for place in sorted(found, reverse=newest_first)[:rows_max]]


def each_way(of: Spelled) -> list[ColumnElement[bool]]:
    """How a call can be somebody's: claimed for them, or claimed by nobody, from or to their number.

    One condition for each spelling, so that each is answered by an index in the order of the places.
    """
    nobodys = CALL.c.recipient.is_(None)
    return [
        *(CALL.c.recipient == stream for stream in of.streams),
        *(nobodys & (column == one) for one in of.numbers for column in (CALL.c.from_number, CALL.c.to_number)),
    ]


def last_calls(connection: Connection, campaign: int, up_to: int, rows_max: int) -> list[str]:
    """The ids of the last calls that a campaign has, or had once, and that were first heard of up to a position, the latest first."""
    found: dict[int, str] = {}
    for table in (CALL, call_once.CALL_ONCE):
        query = select(table.c.place, table.c.call_id).where(table.c.campaign == campaign, table.c.place <= up_to)
        rows = connection.execute(query.order_by(table.c.place.desc()).limit(rows_max))
        found.update((row.place, row.call_id) for row in rows)
    return [found[place] for place in sorted(found, reverse=True)[:rows_max]]


def known_among(connection: Connection, places: Collection[int]) -> set[int]:
    """Those of these places that the index has."""
    found: set[int] = set()
    for some in portions(sorted(places)):
        found.update(connection.execute(select(CALL.c.place).where(CALL.c.place.in_(some))).scalars())
    return found


def calls_to_watch(connection: Connection) -> Iterator[str]:
    """The ids of calls without an end, but for those of nobody between numbers that nobody knows, and of those whose echo is not believed yet."""
    seen: set[str] = set()
    is_somebodys = or_(CALL.c.recipient.is_not(None), CALL.c.from_number.is_not(None), CALL.c.to_number.is_not(None))
    for query in (
        select(CALL.c.call_id).where(CALL.c.is_open.is_(True), is_somebodys),
        select(CALL.c.call_id).where(CALL.c.is_echoing.is_(True)),
    ):
        for call_id in connection.execute(query.order_by(CALL.c.first_heard_at)).scalars():
            if call_id not in seen:
                seen.add(call_id)
                yield call_id


def calls_heard_of(connection: Connection, since: datetime, rows_max: int) -> list[str]:
    """The ids of calls without an end, and of those heard of since, the last heard of last; where they are too many, only those."""
    query = select(CALL.c.call_id).where(or_(CALL.c.is_open.is_(True), CALL.c.heard_at >= micros(since)))
    last = list(connection.execute(query.order_by(CALL.c.heard_at.desc()).limit(rows_max)).scalars())
    return last[::-1]


def _optional_micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def _row(row: Any) -> CallRow:
    return CallRow(
        place=row.place,
        call_id=row.call_id,
        campaign_id=row.campaign_id,
        recipient=row.recipient,
        from_number=row.from_number,
        to_number=row.to_number,
        direction=row.direction,
        phase=row.phase,
        outcome=row.outcome,
        reached=bool(row.reached),
        plain_outcome=row.plain_outcome,
        person_proofs=words_in(row.person_proofs),
        step=row.step,
        created_at=optional_instant(row.created_at),
        answered_at=optional_instant(row.answered_at),
        ended_at=optional_instant(row.ended_at),
        first_heard_at=instant(row.first_heard_at),
        heard_at=instant(row.heard_at),
        anomalies=words_in(row.anomalies),
    )
