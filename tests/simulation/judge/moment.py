"""What holds at the moment at which a request leaves: hours and dates, the campaign's and the account's standing, suppression."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulation.judge.day import Attempt, Day, Era, Request
from tests.simulation.judge.holidays import is_holiday
from tests.simulation.judge.lines import Broken, Line, Told, instant

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES = 24 * 60


def calling_hours(day: Day) -> Iterator[Broken]:
    """Nobody is called outside the policy's hours and dates, by the clock where they are, when the request leaves."""
    for era in day.eras:
        for request, attempt in era.sent():
            shut = [
                is_shut(plan.get("policy") or {}, zone_of(era, attempt), request.machine_at)
                and is_shut(plan.get("policy") or {}, zone_of(era, attempt), request.machine_at - request.room)
                for plan in era.plans(request, attempt)
            ]
            if shut and all(shut):
                says = f"called outside the hours, at {request.machine_at.isoformat()} in {zone_of(era, attempt)}"
                yield Broken("hours", says, (request.place, attempt.started.place))


def is_shut(policy: Mapping[str, Any], zone: str | None, at: datetime) -> bool:
    """Whether the policy lets nobody in this zone be called at an instant; where the zone is not known it is not judged."""
    starts, ends = policy.get("starts_at"), policy.get("ends_at")
    if (starts and at < instant(starts)) or (ends and at >= instant(ends)):
        return True
    zone = zone or policy.get("default_zone")
    if zone is None:
        return False
    local = at.astimezone(ZoneInfo(zone))
    if local.date().isoformat() in (policy.get("excluded_dates") or ()):
        return True
    if any(is_holiday(place, local.date()) for place in policy.get("holidays") or ()):
        return True
    hours = policy.get("hours")
    return hours is not None and not _is_open(hours, local)


def _is_open(hours: Mapping[str, Any], local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    for days_ago in (0, 1):
        for window in hours.get(DAYS[(local.weekday() - days_ago) % 7]) or ():
            opens, closes = window["opens"], window["closes"]
            ends = closes if closes > opens else closes + DAY_MINUTES
            if opens <= minute + days_ago * DAY_MINUTES < ends:
                return True
    return False


def zone_of(era: Era, attempt: Attempt) -> str | None:
    """The zone with which the person was enrolled in the attempt's campaign."""
    enrolled = [
        one
        for one in era.streams[attempt.started.stream]
        if one.name == "recipient.enrolled" and one.campaign_id == attempt.started.campaign_id
    ]
    return enrolled[0].body.get("zone") if enrolled else None


def standing(day: Day) -> Iterator[Broken]:
    """Nobody is called for a campaign or on an account that stands still, nor who is suppressed or taken out."""
    for era in day.eras:
        for request, attempt in era.sent():
            for says, by in _against(era, request, attempt):
                yield Broken("standing", says, (*((by.place,) if by else ()), attempt.started.place, request.place))


def _against(era: Era, request: Request, attempt: Attempt) -> Iterator[tuple[str, Told | None]]:
    person = era.known_of_person(request, attempt)
    enrolled = era.known_to(request, attempt, attempt.started.stream)
    campaign = era.known_to(request, attempt, f"campaign:{attempt.started.campaign_id}")
    is_probe = bool(attempt.started.body.get("probe"))
    out = _last(person, {"recipient.withdrawn", "recipient.erased"}, attempt.started.campaign_id)
    if out is not None:
        yield "called after being taken out", out
    if not any(one.name == "recipient.enrolled" and one.campaign_id == attempt.started.campaign_id for one in enrolled):
        yield "called without being enrolled", None
    suppressed = suppression(person, request.machine_at)
    if suppressed is not None:
        yield "called while suppressed", suppressed
    still = _standing_still(campaign)
    if still is None or (still.name != "running" and not (is_probe and still.body.get("cause") == "provider")):
        yield "called for a campaign that does not run", still
    for stream in [one for one in era.streams if one.startswith("account:")]:
        account = era.known_to(request, attempt, stream)
        paused = _last(account, {"account.paused", "account.resumed"})
        is_paused = paused is not None and paused.name == "account.paused"
        if paused is not None and is_paused and not (is_probe and paused.body.get("cause") == "provider"):
            yield "called on an account that is paused", paused
        yield from _held(account, str(request.body.get("to")))


def _held(account: list[Told], number: str) -> Iterator[tuple[str, Told | None]]:
    held: dict[str, Told] = {}
    for one in account:
        if one.name == "destination.held":
            held[one.body["prefix"]] = one
        elif one.name == "destination.released":
            held.pop(one.body["prefix"], None)
        elif one.name == "account.resumed":
            held = {}
    for prefix, one in held.items():
        if number.startswith(prefix):
            yield "called at a destination that is held", one


def suppression(person: list[Told], at: datetime) -> Told | None:
    """What keeps everybody from calling a person at an instant, by whichever spelling; None where nothing does."""
    holding: dict[str, Told] = {}
    for one in person:
        if one.name == "recipient.released":
            holding.pop(one.stream, None)
        elif one.name == "recipient.suppressed":
            until = one.body.get("expires_at")
            if until is None or at < instant(until):
                holding.setdefault(one.stream, one)
    return next(iter(holding.values()), None)


RUNS = {"campaign.started": True, "campaign.resumed": True}
STANDS = frozenset({"campaign.created", "campaign.paused", "campaign.canceled", "campaign.completed"})


def _standing_still(campaign: list[Told]) -> Told | None:
    """What last said whether the campaign runs; one that says so is named `running`."""
    last = next((one for one in reversed(campaign) if one.name in RUNS or one.name in STANDS), None)
    if last is None or last.name not in RUNS:
        return last
    return Told(**{**last.__dict__, "name": "running"})


def _last(told: list[Told], names: set[str], campaign_id: str | None = None) -> Told | None:
    found = [one for one in told if one.name in names]
    own = [one for one in found if campaign_id is None or one.campaign_id in {campaign_id, ""}]
    return own[-1] if own else None


def restored(day: Day) -> Iterator[Broken]:
    """After a backup was put back nobody is called before that was noticed, and somebody said to go on."""
    for era in day.eras[1:]:
        since = [one for one in era.events if one.position > era.began_after]
        noticed = next((one.position for one in since if one.name == "ledger.restored"), None)
        resumed = [
            one.position for one in since if one.name == "account.resumed" and noticed and one.position > noticed
        ]
        for request, attempt in era.sent():
            if not resumed or attempt.started.position < resumed[0]:
                says = "called after a restore, and nobody had said to go on"
                yield Broken("restored", says, (attempt.started.place, request.place))


def epochs(day: Day) -> Iterator[Broken]:
    """One dialer after the other: who began an attempt after another dialer did begins none any more."""
    for era in day.eras:
        over: set[str] = set()
        last = ""
        for attempt in era.attempts.values():
            epoch = str(attempt.started.body.get("epoch"))
            if epoch in over:
                yield Broken("epochs", "a dialer goes on after another one began", (attempt.started.place,))
            if epoch != last:
                over.add(last)
                last = epoch
        yield from _without_the_lease(era)


def _without_the_lease(era: Era) -> Iterator[Broken]:
    """Nor leaves anything of it while another has the lease."""
    lost: Line | None = None
    losses: list[tuple[Line, datetime]] = []
    for line in era.lines:
        if line.what == "lease" and line.value["lost"]:
            lost = lost or line
        elif line.what == "lease" and lost is not None:
            losses.append((lost, line.at))
            lost = None
    for request, _ in era.sent():
        for loss, taken_at in losses:
            if loss.at + request.room < request.left_at < taken_at:
                says = "a request left of a dialer that had lost the ledger to another"
                yield Broken("epochs", says, (loss.place, request.place))
