"""A person over all campaigns: where they stand in each, every call and attempt, and what happened to them, at any moment."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

from msgspec import Struct
from msgspec.structs import asdict

from application.actor import Actor
from application.fields import CallId, CampaignId, Count, EventName, Instant, Number, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.agents import calls_live
from application.queries.call import AnswerProofs, CameTo, PersonProofs, TalkSeconds
from application.queries.callback import CALLBACKS_SHOWN_MAX, CallbackTold, callbacks_told
from application.queries.consents import CONSENTS_SHOWN_MAX, ConsentShown, consents_shown
from application.queries.masking import shown_number, shown_text, shown_word
from application.queries.person_read import (
    CALLS_SHOWN_MAX,
    CAMPAIGNS_SHOWN_MAX,
    CallKnown,
    KnownAs,
    PersonRead,
    read_person,
)
from application.queries.rang_back import RangBackShown, shown_rang_back
from application.queries.recipient import AttemptShown, VerdictShown, shown_attempt, shown_verdict
from application.queries.recipients import RecipientHeading, shown_recipient
from domain.call.facts import Outcome
from domain.call.state import Phase
from domain.campaign import CampaignState
from domain.campaign.state import Phase as CampaignPhase
from domain.dialing import with_agents
from domain.events import Recorded
from domain.identity import pseudonym_of
from domain.phone_number import mask
from domain.recipient import RANG_BACK_KEPT_MAX, Attempt, rang_back_together
from projections.judged import Known

ATTEMPTS_SHOWN_MAX = 200
HISTORY_SHOWN_MAX = 200


class SpellingShown(Struct, frozen=True, kw_only=True):
    """One way in which the number was written."""

    number: Number
    recipient: Annotated[str, means("the pseudonym of this spelling, by which viewers ask")]


class SuppressionShown(Struct, frozen=True, kw_only=True):
    """That nobody calls them."""

    source: Annotated[str | None, means("on whose word; not for viewers")]
    reason: Annotated[str | None, means("not for viewers")]
    since: Instant
    expires_at: Annotated[Instant | None, means("null: for good")]


class PersonInCampaign(RecipientHeading, frozen=True, kw_only=True):
    """The person in one campaign, and the verdict on the next call there."""

    campaign_id: CampaignId
    campaign_state: CampaignPhase
    verdict: VerdictShown


class PersonsCall(Struct, frozen=True, kw_only=True):
    """A call of theirs. Of the times `first_heard_at` is by our clock, the others are by MiniVoice's."""

    call_id: CallId
    campaign_id: Annotated[str | None, means("null where nobody claims the call")]
    attempt_id: str | None
    number: Annotated[Number | None, means("the one that was called")]
    phase: Phase
    outcome: Outcome | None
    plain_outcome: CameTo
    talk_seconds: TalkSeconds
    reached: bool
    answer_proofs: AnswerProofs
    person_proofs: PersonProofs
    created_at: Instant | None
    answered_at: Instant | None
    ended_at: Instant | None
    first_heard_at: Instant


class PersonsAttempt(AttemptShown, frozen=True, kw_only=True):
    """An attempt to call them."""

    campaign_id: CampaignId
    number: Number


class PersonEvent(Struct, frozen=True, kw_only=True):
    """One thing that happened to them."""

    position: Position
    event: EventName
    recorded_at: Instant
    number: Annotated[Number, means("the spelling that it is about")]
    campaign_id: str | None
    attempt_id: str | None
    call_id: str | None
    actor: Annotated[str | None, means("the role and the name of who did it; not for viewers")]
    source: Annotated[str | None, means("on whose word; not for viewers")]
    reason: Annotated[str | None, means("not for viewers")]
    expires_at: Instant | None


class PersonShown(Struct, frozen=True, kw_only=True):
    """A person: all lists have the latest first, and `…_in_all` says how many there are where that is more."""

    number: Number
    recipient: Annotated[str, means("the pseudonym")]
    spellings: Annotated[list[SpellingShown], means("those that the ledger knows")]
    suppression: Annotated[SuppressionShown | None, means("the one that holds, for longest where there are several")]
    campaigns: Annotated[list[PersonInCampaign], means(f"at most {CAMPAIGNS_SHOWN_MAX}")]
    campaigns_in_all: Count
    callbacks: Annotated[
        list[CallbackTold], means(f"what became of the calls that were wished; at most {CALLBACKS_SHOWN_MAX}")
    ]
    consents: Annotated[list[ConsentShown], means(f"what they agreed to; at most {CONSENTS_SHOWN_MAX}")]
    rang_back: Annotated[list[RangBackShown], means(f"calls of theirs to us; at most {RANG_BACK_KEPT_MAX}")]
    calls: Annotated[list[PersonsCall], means(f"at most {CALLS_SHOWN_MAX}; GET /v1/calls?number= has all")]
    more_calls: bool
    attempts: Annotated[list[PersonsAttempt], means(f"at most {ATTEMPTS_SHOWN_MAX}")]
    attempts_in_all: Count
    history: Annotated[list[PersonEvent], means(f"enrolments, suppressions, attempts; at most {HISTORY_SHOWN_MAX}")]
    history_in_all: Count
    position: Position
    judged_at: Instant


def person_at(parts: Installation, actor: Actor, named: str, moment: Moment) -> PersonShown:
    """The person with this number or pseudonym, as they were known at a moment. Raises `NotFound`."""
    return shown_person(parts, actor, read_person(parts, named, moment))


def shown_person(parts: Installation, actor: Actor, read: PersonRead) -> PersonShown:
    """Who they are, where they stand, and how they came there."""
    numbers = dict(zip(read.spelled.streams, read.spelled.numbers, strict=True))
    attempts = sorted(_attempts(read), key=lambda one: one[1].started_at, reverse=True)
    history = sorted(_history(read), key=lambda one: one[1].position, reverse=True)
    calls = islice(read.calls.items(), CALLS_SHOWN_MAX)
    known = {stream: read.known_as(stream) for stream in {stream for _, stream in read.enrolled}}
    first = next(iter(read.people), read.spelled.streams[0])
    return PersonShown(
        number=_number(numbers[first], actor),
        recipient=pseudonym_of(first),
        spellings=[
            SpellingShown(number=_number(numbers[one], actor), recipient=pseudonym_of(one)) for one in read.people
        ],
        suppression=_suppression(read, actor),
        campaigns=[_place(parts, read, campaign, stream, known[stream], actor) for campaign, stream in read.enrolled],
        campaigns_in_all=read.enrolled_in_all,
        callbacks=callbacks_told(read.streams.values(), [one for _, one in attempts], actor)[:CALLBACKS_SHOWN_MAX],
        consents=consents_shown(read.streams.values(), read.moment.instant, actor),
        rang_back=shown_rang_back(
            rang_back_together(*(one.rang_back for one in read.people.values())),
            {call_id: one.state for call_id, one in read.calls.items()},
            {call_id: one.heard for call_id, one in read.calls.items()},
            actor,
        ),
        calls=[_call(call_id, one, read, actor) for call_id, one in calls],
        more_calls=read.more_calls or len(read.calls) > CALLS_SHOWN_MAX,
        attempts=[_attempt(number, one, read, actor) for number, one in attempts[:ATTEMPTS_SHOWN_MAX]],
        attempts_in_all=len(attempts),
        history=[_event(number, one, actor) for number, one in history[:HISTORY_SHOWN_MAX]],
        history_in_all=len(history),
        position=read.moment.position,
        judged_at=read.moment.instant,
    )


def _number(number: str, actor: Actor) -> str:
    return number if actor.sees_numbers else mask(number)


def _suppression(read: PersonRead, actor: Actor) -> SuppressionShown | None:
    if not read.people:
        return None
    found = read.person(next(iter(read.people))).suppression_at(read.moment.instant)
    if found is None:
        return None
    return SuppressionShown(
        source=shown_text(found.source, actor),
        reason=shown_text(found.reason, actor),
        since=found.since,
        expires_at=found.expires_at,
    )


def _place(
    parts: Installation, read: PersonRead, campaign: CampaignState, stream: str, one: KnownAs, actor: Actor
) -> PersonInCampaign:
    known = Known(
        campaign=campaign,
        recipient=one.recipient,
        account=read.account,
        calls=one.calls,
        others=read.others(campaign),
    )
    person, campaign_id = known.recipient, campaign.campaign_id
    live = calls_live(parts, campaign, read.moment)
    verdict = with_agents(known.verdict(read.moment.clocks, parts.only_numbers), campaign, live)
    status = known.status(read.moment.instant, verdict)
    enrollment = person.enrollments[campaign_id]
    code = person.last_error_code(campaign_id)
    heading = shown_recipient(stream, person.number, enrollment, status, code, actor)
    return PersonInCampaign(
        **asdict(heading),
        campaign_id=campaign_id,
        campaign_state=campaign.phase,
        verdict=shown_verdict(verdict, actor),
    )


def _call(call_id: str, known: CallKnown, read: PersonRead, actor: Actor) -> PersonsCall:
    state, claim = known.state, known.state.claim
    whose = None if claim is None else read.people.get(claim.recipient)
    named = None if state.parties is None else state.parties.to_number or None
    return PersonsCall(
        call_id=call_id,
        campaign_id=None if claim is None else claim.campaign_id,
        attempt_id=None if claim is None else claim.attempt_id,
        number=shown_number(named if whose is None else whose.number, actor),
        phase=state.phase,
        outcome=state.outcome,
        plain_outcome=state.plain_outcome,
        talk_seconds=state.talk_seconds,
        reached=state.reached,
        answer_proofs=state.answer_proofs,
        person_proofs=state.person_proofs,
        created_at=state.created_at,
        answered_at=state.answered_at,
        ended_at=state.ended_at,
        first_heard_at=known.first.recorded_at,
    )


def _attempts(read: PersonRead) -> Iterator[tuple[str, Attempt]]:
    """Each with the spelling that was called."""
    for person in read.people.values():
        for attempt in person.attempts:
            yield person.number, attempt


def _attempt(number: str, attempt: Attempt, read: PersonRead, actor: Actor) -> PersonsAttempt:
    known = read.calls.get(attempt.call_id or "")
    shown = shown_attempt(attempt, None if known is None else known.state, actor)
    return PersonsAttempt(**asdict(shown), campaign_id=attempt.campaign_id, number=_number(number, actor))


def _history(read: PersonRead) -> Iterator[tuple[str, Recorded]]:
    """Each event with the spelling that it is about."""
    for stream, events in read.streams.items():
        for recorded in events:
            yield read.people[stream].number, recorded


def _event(number: str, recorded: Recorded, actor: Actor) -> PersonEvent:
    event: Any = recorded.event
    return PersonEvent(
        position=recorded.position,
        event=recorded.name,
        recorded_at=recorded.recorded_at,
        number=_number(number, actor),
        campaign_id=getattr(event, "campaign_id", None),
        attempt_id=getattr(event, "attempt_id", None),
        call_id=getattr(event, "call_id", None),
        actor=shown_text(recorded.metadata.get("actor"), actor),
        source=shown_text(getattr(event, "source", None), actor),
        reason=_why(event, actor),
        expires_at=getattr(event, "expires_at", None),
    )


def _why(event: Any, actor: Actor) -> str | None:
    """Why it happened, in somebody's words, or by MiniVoice's code."""
    text = getattr(event, "reason", None) or getattr(event, "why", None)
    return shown_text(text, actor) if text else shown_word(getattr(event, "code", None), actor)
