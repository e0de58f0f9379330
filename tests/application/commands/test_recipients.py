"""Enrolment and suppression; also by digits that mean: call me no more, in whatever order they and the call's claim become known."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.documents.texts import OPT_OUT_DIGITS_MAX
from adapters.ledger import Ledger
from adapters.recipient_file import Complaint, RecipientRow
from application.commands import campaigns, recipients, resolving
from application.commands.attempts import start_attempt
from application.commands.recipients import Enrolled
from domain.call.fold import DIGITS_KEPT_MAX
from domain.campaign import Plan
from domain.dial_outcome import Unresolved
from domain.errors import Conflict
from domain.recipient import RecipientSuppressed
from tests.adapters.ledger.stage import do, feed, names
from tests.entrypoints.serving import FINGERPRINT, OTHER, TO, Serving, accepted, payload, play
from tests.entrypoints.serving import SPRING as SPRING_FILE

SPRING = "spring"
PLAN = Plan(caller_number="+15551230001")
ONE, TWO = "+15551230002", "+15551230003"


def row(ledger: Ledger, line: int, number: str, zone: str | None = None) -> tuple[str, RecipientRow]:
    return ledger.recipient_stream(number), RecipientRow(line, number, zone, {})


def enroll(ledger: Ledger, *numbers: str, campaign_id: str = SPRING, import_id: str = "i") -> Any:
    rows = [row(ledger, line, number) for line, number in enumerate(numbers, start=2)]
    return do(ledger, recipients.enroll_recipients(campaign_id, import_id, rows), "imports")


def test_repeated_rows_name_the_line_they_repeat_and_known_ones_are_counted(ledger: Ledger) -> None:
    do(ledger, campaigns.create_campaign(SPRING, PLAN))
    assert enroll(ledger, ONE, TWO, ONE, ONE) == Enrolled(
        enrolled=2,
        already_enrolled=0,
        repeats=[Complaint(line=line, field="number", reason="repeats the number of line 2") for line in (4, 5)],
    )
    assert enroll(ledger, ONE, TWO) == Enrolled(enrolled=0, already_enrolled=2, repeats=[])
    assert enroll(ledger, TWO, ONE, import_id="another") == Enrolled(enrolled=0, already_enrolled=2, repeats=[])


def test_who_was_enrolled_stays_as_they_were(ledger: Ledger) -> None:
    do(ledger, campaigns.create_campaign(SPRING, PLAN))
    enroll(ledger, ONE)
    again = recipients.enroll_recipients(SPRING, "another", [row(ledger, 2, ONE, "Europe/Berlin")])
    assert do(ledger, again, "imports") == Enrolled(enrolled=0, already_enrolled=1, repeats=[])
    assert names(feed(ledger)) == ["campaign.created", "recipient.enrolled"]


def test_a_batch_that_fails_enrols_nobody(ledger: Ledger) -> None:
    do(ledger, campaigns.create_campaign(SPRING, PLAN))
    good = row(ledger, 2, ONE)
    bad = (ledger.recipient_stream(TWO), RecipientRow(3, TWO, None, {"half a character": "\ud800"}))
    with pytest.raises(UnicodeEncodeError):
        do(ledger, recipients.enroll_recipients(SPRING, "i", [good, bad]), "imports")
    assert names(feed(ledger)) == ["campaign.created"]
    assert enroll(ledger, ONE).enrolled == 1


def test_a_campaign_that_is_over_takes_nobody(ledger: Ledger) -> None:
    do(ledger, campaigns.create_campaign(SPRING, PLAN))
    do(ledger, campaigns.cancel_campaign(SPRING))
    with pytest.raises(Conflict, match="enrol these recipients in a new campaign"):
        enroll(ledger, ONE)


def test_a_suppression_is_about_the_person_and_new_once(ledger: Ledger) -> None:
    stream = ledger.recipient_stream(ONE)
    suppress = recipients.suppress_recipient(stream, ONE, "hotline", "asked", None)
    assert [do(ledger, suppress) for _ in range(2)] == [True, False]
    assert do(ledger, recipients.suppress_recipient(stream, ONE, "hotline", "asked twice", None))
    assert [do(ledger, recipients.release_recipient(stream, ONE)) for _ in range(2)] == [[ONE], []]
    assert names(feed(ledger)) == ["recipient.suppressed", "recipient.suppressed", "recipient.released"]


async def campaign(
    stage: Serving, campaign_id: str = "spring_followup", policy: Mapping[str, Any] | None = None
) -> None:
    """A running campaign with two people, whose policy knows the digit 9."""
    made = {**SPRING_FILE, "id": campaign_id, "policy": {"opt_out_digits": "9"} if policy is None else policy}
    assert (await stage.client.post("/v1/campaigns", json=made)).status_code == 201
    await stage.enroll(TO, OTHER, campaign_id=campaign_id)
    await stage.client.post(f"/v1/campaigns/{campaign_id}/start")


def gathered(digits: str | None, call_id: str = "call_1", seconds: float | None = 5) -> bytes:
    return payload("call.gathered", call_id, seconds, data={} if digits is None else {"digits": digits})


def suppressed(stage: Serving) -> list[tuple[str, str, str | None, int]]:
    """Who was suppressed, on whose word, why, and in which commit (its instant)."""
    return [
        (e.event.number, e.event.source, e.event.reason, e.position)
        for e in stage.feed()
        if isinstance(e.event, RecipientSuppressed)
    ]


def test_the_digit_suppresses_the_person_in_every_campaign_in_the_same_commit(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await campaign(stage, "autumn", {})
        await stage.dial(TO, "call_1")
        await stage.deliver(gathered("9"))
        report, word = stage.feed()[-2:]

        assert (report.name, word.name) == ("call.gathered", "recipient.suppressed")
        assert report.recorded_at == word.recorded_at
        assert suppressed(stage) == [(TO, "keypress", "in call call_1", word.position)]
        for campaign_id in ("spring_followup", "autumn"):
            told = await stage.json(f"/v1/campaigns/{campaign_id}/recipients/{TO}")
            assert "suppressed" in {reason["rule"] for reason in told["verdict"]["reasons"]}

    play(tmp_path, scene)


@pytest.mark.parametrize("said", [9, 9.0, "9 ", [9], ["9"]])
def test_the_digit_is_heeded_in_whatever_form_it_comes(tmp_path: Path, said: object) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.gathered", "call_1", 5, data={"digits": said}))
        assert [number for number, *_ in suppressed(stage)] == [TO]

    play(tmp_path, scene)


@pytest.mark.parametrize("digits", ["8", "99", "19", "", None])
def test_any_other_digits_suppress_nobody(tmp_path: Path, digits: str | None) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.dial(TO, "call_1")
        await stage.deliver(gathered(digits))
        assert suppressed(stage) == []

    play(tmp_path, scene)


def test_without_such_digits_in_the_policy_nobody_is_suppressed(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, policy={})
        await stage.dial(TO, "call_1")
        await stage.deliver(gathered("9"))
        assert suppressed(stage) == []

    play(tmp_path, scene)


def test_digits_that_came_before_the_answer_to_our_request_count_once_it_comes(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        started = await stage.start(TO, "att_1")
        await stage.deliver(gathered("9"))
        assert suppressed(stage) == []
        await stage.settle(started, accepted("call_1", TO))
        assert [word[:3] for word in suppressed(stage)] == [(TO, "keypress", "in call call_1")]

    play(tmp_path, scene)


def test_digits_of_a_call_that_is_matched_later_count_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        started = await stage.start(TO, "att_1")
        await stage.settle(started, Unresolved(why="no answer"))
        await stage.deliver(gathered("9"))
        assert suppressed(stage) == []
        await stage.do(resolving.match_attempt(started.stream, "att_1", "call_1", "inferred", "reconciler"))
        assert [word[:3] for word in suppressed(stage)] == [(TO, "keypress", "in call call_1")]

    play(tmp_path, scene)


def test_the_digit_again_changes_nothing_and_a_release_is_not_undone_by_a_redelivery(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.dial(TO, "call_1")
        for seconds in (5, 6):
            await stage.deliver(gathered("9", seconds=seconds))
        await stage.deliver(gathered("9"))
        assert len(suppressed(stage)) == 1
        await stage.client.delete(f"/v1/suppressions/{TO}")
        await stage.deliver(gathered("9"))
        assert len(suppressed(stage)) == 1

    play(tmp_path, scene)


async def pressed_and_released(stage: Serving) -> None:
    """Somebody who pressed the digit 5 s after noon, and whom an operator released a minute after noon."""
    await campaign(stage)
    await stage.dial(TO, "call_1")
    await stage.deliver(gathered("9"))
    stage.clock.now += timedelta(minutes=1)
    await stage.client.delete(f"/v1/suppressions/{TO}")


@pytest.mark.parametrize(
    "later",
    [
        gathered("1", seconds=70),
        gathered(None, seconds=70),
        gathered("9", seconds=6),
        gathered("9", seconds=59),
        payload("call.gathered", seconds=5, data={"digits": "9", "more": True}),
    ],
)
def test_a_release_is_not_undone_by_what_came_before_it_or_says_something_else(tmp_path: Path, later: bytes) -> None:
    async def scene(stage: Serving) -> None:
        await pressed_and_released(stage)
        stage.clock.now += timedelta(minutes=1)
        await stage.deliver(later)
        assert stage.feed()[-1].name == "call.gathered"
        assert len(suppressed(stage)) == 1

    play(tmp_path, scene)


def test_a_release_is_not_undone_by_better_evidence_of_whose_call_it_was(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        started = await stage.start(TO, "att_1")
        await stage.settle(started, Unresolved(why="no answer"))
        await stage.deliver(gathered("9"))
        await stage.do(resolving.match_attempt(started.stream, "att_1", "call_1", "inferred", "reconciler"))
        await stage.client.delete(f"/v1/suppressions/{TO}")
        for how in ("person", "metadata"):
            await stage.do(resolving.match_attempt(started.stream, "att_1", "call_1", how, "kim"))
        assert len(suppressed(stage)) == 1

    play(tmp_path, scene)


@pytest.mark.parametrize("seconds", [61, 119, 10**9, -1_780_056_000, None])
def test_the_digit_pressed_again_after_the_release_suppresses_again(tmp_path: Path, seconds: float | None) -> None:
    async def scene(stage: Serving) -> None:
        await pressed_and_released(stage)
        stage.clock.now += timedelta(minutes=1)
        await stage.deliver(gathered("9", seconds=seconds))
        assert len(suppressed(stage)) == 2

    play(tmp_path, scene)


def test_once_the_call_had_ended_before_the_release_nothing_was_pressed_after_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await pressed_and_released(stage)
        await stage.deliver(payload("call.completed", seconds=30))
        await stage.deliver(gathered("9", seconds=None))
        assert len(suppressed(stage)) == 1

    play(tmp_path, scene)


def test_a_word_that_is_learned_only_after_the_release_holds(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.dial(TO, "call_1")
        stage.clock.now += timedelta(minutes=1)
        await stage.client.post("/v1/suppressions", json={"number": TO, "source": "letter"})
        await stage.client.delete(f"/v1/suppressions/{TO}")
        await stage.deliver(gathered("9"))
        assert [word[1] for word in suppressed(stage)] == ["letter", "keypress"]

    play(tmp_path, scene)


def test_no_further_attempt_is_begun(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.dial(TO, "call_1")
        await stage.deliver(gathered("9"))
        await stage.deliver(payload("call.completed", seconds=9))
        verdict = await stage.do(
            start_attempt(
                attempt_id="att_2",
                campaign_id="spring_followup",
                stream=stage.ledger.recipient_stream(TO),
                fingerprint=FINGERPRINT,
                epoch="test",
                only_numbers=None,
            )
        )
        assert "suppressed" in {reason.rule for reason in verdict.reasons}  # type: ignore[union-attr]

    play(tmp_path, scene)


def test_the_digits_that_a_policy_may_name_are_kept_of_a_call() -> None:
    assert DIGITS_KEPT_MAX >= OPT_OUT_DIGITS_MAX
