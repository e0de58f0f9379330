"""What a time on the wall means, where clocks are put forward and back as well."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.wall_clock import Meant, meant_by

BERLIN, NEW_YORK, LORD_HOWE, APIA = map(
    ZoneInfo, ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "wall", "instants", "is_missing"),
    [
        (BERLIN, "2027-01-31T08:00", ["2027-01-31T07:00"], False),
        (BERLIN, "2027-03-28T01:59:59", ["2027-03-28T00:59:59"], False),
        (BERLIN, "2027-03-28T02:30", ["2027-03-28T00:30", "2027-03-28T01:30"], True),
        (BERLIN, "2027-03-28T03:00", ["2027-03-28T01:00"], False),
        (BERLIN, "2027-10-31T02:30", ["2027-10-31T00:30", "2027-10-31T01:30"], False),
        (BERLIN, "2027-10-31T03:00", ["2027-10-31T02:00"], False),
        (NEW_YORK, "2026-11-01T01:00", ["2026-11-01T05:00", "2026-11-01T06:00"], False),
        (LORD_HOWE, "2026-10-04T02:15", ["2026-10-03T15:15", "2026-10-03T15:45"], True),
        (APIA, "2011-12-30T12:00", ["2011-12-29T22:00", "2011-12-30T22:00"], True),
        (ZoneInfo("UTC"), "2027-03-28T02:30", ["2027-03-28T02:30"], False),
    ],
)
def test_a_time_means_one_instant_or_one_of_two(
    zone: ZoneInfo, wall: str, instants: list[str], is_missing: bool
) -> None:
    assert meant_by(datetime.fromisoformat(wall), zone) == Meant(tuple(map(utc, instants)), is_missing)


@given(
    st.integers(-630_720_000, 4_102_444_800).map(lambda at: datetime.fromtimestamp(at, UTC)),
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, APIA]),
)
def test_what_a_clock_shows_means_the_instant_at_which_it_shows_it(at: datetime, zone: ZoneInfo) -> None:
    meant = meant_by(at.astimezone(zone).replace(tzinfo=None), zone)
    assert at in meant.instants
    assert not meant.is_missing


def test_beyond_what_can_be_written_it_says_so() -> None:
    with pytest.raises(OverflowError):
        meant_by(datetime.fromisoformat("0001-01-01T00:00"), ZoneInfo("Asia/Tokyo"))
    assert meant_by(datetime.fromisoformat("9999-01-01T00:00"), BERLIN).instants[0] - utc(
        "9999-01-01T00:00"
    ) == timedelta(hours=-1)
