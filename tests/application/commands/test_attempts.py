"""What comes of a request counts, whatever another process, a look or a person made of its attempt meanwhile."""

from collections.abc import Callable

import pytest

from adapters.ledger import Ledger
from adapters.recipient_file import RecipientRow
from application.commands import campaigns, recipients
from application.commands.attempts import StartedAttempt, start_attempt
from application.commands.command import Command
from application.commands.outcomes import settle_attempt
from application.commands.resolving import match_attempt, settle_without_call
from domain.account import AccountPaused
from domain.call import CallCreated
from domain.campaign import Plan
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Unresolved
from domain.errors import Conflict
from domain.identity import call_stream
from projections.folded import call_of, recipient_of
from tests.adapters.ledger.stage import do, feed, names
from tests.application.commands.starting import start_campaign

SPRING = "spring"
ONE, TWO = "+15551230002", "+15551230003"
FINGERPRINT = "key"
ACCEPTED = Accepted(
    call_id="call_1",
    status=201,
    body="{}",
    created=CallCreated(source="api", key="k", digest="d", body="{}", occurred_at=None),
)
UNAUTHORIZED = Refused(status=401, code="unauthorized", body="{}", concerns="account", counts=False)
Meanwhile = Callable[[StartedAttempt], Command[object]]


def begun(ledger: Ledger, attempt_id: str, number: str = ONE) -> StartedAttempt:
    """An attempt that may be sent."""
    stream = ledger.recipient_stream(number)
    do(ledger, campaigns.create_campaign(SPRING, Plan(caller_number="+15551230001")))
    do(ledger, recipients.enroll_recipients(SPRING, "i", [(stream, RecipientRow(2, number, None, {}))]))
    do(ledger, start_campaign(SPRING))
    started = do(
        ledger,
        start_attempt(
            attempt_id=attempt_id,
            campaign_id=SPRING,
            stream=stream,
            fingerprint=FINGERPRINT,
            epoch="e",
            only_numbers=None,
        ),
    )
    assert isinstance(started, StartedAttempt)
    return started


def settled(outcome: DialOutcome) -> Meanwhile:
    return lambda attempt: settle_attempt(attempt, outcome, FINGERPRINT)


def matched(attempt: StartedAttempt) -> Command[object]:
    def decide(tx: object) -> None:
        settled(Unresolved(why="the process ended"))(attempt)(tx)  # type: ignore[arg-type]
        match_attempt(attempt.stream, attempt.attempt_id, "call_of_another", "inferred", "reconciler")(tx)  # type: ignore[arg-type]

    return decide


def given_up(attempt: StartedAttempt) -> Command[object]:
    def decide(tx: object) -> None:
        settled(Unresolved(why="the process ended"))(attempt)(tx)  # type: ignore[arg-type]
        settle_without_call(attempt.stream, attempt.attempt_id, "ada", redial=True)(tx)  # type: ignore[arg-type]

    return decide


@pytest.mark.parametrize(
    "meanwhile",
    [
        settled(Abandoned(why="another process thought so")),
        settled(Unresolved(why="the process ended")),
        settled(UNAUTHORIZED),
        matched,
        given_up,
    ],
)
def test_an_accepted_answer_is_recorded_with_its_call_whatever_was_recorded_before_it(
    ledger: Ledger, meanwhile: Meanwhile
) -> None:
    attempt = begun(ledger, "att_1")
    do(ledger, meanwhile(attempt))

    do(ledger, settled(ACCEPTED)(attempt), "answers")

    found = recipient_of(ledger.read_stream(attempt.stream)).attempt("att_1")
    claim = call_of(ledger.read_stream(call_stream("call_1"))).claim
    assert found is not None
    assert claim is not None
    assert (found.phase, found.call_id, found.counts) == ("accepted", "call_1", True)
    assert (claim.attempt_id, claim.how) == ("att_1", "response")


def test_an_answer_takes_its_call_from_an_attempt_that_was_only_thought_to_have_it(ledger: Ledger) -> None:
    attempt, other = begun(ledger, "att_1"), begun(ledger, "att_2", TWO)
    do(ledger, settled(Unresolved(why="the process ended"))(other))
    do(ledger, match_attempt(other.stream, "att_2", "call_1", "inferred", "reconciler"))

    do(ledger, settled(ACCEPTED)(attempt), "answers")

    loser = recipient_of(ledger.read_stream(other.stream)).attempt("att_2")
    assert loser is not None
    assert (loser.phase, loser.call_id) == ("unresolved", None)


def test_a_second_call_of_one_attempt_is_recorded_on_its_own_stream(ledger: Ledger) -> None:
    attempt = begun(ledger, "att_1")
    do(ledger, settled(ACCEPTED)(attempt), "answers")
    second = Accepted(call_id="call_2", status=201, body="{}", created=ACCEPTED.created)

    do(ledger, settled(second)(attempt), "answers")

    assert names(feed(ledger))[-2:] == ["call.created", "call.claimed"]
    assert call_of(ledger.read_stream(call_stream("call_2"))).claim is not None


def test_a_refusal_counts_and_pauses_what_it_concerns_although_nothing_was_thought_sent(ledger: Ledger) -> None:
    attempt = begun(ledger, "att_1")
    do(ledger, settled(Abandoned(why="another process thought so"))(attempt))

    do(ledger, settled(UNAUTHORIZED)(attempt), "answers")

    assert names(feed(ledger))[-2:] == ["attempt.refused", "account.paused"]
    assert isinstance(feed(ledger)[-1].event, AccountPaused)


def test_a_refusal_of_an_attempt_in_doubt_proves_nothing(ledger: Ledger) -> None:
    attempt = begun(ledger, "att_1")
    do(ledger, settled(Unresolved(why="the process ended"))(attempt))

    with pytest.raises(Conflict, match="is unresolved"):
        do(ledger, settled(UNAUTHORIZED)(attempt), "answers")


def test_the_same_answer_again_changes_nothing(ledger: Ledger) -> None:
    attempt = begun(ledger, "att_1")
    do(ledger, settled(ACCEPTED)(attempt), "answers")
    position = ledger.position

    do(ledger, settled(ACCEPTED)(attempt), "answers")

    assert ledger.position == position
