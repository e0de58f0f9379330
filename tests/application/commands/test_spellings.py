"""One person in several spellings: nothing of what is decided about one of them leaves the others out."""

import asyncio

import pytest

from adapters.ledger import Ledger
from adapters.recipient_file import RecipientRow
from application.commands import attempts, campaigns, outcomes, recipients
from application.commands.attempts import StartedAttempt
from application.commands.command import Command
from domain.campaign import Plan
from domain.dial_outcome import Abandoned, Refused
from domain.dialing import Verdict
from domain.policy import Cap, Policy
from tests.adapters.ledger.stage import do
from tests.application.commands.starting import start_campaign

SPRING, AUTUMN = "spring", "autumn"
BY = {"actor": "test"}
DAY_SECONDS = 86_400
PAIRS = [
    ("+442079460018", "+4402079460018"),
    ("+788123456789", "+78123456789"),
    ("+5215512345678", "+525512345678"),
    ("+551161234567", "+5511961234567"),
    ("+541123456789", "+5491123456789"),
]
both_ways = pytest.mark.parametrize(("one", "other"), [*PAIRS, *((b, a) for a, b in PAIRS)])


def play_in(ledger: Ledger, one: str, other: str, policy: Policy | None = None) -> None:
    """Two running campaigns, each with one spelling of the person."""
    for campaign_id, number in ((SPRING, one), (AUTUMN, other)):
        do(ledger, campaigns.create_campaign(campaign_id, Plan(caller_number="+15551230001", policy=policy)))
        row = (ledger.recipient_stream(number), RecipientRow(2, number, None, {}))
        do(ledger, recipients.enroll_recipients(campaign_id, "file", [row]), "imports")
        do(ledger, start_campaign(campaign_id))


def start(ledger: Ledger, campaign_id: str, number: str) -> Command[StartedAttempt | Verdict]:
    """Call somebody."""
    return attempts.start_attempt(
        attempt_id=f"att_{campaign_id}",
        campaign_id=campaign_id,
        stream=ledger.recipient_stream(number),
        fingerprint="f00d",
        epoch="e",
        only_numbers=None,
    )


def reasons(found: StartedAttempt | Verdict) -> list[str]:
    """What stands against a call; nothing where it was begun."""
    return [] if isinstance(found, StartedAttempt) else [reason.rule for reason in found.reasons]


@both_ways
def test_who_is_suppressed_in_one_spelling_is_called_in_none_until_released_in_any(
    ledger: Ledger, one: str, other: str
) -> None:
    play_in(ledger, one, other)
    do(ledger, recipients.suppress_recipient(ledger.recipient_stream(other), other, "letter", None, None))
    found = do(ledger, start(ledger, SPRING, one))
    assert isinstance(found, Verdict)
    assert [(r.rule, r.inputs) for r in found.reasons] == [("suppressed", {"source": "letter", "spelling": other})]
    assert do(ledger, recipients.release_recipient(ledger.recipient_stream(one), one)) == [other]
    assert reasons(do(ledger, start(ledger, SPRING, one))) == []


@both_ways
def test_two_spellings_have_one_open_call_also_where_both_are_begun_in_one_commit(
    ledger: Ledger, one: str, other: str
) -> None:
    play_in(ledger, one, other)

    async def both() -> list[StartedAttempt | Verdict]:
        commands = [start(ledger, SPRING, one), start(ledger, AUTUMN, other)]
        done = await asyncio.gather(*(ledger.execute(one, lane="attempts", metadata=BY) for one in commands))
        return [committed.result for committed in done]

    assert [reasons(found) for found in asyncio.run(both())] == [[], ["open_attempt"]]
    stream = ledger.recipient_stream(other)
    assert reasons(do(ledger, attempts.verdict_now(AUTUMN, stream, "f00d", None))) == ["open_attempt"]


@both_ways
def test_a_cap_counts_the_calls_to_all_spellings(ledger: Ledger, one: str, other: str) -> None:
    play_in(ledger, one, other, Policy(caps=(Cap(attempts_max=1, period_seconds=DAY_SECONDS),)))
    started = do(ledger, start(ledger, SPRING, one))
    refusal = Refused(
        status=502, code="originate_failed", body="{}", concerns="recipient", counts=True, retry_after_seconds=None
    )
    do(ledger, outcomes.settle_attempt(started, refusal, "f00d"))
    assert reasons(do(ledger, start(ledger, AUTUMN, other))) == ["person_cap"]


@both_ways
def test_a_number_that_the_provider_does_not_take_says_nothing_of_the_other_spelling(
    ledger: Ledger, one: str, other: str
) -> None:
    play_in(ledger, one, other)
    rows = [(ledger.recipient_stream(other), RecipientRow(3, other, None, {}))]
    do(ledger, recipients.enroll_recipients(SPRING, "file", rows), "imports")
    started = do(ledger, start(ledger, SPRING, one))
    refusal = Refused(
        status=400, code="invalid_request", body="{}", concerns="recipient", counts=False, retry_after_seconds=None
    )
    do(ledger, outcomes.settle_attempt(started, refusal, "f00d"))
    assert reasons(do(ledger, attempts.verdict_now(SPRING, ledger.recipient_stream(one), "f00d", None))) == ["refused"]
    assert reasons(do(ledger, attempts.verdict_now(SPRING, ledger.recipient_stream(other), "f00d", None))) == []


def test_numbers_that_only_look_alike_are_two_people(ledger: Ledger) -> None:
    play_in(ledger, "+390612345603", "+39612345603")
    do(ledger, recipients.suppress_recipient(ledger.recipient_stream("+39612345603"), "+39612345603", "x", None, None))
    started = do(ledger, start(ledger, SPRING, "+390612345603"))
    assert isinstance(started, StartedAttempt)
    do(ledger, outcomes.settle_attempt(started, Abandoned(why="unreachable"), "f00d"))
