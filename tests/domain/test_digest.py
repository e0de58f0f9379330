"""Once a day, at the named hour of the named zone."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.digest import DigestTime, day_due, last_day_due, read_digest_time

BERLIN = DigestTime(time(7, 30), "Europe/Berlin")


def test_it_is_due_from_the_hour_on_about_the_day_before_and_once() -> None:
    assert day_due(BERLIN, date(2026, 5, 27), datetime(2026, 5, 29, 5, 29, 59, tzinfo=UTC)) is None
    due = day_due(BERLIN, date(2026, 5, 27), datetime(2026, 5, 29, 5, 30, tzinfo=UTC))
    assert due is not None
    assert due.day == date(2026, 5, 28)
    assert (due.begin, due.end) == (datetime(2026, 5, 27, 22, tzinfo=UTC), datetime(2026, 5, 28, 22, tzinfo=UTC))
    assert day_due(BERLIN, date(2026, 5, 28), datetime(2026, 5, 29, 21, 59, tzinfo=UTC)) is None


def test_a_day_on_which_clocks_are_put_forward_has_23_hours_and_after_days_of_standstill_only_the_last_is_told() -> (
    None
):
    due = day_due(BERLIN, date(2026, 3, 1), datetime(2026, 3, 30, 12, tzinfo=UTC))
    assert due is not None
    assert due.day == date(2026, 3, 29)
    assert due.end - due.begin == timedelta(hours=23)


def test_an_hour_that_the_clocks_pass_over_is_due_all_the_same() -> None:
    wanted = DigestTime(time(2, 30), "Europe/Berlin")
    assert day_due(wanted, date(2026, 3, 27), datetime(2026, 3, 29, 3, tzinfo=UTC)) is not None


@pytest.mark.parametrize(("hour", "day"), [(3, date(2026, 5, 28)), (5, date(2026, 5, 28))])
def test_who_begins_with_it_is_told_when_the_hour_comes_next(hour: int, day: date) -> None:
    now = datetime(2026, 5, 29, hour, 29, tzinfo=UTC)
    last = last_day_due(BERLIN, now)
    assert day_due(BERLIN, last, now) is None
    assert day_due(BERLIN, last, datetime(2026, 5, 29, 5, 29, tzinfo=UTC)) is None
    due = day_due(BERLIN, last, datetime(2026, 5, 29, 5, 30, tzinfo=UTC))
    assert due is not None
    assert due.day == day


def test_an_hour_at_which_nothing_ran_is_made_up_for_after_midnight() -> None:
    wanted = DigestTime(time(23, 50), "UTC")
    due = day_due(wanted, date(2026, 5, 27), datetime(2026, 5, 30, 0, 10, tzinfo=UTC))
    assert due is not None
    assert due.day == date(2026, 5, 28)


@given(st.sampled_from(["Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "UTC"]), st.integers(0, 1_439))
def test_over_a_year_each_day_is_told_once_and_none_is_left_out(zone: str, minute: int) -> None:
    wanted = DigestTime(time(minute // 60, minute % 60), zone)
    now, last, told = datetime(2026, 1, 1, tzinfo=UTC), date(2025, 12, 30), []
    while now < datetime(2026, 12, 31, tzinfo=UTC):
        due = day_due(wanted, last, now)
        if due is not None:
            told.append(due)
            last = due.day
        now += timedelta(minutes=157)
    assert all(after.begin == before.end for before, after in pairwise(told))
    assert len(told) >= 363


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("07:30", "is not an hour and a zone"),
        ("7:30 Europe/Berlin", "is not an hour and a zone"),
        ("24:00 UTC", "is not an hour and a zone"),
        ("07:30 Europe/Atlantis", "names a zone that is not known"),
    ],
)
def test_what_is_no_hour_or_no_zone_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_digest_time(text)


def test_it_is_written_as_it_is_read() -> None:
    assert str(read_digest_time(" 07:30  Europe/Berlin ")) == "07:30 Europe/Berlin"
    assert read_digest_time("07:30 Europe/Berlin") == BERLIN
