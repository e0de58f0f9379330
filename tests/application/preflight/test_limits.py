"""How fast a look ahead takes the dialling to be: by the limit that is met first, the campaign's or the account's."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from application.preflight.figures import CALL_SECONDS_ASSUMED, Circumstances, preflight
from domain.account import AccountState
from domain.campaign import CampaignState, Limits, Plan
from domain.pacing import AccountLimits
from projections.campaign_summary import CampaignSummary
from projections.prospects import Group, Prospect, Prospects

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
WAITING = Prospects(groups={Group("Europe/Berlin", (Prospect("queued", None, None),)): 600}, not_judged=0)
NOTHING_YET = CampaignSummary(
    enrolled=600, dialled=0, statuses={}, queued_zones={}, zones=frozenset(), attempts={}, codes={}, calls={}
)


@pytest.mark.parametrize(
    ("own", "account", "found", "limited_by", "per_second"),
    [
        ((10.0, 6_000), (None, None), {}, "calls_per_second", 10.0),
        ((10.0, 300), (None, None), {}, "calls_at_once", 600 / 90),
        ((10.0, 6_000), (4.0, None), {}, "account_calls_per_second", 4.0),
        ((10.0, 6_000), (None, None), {"calls_per_second": 3.0}, "account_calls_per_second", 3.0),
        ((10.0, 6_000), (4.0, None), {"calls_per_second": 9.0}, "account_calls_per_second", 4.0),
        ((10.0, 6_000), (None, 120), {}, "account_calls_at_once", 600 / 252),
        ((10.0, 6_000), (None, None), {"calls_at_once": 60.0}, "account_calls_at_once", 600 / 546),
        ((10.0, 6_000), (10.0, 6_000), {"calls_per_second": 30.0}, "calls_per_second", 10.0),
    ],
)
def test_the_limit_that_is_met_first_says_how_long_it_takes(
    own: tuple[float, int],
    account: tuple[float | None, int | None],
    found: Mapping[str, float],
    limited_by: str,
    per_second: float,
) -> None:
    estimate = preflight(WAITING, around(own, account, found)).estimate

    assert estimate.limited_by == limited_by
    assert estimate.calls_per_second == pytest.approx(per_second, abs=1e-6)
    assert estimate.seconds == pytest.approx(600 / per_second, abs=1e-3)


@pytest.mark.parametrize(
    ("people", "under_way", "at_once", "limited_by", "seconds"),
    [
        (6, 0, 10, "calls_per_second", 6),
        (10, 0, 10, "calls_per_second", 10),
        (1, 0, 1, "calls_per_second", 1),
        (11, 0, 10, "calls_at_once", CALL_SECONDS_ASSUMED + 1),
        (3, 8, 10, "calls_at_once", CALL_SECONDS_ASSUMED + 1),
        (0, 30, 10, "calls_per_second", 0),
    ],
)
def test_only_those_wait_for_a_place_who_find_none(
    people: int, under_way: int, at_once: int, limited_by: str, seconds: float
) -> None:
    some = {
        Group("", (Prospect("queued", None, None),)): people,
        Group("", (Prospect("dialing", None, None),)): under_way,
    }

    estimate = preflight(Prospects(groups=some, not_judged=0), around((1.0, at_once))).estimate

    assert (estimate.limited_by, estimate.seconds) == (limited_by, seconds)


def around(
    own: tuple[float, int], account: tuple[float | None, int | None] = (None, None), found: Mapping[str, float] = {}
) -> Circumstances:
    plan = Plan(caller_number="+15551230001", limits=Limits(calls_per_second=own[0], calls_at_once=own[1]))
    return Circumstances(
        state=CampaignState(campaign_id="spring", plan=plan, created_at=NOON),
        account=AccountState(limits=found),
        summary=NOTHING_YET,
        calls_placed=0,
        kinds={},
        only_numbers=None,
        account_limits=AccountLimits(calls_per_second=account[0], calls_at_once=account[1]),
        has_webhook_secret=True,
        operators=1,
        now=NOON,
    )
