"""What a campaign's clock does next, and which of its times are no one instant on that clock."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct

from application.fields import Instant, means
from domain.campaign import CampaignState, ScheduledAct, acts_of, is_daily, next_scheduled
from domain.local_times import LocalTime, instants_of
from domain.zones import zone_info

DAYS_LOOKED_AT = 366
EARLIER_TAKEN, LATER_TAKEN = (
    "the earlier of the instants that it could be",
    "the later of the instants that it could be",
)


class ScheduleAhead(Struct, frozen=True, kw_only=True):
    """What comes next; null where nothing does, or the zone's data is not here."""

    zone: str
    act: ScheduledAct | None
    at: Instant | None
    local: Annotated[str | None, means("the same time by the clocks of the zone")]


def schedule_ahead(state: CampaignState, now: datetime) -> ScheduleAhead | None:
    """None for a campaign without a clock, or one that is over."""
    schedule = state.plan.schedule
    if schedule is UNSET or state.is_over:
        return None
    following, clock = next_scheduled(schedule, now), zone_info(schedule.zone)
    if following is None or clock is None:
        return ScheduleAhead(zone=schedule.zone, act=None, at=None, local=None)
    local = following.at.astimezone(clock).replace(tzinfo=None)
    return ScheduleAhead(
        zone=schedule.zone, act=following.act, at=following.at, local=local.isoformat(timespec="minutes")
    )


def schedule_warnings(state: CampaignState, now: datetime) -> Iterator[tuple[str, str]]:
    """Each with its permanent name. A zone that the data lacks is told with all others that it lacks."""
    schedule = state.plan.schedule
    clock = None if schedule is UNSET or state.is_over else zone_info(schedule.zone)
    if schedule is UNSET or clock is None:
        return
    if next_scheduled(schedule, now) is None:
        yield (
            "schedule_over",
            "the campaign's schedule has nothing more to do; start it by hand, or revise the schedule",
        )
    for act, text in acts_of(schedule):
        found = _odd(text, clock, now)
        if found is not None:
            local, told = found
            how = "comes twice" if told.exists else "does not exist"
            taken = EARLIER_TAKEN if act in {"pause", "stop"} else LATER_TAKEN
            could_be = " or ".join(at.isoformat() for at in told.could_be)
            when = f"{local.isoformat(timespec='minutes')}, when the schedule is to {act} it, {how} in {schedule.zone}"
            yield "schedule_odd_time", f"{when}: {taken} ({could_be}) counts; write another time, if that is not meant"


def _odd(text: str, clock: ZoneInfo, now: datetime) -> tuple[datetime, LocalTime] | None:
    """The next time that is none, or two; of a time of every day, within a year."""
    if not is_daily(text):
        written = datetime.fromisoformat(text)
        times = [] if written.tzinfo is not None else [written]
    else:
        begin = now.astimezone(clock).date()
        times = [datetime.combine(begin + timedelta(days=n), time.fromisoformat(text)) for n in range(DAYS_LOOKED_AT)]
    for local in times:
        told = instants_of(local, clock)
        if told.only is None and told.could_be[-1] > now:
            return local, told
    return None
