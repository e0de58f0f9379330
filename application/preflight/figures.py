"""What a campaign would meet if it dialled now: who may be called when, and how long that takes."""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from application.fields import Amount, Count, Instant, means
from application.preflight.callbacks_ahead import NO_CALLBACKS, CallbacksAhead
from application.preflight.inbound_ahead import NOTHING_HEARD, InboundAhead
from application.unsound import Unsound
from domain.account import AccountState
from domain.caller_pool import NOT_USED, CallerUse
from domain.campaign import CampaignState
from domain.dialing import judged_zones, next_clock_opening
from domain.estimate import PeopleWaiting, estimated_ends
from domain.number_kind import NumberKind
from domain.pacing import AccountLimits, begun
from domain.policy import NO_POLICY, Policy
from domain.zones import zone_info
from projections.campaign_summary import CampaignSummary
from projections.prospects import Group, Prospects

CALL_SECONDS_ASSUMED = 60.0
RING_SECONDS_ASSUMED = 15.0
CALLS_SEEN_MIN = 20
CAPS = frozenset({"person_cap", "conversation_gap", "declined"})
UNDER_WAY = frozenset({"dialing", "in_progress", "unresolved"})
DONE = frozenset({"reached", "not_reached", "failed", "canceled"})

LimitedBy = Literal["calls_per_second", "calls_at_once", "account_calls_per_second", "account_calls_at_once"]
Kind = Literal["callable_now", "later_today", "later", "suppressed", "capped", "not_dialable", "under_way", "done"]


class Figures(Struct, frozen=True, kw_only=True):
    """Everybody enrolled, each counted once; `capped` and `not_dialable` by the rule that says so, or the status."""

    callable_now: int
    later_today: int
    later: int
    suppressed: int
    capped: Mapping[str, int]
    not_dialable: Mapping[str, int]
    under_way: int
    done: int
    not_judged: int


class ZoneEnd(Struct, frozen=True, kw_only=True):
    """When those who share a zone key may all have been called; None where that is never, or too far away to say."""

    zone_key: str
    people: Count
    ends_at: Instant | None


class DurationEstimate(Struct, frozen=True, kw_only=True):
    """How long the first calls take, with no other campaign beside it."""

    to_call: Count
    calls_per_second: Amount
    limited_by: Annotated[LimitedBy, means("the campaign's own limit, or the account's, set or found out")]
    call_seconds: Annotated[Amount, means("how long a call is taken to hold its place")]
    seen_calls: Annotated[Count, means("the ended calls that this is the mean of; 0: it is assumed")]
    seconds: Annotated[Amount, means("how long the dialling takes, closed hours left out")]
    ends_at: Annotated[Instant | None, means("null where that is never, or too far away to say")]
    zones: list[ZoneEnd]


class Preflight(Struct, frozen=True, kw_only=True):
    """All of it."""

    figures: Figures
    estimate: DurationEstimate


class Circumstances(Struct, frozen=True, kw_only=True):
    """What the look goes by, beside the prospects: `calls_placed` of the campaign so far, and what is set here.

    `kinds` is how many numbers are of each kind of their own, `operators` how many of them can be told apart; `clock_ahead`
    says that nobody is called because of the clock, `unsound` because the ledger may not say all that it has. `shared` are
    people whom another campaign may call, too. `callers` is how the numbers of its pool were used, `countries` the codes of the
    countries of those who are enrolled. `others` are the other campaigns that run or are paused.
    `lookup_unreachable` says why the campaign's lookup would not answer; `callbacks` are the wishes that wait, and `inbound`
    is what they hear who ring back.
    """

    state: CampaignState
    account: AccountState
    summary: CampaignSummary
    calls_placed: int
    kinds: Mapping[NumberKind, int]
    only_numbers: Collection[str] | None
    account_limits: AccountLimits
    has_webhook_secret: bool
    operators: int
    now: datetime
    clock_ahead: str | None = None
    unsound: Unsound | None = None
    shared: int = 0
    callers: CallerUse = NOT_USED
    countries: Collection[str] = ()
    others: Collection[CampaignState] = ()
    lookup_unreachable: str | None = None
    signs_lookups: bool = False
    callbacks: CallbacksAhead = NO_CALLBACKS
    inbound: InboundAhead = NOTHING_HEARD


def preflight(prospects: Prospects, around: Circumstances) -> Preflight:
    """Look at a campaign before it starts, or while it runs."""
    policy = around.state.plan.policy or NO_POLICY
    kinds: Counter[Kind] = Counter()
    capped: Counter[str] = Counter()
    not_dialable: Counter[str] = Counter()
    waiting: dict[str, list[PeopleWaiting]] = {}
    for group, people in prospects.groups.items():
        (prospect,) = group.under
        since = _callable_since(policy, group, around.now)
        kind = _kind(policy, group, since, around.now)
        kinds[kind] += people
        if kind == "capped":
            capped[prospect.reason or prospect.status] += people
        elif kind == "not_dialable":
            not_dialable[prospect.reason if prospect.status == "held" and prospect.reason else prospect.status] += (
                people
            )
        if since is not None:
            waiting.setdefault(group.zone_key, []).append(PeopleWaiting(since, people))
    figures = Figures(
        **{kind: kinds[kind] for kind in ("callable_now", "later_today", "later", "suppressed", "under_way", "done")},
        capped=dict(sorted(capped.items())),
        not_dialable=dict(sorted(not_dialable.items())),
        not_judged=prospects.not_judged,
    )
    estimate = _estimate(waiting, policy, around, figures.under_way)
    return Preflight(figures=figures, estimate=estimate)


def _callable_since(policy: Policy, group: Group, now: datetime) -> datetime | None:
    """When somebody who waits may be called at the earliest; None where they do not, or nobody knows."""
    (prospect,) = group.under
    if prospect.status not in {"queued", "held"}:
        return None
    if prospect.status == "queued" or prospect.reason == "open_attempt":
        return now
    if prospect.until is None:
        return None
    return next_clock_opening(policy, group.zone_key, prospect.until)


def _kind(policy: Policy, group: Group, since: datetime | None, now: datetime) -> Kind:
    (prospect,) = group.under
    if prospect.status in UNDER_WAY:
        return "under_way"
    if prospect.status in DONE:
        return "done"
    if prospect.status == "suppressed":
        return "suppressed"
    if prospect.reason in CAPS:
        return "capped"
    if since is None:
        return "not_dialable"
    if prospect.status == "queued":
        return "callable_now"
    return "later_today" if _is_same_day(policy, group.zone_key, since, now) else "later"


def _is_same_day(policy: Policy, key: str, since: datetime, now: datetime) -> bool:
    """By the recipient's clock; by the first of several, and in UTC where none is known."""
    zones = judged_zones(policy, key)
    clock = zone_info(zones[0]) if zones else None
    return since.astimezone(clock or now.tzinfo).date() == now.astimezone(clock or now.tzinfo).date()


def _estimate(
    waiting: Mapping[str, list[PeopleWaiting]], policy: Policy, around: Circumstances, under_way: int
) -> DurationEstimate:
    call_seconds, seen = _call_seconds(around.summary)
    people = {key: sum(one.people for one in some) for key, some in waiting.items()}
    to_call = sum(people.values())
    limited_by, seconds = _longest(around, to_call, under_way, call_seconds)
    per_second = to_call / seconds if seconds else around.state.plan.limits.calls_per_second
    ends = estimated_ends(waiting, policy, per_second, around.now)
    known = [end for end in ends.values() if end is not None]
    return DurationEstimate(
        to_call=to_call,
        calls_per_second=round(per_second, 6),
        limited_by=limited_by,
        call_seconds=round(call_seconds, 3),
        seen_calls=seen,
        seconds=round(seconds, 3),
        ends_at=max(known) if known and len(known) == len(ends) else None,
        zones=[ZoneEnd(zone_key=key, people=people[key], ends_at=ends[key]) for key in sorted(ends)],
    )


def _longest(around: Circumstances, to_call: int, under_way: int, call_seconds: float) -> tuple[LimitedBy, float]:
    """The limit that makes the dialling take longest, and how many seconds it is until the last of them is called."""
    limits, found = around.state.plan.limits, around.account.limits
    account = begun(around.account_limits, found.get("calls_per_second"), found.get("calls_at_once"), ())
    paces: list[tuple[LimitedBy, float]] = [("calls_per_second", limits.calls_per_second)]
    places: list[tuple[LimitedBy, float]] = [("calls_at_once", limits.calls_at_once)]
    if account.per_second.limit is not None:
        paces.append(("account_calls_per_second", account.per_second.limit))
    if account.at_once.limit is not None:
        places.append(("account_calls_at_once", account.at_once.limit))
    by_pace, pace = min(paces, key=lambda one: one[1])
    by_places, at_once = min(places, key=lambda one: one[1])
    waited = _seconds_in_rounds(to_call, under_way, max(1, int(at_once)), pace, call_seconds)
    return max((by_pace, to_call / pace), (by_places, waited), key=lambda one: one[1])


def _seconds_in_rounds(to_call: int, under_way: int, at_once: int, pace: float, call_seconds: float) -> float:
    """So many at once are called in a round, and the next begins as their calls end. In the first nobody waits for that."""
    if not to_call:
        return 0.0
    rounds_before = max(0, math.ceil((to_call + under_way) / at_once) - 1)
    in_the_last = min(to_call, to_call + under_way - rounds_before * at_once)
    return rounds_before * call_seconds + in_the_last / pace


def _call_seconds(summary: CampaignSummary) -> tuple[float, int]:
    """How long a call holds its place: the mean of those seen and the ringing, or, of too few, what is assumed."""
    ended = [calls for end, calls in summary.calls.items() if end != "open"]
    seen = sum(calls.calls for calls in ended)
    if seen < CALLS_SEEN_MIN:
        return CALL_SECONDS_ASSUMED, 0
    return sum(calls.seconds_total for calls in ended) / seen + RING_SECONDS_ASSUMED, seen
