"""Nobody is called without a consent, where the policy requires one, that holds when the request leaves."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.judge.day import Attempt, Day, Era, Request
from tests.simulation.judge.lines import Broken, Told, instant


def consent(day: Day) -> Iterator[Broken]:
    """One that was given for a purpose that counts, is not too old, has not ended, and was not taken back; by whichever plan."""
    for era in day.eras:
        for request, attempt in era.sent():
            plans = era.plans(request, attempt)
            if plans and all(_is_missing(era, request, attempt, plan.get("policy") or {}) for plan in plans):
                known = [one for one in era.of_streams(attempt.started.stream) if one.name.startswith("consent.")]
                lines = (*(one.place for one in known), attempt.started.place, request.place)
                yield Broken("consent", "called without a consent that holds", lines)


def _is_missing(era: Era, request: Request, attempt: Attempt, policy: Mapping[str, Any]) -> bool:
    rules = policy.get("consent") or {}
    if not rules.get("required"):
        return False
    purposes = rules.get("purposes") or [policy.get("purpose") or attempt.started.campaign_id]
    told = era.of_streams(attempt.started.stream)
    given = [one for one in told if one.name == "consent.given" and one.said_at <= request.machine_at]
    revoked = [one for one in era.known_of_person(request, attempt) if one.name == "consent.revoked"]
    holding = [one for one in given if one.body["purpose"] in purposes]
    return not any(_holds(one, revoked, rules, request.machine_at - request.room) for one in holding)


def _holds(given: Told, revoked: list[Told], rules: Mapping[str, Any], at: datetime) -> bool:
    given_at, until, days = _said(given, "given_at"), given.body.get("until"), rules.get("max_age_days")
    if until is not None and at >= instant(until):
        return False
    if days is not None and at >= given_at + timedelta(days=days):
        return False
    about = {None, given.body["purpose"]}
    return not any(one.body.get("purpose") in about and _said(one, "revoked_at") >= given_at for one in revoked)


def _said(one: Told, name: str) -> datetime:
    """The instant that it gives, which is never later than when that was recorded."""
    return min(instant(one.body[name]), one.recorded_at)
