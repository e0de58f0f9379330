"""Local times where clocks are put forward or back, in both hemispheres."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.local_times import instants_of


@pytest.mark.parametrize(
    ("local", "zone", "exists", "could_be"),
    [
        ("2026-12-01T15:00", "Europe/Berlin", True, ["2026-12-01T15:00:00+01:00"]),
        ("2026-03-29T02:30", "Europe/Berlin", False, ["2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"]),
        ("2026-10-25T02:30", "Europe/Berlin", True, ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]),
        ("2026-10-04T02:15", "Australia/Lord_Howe", False, ["2026-10-04T01:45:00+10:30", "2026-10-04T02:45:00+11:00"]),
        ("2026-04-05T01:45", "Australia/Lord_Howe", True, ["2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30"]),
        ("2026-03-08T02:00", "America/New_York", False, ["2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"]),
        ("2026-03-08T03:00", "America/New_York", True, ["2026-03-08T03:00:00-04:00"]),
    ],
)
def test_a_local_time_is_one_instant_or_none_or_two(local: str, zone: str, exists: bool, could_be: list[str]) -> None:
    told = instants_of(datetime.fromisoformat(local), ZoneInfo(zone))
    assert (told.exists, [at.isoformat() for at in told.could_be]) == (exists, could_be)
    assert told.only == (datetime.fromisoformat(could_be[0]).astimezone(UTC) if exists and len(could_be) == 1 else None)
