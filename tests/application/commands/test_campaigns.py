from collections.abc import Callable
from typing import Any

import pytest

from adapters.ledger import Ledger
from adapters.ledger.transaction import Transaction
from application.commands import campaigns, recipients
from domain import account
from domain.campaign import Limits, Plan
from domain.errors import Conflict, NotFound
from domain.identity import account_stream
from tests.adapters.ledger.stage import do, feed, names
from tests.application.commands.starting import start_campaign

SPRING = "spring"
PLAN = Plan(caller_number="+15551230001")
ONE = "+15551230002"


def pause_account(fingerprint: str) -> Callable[[Transaction], None]:
    def decide(tx: Transaction) -> None:
        tx.append(account_stream(fingerprint), account.pause(tx.account(fingerprint), "operator"))

    return decide


def test_a_campaign_is_new_once(ledger: Ledger) -> None:
    assert [do(ledger, campaigns.create_campaign(SPRING, PLAN)) for _ in range(2)] == [True, False]
    with pytest.raises(Conflict):
        do(ledger, campaigns.create_campaign(SPRING, Plan(caller_number=ONE, limits=Limits(calls_at_once=1))))
    assert names(feed(ledger)) == ["campaign.created"]


@pytest.mark.parametrize(
    "command",
    [
        start_campaign("nobody"),
        campaigns.pause_campaign("nobody"),
        campaigns.cancel_campaign("nobody"),
        campaigns.resume_campaign("nobody", "f"),
        recipients.enroll_recipients("nobody", "i", []),
    ],
)
def test_a_campaign_that_is_not_there_is_not_found(ledger: Ledger, command: Any) -> None:
    with pytest.raises(NotFound, match="no campaign is named nobody"):
        do(ledger, command)


def test_each_command_says_nothing_twice(ledger: Ledger) -> None:
    do(ledger, campaigns.create_campaign(SPRING, PLAN))
    assert [do(ledger, start_campaign(SPRING)) for _ in range(2)] == [None, None]
    for command in (
        campaigns.pause_campaign(SPRING),
        campaigns.resume_campaign(SPRING, None),
        campaigns.cancel_campaign(SPRING),
    ):
        assert [do(ledger, command) for _ in range(2)] == [[], []]
    done = ["created", "started", "paused", "resumed", "canceled"]
    assert names(feed(ledger)) == [f"campaign.{did}" for did in done]


def test_resume_lifts_the_pause_of_the_account_that_is_watched_and_no_others(ledger: Ledger) -> None:
    do(ledger, campaigns.create_campaign(SPRING, PLAN))
    do(ledger, start_campaign(SPRING))
    for fingerprint in ("ours", "theirs"):
        do(ledger, pause_account(fingerprint))
    assert do(ledger, campaigns.resume_campaign(SPRING, "ours")) == [
        "the account's pause (operator) was lifted: every running campaign on it dials again"
    ]
    assert [one.stream for one in feed(ledger) if one.name == "account.resumed"] == ["account:ours"]
