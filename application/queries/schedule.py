"""A campaign's schedule as it is shown: as it was written, and what it does next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Struct

from application.fields import Instant, means
from domain.campaign import CampaignState, ScheduledAct, next_scheduled


class ScheduledNext(Struct, frozen=True, kw_only=True):
    """What the clock does next."""

    act: ScheduledAct
    at: Instant


class ScheduleShown(Struct, frozen=True, kw_only=True):
    """When a campaign starts, pauses, resumes and stops by the clock, as it was written."""

    zone: str
    start_at: str | None
    stop_at: str | None
    pause: Sequence[str]
    resume: Sequence[str]
    next: Annotated[ScheduledNext | None, means("null where nothing is left to do")]


def shown_schedule(state: CampaignState, now: datetime) -> ScheduleShown | None:
    """The schedule of a campaign at `now`; None where it has none."""
    schedule = state.plan.schedule
    if schedule is UNSET:
        return None
    following = None if state.is_over else next_scheduled(schedule, now)
    return ScheduleShown(
        zone=schedule.zone,
        start_at=schedule.start_at,
        stop_at=schedule.stop_at,
        pause=schedule.pause,
        resume=schedule.resume,
        next=None if following is None else ScheduledNext(act=following.act, at=following.at),
    )
