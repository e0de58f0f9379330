"""The usual times are by the person's clock, and only such as the campaign may call them at."""

from datetime import UTC, date, datetime

import pytest

from application.queries.callback_times import offered_times
from domain.policy import WEEKDAYS, Policy, parse_window

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
FRIDAY_NOON = datetime(2026, 5, 29, 10, 0, 30, tzinfo=UTC)
"""In Berlin; in New York it is six in the morning."""


def hours(**windows: str) -> Policy:
    """Open so on each of these days."""
    return Policy(hours={day: (parse_window(windows[day]),) for day in WEEKDAYS if day in windows})


def offered(policy: Policy, key: str = BERLIN, now: datetime = FRIDAY_NOON) -> list[tuple[str, str]]:
    return [(one.said, one.local) for one in offered_times(policy, key, now)]


WEEK = dict.fromkeys(WEEKDAYS[:5], "09:00-20:00")


@pytest.mark.parametrize(
    ("policy", "key", "expected"),
    [
        (
            Policy(),
            BERLIN,
            [
                ("In an hour", "2026-05-29T13:01"),
                ("This evening", "2026-05-29T18:00"),
                ("Tomorrow morning", "2026-05-30T09:00"),
            ],
        ),
        (
            hours(**WEEK),
            BERLIN,
            [
                ("In an hour", "2026-05-29T13:01"),
                ("This evening", "2026-05-29T18:00"),
                ("Monday morning", "2026-06-01T09:00"),
            ],
        ),
        (hours(friday="09:00-12:00", saturday="10:30-16:00"), BERLIN, [("Tomorrow morning", "2026-05-30T10:30")]),
        (hours(friday="13:30-18:00"), BERLIN, [("In an hour", "2026-05-29T13:30")]),
        (hours(friday="19:00-21:00"), BERLIN, [("This evening", "2026-05-29T19:00")]),
        (hours(sunday="15:00-18:00"), BERLIN, []),
        (
            Policy(excluded_dates=(date(2026, 5, 29), date(2026, 5, 30))),
            BERLIN,
            [("Sunday morning", "2026-05-31T09:00")],
        ),
        (
            Policy(ends_at=datetime(2026, 5, 29, 17, tzinfo=UTC)),
            BERLIN,
            [("In an hour", "2026-05-29T13:01"), ("This evening", "2026-05-29T18:00")],
        ),
        (
            hours(**WEEK),
            NEW_YORK,
            [("This evening", "2026-05-29T18:00"), ("Monday morning", "2026-06-01T09:00")],
        ),
        (Policy(), f"{NEW_YORK}|America/Chicago", []),
        (Policy(), "", []),
        (
            Policy(default_zone=BERLIN, ends_at=datetime(2026, 5, 29, 12, tzinfo=UTC)),
            "",
            [("In an hour", "2026-05-29T13:01")],
        ),
    ],
)
def test_each_is_as_early_as_the_policy_lets_it_be_or_left_out(
    policy: Policy, key: str, expected: list[tuple[str, str]]
) -> None:
    assert offered(policy, key) == expected


def test_one_time_is_offered_once_and_none_before_an_hour_has_passed() -> None:
    at_five = datetime(2026, 5, 29, 15, 0, tzinfo=UTC)
    assert [said for said, _ in offered(Policy(), now=at_five)] == ["In an hour", "Tomorrow morning"]
    at_nine = datetime(2026, 5, 29, 19, 30, tzinfo=UTC)
    assert [said for said, _ in offered(Policy(), now=at_nine)] == ["In an hour", "Tomorrow morning"]


def test_a_time_that_their_clock_shows_twice_is_written_with_its_offset() -> None:
    before = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert offered(Policy(), now=before)[0] == ("In an hour", "2026-10-25T02:31+02:00")
