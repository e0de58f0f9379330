from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger import Ledger
from adapters.ledger.transaction import Transaction
from application.commands import campaigns, recipients
from application.commands.account import resume_account
from domain import account
from domain.campaign import CHANGE_WAITS_MAX, CampaignChange, CampaignState, Limits, Operator, Plan, Proposal, existing
from domain.errors import Conflict, NotFound
from domain.identity import account_stream
from domain.policy import Policy
from tests.adapters.ledger.stage import T0, Clock, do, feed, names, open_ledger
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


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=8), timedelta(days=365)], ids=str)
@pytest.mark.parametrize("restarts", [False, True], ids=["goes-on", "restarted"])
def test_a_change_that_was_asked_for_by_a_wrong_clock_waits_from_when_that_was_set_right(
    tmp_path: Path, ahead: timedelta, restarts: bool
) -> None:
    def waiting() -> CampaignChange:
        found = do(ledger, lambda tx: existing(tx.campaign(SPRING), SPRING))
        assert isinstance(found, CampaignState)
        return found.changes[-1]

    clock = Clock(T0 + ahead)
    ledger = open_ledger(tmp_path, clock)
    do(ledger, campaigns.create_campaign(SPRING, Plan(caller_number=ONE, policy=Policy(needs_approval=True))))
    do(ledger, campaigns.propose_change(SPRING, Proposal(change="start"), "c1", Operator("ann", {"bob"})))
    assert waiting().expires_at == T0 + ahead + CHANGE_WAITS_MAX
    clock.now = T0
    do(ledger, resume_account("f", ledger.position))
    if restarts:
        ledger.close()
        ledger = open_ledger(tmp_path, clock)
    assert waiting().expires_at == T0 + CHANGE_WAITS_MAX
    clock.now = T0 + CHANGE_WAITS_MAX
    with pytest.raises(Conflict, match="is expired"):
        do(ledger, campaigns.approve_change(SPRING, "c1", Operator("bob", {"ann"}), None))
    ledger.close()
