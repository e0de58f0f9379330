from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.policy import WEEKDAYS, Hours, parse_window
from entrypoints.pages.week_hours import HoursBar, week_hours

NEW_YORK, BERLIN, TOKYO, LONDON = (
    ZoneInfo(name) for name in ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "Europe/London")
)
A_WEDNESDAY = datetime(2026, 6, 3, 12, tzinfo=UTC)


def hours(**windows: str) -> Hours:
    return {day: tuple(map(parse_window, windows[day].split())) for day in WEEKDAYS if day in windows}


def shown(given: Hours, zone: ZoneInfo, ours: ZoneInfo, now: datetime = A_WEDNESDAY) -> list[tuple[str, str]]:
    return [(", ".join(one.theirs), ", ".join(one.ours)) for one in week_hours(given, zone, ours, now).days]


def test_a_window_is_shown_on_both_clocks() -> None:
    found = week_hours(hours(monday="09:00-20:00"), NEW_YORK, BERLIN, A_WEDNESDAY)

    assert (found.zone, found.our_zone, found.monday) == ("America/New_York", "Europe/Berlin", "2026-06-01")
    assert [(one.day, one.theirs, one.ours) for one in found.days[:3]] == [
        ("Monday", ["09:00-20:00"], ["15:00-24:00"]),
        ("Tuesday", ["closed"], ["00:00-02:00"]),
        ("Wednesday", ["closed"], ["closed"]),
    ]
    assert found.days[0].their_bars == [HoursBar(37.5, 45.833)]
    assert found.days[0].our_bars == [HoursBar(62.5, 37.5)]


@pytest.mark.parametrize(
    ("given", "day", "both"),
    [
        (hours(sunday="22:00-02:00"), 0, ("00:00-02:00", "05:00-09:00")),
        (hours(sunday="22:00-02:00"), 6, ("22:00-24:00", "closed")),
        (hours(monday="00:00-24:00", tuesday="00:00-24:00"), 1, ("all day", "all day")),
        (hours(friday="09:00-12:00 12:00-13:00 15:00-16:00"), 4, ("09:00-13:00, 15:00-16:00", "16:00-20:00, 22:00-23:00")),
    ],
)  # fmt: skip
def test_what_passes_midnight_belongs_to_the_day_that_it_is_in(given: Hours, day: int, both: tuple[str, str]) -> None:
    assert shown(given, BERLIN, TOKYO)[day] == both


def test_the_week_in_which_one_clock_is_put_forward_before_the_other_is_shown_as_it_is() -> None:
    before, after = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (4, 11))
    given = hours(tuesday="09:00-10:00")

    assert shown(given, NEW_YORK, BERLIN, before)[1] == ("09:00-10:00", "15:00-16:00")
    assert shown(given, NEW_YORK, BERLIN, after)[1] == ("09:00-10:00", "14:00-15:00")


def test_the_week_is_the_one_that_it_is_there() -> None:
    sunday_night = datetime(2026, 6, 7, 23, 30, tzinfo=UTC)
    assert week_hours(hours(monday="09:00-10:00"), LONDON, BERLIN, sunday_night).monday == "2026-06-08"
    assert week_hours(hours(monday="09:00-10:00"), NEW_YORK, BERLIN, sunday_night).monday == "2026-06-01"


@pytest.mark.parametrize("now", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)])
def test_the_first_and_the_last_week_that_can_be_written_are_shown_too(now: datetime) -> None:
    assert len(shown(hours(monday="09:00-10:00"), NEW_YORK, TOKYO, now)) == 7
