"""One call: read once from the ledger, so it has all that was acknowledged before, and folded as far as it is asked about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from adapters.minivoice_insights import answered_data
from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.masking import shown_number, shown_text, shown_word
from domain.call import CallState
from domain.errors import NotFound
from domain.events import Recorded
from domain.identity import call_stream
from domain.recipient import RecipientEnrolled, RecipientSuppressed
from projections.call_insights import Insight, insights_of
from projections.folded import call_of


class CallRead(Struct, frozen=True):
    """A call's events up to a position of the ledger, at least one."""

    call_id: str
    stream: Sequence[Recorded]
    position: int

    def known_at(self, position: int) -> "CallRead":
        """As much of it as was known at an earlier position. Raises `NotFound` where that was nothing."""
        return _existing(self.call_id, [one for one in self.stream if one.position <= position], position)


class StateShown(Struct, frozen=True, kw_only=True):
    """How far a call came; the times are by MiniVoice's clock. `contested` where two attempts claim it equally well."""

    phase: str
    outcome: str | None
    reached: bool
    step: str | None
    created_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    contested: bool


class CallHeading(Struct, frozen=True, kw_only=True):
    """What stands above everything that is told of a call; `campaign_id` is null where it is not one of ours."""

    call_id: str
    campaign_id: str | None
    number: str | None
    state: StateShown


class InsightShown(Struct, frozen=True, kw_only=True):
    """One AI result: how it ended, how often and when it was asked for, and, for those who may hear it, what it says."""

    result: str
    recorded_at: datetime
    asked: int
    asked_at: datetime | None
    code: str | None
    why: str | None
    data: Any


class CallShown(CallHeading, frozen=True, kw_only=True):
    """A call: whose it is by which evidence, who called whom, and its AI results by their kind."""

    attempt_id: str | None
    claimed_by: str | None
    direction: str | None
    from_number: str | None = field(name="from")
    to: str | None
    insights: Mapping[str, InsightShown]
    position: int


def call_at(parts: Installation, actor: Actor, call_id: str, moment: Moment) -> CallShown:
    """A call as it was known at a moment. Raises `NotFound`."""
    return shown_call(parts, actor, read_call(parts, call_id, moment.position))


def read_call(parts: Installation, call_id: str, position: int) -> CallRead:
    """A call at a position. Raises `NotFound`."""
    return _existing(call_id, parts.ledger.read_stream(call_stream(call_id), position), position)


def shown_call(parts: Installation, actor: Actor, read: CallRead) -> CallShown:
    """The call; reads the person's stream where only that has the number."""
    state = call_of(read.stream)
    parties, claim = state.parties, state.claim
    heading = shown_heading(parts, actor, read.call_id, state)
    return CallShown(
        call_id=heading.call_id,
        campaign_id=heading.campaign_id,
        number=heading.number,
        state=heading.state,
        attempt_id=None if claim is None else claim.attempt_id,
        claimed_by=None if claim is None else claim.how,
        direction=None if parties is None else shown_word(parties.direction or None, actor),
        from_number=None if parties is None else shown_number(parties.from_number, actor),
        to=None if parties is None else shown_number(parties.to_number, actor),
        insights={kind: _insight(one, actor) for kind, one in insights_of(read.stream).items()},
        position=read.position,
    )


def shown_heading(parts: Installation, actor: Actor, call_id: str, state: CallState) -> CallHeading:
    """Whose call it is, who was called, and how far it came."""
    return CallHeading(
        call_id=call_id,
        campaign_id=None if state.claim is None else state.claim.campaign_id,
        number=shown_number(_number_called(parts, state), actor),
        state=StateShown(
            phase=state.phase,
            outcome=state.outcome,
            reached=state.reached,
            step=shown_word(state.step, actor),
            created_at=state.created_at,
            answered_at=state.answered_at,
            ended_at=state.ended_at,
            contested=state.contested,
        ),
    )


def _existing(call_id: str, stream: Sequence[Recorded], position: int) -> CallRead:
    if not stream:
        raise NotFound(
            "no call with this id is in the ledger; `dialtrail status CAMPAIGN NUMBER` shows a recipient's call ids"
        )
    return CallRead(call_id, stream, position)


def _number_called(parts: Installation, state: CallState) -> str | None:
    """The number of the person whose call it is; of a call that nobody claims, the one that the provider names."""
    claim, parties = state.claim, state.parties
    named = (parties.to_number or None) if parties is not None else None
    # Only the person's own number leads to their stream: mostly the provider's word is enough, and their stream is not read.
    if claim is None or (named is not None and parts.ledger.recipient_stream(named) == claim.recipient):
        return named
    return _number_behind(parts, claim.recipient)


def _number_behind(parts: Installation, stream: str) -> str | None:
    """The number of a person by their stream, from the ledger itself."""
    for recorded in parts.ledger.read_stream(stream):
        if isinstance(recorded.event, (RecipientEnrolled, RecipientSuppressed)):
            return recorded.event.number
    return None


def _insight(insight: Insight, actor: Actor) -> InsightShown:
    """One AI result; what it says is the caller's or the callee's own words, and not for viewers."""
    fetched = insight.fetched
    codes = [one.code for one in fetched.asked if one.code is not None]
    is_shown = fetched.result == "completed" and actor.sees_numbers
    return InsightShown(
        result=fetched.result,
        recorded_at=insight.recorded_at,
        asked=insight.asked,
        asked_at=insight.asked_at,
        code=shown_word(codes[-1] if codes else None, actor),
        why=shown_text(fetched.why, actor),
        data=answered_data(fetched.body) if is_shown else None,
    )
