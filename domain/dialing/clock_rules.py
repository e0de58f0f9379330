"""The rules that hang on the time of day and on the campaign alone: hours, dates, holidays, its start and end, its numbers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.dialing.verdict import HOLIDAY_DATA_MISSING, ZONE_DATA_MISSING, Reason
from domain.holiday_dates import holiday_name, is_place
from domain.instants import later
from domain.policy import DAY_MINUTES, WEEKDAYS, Policy, Week, minutes_until_open, week_of
from domain.zones import ANYWHERE, WaitByWall, earliest, local_time, zone_info, zones_in

SEARCHED_DAYS_MAX = 400
OPENINGS_CACHE_MAX = 4_096
STEPS_MAX = 1_000
"""Rules that hold until this installation has other data: nobody knows when, and it may be soon."""
_SEARCHED = timedelta(days=SEARCHED_DAYS_MAX)
_NO_WAIT = timedelta(0)


def campaign_clock_reasons(policy: Policy, now: datetime) -> Iterator[Reason]:
    """What its start and end say at `now`, for all of its recipients alike."""
    if policy.starts_at is not None and now < policy.starts_at:
        starts_at = policy.starts_at.isoformat()
        yield Reason(rule="not_started_yet", scope="campaign", until=policy.starts_at, inputs={"starts_at": starts_at})
    if policy.ends_at is not None and now >= policy.ends_at:
        yield Reason(rule="campaign_over", scope="campaign", final=True, inputs={"ends_at": policy.ends_at.isoformat()})


def recipient_clock_reasons(policy: Policy, key: str, now: datetime) -> Iterator[Reason]:
    """What hours, dates and holidays say at `now` of everybody with this `zone_key`."""
    if policy.hours is None and not policy.excluded_dates and not policy.holidays:
        return
    zones = judged_zones(policy, key)
    missing = [zone for zone in zones if zone_info(zone) is None]
    if missing:
        yield Reason(
            rule=ZONE_DATA_MISSING,
            scope="recipient",
            inputs={"zones": ", ".join(zones), "missing": ", ".join(missing)},
        )
        return
    clocks = [clock for zone in zones if (clock := zone_info(zone)) is not None]
    if policy.hours is not None:
        if not clocks:
            yield Reason(
                rule="zone_unknown",
                scope="recipient",
                inputs={"zones": ", ".join(zones), "default_zone": policy.default_zone},
            )
        else:
            yield from _outside_hours(week_of(policy.hours), clocks, zones, now)
    # Where the recipient's zone is not known, it is a date as soon and as long as it is that date somewhere.
    everywhere = clocks or [ZoneInfo(zone) for zone in ANYWHERE]
    if policy.excluded_dates:
        yield from _excluded_date(policy.excluded_dates, everywhere, zones, now)
    unknown = [place for place in policy.holidays if not is_place(place)]
    if unknown:
        yield Reason(rule=HOLIDAY_DATA_MISSING, scope="recipient", inputs={"missing": ", ".join(unknown)})
    if policy.holidays:
        yield from _holiday(policy.holidays, everywhere, zones, now)


def barred_dates(policy: Policy, dates: Iterable[date]) -> dict[date, str]:
    """Those of these dates, where the recipient is, on which nobody is called, each with why: holidays by name and place."""
    found = {}
    for day in dates:
        names = {place: holiday_name(place, day) for place in policy.holidays}
        whys = [f"{name} ({place})" for place, name in names.items() if name is not None]
        if day in policy.excluded_dates:
            whys.append("an excluded date")
        if whys:
            found[day] = ", ".join(whys)
    return found


def only_list_reason(policy: Policy, number: str) -> Reason | None:
    """What the campaign's own list of numbers says."""
    if policy.only is None or number in policy.only:
        return None
    return Reason(rule="not_in_only_list", scope="recipient", inputs={"numbers_in_list": len(policy.only)})


def judged_zones(policy: Policy, key: str) -> tuple[str, ...]:
    """The zones by whose clocks somebody with this `zone_key` is judged; all of them, where they are several."""
    zones = zones_in(key)
    return zones if len(zones) == 1 or policy.default_zone is None else (policy.default_zone,)


def next_clock_opening(policy: Policy, key: str, now: datetime) -> datetime | None:
    """The earliest instant from `now` on at which no rule of the clock stands against a call; None where none is foreseen."""
    at = now
    for _ in range(STEPS_MAX):
        reasons = [*campaign_clock_reasons(policy, at), *recipient_clock_reasons(policy, key, at)]
        if not reasons:
            return at
        ends = [reason.until for reason in reasons if reason.until is not None]
        if len(ends) < len(reasons) or max(ends) > later(now, _SEARCHED):
            return None
        at = max(ends)
    return None


def _outside_hours(week: Week, clocks: Sequence[ZoneInfo], zones: Sequence[str], now: datetime) -> Iterator[Reason]:
    closed = next((clock for clock in clocks if _wait_for_hours(week, local_time(now, clock)) != _NO_WAIT), None)
    if closed is None:
        return
    local = local_time(now, closed)
    yield Reason(
        rule="outside_hours",
        scope="recipient",
        until=_next_opening(week, tuple(clocks), now),
        inputs={
            **_where_and_when(closed, zones, local),
            "weekday": WEEKDAYS[local.weekday()],
            "windows": ", ".join(str(window) for window in week[local.weekday()]),
            "searched_days": SEARCHED_DAYS_MAX,
        },
    )


@lru_cache(maxsize=OPENINGS_CACHE_MAX)
def _next_opening(week: Week, clocks: tuple[ZoneInfo, ...], now: datetime) -> datetime | None:
    return earliest(clocks, now, lambda local: _wait_for_hours(week, local), _SEARCHED)


def _wait_for_hours(week: Week, local: datetime) -> timedelta | None:
    minutes = minutes_until_open(week, local.weekday(), local.hour * 60 + local.minute)
    if not minutes:
        return None if minutes is None else _NO_WAIT
    return timedelta(minutes=minutes) - timedelta(seconds=local.second, microseconds=local.microsecond)


def _excluded_date(
    excluded: Sequence[date], clocks: Sequence[ZoneInfo], zones: Sequence[str], now: datetime
) -> Iterator[Reason]:
    clock = next((clock for clock in clocks if local_time(now, clock).date() in excluded), None)
    if clock is None:
        return
    local = local_time(now, clock)
    yield Reason(
        rule="excluded_date",
        scope="recipient",
        until=earliest(clocks, now, _wait_for_date(lambda day: day in excluded), _SEARCHED),
        inputs={**_where_and_when(clock, zones, local), "date": local.date().isoformat()},
    )


def _holiday(
    places: Sequence[str], clocks: Sequence[ZoneInfo], zones: Sequence[str], now: datetime
) -> Iterator[Reason]:
    for clock in clocks:
        local = local_time(now, clock)
        place = _place_with_holiday(places, local.date())
        if place is None:
            continue
        yield Reason(
            rule="holiday",
            scope="recipient",
            until=earliest(
                clocks, now, _wait_for_date(lambda day: _place_with_holiday(places, day) is not None), _SEARCHED
            ),
            inputs={
                **_where_and_when(clock, zones, local),
                "date": local.date().isoformat(),
                "place": place,
                "name": holiday_name(place, local.date()),
            },
        )
        return


def _place_with_holiday(places: Sequence[str], day: date) -> str | None:
    return next((place for place in places if holiday_name(place, day) is not None), None)


def _wait_for_date(is_closed: Callable[[date], bool]) -> WaitByWall:
    def wait(local: datetime) -> timedelta | None:
        if not is_closed(local.date()):
            return _NO_WAIT
        since_midnight = timedelta(
            hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        return timedelta(minutes=DAY_MINUTES) - since_midnight

    return wait


def _where_and_when(clock: ZoneInfo, zones: Sequence[str], local: datetime) -> dict[str, str | int | bool | None]:
    return {"zones": ", ".join(zones), "zone": clock.key, "local_time": local.isoformat(timespec="minutes")}
