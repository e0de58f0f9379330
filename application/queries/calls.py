"""Which calls there are, from the views: by campaign, phase, outcome, and what is remarkable about them."""

from typing import Annotated, Literal, get_args

from msgspec import Struct

from application.actor import Actor
from application.fields import CallId, Cursor, Instant, Number, Position, means
from application.installation import Installation
from application.queries.call import CameTo, PersonProofs, TalkSeconds
from application.queries.fitting import fitting
from application.queries.masking import shown_number, shown_word
from application.queries.people import person_named
from domain.call import talk_seconds
from domain.call.facts import Outcome
from domain.call.state import Phase
from projections import call_index
from projections.call_index import Anomaly, CallRow

CallsOrder = Literal["oldest", "newest"]
CALLS_ORDERS: tuple[CallsOrder, ...] = get_args(CallsOrder)


class CallsAsked(Struct, frozen=True, kw_only=True):
    """Which calls are asked for; None asks for any.

    `person` is a number or a pseudonym; `since` and `until` are positions at which calls were first heard of.
    """

    person: str | None = None
    campaign_id: str | None = None
    phase: str | None = None
    outcome: str | None = None
    answered: bool | None = None
    anomaly: str | None = None
    since: int = 0
    until: int | None = None
    order: CallsOrder = "oldest"


class CallListed(Struct, frozen=True, kw_only=True):
    """A call as the list has it. Of the times `heard_at` is by our clock, the others are by MiniVoice's."""

    call_id: CallId
    campaign_id: Annotated[str | None, means("null where the call is not one of ours")]
    number: Annotated[Number | None, means("the one that was called")]
    direction: str | None
    phase: Phase
    outcome: Outcome | None
    plain_outcome: CameTo
    talk_seconds: TalkSeconds
    person_proofs: PersonProofs
    reached: bool
    step: str | None
    created_at: Instant | None
    answered_at: Instant | None
    ended_at: Instant | None
    heard_at: Annotated[Instant, means("when we last heard of it")]
    anomalies: tuple[Anomaly, ...]


class CallsPage(Struct, frozen=True, kw_only=True):
    """Some calls in the order in which they were first heard of, or the newest first."""

    items: list[CallListed]
    next: Cursor
    position: Position


def calls_page(parts: Installation, actor: Actor, asked: CallsAsked, after: int, limit: int) -> CallsPage:
    """The calls that are asked for, as far as the views have come; `after` is a `next` in the same order. Raises `NotFound` for an unknown campaign or pseudonym."""
    of = None if asked.person is None else person_named(parts, asked.person)
    first, last = _bounds(asked, after)
    with parts.reads.reading() as taken:
        number = None
        if asked.campaign_id is not None:
            number, _ = parts.reads.campaign_in(taken, asked.campaign_id, taken.position)
        rows = call_index.calls(
            taken.connection,
            first,
            limit + 1,
            campaign=number,
            phase=asked.phase,
            outcome=asked.outcome,
            answered=asked.answered,
            anomaly=asked.anomaly,
            up_to=last,
            of=of,
            newest_first=asked.order == "newest",
        )
    items = fitting(_listed(row, actor) for row in rows[:limit])
    return CallsPage(
        items=items,
        next=str(rows[len(items) - 1].place) if len(rows) > len(items) else None,
        position=taken.position,
    )


def _bounds(asked: CallsAsked, after: int) -> tuple[int, int | None]:
    """The position after which the calls that are left begin, and the last; None where there is no last."""
    if asked.order == "oldest":
        return max(after, asked.since), asked.until
    before = [asked.until] if asked.until is not None else []
    return asked.since, min([*before, after - 1] if after else before, default=None)


def _listed(row: CallRow, actor: Actor) -> CallListed:
    return CallListed(
        call_id=row.call_id,
        campaign_id=row.campaign_id,
        number=shown_number(row.to_number, actor),
        direction=shown_word(row.direction, actor),
        phase=row.phase,
        outcome=row.outcome,
        plain_outcome=row.plain_outcome,
        talk_seconds=talk_seconds(row.answered_at, row.ended_at),
        person_proofs=row.person_proofs,
        reached=row.reached,
        step=shown_word(row.step, actor),
        created_at=row.created_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        heard_at=row.heard_at,
        anomalies=row.anomalies,
    )
