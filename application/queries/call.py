"""One call: read once from the ledger, so it has all that was acknowledged before, and folded as far as it is asked about."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Struct, field
from msgspec.structs import asdict

from adapters.minivoice_insights import answered_data
from application.actor import Actor
from application.fields import Amount, CallId, Count, Instant, Position, means, one_of
from application.installation import Installation
from application.moment import Moment
from application.queries.masking import shown_number, shown_text, shown_word
from domain.call import AnswerProof, CallState, PersonProof, PlainOutcome
from domain.call.events import Evidence
from domain.call.facts import Outcome
from domain.call.state import Phase
from domain.errors import NotFound
from domain.events import Recorded, as_known_at
from domain.identity import call_stream
from domain.recipient import RecipientEnrolled, RecipientSuppressed
from projections.call_insights import Insight, insights_of
from projections.folded import call_of

AnswerProofs = Annotated[
    tuple[AnswerProof, ...], means("the events that prove that it was answered: no other call has them")
]
PersonProofs = Annotated[
    tuple[PersonProof, ...], means("what proves that a person answered: `digits`, for keys were pressed")
]
CameTo = Annotated[
    PlainOutcome,
    means(
        "what the call came to in plain words: `answered` only where something proves it, `busy` and `refused` only where "
        "MiniVoice said so, `unknown` where its end cannot be found out"
    ),
]
TalkSeconds = Annotated[
    Amount | None, means("from the answer to the end, by MiniVoice's clock; null where either is not known")
]
InsightResult = Annotated[str, one_of("completed", "missing", "failed", "gave_up")]


class CallRead(Struct, frozen=True):
    """A call's events up to a position of the ledger, at least one."""

    call_id: str
    stream: Sequence[Recorded]
    position: int

    def known_at(self, position: int) -> "CallRead":
        """As much of it as was known at an earlier position. Raises `NotFound` where that was nothing."""
        return _existing(self.call_id, as_known_at(self.stream, position), position)


class StateShown(Struct, frozen=True, kw_only=True):
    """How far a call came; the times are by MiniVoice's clock. `contested` where two attempts claim it equally well."""

    phase: Phase
    outcome: Outcome | None
    plain_outcome: CameTo
    talk_seconds: TalkSeconds
    reached: Annotated[bool, means("whether it was answered, by a person or not")]
    answer_proofs: AnswerProofs
    person_proofs: PersonProofs
    served_at: Annotated[Instant | None, means("when it was last told what to do, by our clock; that proves no answer")]
    step: str | None
    created_at: Instant | None
    answered_at: Instant | None
    ended_at: Instant | None
    contested: bool


class CallHeading(Struct, frozen=True, kw_only=True):
    """What stands above everything that is told of a call."""

    call_id: CallId
    campaign_id: Annotated[str | None, means("null where the call is not one of ours")]
    number: str | None
    state: StateShown


class InsightShown(Struct, frozen=True, kw_only=True):
    """One AI result: how it ended, and what it says."""

    result: InsightResult
    recorded_at: Instant
    asked: Annotated[Count, means("how often it was asked for")]
    asked_at: Annotated[Instant | None, means("when it was asked for last")]
    code: str | None
    why: str | None
    data: Annotated[Any, means("what MiniVoice answered; null until it is completed, and to viewers")]


class CallShown(CallHeading, frozen=True, kw_only=True):
    """A call: whose it is by which evidence, who called whom, and its AI results."""

    attempt_id: str | None
    claimed_by: Evidence | None
    direction: str | None
    from_number: str | None = field(name="from")
    to: str | None
    insights: Annotated[
        Mapping[str, InsightShown],
        means("by their kind: transcription, summary, score, topics; only those that were asked for"),
    ]
    position: Position


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
        **asdict(heading),
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
            plain_outcome=state.plain_outcome,
            talk_seconds=state.talk_seconds,
            reached=state.reached,
            answer_proofs=state.answer_proofs,
            person_proofs=state.person_proofs,
            served_at=state.served_at,
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
        data=answered_data(fetched.body, fetched.raw) if is_shown else None,
    )
