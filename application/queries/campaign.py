"""One campaign: its plan, what holds it up, its figures from the views, and what to know beside them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from adapters.documents.agents import shown_agent_rules
from adapters.documents.callers import shown_callers
from adapters.documents.lookup import shown_lookup, shown_ttl
from adapters.documents.policy_shown import shown_policy
from adapters.documents.script import shown_script
from application.actor import Actor
from application.campaign_notes import notes_now
from application.fields import Amount, CampaignId, Count, Instant, Number, Position, each_of, means
from application.installation import Installation
from application.moment import Moment
from application.preflight.warnings import NO_SCRIPT_SAYS
from application.queries.masking import shown_codes
from application.queries.moments import AT_LEAST_SECONDS_MAX
from application.queries.pauses import PauseShown, shown_pause, shown_state
from application.queries.schedule import ScheduleShown, shown_schedule
from application.views.reads import CampaignRead
from domain.campaign import Phase, existing
from domain.events import Recorded
from domain.identity import campaign_stream
from domain.recipient.attempt import AttemptPhase
from domain.status import STATUSES, Status
from projections.campaign_summary import CALL_ENDS, PHASES, CallEnd, CampaignSummary, PaceMinute
from projections.folded import campaign_of
from projections.store import ViewsUnusable

CallerPoolShown = Annotated[
    Mapping[str, Any], means("a pool in the form in which it is sent, without the numbers that were taken out of it")
]
FIGURES = "null in a command's answer whose figures the views do not have yet"
StatusCounts = Annotated[Mapping[Status, Count], each_of(STATUSES)]


class LimitsShown(Struct, frozen=True):
    """How fast it may call, and how many calls may be under way."""

    calls_per_second: Amount
    calls_at_once: Count


class EndedCalls(Struct, frozen=True, kw_only=True):
    """Calls that ended one way; seconds are from answer to end."""

    calls: Count
    measured: Annotated[
        Count, means("those of them whose length is known; nobody answered the others, or no time was said")
    ]
    seconds_total: Amount
    seconds_max: Amount
    seconds_mean: Annotated[Amount | None, means("of those measured; null where there are none")]


class MinuteShown(Struct, frozen=True, kw_only=True):
    """What was recorded within one minute: requests that left, calls answered, calls ended; and the most calls at once."""

    minute: Instant
    sent: Count
    answered: Count
    ended: Count
    at_once: Annotated[
        Count, means("the most calls that were under way in it; an attempt whose end is not known counts")
    ]


class SummaryShown(Struct, frozen=True, kw_only=True):
    """A campaign's figures."""

    enrolled: Count
    dialled: Annotated[Count, means("recipients with at least one attempt")]
    reached: Count
    attempts: Annotated[Mapping[AttemptPhase, Count], each_of(PHASES), means("where each attempt stands")]
    codes: Annotated[Mapping[str, Count], means("attempts by MiniVoice's error code")]
    calls: Annotated[Mapping[CallEnd, EndedCalls], each_of(CALL_ENDS), means("by how they ended")]
    pace: Annotated[list[MinuteShown], means("the last 60 whole minutes, without empty ones")]


class CampaignShown(Struct, frozen=True, kw_only=True):
    """A campaign: its plan, what holds it up, and its figures."""

    id: CampaignId
    state: Phase
    pause: PauseShown | None
    from_number: Number | CallerPoolShown = field(name="from")
    record: bool
    metadata: Mapping[str, str]
    unique_references: Annotated[bool, means("whether no two of its recipients may have the same reference")]
    limits: LimitsShown
    policy: Annotated[
        Mapping[str, Any] | None, means("in the form in which it is sent; viewers see the numbers in it masked")
    ]
    script: Annotated[
        Mapping[str, Any] | None,
        means("in the form in which it is sent; viewers see where it sends a call and its sound masked"),
    ]
    schedule: ScheduleShown | None
    inbound_script: Annotated[
        Mapping[str, Any] | None, means("what somebody hears who rings back; masked like `script`")
    ]
    lookup: Annotated[
        Mapping[str, Any] | None, means("in the form in which it is sent; viewers see only on which host it is")
    ]
    lookup_ttl_seconds: Count | None
    agents: Annotated[
        Mapping[str, Any] | None, means("in the form in which it is sent; viewers see only on which host it asks")
    ]
    created_at: Instant | None
    recipients: Annotated[StatusCounts | None, means(FIGURES)]
    summary: Annotated[SummaryShown | None, means(FIGURES)]
    position: Position
    judged_at: Instant
    notes: Annotated[Sequence[str], means("what is so now, and has no place among the figures")]


async def campaign_at(parts: Installation, actor: Actor, campaign_id: str, moment: Moment) -> CampaignShown:
    """A campaign as it was known at a moment; only now has notes. Raises `NotFound`."""
    read = await asyncio.to_thread(parts.reads.campaign, campaign_id, moment)
    return shown_campaign(actor, read, [] if moment.is_past else await notes_now(parts, campaign_id))


async def campaign_after(
    parts: Installation, actor: Actor, campaign_id: str, position: int, notes: Sequence[str] = ()
) -> CampaignShown:
    """A campaign once a command on it is on disk; where the views do not come that far in time, without their figures."""
    said = [*notes, *await notes_now(parts, campaign_id)]
    try:
        if await parts.projector.wait_for(position, AT_LEAST_SECONDS_MAX):
            moment = Moment(position, parts.clock())
            read = await asyncio.to_thread(parts.reads.campaign, campaign_id, moment)
            return replace(shown_campaign(actor, read, said), position=position)
    except ViewsUnusable:
        pass
    read = await asyncio.to_thread(parts.reads.campaign_without_figures, campaign_id, position, parts.clock())
    return shown_campaign(actor, read, said)


def as_started(campaign: CampaignShown) -> CampaignShown:
    """A campaign that was just started, with what its calls say where nobody wrote that."""
    return campaign if campaign.script is not None else replace(campaign, notes=[NO_SCRIPT_SAYS, *campaign.notes])


def read_campaign(parts: Installation, campaign_id: str, position: int) -> list[Recorded]:
    """A campaign's events up to a position. Raises `NotFound` where there was none by this name yet."""
    stream = parts.ledger.read_stream(campaign_stream(campaign_id), position)
    existing(campaign_of(stream), campaign_id)
    return stream


def shown_campaign(actor: Actor, read: CampaignRead, notes: Sequence[str] = ()) -> CampaignShown:
    """A campaign, as this actor may see it."""
    state, pause = read.state, shown_pause(read.state, read.account, actor)
    plan, sees_numbers = state.plan, actor.sees_numbers
    return CampaignShown(
        id=state.campaign_id,
        state=shown_state(state, read.account),
        pause=pause,
        from_number=shown_callers(plan.caller_number, plan.caller_pool, sees_numbers=sees_numbers),
        record=plan.record,
        unique_references=plan.unique_references is True,
        metadata=plan.metadata,
        limits=LimitsShown(plan.limits.calls_per_second, plan.limits.calls_at_once),
        policy=shown_policy(plan.policy, sees_numbers=sees_numbers),
        script=shown_script(plan.script, sees_numbers=sees_numbers),
        schedule=shown_schedule(state, read.judged_at),
        inbound_script=shown_script(plan.inbound_script or None, sees_numbers=sees_numbers),
        lookup=shown_lookup(plan, sees_all=sees_numbers),
        lookup_ttl_seconds=shown_ttl(plan),
        agents=shown_agent_rules(plan, sees_all=sees_numbers),
        created_at=state.created_at,
        recipients=read.counts,
        summary=None if read.summary is None else _summary(actor, read, read.summary),
        position=read.position,
        judged_at=read.judged_at,
        notes=notes,
    )


def _summary(actor: Actor, read: CampaignRead, summary: CampaignSummary) -> SummaryShown:
    return SummaryShown(
        enrolled=summary.enrolled,
        dialled=summary.dialled,
        reached=0 if read.counts is None else read.counts["reached"],
        attempts=summary.attempts,
        codes=shown_codes(summary.codes, sees_all=actor.sees_numbers),
        calls={
            end: EndedCalls(**asdict(calls), seconds_mean=calls.seconds_mean) for end, calls in summary.calls.items()
        },
        pace=[shown_minute(minute) for minute in read.pace],
    )


def shown_minute(minute: PaceMinute) -> MinuteShown:
    """One minute of a pace."""
    return MinuteShown(
        minute=minute.minute,
        sent=minute.sent,
        answered=minute.answered,
        ended=minute.ended,
        at_once=minute.at_once,
    )
