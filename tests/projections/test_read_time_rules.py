from datetime import UTC, datetime

from domain.policy import WEEKDAYS, Policy, Window
from projections.read_time_rules import ReadTimeRules, would_be_called

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)


def test_who_waits_for_data_that_is_missing_is_not_among_those_whom_a_completed_campaign_left_out() -> None:
    evenings = Policy(hours=dict.fromkeys(WEEKDAYS, (Window(18 * 60, 20 * 60),)))
    rules = ReadTimeRules(is_canceled=False, policy=evenings, is_completed=True)

    assert would_be_called(rules, {"Europe/Berlin": 1, "No/Such_Zone": 2}, NOON) == 1
