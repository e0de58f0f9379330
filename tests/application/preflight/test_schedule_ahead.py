"""What a preflight says of a campaign's clock: what comes next in its zone, and times that are no one instant."""

from datetime import UTC, datetime

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from application.preflight.schedule_ahead import ScheduleAhead, schedule_ahead, schedule_warnings
from domain.campaign import CampaignState, Schedule
from tests.domain.given import campaign_after

NOW = datetime(2026, 5, 29, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def state(schedule: Schedule | None) -> CampaignState:
    one = campaign_after()
    return replace(one, plan=replace(one.plan, schedule=UNSET if schedule is None else schedule))


def test_what_comes_next_is_told_by_the_clock_of_its_zone() -> None:
    daily = state(Schedule(zone=BERLIN, pause=("12:00",), resume=("13:30",)))
    at = datetime(2026, 5, 30, 10, tzinfo=UTC)
    assert schedule_ahead(daily, NOW) == ScheduleAhead(zone=BERLIN, act="pause", at=at, local="2026-05-30T12:00")
    assert schedule_ahead(state(None), NOW) is None
    assert schedule_ahead(replace(daily, phase="canceled"), NOW) is None
    gone = state(Schedule(zone="Africa/Gone", pause=("12:00",)))
    assert schedule_ahead(gone, NOW) == ScheduleAhead(zone="Africa/Gone", act=None, at=None, local=None)
    assert list(schedule_warnings(gone, NOW)) == []


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        (
            Schedule(zone=BERLIN, pause=("02:30",)),
            (
                "2026-10-25T02:30, when the schedule is to pause it, comes twice in Europe/Berlin: the earlier of the instants "
                "that it could be (2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00) counts; write another time, if that is not meant"
            ),
        ),
        (
            Schedule(zone=BERLIN, start_at="2027-03-28T02:30"),
            (
                "2027-03-28T02:30, when the schedule is to start it, does not exist in Europe/Berlin: the later of the instants "
                "that it could be (2027-03-28T01:30:00+01:00 or 2027-03-28T03:30:00+02:00) counts; write another time, if that is not meant"
            ),
        ),
        (Schedule(zone=BERLIN, start_at="2027-03-28T02:30:00+01:00"), None),
        (Schedule(zone="America/Phoenix", pause=("02:30",), resume=("03:00",)), None),
        (Schedule(zone=BERLIN, pause=("12:00",), resume=("13:00",)), None),
    ],
)
def test_a_time_that_is_no_one_instant_is_warned_of(schedule: Schedule, says: str | None) -> None:
    expected = [] if says is None else [("schedule_odd_time", says)]
    assert list(schedule_warnings(state(schedule), NOW)) == expected


def test_a_clock_that_is_through_is_warned_of() -> None:
    assert [name for name, _ in schedule_warnings(state(Schedule(zone=BERLIN, start_at="2026-05-01T09:00")), NOW)] == [
        "schedule_over"
    ]
