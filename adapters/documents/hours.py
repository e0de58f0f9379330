"""Calling hours as people and programs write them: the windows of each day, and words for several days."""

from typing import Annotated

from pydantic import Field, model_validator

from adapters.documents.input import StrictInput
from adapters.documents.texts import WindowText
from domain.policy import WEEKDAYS, Hours, Weekday, Window, parse_window

WINDOWS_A_DAY_MAX = 10
WEEKEND = ("saturday", "sunday")

DayWindows = Annotated[list[WindowText], Field(max_length=WINDOWS_A_DAY_MAX)]


class HoursInput(StrictInput):
    """`policy.hours`: for each day its windows, none for a closed one; a day by name goes before `weekdays` and `weekend`, these before `every_day`."""

    monday: DayWindows | None = None
    tuesday: DayWindows | None = None
    wednesday: DayWindows | None = None
    thursday: DayWindows | None = None
    friday: DayWindows | None = None
    saturday: DayWindows | None = None
    sunday: DayWindows | None = None
    weekdays: DayWindows | None = None
    weekend: DayWindows | None = None
    every_day: DayWindows | None = None

    @model_validator(mode="after")
    def _opens_at_all(self) -> "HoursInput":
        if not self.hours():
            raise ValueError(
                'never opens; write it like {"weekdays": ["09:00-20:00"]}, or leave hours out for any hour'
            )
        return self

    def hours(self) -> Hours:
        """The windows of each day that has some, in the order of the week."""
        found: dict[Weekday, tuple[Window, ...]] = {}
        for day in WEEKDAYS:
            shorthand = self.weekend if day in WEEKEND else self.weekdays
            named: list[str] | None = getattr(self, day)
            texts = next((texts for texts in (named, shorthand, self.every_day) if texts is not None), ())
            if texts:
                found[day] = tuple(parse_window(text) for text in texts)
        return found
