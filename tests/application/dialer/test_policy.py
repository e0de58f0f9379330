"""A policy is held at the instant of sending, by the clock of this machine, for retries too."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from adapters.ledger import Ledger
from adapters.recipient_file import RecipientRow
from application.commands import campaigns, recipients
from application.commands.attempts import StartedAttempt, start_attempt
from application.commands.outcomes import settle_attempt
from domain import call, recipient
from domain.campaign import Plan
from domain.dial_outcome import Accepted, DialOutcome, Refused
from domain.dialing import Verdict
from domain.policy import WEEKDAYS, Cap, Policy, Retry, Window
from tests.adapters.ledger.stage import do, feed, open_ledger
from tests.application.commands.starting import start_campaign
from tests.domain.given import report

SPRING = "spring"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEW_YORK = "+12025550123"
PLAN = Plan(
    caller_number="+15551230001",
    policy=Policy(
        hours=dict.fromkeys(WEEKDAYS, (Window(8 * 60, 20 * 60),)),
        attempts_max=3,
        retry={"originate_failed": Retry(after_seconds=3600), "not_reached": Retry(after_seconds=0)},
        caps=(Cap(attempts_max=2, period_seconds=86_400),),
        purpose="debt",
    ),
)
CARRIER_SAID_NO = Refused(status=502, code="originate_failed", body="{}", concerns="recipient", counts=True)


def utc_now() -> datetime:
    """The machine's clock, which freezegun stops, as the real type: what is stored has to be one."""
    stopped = datetime.now(UTC)  # noqa: TID251 - the clock that is stopped here
    return EPOCH + (stopped - EPOCH)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path, clock=utc_now)
    yield opened
    opened.close()


def try_to_start(ledger: Ledger, attempt_id: str) -> StartedAttempt | Verdict:
    stream = ledger.recipient_stream(NEW_YORK)
    found: Any = do(
        ledger,
        start_attempt(
            attempt_id=attempt_id,
            campaign_id=SPRING,
            stream=stream,
            fingerprint="f",
            epoch="e",
            only_numbers=None,
        ),
        "attempts",
    )
    assert isinstance(found, StartedAttempt | Verdict)
    return found


def held(ledger: Ledger) -> list[tuple[str, str | None]]:
    """The rules that forbid a call now, and until when."""
    found = try_to_start(ledger, "att_no")
    assert isinstance(found, Verdict)
    return [(r.rule, None if r.until is None else r.until.isoformat()) for r in found.reasons]


def start(ledger: Ledger, attempt_id: str, outcome: DialOutcome) -> None:
    started = try_to_start(ledger, attempt_id)
    assert isinstance(started, StartedAttempt), started
    do(ledger, settle_attempt(started, outcome, "f"), "answers")


def test_the_dialers_command_holds_the_policy_at_the_instant_of_each_commit(ledger: Ledger) -> None:
    with freeze_time("2026-10-31T11:59:59Z") as clock:
        do(ledger, campaigns.create_campaign(SPRING, PLAN))
        row = RecipientRow(2, NEW_YORK, None, {})
        do(ledger, recipients.enroll_recipients(SPRING, "file", [(ledger.recipient_stream(NEW_YORK), row)]), "imports")
        do(ledger, start_campaign(SPRING))

        # Eight in the morning in New York, on the last day of summer time.
        assert held(ledger) == [("outside_hours", "2026-10-31T12:00:00+00:00")]
        clock.move_to("2026-10-31T12:00:00Z")
        start(ledger, "att_1", CARRIER_SAID_NO)

        clock.move_to("2026-10-31T12:59:59Z")
        [(rule, until)] = held(ledger)
        assert (rule, until is not None and until[:19]) == ("retry_gap", "2026-10-31T13:00:00")

        # The retry, too, comes too late in the evening; the hours begin again by winter time.
        clock.move_to("2026-11-01T00:00:00Z")
        assert held(ledger) == [("outside_hours", "2026-11-01T13:00:00+00:00")]
        clock.move_to("2026-10-31T23:59:59Z")
        clock.move_to("2026-11-01T12:30:00Z")
        assert held(ledger) == [("outside_hours", "2026-11-01T13:00:00+00:00")]
        clock.move_to("2026-11-01T13:00:00Z")
        start(ledger, "att_2", CARRIER_SAID_NO)

        clock.move_to("2026-11-01T15:00:00Z")
        start(ledger, "att_3", CARRIER_SAID_NO)
        clock.move_to("2026-11-01T18:00:00Z")
        assert [rule for rule, _ in held(ledger)] == ["attempts_used_up", "person_cap"]

    started = [one.event for one in feed(ledger) if isinstance(one.event, recipient.AttemptStarted)]
    assert [(event.attempt_id, event.purpose) for event in started] == [
        ("att_1", "debt"),
        ("att_2", "debt"),
        ("att_3", "debt"),
    ]


def test_an_outcome_that_is_learned_from_the_call_is_what_the_dialers_command_retries(ledger: Ledger) -> None:
    with freeze_time("2026-06-01T14:00:00Z"):
        do(ledger, campaigns.create_campaign(SPRING, PLAN))
        row = RecipientRow(2, NEW_YORK, None, {})
        do(ledger, recipients.enroll_recipients(SPRING, "file", [(ledger.recipient_stream(NEW_YORK), row)]), "imports")
        do(ledger, start_campaign(SPRING))
        started = try_to_start(ledger, "att_1")
        assert isinstance(started, StartedAttempt)
        created = report("call.created", None)
        assert isinstance(created, call.CallCreated)
        do(
            ledger,
            settle_attempt(started, Accepted(call_id="c1", status=201, body="{}", created=created), "f"),
            "answers",
        )
        assert held(ledger) == [("open_attempt", None)]

        do(ledger, lambda tx: tx.append("call:c1", call.receive(tx.call("c1"), report("call.completed", None))))
        assert isinstance(try_to_start(ledger, "att_2"), StartedAttempt)
