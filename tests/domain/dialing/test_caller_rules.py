"""The rules on caller numbers where the day moves: by another zone, or by a clock that is set back."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from domain.caller_pool import NOT_USED, CallerPool, choose_caller
from domain.campaign import CampaignState
from domain.dialing import caller_gone, caller_reason
from tests.domain.given import campaign_after

A = "+15551230001"
TOKYO = CallerPool(numbers=(A,), calls_a_day_max=1, zone="Asia/Tokyo")
LATE = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # the third in Tokyo


def calling_from(pool: CallerPool | None) -> CampaignState:
    state = campaign_after()
    return replace(state, plan=replace(state.plan, pool=pool or UNSET))


def test_what_holds_a_number_lasts_until_the_day_that_is_counted_is_over_by_the_new_zone() -> None:
    choice = choose_caller(TOKYO, NOT_USED, "+15551230009", (), LATE)
    assert choice is not None
    reason = caller_reason(calling_from(replace(TOKYO, zone=None)), choice.use_after, LATE)
    assert reason is not None
    assert (reason.rule, reason.inputs["day"]) == ("caller_numbers_capped", "2026-03-03")
    assert reason.until == datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pool", "later", "gone"),
    [
        (TOKYO, timedelta(), None),
        (replace(TOKYO, zone="America/Los_Angeles"), timedelta(), None),
        (TOKYO, timedelta(hours=-10), None),
        (TOKYO, timedelta(hours=15, minutes=30), "caller_number_day_over"),
        (replace(TOKYO, zone=None), timedelta(hours=24, minutes=30), "caller_number_day_over"),
        (replace(TOKYO, calls_a_day_max=None), timedelta(days=3), None),
        (replace(TOKYO, numbers=("+15551230002",)), timedelta(), "caller_number_removed"),
        (None, timedelta(), "caller_number_removed"),
    ],
)
def test_a_number_that_was_chosen_may_be_used_until_a_later_day_begins(
    pool: CallerPool | None, later: timedelta, gone: str | None
) -> None:
    choice = choose_caller(TOKYO, NOT_USED, "+15551230009", (), LATE)
    assert caller_gone(calling_from(pool), choice, LATE + later) == gone
