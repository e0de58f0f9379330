"""What needs somebody: everything that stands still, or soon will, until a person has looked at it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, get_args

from msgspec import Struct

from application.campaign_notes import CHANGES
from application.clock_ahead import clock_ahead
from application.fields import CampaignId, Count, Instant, means
from application.installation import Installation
from application.pauses import explain_pause
from application.silence import KNOWN_SECONDS_MAX, Silence, silence_now
from domain.budget import window_of
from domain.campaign import CampaignState
from domain.counted import counted
from domain.errors import DialtrailError, NotReady
from domain.instants import later, time_text
from domain.matching import UnresolvedAttempt
from projections import quarantined

ITEMS_MAX = 100
QUARANTINE_DAYS = 7
BUDGET_SHARE = Decimal("0.8")
ANY_CAMPAIGN = "CAMPAIGN"
Need = Literal["clock", "account", "silence", "pause", "approval", "unresolved", "budget", "quarantine"]
NEEDS: tuple[Need, ...] = get_args(Need)


class NeedShown(Struct, frozen=True, kw_only=True):
    """One thing that needs somebody."""

    need: Need
    campaign_id: Annotated[CampaignId | None, means("whose it is; null where it is about all")]
    since: Instant | None
    says: str
    what_to_do: str


class AttentionShown(Struct, frozen=True, kw_only=True):
    """All that needs somebody, what stops most first; nothing where nothing does."""

    items: list[NeedShown]
    left_out: Annotated[Count, means(f"how many more there are than {ITEMS_MAX}")]
    judged_at: Instant


async def attention_now(parts: Installation) -> AttentionShown:
    """What needs somebody now, from what is in flight."""
    silence = await silence_now(parts)
    now = parts.clock()
    with suppress(NotReady):  # what is known is worth saying
        await parts.fresh(KNOWN_SECONDS_MAX)
    # What is in flight changes in this loop alone: it is taken down here, and judged in a thread.
    campaigns, unresolved = list(parts.in_flight.campaigns.items()), parts.in_flight.attempts.unresolved()
    return await asyncio.to_thread(_judged, parts, now, silence, campaigns, unresolved)


def _judged(
    parts: Installation,
    now: datetime,
    silence: Silence | None,
    campaigns: Sequence[tuple[str, CampaignState]],
    unresolved: Sequence[UnresolvedAttempt],
) -> AttentionShown:
    found = [*_of_all(parts, now), *_of_campaigns(parts, now, campaigns), *_unresolved(unresolved)]
    if silence is not None:
        found.append(_need("silence", silence.says, silence.what_to_do, since=silence.oldest_since))
    found += _quarantined(parts, now)
    found.sort(key=lambda one: (NEEDS.index(one.need), one.since or now, one.campaign_id or ""))
    return AttentionShown(items=found[:ITEMS_MAX], left_out=max(0, len(found) - ITEMS_MAX), judged_at=now)


def _need(
    need: Need, says: str, what_to_do: str, *, campaign: str | None = None, since: datetime | None = None
) -> NeedShown:
    return NeedShown(need=need, campaign_id=campaign, since=since, says=says, what_to_do=what_to_do)


def _of_all(parts: Installation, now: datetime) -> Iterator[NeedShown]:
    ahead = clock_ahead(parts.ledger, now)
    if ahead is not None:
        yield _need("clock", ahead, "set the clock that is wrong right, then `dialtrail account resume`")
    pause = parts.in_flight.account.pause
    if pause is not None:
        why = explain_pause(pause, ANY_CAMPAIGN)
        yield _need("account", f"nobody is called on this account: {why.reason}", why.what_to_do, since=pause.at)


def _of_campaigns(
    parts: Installation, now: datetime, campaigns: Sequence[tuple[str, CampaignState]]
) -> Iterator[NeedShown]:
    for campaign_id, state in campaigns:
        if state.phase in {"completed", "canceled"}:
            continue
        if state.phase == "paused" and state.pause is not None:
            why = explain_pause(state.pause, campaign_id)
            yield _need("pause", why.reason, why.what_to_do, campaign=campaign_id, since=state.pause.at)
        for change in state.pending(now):
            says = (
                f"a {CHANGES[change.change]} that {change.requested_by or 'an operator without a name'} asked for waits "
                f"until {time_text(change.expires_at)[:16].replace('T', ' ')} UTC for a second person"
            )
            what = "approve it, or decline it"
            yield _need("approval", says, what, campaign=campaign_id, since=change.requested_at)
        if state.phase == "running":
            yield from _budget(parts, state)


def _budget(parts: Installation, state: CampaignState) -> Iterator[NeedShown]:
    """A budget of which most is used up: whoever wants the campaign to go on has to raise it."""
    budget = None if state.plan.policy is None else state.plan.policy.budget
    if budget is None or state.started_at is None:
        return
    what = "raise policy.budget by revising the campaign, or let it pause when the budget is used up"
    placed = parts.in_flight.counts.calls_placed(state.campaign_id)
    if budget.calls_max is not None and placed >= budget.calls_max * BUDGET_SHARE:
        says = (
            f"{placed:,} of {counted(budget.calls_max, 'call')} of its budget {'is' if placed == 1 else 'are'} placed"
        )
        yield _need("budget", says, what, campaign=state.campaign_id)
    cost = parts.in_flight.account.costs.get(window_of(state.started_at))
    if budget.cost_max is None or cost is None or cost.currency != budget.currency:
        return
    if Decimal(cost.amount) >= Decimal(budget.cost_max) * BUDGET_SHARE:
        says = f"the account has spent {cost.amount} of {budget.cost_max} {cost.currency} since the campaign began"
        yield _need("budget", says, what, campaign=state.campaign_id)


def _unresolved(found: Sequence[UnresolvedAttempt]) -> Iterator[NeedShown]:
    by_campaign: dict[str, list[UnresolvedAttempt]] = {}
    for attempt in found:
        by_campaign.setdefault(attempt.campaign_id, []).append(attempt)
    for campaign_id, attempts in by_campaign.items():
        says = f"of {counted(len(attempts), 'attempt')} nobody knows whether there is a call"
        what = "say for each which call is its own, or that there is none"
        since = min(one.started_at for one in attempts)
        yield _need("unresolved", says, what, campaign=campaign_id, since=since)


def _quarantined(parts: Installation, now: datetime) -> list[NeedShown]:
    try:
        with parts.reads.reading() as taken:
            since = later(now, -timedelta(days=QUARANTINE_DAYS))
            unread = quarantined.unread_since(taken.connection, since)
    except DialtrailError:  # the views are being made; what else needs somebody is worth saying
        return []
    if not unread.count:
        return []
    lay = counted(unread.count, "delivery", "deliveries")
    says = f"{lay} of the last {QUARANTINE_DAYS} days could not be read"
    return [_need("quarantine", says, "look why, and have them read again by a newer Dialtrail", since=unread.last_at)]
