"""The account behind the API key: paused and resumed, and destinations that it does not route."""

import pytest

from domain.account import (
    INITIAL,
    AccountEvent,
    AccountPause,
    AccountPaused,
    AccountResumed,
    AccountState,
    DestinationHeld,
    DestinationReleased,
    LimitLearned,
    UsageObserved,
    evolve,
    hold_destination,
    pause,
    release_destination,
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


def test_a_destination_is_held_once() -> None:
    assert hold_destination(INITIAL, "+1555", "rate_not_found", "{}") == [HELD]
    assert hold_destination(account_after(HELD), "+1555", "rate_not_found", "{}") == []
    assert account_after(HELD) == AccountState(held_prefixes={"+1555": "rate_not_found"})


def test_a_destination_is_released_once() -> None:
    released = DestinationReleased(prefix="+1555", reason="rated")

    assert release_destination(account_after(HELD), "+1555", "rated") == [released]
    assert release_destination(account_after(HELD, released), "+1555") == []
    assert account_after(HELD, released) == INITIAL


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

    assert state == AccountState(limits={"calls_per_second": 4, "calls_at_once": 20}, usage=usage(2))


@pytest.mark.parametrize("event", ONE_OF_EACH_ACCOUNT, ids=lambda event: event.NAME)
def test_every_event_can_be_folded_from_the_start(event: AccountEvent) -> None:
    assert isinstance(evolve(INITIAL, event, NINE), AccountState)
