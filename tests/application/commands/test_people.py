from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger import Ledger, Transaction
from adapters.recipient_file import Complaint, RecipientRow
from application.commands import people
from application.commands.people import Enrolled
from domain import account
from domain.campaign import Limits, Plan
from domain.errors import Conflict, NotFound
from domain.identity import account_stream
from tests.adapters.ledger.stage import do, feed, names, open_ledger

SPRING, AUTUMN = "spring", "autumn"
PLAN = Plan(caller_number="+15551230001")
ONE, TWO = "+15551230002", "+15551230003"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


def row(ledger: Ledger, line: int, number: str, zone: str | None = None) -> tuple[str, RecipientRow]:
    return ledger.recipient_stream(number), RecipientRow(line, number, zone, {})


def pause_account(fingerprint: str) -> Callable[[Transaction], None]:
    def decide(tx: Transaction) -> None:
        tx.append(account_stream(fingerprint), account.pause(tx.account(fingerprint), "operator"))

    return decide


def enroll(ledger: Ledger, *numbers: str, campaign_id: str = SPRING, import_id: str = "i") -> Any:
    rows = [row(ledger, line, number) for line, number in enumerate(numbers, start=2)]
    return do(ledger, people.enroll_recipients(campaign_id, import_id, rows), "imports")


def test_a_campaign_is_new_once(ledger: Ledger) -> None:
    assert [do(ledger, people.create_campaign(SPRING, PLAN)) for _ in range(2)] == [True, False]
    with pytest.raises(Conflict):
        do(ledger, people.create_campaign(SPRING, Plan(caller_number=ONE, limits=Limits(calls_at_once=1))))
    assert names(feed(ledger)) == ["campaign.created"]


@pytest.mark.parametrize(
    "command",
    [
        people.start_campaign("nobody"),
        people.pause_campaign("nobody"),
        people.cancel_campaign("nobody"),
        people.resume_campaign("nobody", "f"),
        people.enroll_recipients("nobody", "i", []),
    ],
)
def test_a_campaign_that_is_not_there_is_not_found(ledger: Ledger, command: Any) -> None:
    with pytest.raises(NotFound, match="no campaign is named nobody"):
        do(ledger, command)


def test_each_command_says_nothing_twice(ledger: Ledger) -> None:
    do(ledger, people.create_campaign(SPRING, PLAN))
    for command in (
        people.start_campaign(SPRING),
        people.pause_campaign(SPRING),
        people.resume_campaign(SPRING, None),
        people.cancel_campaign(SPRING),
    ):
        assert [do(ledger, command) for _ in range(2)] == [[], []]
    done = ["created", "started", "paused", "resumed", "canceled"]
    assert names(feed(ledger)) == [f"campaign.{did}" for did in done]


def test_resume_lifts_the_pause_of_the_account_that_is_watched_and_no_others(ledger: Ledger) -> None:
    do(ledger, people.create_campaign(SPRING, PLAN))
    do(ledger, people.start_campaign(SPRING))
    for fingerprint in ("ours", "theirs"):
        do(ledger, pause_account(fingerprint))
    assert do(ledger, people.resume_campaign(SPRING, "ours")) == [
        "the account's pause (operator) was lifted: every running campaign on it dials again"
    ]
    assert [one.stream for one in feed(ledger) if one.name == "account.resumed"] == ["account:ours"]


def test_repeated_rows_name_the_line_they_repeat_and_known_ones_are_counted(ledger: Ledger) -> None:
    do(ledger, people.create_campaign(SPRING, PLAN))
    assert enroll(ledger, ONE, TWO, ONE, ONE) == Enrolled(
        enrolled=2,
        already_enrolled=0,
        repeats=[Complaint(line=line, field="number", reason="repeats the number of line 2") for line in (4, 5)],
    )
    assert enroll(ledger, ONE, TWO) == Enrolled(enrolled=0, already_enrolled=2, repeats=[])
    assert enroll(ledger, TWO, ONE, import_id="another") == Enrolled(enrolled=0, already_enrolled=2, repeats=[])


def test_who_was_enrolled_stays_as_they_were(ledger: Ledger) -> None:
    do(ledger, people.create_campaign(SPRING, PLAN))
    enroll(ledger, ONE)
    again = people.enroll_recipients(SPRING, "another", [row(ledger, 2, ONE, "Europe/Berlin")])
    assert do(ledger, again, "imports") == Enrolled(enrolled=0, already_enrolled=1, repeats=[])
    assert names(feed(ledger)) == ["campaign.created", "recipient.enrolled"]


def test_a_batch_that_fails_enrols_nobody(ledger: Ledger) -> None:
    do(ledger, people.create_campaign(SPRING, PLAN))
    good = row(ledger, 2, ONE)
    bad = (ledger.recipient_stream(TWO), RecipientRow(3, TWO, None, {"half a character": "\ud800"}))
    with pytest.raises(UnicodeEncodeError):
        do(ledger, people.enroll_recipients(SPRING, "i", [good, bad]), "imports")
    assert names(feed(ledger)) == ["campaign.created"]
    assert enroll(ledger, ONE).enrolled == 1


def test_a_campaign_that_is_over_takes_nobody(ledger: Ledger) -> None:
    do(ledger, people.create_campaign(SPRING, PLAN))
    do(ledger, people.cancel_campaign(SPRING))
    with pytest.raises(Conflict, match="enrol these recipients in a new campaign"):
        enroll(ledger, ONE)


def test_a_suppression_is_about_the_person_and_new_once(ledger: Ledger) -> None:
    stream = ledger.recipient_stream(ONE)
    suppress = people.suppress(stream, ONE, "hotline", "asked", None)
    assert [do(ledger, suppress) for _ in range(2)] == [True, False]
    assert do(ledger, people.suppress(stream, ONE, "hotline", "asked twice", None))
    assert [do(ledger, people.release(stream)) for _ in range(2)] == [True, False]
    assert names(feed(ledger)) == ["recipient.suppressed", "recipient.suppressed", "recipient.released"]
