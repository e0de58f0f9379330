"""What needs somebody: everything that stands still, or soon will, until a person has looked at it.

Pages, API and alerts ask the same, so that they never differ.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from application.campaign_notes import CHANGES
from application.clock_ahead import clock_ahead
from application.fields import CampaignId, Count, Instant, means
from application.installation import Installation
from application.pauses import explain_pause
from application.queries.divergence import divergence_in_words
from application.queries.idle import IdleCampaign, idle_campaigns, with_somebody
from application.silence import KNOWN_SECONDS_MAX, Silence, look_for_silence
from application.views.lag import views_trouble
from domain.budget import window_of
from domain.campaign import CampaignState, ends_pause
from domain.counted import counted
from domain.errors import DialtrailError, NotReady
from domain.instants import later, time_text
from domain.matching import UnresolvedAttempt
from projections import quarantined

ITEMS_MAX = 100
QUARANTINE_DAYS = DIVERGENCE_DAYS = 7
BUDGET_SHARE = Decimal("0.8")
ANY_CAMPAIGN = "CAMPAIGN"
BY_PEOPLE = "operator"
Need = Literal[
    "damage",
    "clock",
    "account",
    "views",
    "silence",
    "pause",
    "idle",
    "approval",
    "unresolved",
    "budget",
    "subscriber",
    "divergence",
    "quarantine",
]
NEEDS: tuple[Need, ...] = get_args(Need)
IN_FLIGHT: tuple[Need, ...] = ("account", "pause", "idle", "approval", "unresolved", "budget", "divergence")
"""Those that are told from what is in flight."""


class NeedShown(Struct, frozen=True, kw_only=True):
    """One thing that needs somebody."""

    key: Annotated[str, means("the same for as long as it lasts")]
    need: Need
    campaign_id: Annotated[CampaignId | None, means("whose it is; null where it is about all")]
    since: Instant | None
    says: str
    what_to_do: str
    is_told: Annotated[bool, means("whether an alert tells of it where it lasts: not of what an operator did")] = True


class AttentionShown(Struct, frozen=True, kw_only=True):
    """All that needs somebody, what stops most first; nothing where nothing does."""

    items: list[NeedShown]
    left_out: Annotated[Count, means(f"how many more there are than {ITEMS_MAX}")]
    unknown: Annotated[list[Need], means("what could not be looked at")]
    judged_at: Instant


class Needs(Struct, frozen=True, kw_only=True):
    """All of them, however many there are."""

    needs: list[NeedShown]
    unknown: list[Need]
    judged_at: datetime


class _Seen(Struct, frozen=True):
    """What is in flight as it was taken down: it changes on the event loop alone, and is judged in a thread."""

    campaigns: Sequence[tuple[str, CampaignState]]
    unresolved: Sequence[UnresolvedAttempt]
    idle: Sequence[IdleCampaign]
    silence: Silence | None
    views: str | None


class _Found:
    """What was found so far, and what could not be looked at."""

    def __init__(self, unknown: set[Need]) -> None:
        self.needs: list[NeedShown] = []
        self.unknown = unknown


async def attention_now(parts: Installation) -> AttentionShown:
    """What needs somebody now, as much of it as is shown."""
    found = await needs_now(parts)
    return AttentionShown(
        items=found.needs[:ITEMS_MAX],
        left_out=max(0, len(found.needs) - ITEMS_MAX),
        unknown=found.unknown,
        judged_at=found.judged_at,
    )


async def needs_now(parts: Installation) -> Needs:
    """What needs somebody now, from what is in flight."""
    unknown: set[Need] = set()
    try:
        silence = await look_for_silence(parts)
    except DialtrailError:
        silence = None
        unknown.add("silence")
    now = parts.clock()
    try:
        await parts.fresh(KNOWN_SECONDS_MAX)
    except NotReady:  # what is known is worth saying
        unknown.update(IN_FLIGHT)
    seen = _Seen(
        list(parts.in_flight.campaigns.items()),
        parts.in_flight.attempts.unresolved(),
        idle_campaigns(parts, now),
        silence,
        views_trouble(parts.projector),
    )
    return await asyncio.to_thread(_judged, parts, now, seen, _Found(unknown))


def _judged(parts: Installation, now: datetime, seen: _Seen, found: _Found) -> Needs:
    found.needs += [*_of_all(parts, now), *_divergence(parts, now)]
    found.needs += _of_campaigns(parts, now, seen.campaigns)
    found.needs += _unresolved(seen.unresolved, parts.unresolved_told_above)
    if seen.silence is not None:
        silence = seen.silence
        found.needs.append(_need("silence", silence.says, silence.what_to_do, since=silence.oldest_since))
    if seen.views is not None:
        what = "lists and figures are not up to date; look at the log, and make them anew by `dialtrail rebuild`"
        found.needs.append(_need("views", seen.views, what))
    _read(parts, now, seen, found)
    needs = [one if one.since is not None else replace(one, since=parts.needed_since(one.key)) for one in found.needs]
    needs.sort(key=lambda one: (NEEDS.index(one.need), one.since or now, one.campaign_id or "", one.key))
    return Needs(needs=needs, unknown=sorted(found.unknown, key=NEEDS.index), judged_at=now)


def _read(parts: Installation, now: datetime, seen: _Seen, found: _Found) -> None:
    """What has to be read: while the views are being made, what else needs somebody is worth saying."""
    try:
        found.needs += _idle(parts, seen.idle, now)
    except DialtrailError:
        found.unknown.add("idle")
    try:
        found.needs += _quarantined(parts, now)
    except DialtrailError:
        found.unknown.add("quarantine")
    try:
        found.needs += _subscribers(parts)
    except DialtrailError:
        found.unknown.add("subscriber")


def _need(
    need: Need,
    says: str,
    what_to_do: str,
    *,
    campaign: str | None = None,
    since: datetime | None = None,
    which: str = "",
    is_told: bool = True,
) -> NeedShown:
    return NeedShown(
        key=":".join(part for part in (need, campaign, which) if part),
        need=need,
        campaign_id=campaign,
        since=since,
        says=says,
        what_to_do=what_to_do,
        is_told=is_told,
    )


def _of_all(parts: Installation, now: datetime) -> Iterator[NeedShown]:
    unsound = parts.unsound()
    if unsound is not None and unsound.needs_somebody:
        yield _need("damage", unsound.says, unsound.what_to_do)
    ahead = clock_ahead(parts.ledger, now)
    if ahead is not None:
        yield _need("clock", ahead, "set the clock that is wrong right, then `dialtrail account resume`")
    pause = parts.in_flight.account.pause
    if pause is not None:
        why = explain_pause(pause, ANY_CAMPAIGN)
        says, is_told = f"nobody is called on this account: {why.reason}", pause.cause != BY_PEOPLE
        yield _need("account", says, why.what_to_do, since=pause.at, is_told=is_told)


def _divergence(parts: Installation, now: datetime) -> Iterator[NeedShown]:
    """The newest day that was looked at, where it differs: until a newer one does not, or a week has gone by."""
    look = parts.in_flight.account.divergences.newest
    if look is None or not look.found or look.looked_at < later(now, -timedelta(days=DIVERGENCE_DAYS)):
        return
    day = look.window_from.date().isoformat()
    what = "look at the calls and their timelines (`dialtrail divergence`), and ask MiniVoice"
    yield _need("divergence", divergence_in_words(look), what, since=look.looked_at, which=day)


def _of_campaigns(
    parts: Installation, now: datetime, campaigns: Sequence[tuple[str, CampaignState]]
) -> Iterator[NeedShown]:
    for campaign_id, state in campaigns:
        if state.phase in {"completed", "canceled"}:
            continue
        # What its own schedule ends is as it was planned, and needs nobody.
        if state.phase == "paused" and state.pause is not None and ends_pause(state) is None:
            why, pause = explain_pause(state.pause, campaign_id), state.pause
            is_told = pause.cause != BY_PEOPLE
            yield _need("pause", why.reason, why.what_to_do, campaign=campaign_id, since=pause.at, is_told=is_told)
        for change in state.pending(now):
            says = (
                f"a {CHANGES[change.change]} that {change.requested_by or 'an operator without a name'} asked for waits "
                f"until {time_text(change.expires_at)[:16].replace('T', ' ')} UTC for a second person"
            )
            what, which = "approve it, or decline it", change.change_id
            yield _need("approval", says, what, campaign=campaign_id, since=change.requested_at, which=which)
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
        yield _need("budget", says, what, campaign=state.campaign_id, which="calls")
    cost = parts.in_flight.account.costs.get(window_of(state.started_at))
    if budget.cost_max is None or cost is None or cost.currency != budget.currency:
        return
    if Decimal(cost.amount) >= Decimal(budget.cost_max) * BUDGET_SHARE:
        says = f"the account has spent {cost.amount} of {budget.cost_max} {cost.currency} since the campaign began"
        yield _need("budget", says, what, campaign=state.campaign_id, which="cost")


def _unresolved(found: Sequence[UnresolvedAttempt], told_above: int) -> Iterator[NeedShown]:
    by_campaign: dict[str, list[UnresolvedAttempt]] = {}
    for attempt in found:
        by_campaign.setdefault(attempt.campaign_id, []).append(attempt)
    for campaign_id, attempts in by_campaign.items():
        says = f"it is not known whether {counted(len(attempts), 'attempt')} came to a call"
        what = "say for each which call is its own, or that there is none"
        since, is_told = min(one.started_at for one in attempts), len(attempts) > told_above
        yield _need("unresolved", says, what, campaign=campaign_id, since=since, is_told=is_told)


def _idle(parts: Installation, idle: Sequence[IdleCampaign], now: datetime) -> Iterator[NeedShown]:
    for one in with_somebody(parts, idle, now):
        says = "nobody is called although somebody could be"
        what = "look at the parts on the page Integrity (`dialtrail doctor`) and into the log of `dialtrail up`"
        yield _need("idle", says, what, campaign=one.campaign_id, since=one.since)


def _quarantined(parts: Installation, now: datetime) -> Iterator[NeedShown]:
    with parts.reads.reading() as taken:
        unread = quarantined.unread_since(taken.connection, later(now, -timedelta(days=QUARANTINE_DAYS)))
    if unread.count:
        lay = counted(unread.count, "delivery", "deliveries")
        says = f"{lay} of the last {QUARANTINE_DAYS} days could not be read"
        what = "look why, and have them read again by a newer Dialtrail"
        yield _need("quarantine", says, what, since=unread.last_at)


def _subscribers(parts: Installation) -> Iterator[NeedShown]:
    for one in parts.subscriber_troubles():
        yield _need("subscriber", one.says, one.what_to_do, since=one.since, which=one.subscription_id)
