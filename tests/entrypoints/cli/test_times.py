import time
from collections.abc import Iterator

import pytest

from domain.errors import InvalidInput
from entrypoints.cli.times import IN_UTC, times_in
from tests.entrypoints.cli.conftest import Run

NOON = "2026-05-29T12:00:00.123456Z"


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        (None, NOON),
        ("UTC", NOON),
        ("Europe/Berlin", "2026-05-29T14:00:00.123456+02:00"),
        ("America/St_Johns", "2026-05-29T09:30:00.123456-02:30"),
    ],
)
def test_an_instant_is_shown_in_the_zone(zone: str | None, shown: str) -> None:
    assert times_in(zone).shown(NOON) == shown


def test_local_is_this_machines_own_zone(tokyo: None) -> None:
    local = times_in("local")

    assert local.shown(NOON) == "2026-05-29T21:00:00.123456+09:00"
    assert local.as_of("2026-05-29T21:00") == "2026-05-29T12:00:00.000000Z"


@pytest.mark.parametrize("odd", ["soon", "9999-12-31T23:59:59Z", ""])
def test_what_is_no_instant_there_stays_as_it_came(odd: str) -> None:
    assert times_in("Asia/Tokyo").shown(odd) == odd
    assert times_in("Asia/Tokyo").shown(None) is None


@pytest.mark.parametrize(
    ("zone", "text", "asked"),
    [
        (None, None, None),
        (None, "1234", "1234"),
        (None, "2026-05-29T12:00", "2026-05-29T12:00:00.000000Z"),
        (None, "2026-05-29 12:00:00+02:00", "2026-05-29T10:00:00.000000Z"),
        ("Europe/Berlin", "2026-05-29T12:00:00", "2026-05-29T10:00:00.000000Z"),
        ("Europe/Berlin", "2026-05-29T12:00:00Z", "2026-05-29T12:00:00.000000Z"),
    ],
)
def test_a_moment_is_read_as_of_the_zone_unless_it_says_its_own(
    zone: str | None, text: str | None, asked: str | None
) -> None:
    assert times_in(zone).as_of(text) == asked


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-05-29", "-5", "1" * 16, "2026-13-01T00:00", "0001-01-01T00:00+10:00"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        IN_UTC.as_of(text)
    assert str(refused.value) == (
        f"--as-of: {text!r} is neither a position nor an instant such as 2026-05-29T12:00:00Z"
    )


@pytest.mark.parametrize("zone", ["Mars/Base", "", "/etc/passwd", "../x", "Europe"])
def test_an_unknown_zone_is_a_usage_error_that_names_it(zone: str, dialtrail: Run) -> None:
    assert dialtrail("timeline", "call_123", "--tz", zone) == (
        2,
        "",
        f"dialtrail: --tz: {zone!r} is no IANA time zone; write it like Europe/Berlin, or local\n",
    )
