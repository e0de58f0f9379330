from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from domain.policy import WEEKDAYS, Policy, Window
from projections.read_time_rules import ReadTimeRules, would_be_called

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)


def test_who_waits_for_data_that_is_missing_is_not_among_those_whom_a_completed_campaign_left_out() -> None:
    evenings = Policy(hours=dict.fromkeys(WEEKDAYS, (Window(18 * 60, 20 * 60),)))
    rules = ReadTimeRules(is_canceled=False, policy=evenings, is_completed=True)

    assert would_be_called(rules, {"Europe/Berlin": 1, "No/Such_Zone": 2}, NOON) == 1


EVENINGS = Policy(hours=dict.fromkeys(WEEKDAYS, (Window(18 * 60, 20 * 60),)))
"""From 18 to 20; at noon UTC it is 14 h in Berlin, 8 h in New York and 13 h in London."""


@pytest.mark.parametrize(
    ("policy", "zones", "hours"),
    [
        (EVENINGS, ["Europe/Berlin", "America/New_York"], 4),
        (EVENINGS, ["Europe/London"], 5),
        (replace(EVENINGS, starts_at=NOON + timedelta(hours=30)), ["Europe/Berlin"], 30),
        (replace(EVENINGS, excluded_dates=(date(2026, 5, 29),)), ["Europe/Berlin", "America/New_York"], 10),
        # Who waits for data waits for no time.
        (EVENINGS, ["Europe/London", "No/Such_Zone"], 5),
        (EVENINGS, ["No/Such_Zone"], None),
        # In Tokyo it is 21 h, in Kolkata 17:30, in Dhaka 18 h.
        (EVENINGS, ["Asia/Tokyo", "Asia/Kolkata"], 0.5),
        (EVENINGS, ["Europe/Berlin", "Asia/Dhaka"], None),
        (EVENINGS, [], None),
        (Policy(), ["Europe/Berlin"], None),
        (replace(EVENINGS, ends_at=NOON), ["Europe/Berlin"], None),
    ],
)
def test_the_clock_lets_nobody_be_called_until_the_first_zone_opens(
    policy: Policy, zones: list[str], hours: float | None
) -> None:
    found = ReadTimeRules(is_canceled=False, policy=policy).closed_until(zones, NOON)

    assert found == (None if hours is None else NOON + timedelta(hours=hours))
