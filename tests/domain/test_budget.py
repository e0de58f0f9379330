"""What a budget allows: calls that were placed, money as MiniVoice settles it, and nothing on what nobody knows."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.account import Cost
from domain.budget import USAGE_BELIEVED, BudgetWaiting, Reached, Spent, judge_budget, window_of
from domain.policy import Budget
from tests.domain.given import NINE, at

CALLS = Budget(calls_max=10)
MONEY = Budget(cost_max="12.50", currency="EUR")


def cost_of(amount: str, currency: str = "EUR") -> Cost:
    return Cost(amount=amount, currency=currency, calls=42, at=at(61))


def spent(calls: int = 0, under_way: int = 0, said: Cost | None = None) -> Spent:
    return Spent(calls=calls, under_way=under_way, cost=said)


def test_without_a_budget_nothing_is_held_back() -> None:
    assert judge_budget(None, spent(10**9), NINE) is None


@pytest.mark.parametrize(
    ("calls", "under_way", "found"),
    [
        (9, 0, None),
        (8, 1, None),
        (9, 1, BudgetWaiting()),
        (0, 10, BudgetWaiting()),
        (10, 0, Reached(code="calls_max", evidence={"calls": "10", "calls_max": "10"})),
        (11, 3, Reached(code="calls_max", evidence={"calls": "11", "calls_max": "10"})),
    ],
)
def test_calls_that_may_yet_be_placed_are_kept_room_for(
    calls: int, under_way: int, found: Reached | BudgetWaiting | None
) -> None:
    assert judge_budget(CALLS, spent(calls, under_way), NINE) == found


@pytest.mark.parametrize(
    ("cost", "is_reached"),
    [("12.49999999999999999999", False), ("12.5", True), ("12.50", True), ("12.500000000000000000001", True)],
)
def test_a_cost_is_compared_digit_by_digit(cost: str, is_reached: bool) -> None:
    found = judge_budget(MONEY, spent(said=cost_of(cost)), NINE)

    evidence = {
        "cost": cost,
        "cost_max": "12.50",
        "currency": "EUR",
        "since": "2026-03-02T09:00:00+00:00",
        "observed_at": "2026-03-02T09:01:01+00:00",
        "of": "all calls of the account",
    }
    assert found == (Reached(code="cost_max", evidence=evidence) if is_reached else None)


def test_a_cost_that_is_not_known_neither_reaches_the_limit_nor_allows_a_call() -> None:
    assert judge_budget(MONEY, spent(), NINE) == BudgetWaiting(unknown="no_usage")
    assert judge_budget(MONEY, spent(said=cost_of("99", "USD")), NINE) == BudgetWaiting(unknown="other_currency")
    assert isinstance(judge_budget(replace(MONEY, calls_max=1), spent(1), NINE), Reached)


def test_a_cost_below_the_limit_is_believed_for_a_while_and_one_that_reaches_it_for_good() -> None:
    def told(ago: timedelta, cost: str) -> Reached | BudgetWaiting | None:
        return judge_budget(MONEY, replace(spent(said=cost_of(cost)), told=ago), NINE)

    assert told(USAGE_BELIEVED, "12.49") is None
    assert told(USAGE_BELIEVED + timedelta(microseconds=1), "12.49") == BudgetWaiting(unknown="usage_too_old")
    assert isinstance(told(timedelta(days=1), "12.50"), Reached)


def test_a_window_begins_with_the_second_in_which_the_campaign_did() -> None:
    assert window_of(NINE + timedelta(seconds=3, microseconds=900_000)) == at(3)
