"""One campaign: its plan, what holds it up, its figures from the views, and what to know beside them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from adapters.documents.policy_shown import shown_policy
from adapters.documents.script import shown_script
from application.actor import Actor
from application.campaign_notes import notes_now
from application.installation import Installation
from application.moment import Moment
from application.queries.masking import shown_codes
from application.queries.moments import AT_LEAST_SECONDS_MAX
from application.queries.pauses import PauseShown, shown_pause
from application.views.reads import CampaignRead
from domain.phone_number import mask
from domain.recipient.state import AttemptPhase
from domain.status import Status
from projections.campaign_summary import CallEnd, Calls, CampaignSummary, PaceMinute
from projections.store import ViewsUnusable


class LimitsShown(Struct, frozen=True):
    """How fast it may call, and how many calls may be under way."""

    calls_per_second: float
    calls_at_once: int


class SummaryShown(Struct, frozen=True, kw_only=True):
    """Its figures: people, attempts by where they stand, MiniVoice's error codes, calls by their end in seconds, the last hour's pace."""

    enrolled: int
    dialled: int
    reached: int
    attempts: Mapping[AttemptPhase, int]
    codes: Mapping[str, int]
    calls: Mapping[CallEnd, Calls]
    pace: list[PaceMinute]


class CampaignShown(Struct, frozen=True, kw_only=True):
    """A campaign, its figures null where the views do not have them yet.

    `policy` and `script` are in the form in which they are sent; viewers see the numbers in them masked. `notes` are
    sentences on what is so now, and has no place among the figures.
    """

    id: str
    state: str
    pause: PauseShown | None
    from_number: str = field(name="from")
    record: bool
    metadata: Mapping[str, str]
    limits: LimitsShown
    policy: Mapping[str, Any] | None
    script: Mapping[str, Any] | None
    created_at: datetime | None
    recipients: Mapping[Status, int] | None
    summary: SummaryShown | None
    position: int
    judged_at: datetime
    notes: Sequence[str]


async def campaign_at(parts: Installation, actor: Actor, campaign_id: str, moment: Moment) -> CampaignShown:
    """A campaign as it was known at a moment; only now has notes. Raises `NotFound`."""
    read = await asyncio.to_thread(parts.reads.campaign, campaign_id, moment)
    return shown_campaign(actor, read, [] if moment.is_past else notes_now(parts, campaign_id))


async def campaign_after(
    parts: Installation, actor: Actor, campaign_id: str, position: int, notes: Sequence[str] = ()
) -> CampaignShown:
    """A campaign once a command on it is on disk; where the views do not come that far in time, without their figures."""
    said = [*notes, *notes_now(parts, campaign_id)]
    try:
        if await parts.projector.wait_for(position, AT_LEAST_SECONDS_MAX):
            moment = Moment(position, parts.clock())
            read = await asyncio.to_thread(parts.reads.campaign, campaign_id, moment)
            return replace(shown_campaign(actor, read, said), position=position)
    except ViewsUnusable:
        pass
    read = await asyncio.to_thread(parts.reads.campaign_without_figures, campaign_id, position, parts.clock())
    return shown_campaign(actor, read, said)


def shown_campaign(actor: Actor, read: CampaignRead, notes: Sequence[str] = ()) -> CampaignShown:
    """A campaign, as this actor may see it."""
    state, pause = read.state, shown_pause(read.state, read.account, actor)
    plan, sees_numbers = state.plan, actor.sees_numbers
    return CampaignShown(
        id=state.campaign_id,
        state="paused" if pause is not None else state.phase,
        pause=pause,
        from_number=plan.caller_number if sees_numbers else mask(plan.caller_number),
        record=plan.record,
        metadata=plan.metadata,
        limits=LimitsShown(plan.limits.calls_per_second, plan.limits.calls_at_once),
        policy=shown_policy(plan.policy, sees_numbers=sees_numbers),
        script=shown_script(plan.script, sees_numbers=sees_numbers),
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
        calls=summary.calls,
        pace=read.pace,
    )
