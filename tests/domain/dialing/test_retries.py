"""Which outcomes of a call are tried again, and when."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from domain.call import CallState
from domain.campaign import CampaignStarted
from domain.dialing import Reason, judge
from domain.policy import Policy, Retry, RetryOutcome
from domain.recipient import RecipientEvent
from tests.domain.dialing.attempts import (
    CANCELED,
    DAY,
    EVERY_OUTCOME,
    FAILED,
    RANG_OUT,
    TALKED,
    TALKING,
    THREE,
    judged,
    reasons,
    rules,
)
from tests.domain.given import (
    NINE,
    PLAN,
    abandoned,
    accepted,
    account_after,
    at,
    call_told,
    campaign_after,
    enrolled,
    recipient_after,
    refused,
    report,
    resolved,
    started,
    unresolved,
)

NO_TIME = call_told([report("call.created", None), report("call.completed", None)]).state
NO_ANSWER_TO_REQUEST = (started(), refused(counts=True, code="originate_failed"))


@pytest.mark.parametrize(
    ("events", "call", "outcome", "gap", "ended"),
    [
        ((started(), accepted()), RANG_OUT, "not_reached", 100, at(9)),
        ((started(), accepted()), FAILED, "failed", 200, at(9)),
        ((started(), accepted()), CANCELED, "canceled", 300, at(9)),
        (NO_ANSWER_TO_REQUEST, None, "originate_failed", 400, at(2)),
        ((started(), unresolved(), resolved(call_id="c1")), FAILED, "failed", 200, at(9)),
        # Where the provider gave the end no time, it is when we learned of it.
        ((started(), accepted()), NO_TIME, "not_reached", 100, NINE),
    ],
)
def test_an_outcome_is_tried_again_after_its_own_gap_from_the_end(
    events: tuple[RecipientEvent, ...], call: CallState | None, outcome: str, gap: int, ended: datetime
) -> None:
    calls = {} if call is None else {"c1": call}
    until = ended + timedelta(seconds=gap)
    found = judged(THREE, *events, calls=calls, now=until - timedelta(microseconds=1))

    assert found.reasons == (
        Reason(
            rule="retry_gap",
            scope="recipient",
            until=until,
            inputs={
                "last_attempt_id": "a1",
                "outcome": outcome,
                "ended_at": ended.isoformat(),
                "gap_seconds": gap,
            },
        ),
    )
    assert (found.attempts_counted, found.attempts_max) == (1, 3)
    assert judged(THREE, *events, calls=calls, now=until).may_dial


@pytest.mark.parametrize("left_out", list(EVERY_OUTCOME))
def test_an_outcome_that_is_not_named_is_not_tried_again(left_out: RetryOutcome) -> None:
    call = {"not_reached": RANG_OUT, "failed": FAILED, "canceled": CANCELED}.get(left_out)
    events = NO_ANSWER_TO_REQUEST if call is None else (started(), accepted())
    retry = {outcome: gap for outcome, gap in EVERY_OUTCOME.items() if outcome != left_out}
    calls = {} if call is None else {"c1": call}
    [reason] = reasons(Policy(attempts_max=3, retry=retry), *events, calls=calls, now=at(DAY))

    assert (reason.rule, reason.scope, reason.final, reason.until) == ("outcome_not_retried", "recipient", True, None)
    assert reason.inputs == {
        "last_attempt_id": "a1",
        "outcome": left_out,
        "ended_at": at(2 if call is None else 9).isoformat(),
        "retried": ", ".join(sorted(retry)),
    }


def test_whom_we_have_talked_with_is_not_called_again_by_this_campaign() -> None:
    [reason] = reasons(THREE, started(), accepted(), calls={"c1": TALKED}, now=at(DAY))

    assert (reason.rule, reason.final, reason.inputs["outcome"]) == ("outcome_not_retried", True, "reached")


def test_that_they_were_reached_may_be_learned_after_a_second_attempt() -> None:
    events = (started(), accepted(), started("a2"), accepted("a2", "c2"))
    [reason] = reasons(THREE, *events, calls={"c1": TALKED, "c2": RANG_OUT}, now=at(DAY))

    assert (reason.rule, reason.inputs["last_attempt_id"]) == ("outcome_not_retried", "a1")


def test_a_persons_word_that_there_was_no_call_is_no_outcome_to_try_again() -> None:
    [reason] = reasons(THREE, started(), unresolved(), resolved(), now=at(DAY))

    assert (reason.rule, reason.inputs["outcome"]) == ("outcome_not_retried", "settled_without_call")
    assert judged(THREE, started(), unresolved(), resolved(redial=True), now=at(DAY)).may_dial


def test_where_the_calls_are_not_given_nothing_is_tried_again() -> None:
    recipient = recipient_after(enrolled(), started(), accepted())
    campaign = replace(campaign_after(CampaignStarted()), plan=replace(PLAN, policy=THREE))
    [reason] = judge(campaign, recipient, account_after(), (), at(DAY)).reasons

    assert (reason.rule, reason.inputs["outcome"]) == ("outcome_not_retried", "unknown")


def test_an_attempt_that_is_open_has_no_outcome_yet() -> None:
    assert rules(judged(THREE, started())) == ["open_attempt"]
    assert rules(judged(THREE, started(), accepted(), calls={"c1": TALKING})) == ["open_attempt"]
    assert rules(judged(THREE, started(), unresolved())) == ["open_attempt"]


def test_an_attempt_that_does_not_count_has_no_outcome() -> None:
    events = (started(), accepted(), started("a2"), abandoned("a2"))
    found = judged(THREE, *events, calls={"c1": RANG_OUT}, now=at(50))

    assert [(r.rule, r.inputs["last_attempt_id"]) for r in found.reasons] == [("retry_gap", "a1")]
    assert judged(THREE, started(), abandoned()).may_dial


def test_all_outcomes_share_one_budget() -> None:
    events = (
        *(started("a1"), accepted("a1", "c1")),
        *(started("a2"), refused("a2", counts=True, code="originate_failed")),
        *(started("a3"), accepted("a3", "c3")),
    )
    calls = {"c1": RANG_OUT, "c3": FAILED}

    assert reasons(THREE, *events, calls=calls, now=at(DAY)) == (
        Reason(rule="attempts_used_up", scope="recipient", final=True, inputs={"counted": 3, "attempts_max": 3}),
    )
    assert judged(replace(THREE, attempts_max=4), *events, calls=calls, now=at(DAY)).may_dial


def test_the_last_attempt_decides_what_is_tried_again() -> None:
    only_failed = Policy(attempts_max=3, retry={"failed": Retry(after_seconds=0)})
    events = (started(), accepted(), started("a2"), accepted("a2", "c2"))

    assert judged(only_failed, *events, calls={"c1": RANG_OUT, "c2": FAILED}).may_dial
    assert rules(judged(only_failed, *events, calls={"c1": FAILED, "c2": RANG_OUT})) == ["outcome_not_retried"]
