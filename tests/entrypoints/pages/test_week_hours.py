from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.policy import WEEKDAYS, Hours, Policy, parse_window
from entrypoints.pages.week_hours import DayHours, HoursBar, WeekHours, week_hours

NEW_YORK, BERLIN, TOKYO, LONDON = (
    ZoneInfo(name) for name in ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "Europe/London")
)
A_MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


def hours(**windows: str) -> Hours:
    return {day: tuple(map(parse_window, windows[day].split())) for day in WEEKDAYS if day in windows}


def week(given: Hours | Policy, zone: ZoneInfo, ours: ZoneInfo, now: datetime = A_MONDAY) -> WeekHours:
    return week_hours(given if isinstance(given, Policy) else Policy(hours=given), zone, ours, now)


def shown(given: Hours, zone: ZoneInfo, ours: ZoneInfo, now: datetime = A_MONDAY) -> list[tuple[str, str]]:
    days = week(given, zone, ours, now).days
    return [(", ".join(one.theirs.open), ", ".join(one.ours.open)) for one in days]


def told(day: DayHours) -> tuple[str | None, list[str], list[str], list[str], list[str]]:
    """Why nobody is called, when they are by their clock, when they would be, and the same by ours."""
    return day.barred, day.theirs.open, day.theirs.struck, day.ours.open, day.ours.struck


def test_a_window_is_shown_on_both_clocks() -> None:
    found = week(hours(monday="09:00-20:00"), NEW_YORK, BERLIN)

    assert (found.zone, found.our_zone, found.begins) == ("America/New_York", "Europe/Berlin", "2026-06-01")
    assert [(one.day, one.theirs.open, one.ours.open) for one in found.days[:3]] == [
        ("Monday", ["09:00-20:00"], ["15:00-24:00"]),
        ("Tuesday", ["closed"], ["00:00-02:00"]),
        ("Wednesday", ["closed"], ["closed"]),
    ]
    assert found.days[0].theirs.open_bars == [HoursBar(37.5, 45.833)]
    assert found.days[0].ours.open_bars == [HoursBar(62.5, 37.5)]


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
    before, after = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (3, 10))
    given = hours(tuesday="09:00-10:00")

    assert shown(given, NEW_YORK, BERLIN, before)[0] == ("09:00-10:00", "15:00-16:00")
    assert shown(given, NEW_YORK, BERLIN, after)[0] == ("09:00-10:00", "14:00-15:00")


def test_the_days_begin_with_the_one_that_it_is_there() -> None:
    sunday_night = datetime(2026, 6, 7, 23, 30, tzinfo=UTC)
    for zone, begins, day in ((LONDON, "2026-06-08", "Monday"), (NEW_YORK, "2026-06-07", "Sunday")):
        found = week(hours(monday="09:00-10:00"), zone, BERLIN, sunday_night)
        assert (found.begins, found.days[0].day, found.days[0].date) == (begins, day, begins)


def test_an_excluded_date_is_struck_out_on_both_clocks() -> None:
    given = Policy(hours=hours(monday="09:00-20:00", tuesday="09:00-20:00"), excluded_dates=(date(2026, 6, 1),))
    first, second, *rest = week(given, NEW_YORK, BERLIN).days
    assert told(first) == ("an excluded date", [], ["09:00-20:00"], [], ["15:00-24:00"])
    assert told(second) == (None, ["09:00-20:00"], [], ["15:00-24:00"], ["00:00-02:00"])
    assert (first.theirs.open_bars, first.theirs.struck_bars) == ([], [HoursBar(37.5, 45.833)])
    assert [one.barred for one in rest] == [None] * 5


@pytest.mark.parametrize(
    ("places", "excluded", "why"),
    [
        (("US",), (), "Independence Day (US)"),
        (("US-FL", "GB"), (date(2026, 7, 4),), "Independence Day (US-FL), an excluded date"),
        (("GB",), (), None),
    ],
)
def test_a_holiday_is_struck_out_with_its_name(places: tuple[str, ...], excluded: tuple[date, ...], why: str) -> None:
    given = Policy(
        hours=dict.fromkeys(WEEKDAYS, (parse_window("22:00-02:00"),)), holidays=places, excluded_dates=excluded
    )
    fourth = week(given, NEW_YORK, NEW_YORK, datetime(2026, 7, 2, 12, tzinfo=UTC)).days[2]
    assert (fourth.day, fourth.date) == ("Saturday", "2026-07-04")
    night = ["00:00-02:00", "22:00-24:00"]
    assert told(fourth) == ((why, [], night, [], night) if why else (None, night, [], night, []))


def test_any_hour_but_for_some_dates_is_shown_too() -> None:
    found = week(Policy(excluded_dates=(date(2026, 6, 3),)), BERLIN, BERLIN).days
    assert [told(one) for one in found[1:3]] == [
        (None, ["all day"], [], ["all day"], []),
        ("an excluded date", [], ["all day"], [], ["all day"]),
    ]


@pytest.mark.parametrize("now", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)])
def test_the_first_and_the_last_week_that_can_be_written_are_shown_too(now: datetime) -> None:
    assert len(shown(hours(monday="09:00-10:00"), NEW_YORK, TOKYO, now)) == 7
