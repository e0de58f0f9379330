"""The usual times at which somebody wishes to be called back, by their own clock and when the campaign may call them."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.dialing import judged_zones, next_clock_opening
from domain.instants import later
from domain.local_times import instants_of
from domain.policy import NO_POLICY, Policy
from domain.zones import local_time, zone_info, zone_key
from projections.judged import Known

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
EVENING = time(18), time(22)
MORNING = time(9), time(12)
MORNINGS_LOOKED_AT = 7


class OfferedTime(Struct, frozen=True, kw_only=True):
    """A time that can be wished: what it is called, when it is (UTC), and what is written to mean it in `zone`."""

    said: str
    at: datetime
    local: str
    zone: str


def offered_to(known: Known, now: datetime) -> list[OfferedTime]:
    """Those for a recipient of a campaign."""
    policy = known.campaign.plan.policy or NO_POLICY
    enrollment = known.recipient.enrollments[known.campaign.campaign_id]
    return offered_times(policy, zone_key(enrollment.zone, known.recipient.number), now)


def offered_times(policy: Policy, key: str, now: datetime) -> list[OfferedTime]:
    """In an hour, this evening, and the next morning: each as early as hours and dates let it be, or left out.

    Somebody whose number lies in several zones, or in none that is known, has no clock of their own, and is offered none.
    """
    zones = judged_zones(policy, key)
    clock = zone_info(zones[0]) if len(zones) == 1 else None
    if clock is None:
        return []
    asked = (
        _first(policy, key, _in_an_hour(now)),
        _first(policy, key, _spans(clock, now, EVENING, range(1))),
        _first(policy, key, _spans(clock, now, MORNING, range(1, MORNINGS_LOOKED_AT + 1))),
    )
    offered: list[OfferedTime] = []
    for at, name in zip(asked, ("In an hour", "This evening", "morning"), strict=True):
        if at is not None and at not in [one.at for one in offered]:
            said = _morning(at, now, clock) if name == "morning" else name
            offered.append(OfferedTime(said=said, at=at, local=_written(at, clock), zone=zones[0]))
    return offered


def _first(policy: Policy, key: str, spans: Iterator[tuple[datetime, datetime]]) -> datetime | None:
    """The earliest time in the first of these spans, from and before, that the policy leaves open."""
    for begin, end in spans:
        at = next_clock_opening(policy, key, begin)
        if at is not None and at < end:
            return at
    return None


def _in_an_hour(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """To the next full minute."""
    begin = later(now.replace(second=0, microsecond=0), HOUR + MINUTE)
    yield begin, later(begin, HOUR)


def _spans(
    clock: ZoneInfo, now: datetime, of_day: tuple[time, time], days: range
) -> Iterator[tuple[datetime, datetime]]:
    """These hours of today, the first of `days` being 0, and of the days to come; nothing before the next hour."""
    today = local_time(now, clock).date()
    (soonest, _), *_ = _in_an_hour(now)
    for nth in days:
        try:
            day = today + timedelta(days=nth)
            begin, end = (datetime.combine(day, hour, clock).astimezone(UTC) for hour in of_day)
        except OverflowError:
            return
        yield max(begin, soonest), end


def _morning(at: datetime, now: datetime, clock: ZoneInfo) -> str:
    local = local_time(at, clock)
    is_tomorrow = local.date() == local_time(now, clock).date() + timedelta(days=1)
    return "Tomorrow morning" if is_tomorrow else f"{local:%A} morning"


def _written(at: datetime, clock: ZoneInfo) -> str:
    """As their clock shows it; with its offset where it shows that twice."""
    local = local_time(at, clock)
    plain = local.replace(tzinfo=None)
    is_one = instants_of(plain, clock).only is not None
    return (plain if is_one else local).isoformat(timespec="minutes")
