"""The account behind the API key: paused and resumed, and destinations that it does not route."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.account import (
    INITIAL,
    USAGES_KEPT_MAX,
    AccountEvent,
    AccountPause,
    AccountPaused,
    AccountResumed,
    AccountState,
    Cost,
    DestinationHeld,
    DestinationReleased,
    LimitLearned,
    Usage,
    UsageObserved,
    begin_probe,
    carry_over,
    evolve,
    hold_number,
    observe_usage,
    pause,
    release_destination,
    release_destinations,
    resume,
)
from tests.domain.given import NINE, ONE_OF_EACH_ACCOUNT, account_after, at

BROKE = AccountPaused(cause="provider", status=402, code="insufficient_balance", body="{}")
HELD = DestinationHeld(prefix="+1555", code="rate_not_found", body="{}")


def usage(calls: int) -> UsageObserved:
    return UsageObserved(
        window_from=NINE,
        window_to=at(60),
        calls=calls,
        billsec_seconds=9,
        cost_amount="0.10",
        cost_currency="EUR",
        body="{}",
    )


def test_a_refusal_pauses_the_account_with_the_providers_words() -> None:
    assert pause(INITIAL, "provider", status=402, code="insufficient_balance", body="{}") == [BROKE]
    assert evolve(INITIAL, BROKE, at(5)) == AccountState(
        pause=AccountPause(cause="provider", code="insufficient_balance", at=at(5), status=402, body="{}")
    )


def test_the_same_refusal_again_changes_nothing() -> None:
    assert pause(account_after(BROKE), "provider", status=402, code="insufficient_balance", body="other") == []


@pytest.mark.parametrize(("cause", "code"), [("operator", None), ("provider", "unauthorized")])
def test_another_cause_for_the_pause_is_recorded(cause: str, code: str | None) -> None:
    assert pause(account_after(BROKE), cause, code=code) == [AccountPaused(cause=cause, code=code)]


def test_a_pause_is_lifted_once() -> None:
    resumed = AccountResumed(reason="paid")

    assert resume(account_after(BROKE), "paid") == [resumed]
    assert resume(account_after(BROKE, resumed), "paid") == []
    assert account_after(BROKE, resumed) == INITIAL


CARRIED = AccountPaused(cause="provider", status=402, code="insufficient_balance", body="{}", carried_from="earlier")


def test_another_key_begins_paused_where_the_account_before_it_is() -> None:
    assert carry_over(INITIAL, account_after(BROKE), "earlier") == [CARRIED]
    assert evolve(INITIAL, CARRIED, at(5)).pause == AccountPause(
        cause="provider", code="insufficient_balance", at=at(5), status=402, body="{}", carried_from="earlier"
    )


def test_nothing_is_carried_over_where_nothing_is_paused_or_this_key_is_paused_itself() -> None:
    assert carry_over(INITIAL, account_after(BROKE, AccountResumed()), "earlier") == []
    assert carry_over(account_after(AccountPaused(cause="operator")), account_after(BROKE), "earlier") == []


def test_how_often_an_earlier_key_tried_says_nothing_of_this_one_and_its_own_probe_makes_the_pause_its_own() -> None:
    tried = account_after(BROKE, replace(BROKE, probes=7))

    assert carry_over(INITIAL, tried, "earlier") == [CARRIED]
    assert begin_probe(account_after(CARRIED)) == [replace(BROKE, probes=1)]


def test_a_destination_is_held_once() -> None:
    assert hold_number(INITIAL, "+1555", "rate_not_found", "{}") == [HELD]
    assert hold_number(account_after(HELD), "+1555", "rate_not_found", "{}") == []
    assert account_after(HELD) == AccountState(held_prefixes={"+1555": "rate_not_found"})


def test_a_destination_is_released_once() -> None:
    released = DestinationReleased(prefix="+1555", reason="rated")

    assert release_destination(account_after(HELD), "+1555", "rated") == [released]
    assert release_destination(account_after(HELD, released), "+1555") == []
    assert account_after(HELD, released) == INITIAL


def test_all_that_begins_with_a_prefix_is_released_and_what_is_held_by_a_shorter_one_stays() -> None:
    state = account_after(
        *(DestinationHeld(prefix=prefix) for prefix in ("+1", "+1555", "+15551230001", "+1556", "+49"))
    )

    assert release_destinations(state, "+1555", "rated") == [
        DestinationReleased(prefix="+1555", reason="rated"),
        DestinationReleased(prefix="+15551230001", reason="rated"),
    ]
    assert release_destinations(state, "+2") == []


def test_a_number_is_held_by_its_longest_prefix() -> None:
    state = account_after(HELD, DestinationHeld(prefix="+15551"), DestinationHeld(prefix="+49"))

    assert [state.held_prefix_of(number) for number in ("+15551230001", "+15559990001", "+4930123456", "+331")] == [
        "+15551",
        "+1555",
        "+49",
        None,
    ]


def test_the_latest_limit_and_usage_are_kept() -> None:
    state = account_after(
        LimitLearned(limit="calls_per_second", value=5),
        LimitLearned(limit="calls_at_once", value=20),
        usage(1),
        LimitLearned(limit="calls_per_second", value=4),
        usage(2),
    )

    assert state == AccountState(
        limits={"calls_per_second": 4, "calls_at_once": 20},
        usages={NINE: Usage(usage(2), NINE)},
        costs={NINE: Cost(amount="0.10", currency="EUR", calls=2, at=NINE)},
    )


@pytest.mark.parametrize("unread", [{"cost_amount": None}, {"cost_currency": None}, {"calls": 8, "cost_amount": None}])
def test_what_could_not_be_read_takes_nothing_away_from_a_cost_that_was_known(unread: dict[str, Any]) -> None:
    state = evolve(account_after(usage(1)), replace(usage(1), **unread), at(5))

    assert state.usages == {NINE: Usage(replace(usage(1), **unread), at(5))}
    assert state.costs == {NINE: Cost(amount="0.10", currency="EUR", calls=1, at=NINE)}


def test_a_cost_is_known_whatever_else_could_not_be_read() -> None:
    state = account_after(replace(usage(1), calls=None, billsec_seconds=None))

    assert state.costs == {NINE: Cost(amount="0.10", currency="EUR", calls=None, at=NINE)}


@pytest.mark.parametrize("event", ONE_OF_EACH_ACCOUNT, ids=lambda event: event.NAME)
def test_every_event_can_be_folded_from_the_start(event: AccountEvent) -> None:
    assert isinstance(evolve(INITIAL, event, NINE), AccountState)


def test_a_window_has_what_was_said_of_it_last_and_only_news_is_recorded() -> None:
    known = account_after(usage(1))

    assert observe_usage(INITIAL, usage(1)) == [usage(1)]
    assert observe_usage(known, replace(usage(1), window_to=at(90), body="the same, later")) == []
    assert observe_usage(known, usage(2)) == [usage(2)]
    assert observe_usage(known, replace(usage(1), cost_amount="0.100")) == [replace(usage(1), cost_amount="0.100")]
    other = replace(usage(1), window_from=at(1))
    assert observe_usage(known, other) == [other]


def test_of_very_many_windows_the_last_ones_are_kept() -> None:
    windows = [replace(usage(1), window_from=at(second)) for second in range(USAGES_KEPT_MAX + 2)]
    state = account_after(*windows, windows[2])

    assert list(state.usages) == [at(second) for second in (*range(3, USAGES_KEPT_MAX + 2), 2)]


@pytest.mark.parametrize(
    ("first", "second", "held"),
    [
        ("+4930123456", "+4930123999", "+4930123"),
        ("+4930123456", "+4930999999", "+4930999999"),
        ("+15552000001", "+15559000002", "+1555"),
        ("+15552000001", "+15659000002", "+15659000002"),
        ("+15552000001", "+15552999999", "+15552"),
        ("+2101234567", "+2101239999", "+210123"),
        ("+4930123456", "+3310123456", "+3310123456"),
    ],
)
def test_a_second_number_without_a_rate_holds_what_both_begin_with(first: str, second: str, held: str) -> None:
    once = hold_number(INITIAL, first, "rate_not_found", "{}")
    twice = hold_number(account_after(*once), second, "rate_not_found", "{}")

    assert once == [DestinationHeld(prefix=first, code="rate_not_found", body="{}")]
    assert twice == [DestinationHeld(prefix=held, code="rate_not_found", body="{}")]
    assert hold_number(account_after(*once, *twice), second, "rate_not_found", "{}") == []
    assert hold_number(account_after(*once), second, "blocked", "{}") == [
        DestinationHeld(prefix=second, code="blocked", body="{}")
    ]


def test_a_probe_of_the_providers_pause_is_counted_and_the_pause_stays_as_old_as_it_is() -> None:
    broke = evolve(INITIAL, BROKE, at(5))
    (begun,) = begin_probe(broke)
    tried = evolve(broke, begun, at(20))

    assert begun == AccountPaused(cause="provider", status=402, code="insufficient_balance", body="{}", probes=1)
    assert tried.pause == AccountPause(
        cause="provider", code="insufficient_balance", at=at(5), status=402, body="{}", probes=1, probed_at=at(20)
    )
    assert begin_probe(INITIAL) == []
    assert begin_probe(account_after(AccountPaused(cause="operator"))) == []
