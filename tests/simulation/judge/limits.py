"""How many, and how fast: pace, calls at once, agents, budget, and how often one person is called by all campaigns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from math import floor
from typing import Any

from tests.simulation.judge.asked import ended_at
from tests.simulation.judge.day import Attempt, Day, Era, Request
from tests.simulation.judge.lines import Broken
from tests.simulation.judge.warming import calls_per_second, has_none

SECOND = timedelta(seconds=1)
SLOT_HELD_MAX = timedelta(hours=2)
BEGUN_BEFORE_MAX = timedelta(seconds=10)
"""How long before its request leaves an attempt may have been started: a period is counted from the start."""


def pace(day: Day) -> Iterator[Broken]:
    """In no second leave more requests than the campaign's limit, or than the account's as it was set."""
    by_campaign: dict[str, list[tuple[Request, float]]] = defaultdict(list)
    of_all: list[tuple[Request, float]] = []
    for era in day.eras:
        for request, attempt in era.sent():
            plans = era.plans(request, attempt)
            limits = [calls_per_second(era, request, attempt, plan) for plan in plans]
            by_campaign[attempt.started.campaign_id].append((request, max(limits, default=1.0)))
            set_limit = day.settings(request.line.index).get("account_calls_per_second")
            if set_limit:
                of_all.append((request, set_limit))
    for campaign_id, sent in by_campaign.items():
        yield from _too_fast(sent, f"campaign {campaign_id}")
    yield from _too_fast(of_all, "the account")


def _too_fast(sent: list[tuple[Request, float]], whose: str) -> Iterator[Broken]:
    in_order = sorted(sent, key=lambda one: one[0].left_at)
    for last, (request, _) in enumerate(in_order):
        first = last
        while first > 0 and in_order[last][0].left_at - in_order[first - 1][0].left_at < _window(in_order[last][1]):
            first -= 1
        within = in_order[first : last + 1]
        allowed = max(max(1, floor(limit)) for _, limit in within)
        if len(within) > allowed:
            says = f"{len(within)} requests of {whose} within a second, {allowed} allowed, at {request.left_at.isoformat()}"
            yield Broken("pace", says, tuple(one.place for one, _ in within))


def _window(limit: float) -> timedelta:
    return SECOND if limit >= 1 else SECOND / limit


def at_once(day: Day) -> Iterator[Broken]:
    """No more calls are truly under way, and known to be, than the campaign, its agents or the account may have."""
    for era in day.eras:
        sent = list(era.sent())
        for nth, (request, attempt) in enumerate(sent):
            under_way = [one for one, of in sent[:nth] if _is_under_way(day, era, one, of, request)]
            own = [one for one in under_way if _campaign(era, one) == attempt.started.campaign_id]
            for says, calls, most in _at_once_limits(day, era, request, attempt, under_way, own):
                if len(calls) >= most:
                    lines = (*(one.place for one in calls), request.place)
                    yield Broken("at_once", f"{says}: {len(calls) + 1} calls at once, {most} allowed", lines)


def _campaign(era: Era, request: Request) -> str:
    return era.attempts[request.attempt_id].started.campaign_id


def _at_once_limits(
    day: Day, era: Era, request: Request, attempt: Attempt, under_way: list[Request], own: list[Request]
) -> Iterator[tuple[str, list[Request], int]]:
    plans = era.plans(request, attempt)
    most = [plan.get("limits", {}).get("calls_at_once", 10) for plan in plans]
    yield f"campaign {attempt.started.campaign_id}", own, max(most, default=10)
    of_account = day.settings(request.line.index).get("account_calls_at_once")
    if of_account:
        yield "the account", under_way, of_account
    rules = [plan["agents"] for plan in plans if plan.get("agents") is not None]
    if rules and len(rules) == len(plans):
        yield "agents", own, max(_for_agents(era, request, attempt, rule) for rule in rules)


def _for_agents(era: Era, request: Request, attempt: Attempt, rules: Mapping[str, Any]) -> int:
    """How many calls there may be for those who are free, by what was told last; none where that is too old."""
    campaign = era.known_to(request, attempt, f"campaign:{attempt.started.campaign_id}")
    told = next((one for one in reversed(campaign) if one.name == "agents.told"), None)
    life = timedelta(seconds=rules.get("life_seconds", 30))
    if told is None or request.machine_at - request.room >= told.said_at + life:
        return 0
    free = Decimal(told.body["free"]) * Decimal(str(rules.get("factor", 1.0)))
    return int(free.to_integral_value(ROUND_FLOOR))


def _is_under_way(day: Day, era: Era, earlier: Request, of: Attempt, request: Request) -> bool:
    """Whether a call truly is under way when another request leaves, and nothing had said that it is over."""
    if earlier.call_id is None or request.machine_at - of.started.said_at >= SLOT_HELD_MAX:
        return False
    if day.true_state(earlier.call_id, request.left_at) in {None, "completed", "failed", "canceled"}:
        return False
    told = era.streams.get(f"call:{earlier.call_id}", [])
    known = [one for one in told if one.said_at < request.machine_at]
    is_over = any(one.name in {"call.completed", "call.failed", "call.canceled"} for one in known)
    gave_up = any(one.body.get("gave_up") for one in known)
    # A call that is there although the provider said that it is not is known of only once it is found.
    has_none = any(
        one.name == "attempt.refused" or (one.name == "attempt.resolved" and not one.body.get("call_id"))
        for one in of.words
    )
    return not (is_over or gave_up or has_none)


def budget(day: Day) -> Iterator[Broken]:
    """No more calls are truly placed for a campaign than its budget has."""
    placed: dict[str, list[Request]] = defaultdict(list)
    for era in day.eras:
        for request, attempt in era.sent():
            calls = placed[attempt.started.campaign_id]
            is_placed = request.call_id is not None and not has_none(attempt)  # not known of, where it was denied
            if is_placed:
                calls.append(request)
            most = [_calls_max(plan) for plan in era.plans(request, attempt)]
            limits = [one for one in most if one is not None]
            if limits and len(limits) == len(most) and len(calls) > max(limits) and is_placed:
                lines = tuple(one.place for one in calls)
                yield Broken("budget", f"call {len(calls)} of a budget of {max(limits)}", lines)


def _calls_max(plan: Mapping[str, Any]) -> int | None:
    found: int | None = ((plan.get("policy") or {}).get("budget") or {}).get("calls_max")
    return found


def caps(day: Day) -> Iterator[Broken]:
    """Nobody is called more often within a period than a cap allows, by any campaign or by those of one purpose."""
    for era in day.eras:
        of_person: dict[str, list[tuple[Request, Attempt]]] = defaultdict(list)
        for request, attempt in era.sent():
            earlier = of_person[era.person(attempt.started.stream)]
            plans = era.plans(request, attempt)
            broken = [list(_capped(era, request, attempt, earlier, plan)) for plan in plans]
            if broken and all(broken):
                yield from broken[0]
            earlier.append((request, attempt))


def _capped(
    era: Era, request: Request, attempt: Attempt, earlier: list[tuple[Request, Attempt]], plan: Mapping[str, Any]
) -> Iterator[Broken]:
    policy, at = plan.get("policy") or {}, attempt.started.position
    for cap in policy.get("caps") or ():
        since = request.machine_at - timedelta(seconds=cap["period_seconds"]) + BEGUN_BEFORE_MAX
        counted = [
            one
            for one, of in earlier
            if of.counts(at)
            and min(one.machine_at, _acknowledged(era, of, at)) > since
            and _concerns(cap, of, attempt, policy)
        ]
        if len(counted) >= cap["attempts_max"]:
            lines = (*(one.place for one in counted), request.place)
            yield Broken(
                "caps", f"call {len(counted) + 1} of {cap['attempts_max']} in {cap['period_seconds']} s", lines
            )
    for gap in policy.get("conversation_gaps") or ():
        for _, of in earlier:
            call = era.call(of, at)
            until = ended_at(era, of, at) + timedelta(seconds=gap["seconds"])
            if call is None or not call.reached or call.phase != "ended" or not _concerns(gap, of, attempt, policy):
                continue
            if request.machine_at < until and not _wished(era, attempt):
                yield Broken(
                    "conversation_gap", "called too soon after a conversation", (of.started.place, request.place)
                )


def _acknowledged(era: Era, attempt: Attempt, before: int) -> datetime:
    return era.counted_at(attempt.started, before) + BEGUN_BEFORE_MAX


def _concerns(rule: Mapping[str, Any], earlier: Attempt, attempt: Attempt, policy: Mapping[str, Any]) -> bool:
    if rule.get("per", "person") == "person":
        return True
    purpose = policy.get("purpose") or attempt.started.campaign_id
    return (earlier.started.body.get("purpose") or earlier.started.campaign_id) == purpose


def _wished(era: Era, attempt: Attempt) -> bool:
    return any(one.name == "recipient.callback_set" for one in era.of_streams(attempt.started.stream))
