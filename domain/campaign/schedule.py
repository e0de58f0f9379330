"""The clock of a campaign: when it starts, pauses, resumes and stops by itself, in a named zone."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.instants import later
from domain.local_times import instants_of
from domain.zones import zone_info

ScheduledAct = Literal["stop", "start", "resume", "pause"]
ORDER: tuple[ScheduledAct, ...] = ("stop", "start", "resume", "pause")
"""Of one instant: a stop first, and a pause after what lets it dial."""
MADE_UP_DAYS_MAX = 400
NEXT_DAYS = 3


class Schedule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a campaign does by the clock. Times are text, by the clocks of `zone` (IANA).

    `start_at` and `stop_at` are local times such as `2026-12-01T09:00`, or instants with an offset; `pause` and `resume`
    are those, or times of every day such as `12:00`.
    """

    zone: str
    start_at: str | None = None
    stop_at: str | None = None
    pause: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()


class Scheduled(Struct, frozen=True):
    """One thing that is to be done at an instant (UTC)."""

    at: datetime
    act: ScheduledAct


def scheduled_between(
    schedule: Schedule, after: datetime, until: datetime, acts: Collection[ScheduledAct] = ORDER
) -> list[Scheduled]:
    """What of these acts is to be done after an instant and up to another, in its order; of every day's, the last 400 days.

    Nothing by a zone that this installation's data does not have.
    """
    clock = zone_info(schedule.zone)
    if clock is None:
        return []
    begin = max(after, later(until, -timedelta(days=MADE_UP_DAYS_MAX)))
    found = {
        one
        for act, text in acts_of(schedule)
        if act in acts
        for one in _of(act, text, clock, begin, until)
        if after < one.at <= until
    }
    return sorted(found, key=lambda one: (one.at, ORDER.index(one.act)))


def next_scheduled(schedule: Schedule, now: datetime, acts: Collection[ScheduledAct] = ORDER) -> Scheduled | None:
    """What is to be done next after `now`, of these acts; None where nothing is."""
    soon = scheduled_between(schedule, now, later(now, timedelta(days=NEXT_DAYS)), acts)
    clock = zone_info(schedule.zone)
    if soon or clock is None:
        return soon[0] if soon else None
    once = [_once(act, text, clock) for act, text in acts_of(schedule) if act in acts and not is_daily(text)]
    left = sorted((one for one in once if one.at > now), key=lambda one: (one.at, ORDER.index(one.act)))
    return left[0] if left else None


def stop_of(schedule: Schedule) -> datetime | None:
    """When it stops; None where it does not, or its zone is not known."""
    return _when("stop", schedule.stop_at, schedule.zone)


def start_of(schedule: Schedule) -> datetime | None:
    """When it starts; None where it does not, or its zone is not known."""
    return _when("start", schedule.start_at, schedule.zone)


def _when(act: ScheduledAct, text: str | None, zone: str) -> datetime | None:
    clock = zone_info(zone)
    return None if text is None or clock is None else _once(act, text, clock).at


def is_daily(text: str) -> bool:
    """Whether a time is one of every day."""
    return "T" not in text


def acts_of(schedule: Schedule) -> Iterator[tuple[ScheduledAct, str]]:
    """What it does, and when, as written."""
    if schedule.stop_at is not None:
        yield "stop", schedule.stop_at
    if schedule.start_at is not None:
        yield "start", schedule.start_at
    yield from (("resume", text) for text in schedule.resume)
    yield from (("pause", text) for text in schedule.pause)


def _of(act: ScheduledAct, text: str, clock: ZoneInfo, begin: datetime, until: datetime) -> Iterator[Scheduled]:
    if not is_daily(text):
        yield _once(act, text, clock)
        return
    at = time.fromisoformat(text)
    day, last = _date(begin, clock) - timedelta(days=1), _date(until, clock) + timedelta(days=1)
    while day <= last:
        yield Scheduled(_instant(act, datetime.combine(day, at), clock), act)
        day += timedelta(days=1)


def _once(act: ScheduledAct, text: str, clock: ZoneInfo) -> Scheduled:
    written = datetime.fromisoformat(text)
    at = written.astimezone(UTC) if written.tzinfo is not None else _instant(act, written, clock)
    return Scheduled(at, act)


def _instant(act: ScheduledAct, local: datetime, clock: ZoneInfo) -> datetime:
    """Of the instants that a local time could be, a pause and a stop take the earlier, a start and a resume the later."""
    could_be = instants_of(local, clock).could_be
    return (could_be[0] if act in {"pause", "stop"} else could_be[-1]).astimezone(UTC)


def _date(at: datetime, clock: ZoneInfo) -> date:
    return at.astimezone(clock).date()
