"""A retry is judged by the clock where the person is at that very instant, whatever the clocks there did since the last attempt."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.account import AccountState
from domain.campaign import CampaignStarted
from domain.dialing import Verdict, judge
from domain.policy import WEEKDAYS, Policy, Retry, Weekday, Window
from domain.recipient import Attempt, Enrollment, RecipientState
from tests.domain.dialing.clocks import is_open, utc
from tests.domain.dialing.test_opening_hours import HOURS, TURNS
from tests.domain.given import PLAN, SPRING, campaign_after
from tests.examples import examples

RUNNING = campaign_after(CampaignStarted())
DAYTIME = dict.fromkeys(WEEKDAYS, (Window(8 * 60, 21 * 60),))
# A number's own zones, or the one that the file names: on both sides of a border, half an hour and an hour apart.
PEOPLE: Mapping[tuple[str, str | None], tuple[str, ...]] = {
    ("+12085551234", None): ("America/Boise", "America/Los_Angeles"),
    ("+17015551234", None): ("America/Denver", "America/North_Dakota/Center"),
    ("+56221234567", None): ("America/Santiago",),
    ("+4915123456789", None): ("Europe/Berlin",),
    ("+4915123456789", "Australia/Lord_Howe"): ("Australia/Lord_Howe",),
    ("+4915123456789", "Africa/Casablanca"): ("Africa/Casablanca",),
    ("+61412345678", None): (
        "Australia/Adelaide",
        "Australia/Brisbane",
        "Australia/Eucla",
        "Australia/Lord_Howe",
        "Australia/Perth",
        "Australia/Sydney",
        "Indian/Christmas",
        "Indian/Cocos",
    ),
}
SECONDS = st.integers(-30 * 3600, 30 * 3600)
GAPS = st.one_of(st.just(0), st.integers(1, 30 * 3600))


def judged(person: tuple[str, str | None], policy: Policy, ended_at: datetime, now: datetime) -> Verdict:
    """The verdict on somebody whose one attempt the carrier refused at `ended_at`."""
    number, zone = person
    last = Attempt(
        attempt_id="a1", campaign_id=SPRING, phase="refused", started_at=ended_at, epoch="e", changed_at=ended_at
    )
    recipient = RecipientState(number=number, enrollments={SPRING: Enrollment(zone=zone)}, attempts=(last,))
    campaign = replace(RUNNING, plan=replace(PLAN, policy=policy))
    return judge(campaign, recipient, AccountState(), (), now)


def retried(hours: Mapping[Weekday, tuple[Window, ...]], gap_seconds: int) -> Policy:
    return Policy(hours=hours, attempts_max=2, retry={"originate_failed": Retry(after_seconds=gap_seconds)})


@settings(max_examples=examples(300))
@given(
    st.sampled_from(sorted(PEOPLE, key=str)), HOURS, st.sampled_from(TURNS), SECONDS, GAPS, st.integers(0, 60 * 3600)
)
def test_a_retry_may_leave_exactly_when_its_gap_is_over_and_every_wall_shows_open(
    person: tuple[str, str | None],
    hours: Mapping[Weekday, tuple[Window, ...]],
    turn: datetime,
    ended: int,
    gap: int,
    later: int,
) -> None:
    ended_at = turn + timedelta(seconds=ended)
    now = ended_at + timedelta(seconds=later)

    found = judged(person, retried(hours, gap), ended_at, now)

    expected = {"retry_gap": later < gap, "outside_hours": not all(is_open(hours, z, now) for z in PEOPLE[person])}
    assert {reason.rule for reason in found.reasons} == {rule for rule, holds in expected.items() if holds}
    assert found.may_dial is not any(expected.values())


@pytest.mark.parametrize(
    ("person", "ended", "gap_hours", "now", "rules"),
    [
        # A gap is real time: through the night in which Berlin loses an hour, ten hours end at eleven on the wall.
        (("+4915123456789", None), "2026-03-28T23:00", 10, "2026-03-29T08:59:59", ["retry_gap"]),
        (("+4915123456789", None), "2026-03-28T23:00", 10, "2026-03-29T09:00", []),
        # And through the night in which it gains one, they end at nine.
        (("+4915123456789", None), "2026-10-24T22:00", 10, "2026-10-25T07:59:59", ["retry_gap"]),
        (("+4915123456789", None), "2026-10-24T22:00", 10, "2026-10-25T08:00", []),
        # The gap is over at seven on the wall: it was eight the day before.
        (("+4915123456789", None), "2026-10-24T06:30", 24, "2026-10-25T06:30", ["outside_hours"]),
        # West of the border it is half past seven; an hour of the clocks makes no difference between the two.
        (("+12085551234", None), "2026-03-08T02:00", 1, "2026-03-08T14:30", ["outside_hours"]),
        (("+12085551234", None), "2026-03-08T02:00", 1, "2026-03-08T15:00", []),
        # A leap day in between is a day.
        (("+56221234567", None), "2028-02-28T15:00", 48, "2028-03-01T14:59:59", ["retry_gap"]),
        (("+56221234567", None), "2028-02-28T15:00", 48, "2028-03-01T15:00", []),
    ],
)
def test_a_gap_is_real_time_and_hours_are_what_the_wall_shows(
    person: tuple[str, str | None], ended: str, gap_hours: int, now: str, rules: list[str]
) -> None:
    found = judged(person, retried(DAYTIME, gap_hours * 3_600), utc(ended), utc(now))

    assert [reason.rule for reason in found.reasons] == rules


@pytest.mark.parametrize("machine", ["2026-03-29T01:30:00+00:00", "2026-10-25T12:00:00+00:00"])
def test_the_machines_own_clock_and_zone_have_no_part_in_it(machine: str) -> None:
    with freeze_time(machine, tz_offset=5):
        closed = judged(("+4915123456789", None), retried(DAYTIME, 0), utc("2026-05-01T12:00"), utc("2026-05-02T05:59"))
        open_ = judged(("+4915123456789", None), retried(DAYTIME, 0), utc("2026-05-01T12:00"), utc("2026-05-02T06:00"))

    assert [reason.until for reason in closed.reasons] == [datetime(2026, 5, 2, 6, tzinfo=UTC)]
    assert open_.may_dial
