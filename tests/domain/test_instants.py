from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.instants import EARLIEST, LATEST, later, time_text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 3, 2, 9, 0, tzinfo=UTC), "2026-03-02T09:00:00.000000Z"),
        (datetime(2026, 3, 2, 9, 0, 0, 7, tzinfo=timezone(timedelta(hours=2))), "2026-03-02T07:00:00.000007Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_an_instant_is_written_in_utc_to_the_microsecond(at: datetime, text: str) -> None:
    assert time_text(at) == text


@given(some.datetimes(timezones=some.just(UTC)))
def test_every_instant_is_written_alike(at: datetime) -> None:
    assert time_text(at) == at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@pytest.mark.parametrize(
    ("at", "by", "sum_"),
    [
        (datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=1), datetime(2026, 3, 3, tzinfo=UTC)),
        (datetime(9999, 12, 31, tzinfo=UTC), timedelta(days=2), LATEST),
        (datetime(2026, 3, 2, tzinfo=UTC), timedelta.max, LATEST),
        (datetime(1, 1, 1, tzinfo=UTC), timedelta(seconds=-1), EARLIEST),
        (datetime(2026, 3, 2, tzinfo=UTC), timedelta.min, EARLIEST),
    ],
)
def test_a_sum_stays_within_the_years_that_can_be_written(at: datetime, by: timedelta, sum_: datetime) -> None:
    assert later(at, by) == sum_
