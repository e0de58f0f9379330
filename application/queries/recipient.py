"""One recipient: folded from the ledger, so it has all that was acknowledged, and judged as the dialer would."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Struct, structs

from application.actor import Actor
from application.fields import CampaignId, Instant, Number, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.agents import calls_live
from application.queries.call import AnswerProofs, PersonProofs, TalkSeconds
from application.queries.callback import (
    CALLBACKS_SHOWN_MAX,
    CallbackShown,
    CallbackTold,
    callbacks_told,
    shown_callback,
)
from application.queries.callers import callers_used
from application.queries.lookup_told import LookupTold, shown_told
from application.queries.masking import Input, shown_inputs, shown_number, shown_reason, shown_text, shown_word
from application.queries.recipients import RecipientHeading, shown_recipient
from domain.call import CallState, PlainOutcome
from domain.caller_pool import CallerUse, Choose
from domain.dialing import Reason, RuleExplained, Scope, Verdict, explain, with_agents, zones_judged
from domain.errors import NotFound
from domain.phone_number import mask
from domain.recipient import Attempt, Concerns, other_streams
from domain.recipient.attempt import AttemptPhase
from domain.status import RecipientStatus, Status
from projections.judged import Known, known_at


class RecipientRead(Struct, frozen=True):
    """What was known of a recipient in a campaign at a moment, and the dialer's judgement on it."""

    stream: str
    known: Known
    verdict: Verdict
    status: RecipientStatus
    moment: Moment
    callers: CallerUse | None = None
    live: int | None = None


class AttemptShown(Struct, frozen=True, kw_only=True):
    """One attempt, and what became of it."""

    attempt_id: str
    phase: AttemptPhase
    started_at: Instant
    changed_at: Instant
    call_id: str | None
    status: Annotated[int | None, means("the HTTP status of MiniVoice's answer")]
    code: str | None
    concerns: Concerns | None
    why: Annotated[str | None, means("not for viewers")]
    counts: Annotated[bool, means("whether it used up one of the recipient's")]
    plain_outcome: Annotated[PlainOutcome | None, means("what its call came to; null where no call of it is known")]
    talk_seconds: TalkSeconds
    answer_proofs: AnswerProofs
    person_proofs: PersonProofs
    caller_number: Annotated[Number | None, means("what it was made from; null where its campaign had one number")]
    caller_why: Annotated[Choose | None, means("why that number of the pool; null without one")]
    lookup: Annotated[LookupTold | None, means("what the campaign's lookup said before; null where nobody was asked")]


class ReasonShown(Struct, frozen=True, kw_only=True):
    """A rule that stands against a call."""

    rule: Annotated[str, means("its permanent name")]
    scope: Scope
    final: Annotated[bool, means("whether waiting cannot help")]
    until: Annotated[Instant | None, means("the earliest time at which it may have passed, where that can be known")]
    inputs: Annotated[Mapping[str, Input], means("what it was judged by")]


class RuleShown(ReasonShown, frozen=True, kw_only=True):
    """A rule, and whether it stands against a call."""

    stands_against: bool


class VerdictShown(Struct, frozen=True, kw_only=True):
    """Whether another call may be placed, and each rule that stands against it."""

    may_dial: bool
    judged_at: Instant
    reasons: list[ReasonShown]


class RecipientShown(RecipientHeading, frozen=True, kw_only=True):
    """A person in a campaign with every attempt there, and the verdict on the next one."""

    campaign_id: CampaignId
    callback: CallbackShown | None
    callbacks: Annotated[
        list[CallbackTold], means(f"what became of each wish, the last first; at most {CALLBACKS_SHOWN_MAX}")
    ]
    history: list[AttemptShown]
    verdict: VerdictShown
    position: Position


class ExplanationShown(Struct, frozen=True, kw_only=True):
    """Why a recipient may be called or not, rule by rule."""

    campaign_id: CampaignId
    number: Number
    position: Position
    judged_at: Instant
    may_dial: bool
    status: Status
    reason: str | None
    until: Instant | None
    zones: Annotated[tuple[str, ...], means("the zones by whose clocks this recipient is judged")]
    rules: Annotated[list[RuleShown], means("every rule once, those that stand against a call first")]


def recipient_at(
    parts: Installation, actor: Actor, campaign_id: str, streams: Sequence[str], moment: Moment
) -> RecipientShown:
    """A recipient as they were known at a moment. Raises `NotFound`."""
    return shown_person(parts, actor, read_recipient(parts, campaign_id, streams, moment))


def explanation_at(
    parts: Installation, actor: Actor, campaign_id: str, streams: Sequence[str], moment: Moment
) -> ExplanationShown:
    """Why they would be called at a moment, or not. Raises `NotFound`."""
    return shown_explanation(parts, actor, read_recipient(parts, campaign_id, streams, moment))


def read_recipient(parts: Installation, campaign_id: str, streams: Sequence[str], moment: Moment) -> RecipientRead:
    """The person of the first of these spellings that is in the campaign.

    The account has to be known; raises `NotFound` where none of them is in it.
    """
    for stream in streams:
        known = known_at(
            parts.ledger.read_streams,
            parts.ledger.recipient_stream,
            campaign_id,
            stream,
            parts.in_flight.fingerprint,
            moment.position,
            parts.reads.known_campaigns.at,
            parts.reads.account_state,
            streams,
        )
        if known is not None and campaign_id in known.recipient.enrollments:
            callers = callers_used(parts, known.campaign, moment)
            live = calls_live(parts, known.campaign, moment)
            verdict = with_agents(known.verdict(moment.clocks, parts.only_numbers, callers), known.campaign, live)
            if not moment.is_past and (unsound := parts.unsound()) is not None:
                verdict = structs.replace(verdict, reasons=(*verdict.reasons, unsound.reason))
            status = known.status(moment.instant, verdict)
            return RecipientRead(stream, known, verdict, status, moment, callers, live)
    parts.reads.campaign_state(campaign_id, moment.position)
    raise NotFound(f"this number is not enrolled in a campaign named {campaign_id}")


def shown_person(parts: Installation, actor: Actor, read: RecipientRead) -> RecipientShown:
    """Where they stand, and how they came there."""
    campaign_id, person = read.known.campaign.campaign_id, read.known.recipient
    enrollment, code = person.enrollments[campaign_id], person.last_error_code(campaign_id)
    heading = shown_recipient(read.stream, person.number, enrollment, read.status, code, actor)
    return RecipientShown(
        **structs.asdict(heading),
        campaign_id=campaign_id,
        callback=shown_callback(read.known, parts.only_numbers, read.moment.instant),
        callbacks=_callbacks(parts, actor, read),
        history=[
            shown_attempt(attempt, read.known.calls.get(attempt.call_id or ""), actor)
            for attempt in person.attempts_in(campaign_id)
        ],
        verdict=shown_verdict(read.verdict, actor),
        position=read.moment.position,
    )


def _callbacks(parts: Installation, actor: Actor, read: RecipientRead) -> list[CallbackTold]:
    person, campaign_id = read.known.recipient, read.known.campaign.campaign_id
    if person.enrollments[campaign_id].callback_said_at is None:
        return []
    spelled = [read.stream, *other_streams(person.number, parts.ledger.recipient_stream)]
    streams = parts.ledger.read_streams(spelled, read.moment.position)
    return callbacks_told(streams.values(), person.attempts, actor, campaign_id)[:CALLBACKS_SHOWN_MAX]


def shown_explanation(parts: Installation, actor: Actor, read: RecipientRead) -> ExplanationShown:
    """Every rule, those that stand against a call first."""
    known, status, number = read.known, read.status, read.known.recipient.number
    rules = explain(read.verdict, known.campaign, known.recipient, parts.only_numbers, read.callers, read.live)
    return ExplanationShown(
        campaign_id=known.campaign.campaign_id,
        number=number if actor.sees_numbers else mask(number),
        position=read.moment.position,
        judged_at=read.verdict.judged_at,
        may_dial=read.verdict.may_dial,
        status=status.status,
        reason=shown_reason(status.status, status.reason, actor),
        until=status.until,
        zones=zones_judged(known.campaign, known.recipient),
        rules=[_rule(one, actor) for one in rules],
    )


def shown_verdict(verdict: Verdict, actor: Actor) -> VerdictShown:
    """Whether another call may be placed, and what stands against it."""
    return VerdictShown(
        may_dial=verdict.may_dial,
        judged_at=verdict.judged_at,
        reasons=[_reason(one, actor) for one in verdict.reasons],
    )


def _reason(one: Reason, actor: Actor) -> ReasonShown:
    return ReasonShown(
        rule=one.rule, scope=one.scope, final=one.final, until=one.until, inputs=shown_inputs(one.inputs, actor)
    )


def _rule(one: RuleExplained, actor: Actor) -> RuleShown:
    return RuleShown(
        rule=one.rule,
        stands_against=one.stands_against,
        scope=one.scope,
        final=one.final,
        until=one.until,
        inputs=shown_inputs(one.inputs, actor),
    )


def shown_attempt(attempt: Attempt, found: CallState | None, actor: Actor) -> AttemptShown:
    """An attempt, as this actor may see it; `found` is its call, where there is one."""
    call = found or CallState()
    return AttemptShown(
        attempt_id=attempt.attempt_id,
        phase=attempt.phase,
        started_at=attempt.started_at,
        changed_at=attempt.changed_at,
        call_id=attempt.call_id,
        status=attempt.status,
        code=shown_word(attempt.code, actor),
        concerns=attempt.concerns,
        why=shown_text(attempt.why, actor),
        counts=attempt.counts,
        plain_outcome=None if found is None else call.plain_outcome,
        talk_seconds=call.talk_seconds,
        answer_proofs=call.answer_proofs,
        person_proofs=call.person_proofs,
        caller_number=shown_number(attempt.caller_number, actor),
        caller_why=attempt.caller_why,
        lookup=shown_told(attempt.lookup, actor),
    )
