"""Timestamps as the provider writes them, and as it might."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.minivoice_time import format_time, parse_time, read_time, unix_time


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-05-29T12:00:00Z", datetime(2026, 5, 29, 12, tzinfo=UTC)),
        ("2026-05-29t12:00:00z", datetime(2026, 5, 29, 12, tzinfo=UTC)),
        ("2026-05-29 12:00:00Z", datetime(2026, 5, 29, 12, tzinfo=UTC)),
        ("2026-05-29T12:00:00", datetime(2026, 5, 29, 12, tzinfo=UTC)),
        ("2026-05-29T12:00:00+02:00", datetime(2026, 5, 29, 10, tzinfo=UTC)),
        ("2026-05-29T12:00:00-00:30", datetime(2026, 5, 29, 12, 30, tzinfo=UTC)),
        ("2026-05-29T12:00:00.5Z", datetime(2026, 5, 29, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-05-29T12:00:00.123456789Z", datetime(2026, 5, 29, 12, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-12-31T23:59:60Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-12-31T23:59:60.9Z", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_into_utc(text: str, instant: datetime) -> None:
    read = parse_time(text)

    assert (read, read.tzinfo) == (instant, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-05-29",
        "20260529T120000Z",
        "2026-W22-5T12:00:00Z",
        "2026-05-29T12:00Z",
        "2026-05-29T12:00:00,5Z",
        "2026-05-29T12:00:00.Z",
        "2026-05-29T12:00:00 Z",
        "2026-05-29T12:00:00+0200",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-05-29T24:00:00Z",
        "2026-05-29T12:00:61Z",
        "2026-05-29T12:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T23:59:60Z",
        "12026-05-29T12:00:00Z",
        "٢٠٢٦-05-29T12:00:00Z",
        "2026-05-29T12:00:00Z\n",
        "2026-05-29T12:00:00." + "1" * 100 + "Z",
    ],
)
def test_anything_else_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is not (an RFC 3339|a possible) time$"):
        parse_time(text)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))])))
def test_what_is_written_is_read_back(instant: datetime) -> None:
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        return

    assert parse_time(format_time(utc)) == utc


def test_whole_seconds_are_written_as_in_the_documents() -> None:
    east = timezone(timedelta(hours=2))

    assert format_time(datetime(2026, 5, 29, 14, tzinfo=east)) == "2026-05-29T12:00:00Z"


def test_a_naive_time_is_not_written() -> None:
    with pytest.raises(ValueError, match="naive"):
        format_time(datetime(2026, 5, 29))  # noqa: DTZ001 - the case itself


NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("2026-05-29T12:00:00+0000", NOON),
        ("2026-05-29T14:00:00+02", NOON),
        ("2026-05-29T13:30:00 +01:30", NOON),
        ("2026/05/29 12:00", NOON),
        ("20260529T120000Z", NOON),
        ("  2026-05-29t12:00:00z\n", NOON),
        ("2026-05-29T12:00:00.25 UTC", NOON.replace(microsecond=250_000)),
        ("2026-05-29 12:00:00.123456789 +0000 UTC", NOON.replace(microsecond=123_456)),
        ("Fri, 29 May 2026 12:00:00 GMT", NOON),
        ("29-May-2026 12:00 -0000", NOON),
        (1780056000, NOON),
        (1780056000.5, NOON.replace(microsecond=500_000)),
        (1780056000001, NOON.replace(microsecond=1_000)),
        (1780056000000001, NOON.replace(microsecond=1)),
        (1780056000000001999, NOON.replace(microsecond=1)),
        ("1780056000", NOON),
        ("1780056000.25", NOON.replace(microsecond=250_000)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (99_999_999_999, datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)),
    ],
)
def test_a_time_in_another_form_is_read(said: object, instant: datetime) -> None:
    assert read_time(said) == instant


@pytest.mark.parametrize(
    "said",
    [
        *("", "noon", "2026-05-29", "12:00:00", "Fri, 29 Mai 2026 12:00:00 GMT", "31 Feb 2026 12:00:00 GMT"),
        *("2026-05-29T25:00:00+0000", "-1780056000", "1780056000e3", "1" * 21, "1" * 65, "٢" * 10),
        *(-1, 10**20, 1e300, float("nan"), float("inf"), True, None, [], {}),
    ],
)
def test_what_is_no_time_is_not_read(said: object) -> None:
    with pytest.raises(ValueError, match=r"^is "):
        read_time(said)


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text("0123456789-+:.,TZ GMTMayFri\0", max_size=40))
def test_no_value_brings_another_error(said: object) -> None:
    try:
        read = read_time(said)
    except ValueError:
        return

    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "number", [10**350, -(10**350), float("inf"), float("nan")], ids=["many digits", "many below", "infinity", "none"]
)
def test_a_number_beyond_all_times_is_no_time_and_no_mistake_of_ours(number: float) -> None:
    with pytest.raises(ValueError, match="is not a possible time"):
        unix_time(number)
