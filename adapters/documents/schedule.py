"""A campaign's schedule as people and programs write it."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from adapters.documents.input import StrictInput
from adapters.documents.texts import ZoneText
from domain.campaign import Schedule, start_of, stop_of

TIMES_MAX = 20
YEAR_MIN, YEAR_MAX = 2000, 2100
TIME_OF_DAY_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
_TIME_OF_DAY = re.compile(TIME_OF_DAY_PATTERN[1:-1], re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.+", re.ASCII)


def _is_time(text: str) -> bool:
    try:
        return _TIME.fullmatch(text) is not None and YEAR_MIN <= datetime.fromisoformat(text).year <= YEAR_MAX
    except ValueError:
        return False


def _time(text: str) -> str:
    if not _is_time(text):
        raise ValueError("is no time; write it like 2026-12-01T09:00, or with an offset")
    return text


def _time_or_daily(text: str) -> str:
    if _TIME_OF_DAY.fullmatch(text) is None and not _is_time(text):
        raise ValueError("is no time; write it like 12:00 for every day, or like 2026-12-01T12:00")
    return text


TimeText = Annotated[str, AfterValidator(_time)]
TimesText = Annotated[list[Annotated[str, AfterValidator(_time_or_daily)]], Field(max_length=TIMES_MAX)]


class ScheduleInput(StrictInput):
    """`schedule` of a campaign: local times of `zone`, or instants with an offset; pauses and resumes may be of every day."""

    zone: ZoneText
    start_at: TimeText | None = None
    stop_at: TimeText | None = None
    pause: TimesText | None = None
    resume: TimesText | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "ScheduleInput":
        if not (self.start_at or self.stop_at or self.pause or self.resume):
            raise ValueError("says nothing; give start_at, stop_at, or pause and resume")
        if self.resume and not self.pause:
            raise ValueError("has resume and no pause; only what the schedule paused is resumed by it")
        if set(self.pause or ()) & set(self.resume or ()):
            raise ValueError("has one time in pause and in resume; take it out of one")
        written = self.schedule()
        starts, stops = start_of(written), stop_of(written)
        if starts is not None and stops is not None and stops <= starts:
            raise ValueError("has stop_at before start_at")
        return self

    def schedule(self) -> Schedule:
        """The schedule that this says."""
        return Schedule(
            zone=self.zone,
            start_at=self.start_at,
            stop_at=self.stop_at,
            pause=tuple(self.pause or ()),
            resume=tuple(self.resume or ()),
        )
