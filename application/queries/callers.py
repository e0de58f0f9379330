"""The numbers that a campaign calls from: how each was used today, and which were taken out of its pool, by whom and why."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Struct

from application.actor import Actor
from application.fields import CampaignId, Count, Instant, Number, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.masking import shown_text
from domain import campaign
from domain.caller_pool import NOT_USED, CallerUse, Choose, day_counted
from domain.campaign import CampaignState, RemovedCaller
from domain.phone_number import mask
from projections import attempt_index
from projections.in_flight.callers import ROWS_READ_MIN, use_after_all
from projections.store import ViewsUnusable

CallerPhase = Literal["in_use", "at_its_cap", "removed"]


class CallerShown(Struct, frozen=True, kw_only=True):
    """One number."""

    number: Number
    state: CallerPhase
    calls_today: Annotated[Count | None, means("attempts from it on `day`; null where that is not kept any more")]
    removed_at: Instant | None
    cause: Annotated[str | None, means("`operator` or `breaker`; null of one that is not removed")]
    code: Annotated[str | None, means("of a breaker: the share that was beyond its limit")]
    reason: Annotated[str | None, means("of who took it out; not for viewers")]


class CallersShown(Struct, frozen=True, kw_only=True):
    """All of a campaign's numbers: those of its pool in its order, then those taken out. One that has no pool has one number."""

    campaign_id: CampaignId
    choose: Annotated[Choose | None, means("null without a pool")]
    calls_a_day_max: Count | None
    day: Annotated[
        str | None, means("the day (2026-05-29) that is counted, by the clock of `zone`; null without a pool")
    ]
    zone: str | None
    items: list[CallerShown]
    position: Position
    judged_at: Instant


async def callers_now(parts: Installation, actor: Actor, campaign_id: str) -> CallersShown:
    """As they are now. Raises `NotFound`."""
    await parts.fresh()
    state = campaign.existing(parts.in_flight.campaigns.get(campaign_id), campaign_id)
    use = parts.in_flight.callers.use(campaign_id)
    return _shown_callers(actor, state, use, Moment(parts.in_flight.position, parts.clock()))


async def callers_at(parts: Installation, actor: Actor, campaign_id: str, moment: Moment) -> CallersShown:
    """As they are now, or were known at a moment that the views have come to. Raises `NotFound`, or `ViewsUnusable`."""
    if not moment.is_past:
        return await callers_now(parts, actor, campaign_id)
    return await asyncio.to_thread(_callers_then, parts, actor, campaign_id, moment)


def _callers_then(parts: Installation, actor: Actor, campaign_id: str, moment: Moment) -> CallersShown:
    state = parts.reads.campaign_state(campaign_id, moment.position)
    use = _used_by_then(parts, state, moment) if state.had_pool else NOT_USED
    return _shown_callers(actor, state, use, moment)


def _shown_callers(actor: Actor, state: CampaignState, use: CallerUse, moment: Moment) -> CallersShown:
    pool = state.plan.caller_pool
    day = None if pool is None else day_counted(pool, use, moment.instant)
    return CallersShown(
        campaign_id=state.campaign_id,
        choose=None if pool is None else pool.choose,
        calls_a_day_max=None if pool is None else pool.calls_a_day_max,
        day=None if day is None else day.isoformat(),
        zone=None if pool is None else pool.zone or "UTC",
        items=list(_items(actor, state, None if day is None else use.on(day))),
        position=moment.position,
        judged_at=moment.instant,
    )


def callers_used(parts: Installation, state: CampaignState, moment: Moment) -> CallerUse | None:
    """How the numbers of a campaign's pool were used up to a moment; None where it has none, or the views cannot say."""
    if state.plan.caller_pool is None:
        return None
    if not moment.is_past:
        return parts.in_flight.callers.use(state.campaign_id)
    try:
        return _used_by_then(parts, state, moment)
    except ViewsUnusable:
        return None


def _used_by_then(parts: Installation, state: CampaignState, moment: Moment) -> CallerUse:
    """What the latest attempt left behind: among those whose requests left last, or who may have a call under way."""
    with parts.reads.reading() as taken:
        number, _ = parts.reads.campaign_in(taken, state.campaign_id, moment.position)
        rows = max(ROWS_READ_MIN, state.plan.limits.calls_at_once)
        sent = attempt_index.last_sent(taken.connection, number, rows, moment.instant)
        streams = {row.stream for row in (*sent, *attempt_index.open_attempts(taken.connection))}
    read = parts.ledger.read_streams(sorted(streams), moment.position)
    return use_after_all(state.campaign_id, (one.event for events in read.values() for one in events))


def _items(actor: Actor, state: CampaignState, use: CallerUse | None) -> Iterator[CallerShown]:
    pool = state.plan.caller_pool
    most = None if pool is None else pool.calls_a_day_max
    for number in dict.fromkeys((state.plan.caller_number,) if pool is None else pool.numbers):
        calls = None if use is None else use.of(number).calls
        is_capped = calls is not None and most is not None and calls >= most
        yield _shown(actor, number, "at_its_cap" if is_capped else "in_use", calls, None)
    for one in state.removed_callers:
        yield _shown(actor, one.number, "removed", None if use is None else use.of(one.number).calls, one)


def _shown(actor: Actor, number: str, phase: CallerPhase, calls: int | None, out: RemovedCaller | None) -> CallerShown:
    return CallerShown(
        number=number if actor.sees_numbers else mask(number),
        state=phase,
        calls_today=calls,
        removed_at=None if out is None else out.at,
        cause=None if out is None else out.cause,
        code=None if out is None else out.code,
        reason=None if out is None else shown_text(out.reason, actor),
    )
