"""The account: a pause outlives the key that it came by."""

import pytest

from adapters.ledger import Ledger
from application.commands import account, campaigns
from domain.account import UsageObserved
from domain.campaign import Plan
from domain.events import Recorded
from tests.adapters.ledger.stage import do, feed
from tests.application.commands.starting import start_campaign
from tests.application.commands.test_campaigns import pause_account
from tests.domain.given import NINE, at

USAGE = UsageObserved(
    window_from=NINE, window_to=at(60), calls=1, billsec_seconds=9, cost_amount="0.10", cost_currency="EUR", body="{}"
)


def told(events: list[Recorded]) -> list[str]:
    return [f"{one.name} {one.stream}" for one in events if one.stream.startswith("account:")]


def test_the_same_key_stays_paused_without_another_word(ledger: Ledger) -> None:
    do(ledger, pause_account("one"))

    assert do(ledger, account.begin_with("one")) is False
    assert told(feed(ledger)) == ["account.paused account:one"]


@pytest.mark.parametrize("was_used_before", [False, True])
def test_another_key_begins_paused_once_and_so_does_the_one_after_it(ledger: Ledger, was_used_before: bool) -> None:
    if was_used_before:
        do(ledger, account.observe_usage("two", USAGE))
    do(ledger, pause_account("one"))

    assert [do(ledger, account.begin_with(key)) for key in ("two", "two", "three")] == [True, False, True]
    assert told(feed(ledger))[-3:] == [f"account.paused account:{key}" for key in ("one", "two", "three")]


def test_once_an_operator_has_resumed_the_last_one_another_key_dials(ledger: Ledger) -> None:
    do(ledger, campaigns.create_campaign("spring", Plan(caller_number="+15551230001")))
    do(ledger, start_campaign("spring"))
    do(ledger, pause_account("one"))
    do(ledger, account.begin_with("two"))
    do(ledger, campaigns.resume_campaign("spring", "two"))

    assert do(ledger, account.begin_with("three")) is False
    assert do(ledger, account.begin_with("one")) is False  # paused still, by its own word
    assert told(feed(ledger))[-1] == "account.resumed account:two"


def test_a_resume_before_the_first_start_with_another_key_holds(ledger: Ledger) -> None:
    do(ledger, campaigns.create_campaign("spring", Plan(caller_number="+15551230001")))
    do(ledger, start_campaign("spring"))
    do(ledger, pause_account("one"))

    assert do(ledger, campaigns.resume_campaign("spring", "two")) == [
        "the account's pause (operator) was lifted: every running campaign on it dials again"
    ]
    assert do(ledger, account.begin_with("two")) is False


def test_in_a_new_ledger_nothing_is_paused(ledger: Ledger) -> None:
    assert do(ledger, account.begin_with("one")) is False
    assert feed(ledger) == []
