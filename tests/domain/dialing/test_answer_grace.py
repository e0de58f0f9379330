"""Late word of an answer: how long it is waited for, and what follows once it has come."""

from datetime import datetime
from itertools import permutations

import pytest
from msgspec.structs import replace

from domain.call import INITIAL, AnswerServed, CallEvent, CallState, evolve
from domain.policy import NEW_POLICY, ConversationGap, Policy, Retry
from domain.status import status_of
from tests.domain.dialing.attempts import judged, rules
from tests.domain.given import (
    AUTUMN,
    SPRING,
    accepted,
    at,
    enrolled,
    recipient_after,
    report,
    resolved,
    started,
    unresolved,
)

CREATED, GATHERED, COMPLETED = report("call.created", 0), report("call.gathered", 6), report("call.completed", 9)
SERVED = AnswerServed(occurred_at=at(30), step="greeting", request="{}", actions="[]", duration_ms=1.0)
TWICE = Policy(attempts_max=2, retry={outcome: Retry(after_seconds=5) for outcome in ("not_reached", "failed")})
WITH_GRACE = replace(TWICE, answer_grace_seconds=60)
GAP = (ConversationGap(seconds=48 * 3_600),)


def learned(*events: CallEvent, seconds: float = 20) -> CallState:
    history = INITIAL
    for event in events:
        history = evolve(history, event, event.occurred_at if isinstance(event, AnswerServed) else at(seconds))
    return history.state


def until(policy: Policy, call: CallState, now: datetime) -> list[tuple[str, datetime | None]]:
    found = judged(policy, started(), accepted(), calls={"c1": call}, now=now)
    return [(reason.rule, reason.until) for reason in found.reasons]


def test_a_policy_that_was_stored_without_a_grace_has_none_and_a_new_one_has_a_minute() -> None:
    assert (Policy().answer_grace_seconds, NEW_POLICY.answer_grace_seconds) == (0, 60)
    assert until(TWICE, learned(CREATED, COMPLETED), at(21)) == []


@pytest.mark.parametrize(
    ("events", "held"),
    [
        ((CREATED, COMPLETED), at(80)),
        ((CREATED, COMPLETED, SERVED), at(90)),
        ((CREATED, report("call.failed", 9)), None),
        ((CREATED, report("call.failed", 9), SERVED), at(90)),
        ((CREATED, report("recording.started", 4), report("call.failed", 9), SERVED), at(90)),
    ],
)
def test_the_grace_runs_from_when_the_end_was_learned_or_it_was_told_what_to_do(
    events: tuple[CallEvent, ...], held: datetime | None
) -> None:
    for order in permutations(events):
        call = learned(*order)
        assert until(WITH_GRACE, call, at(50)) == ([] if held is None else [("answer_grace", held)])
        assert until(WITH_GRACE, call, at(90)) == []


def test_proof_that_comes_within_the_grace_ends_the_matter() -> None:
    for order in permutations([CREATED, GATHERED, COMPLETED]):
        assert until(WITH_GRACE, learned(*order), at(21)) == [("outcome_not_retried", None)]


def test_where_no_attempt_is_left_nothing_is_waited_for() -> None:
    once = replace(WITH_GRACE, attempts_max=1)
    never = replace(WITH_GRACE, retry={})

    assert until(once, learned(CREATED, COMPLETED), at(21)) == [("attempts_used_up", None)]
    assert until(never, learned(CREATED, COMPLETED), at(21)) == [("outcome_not_retried", None)]


ELSEWHERE = (enrolled(AUTUMN), started("b1", AUTUMN), accepted("b1", "c9", AUTUMN))


def test_another_campaign_with_a_gap_waits_for_the_proof_and_then_for_the_gap() -> None:
    unproved, proved = learned(CREATED, COMPLETED), learned(CREATED, COMPLETED, GATHERED)
    policy = Policy(conversation_gaps=GAP, answer_grace_seconds=60)

    def held(call: CallState, policy: Policy) -> list[tuple[str, datetime | None]]:
        found = judged(policy, *ELSEWHERE, calls={"c9": call}, now=at(21))
        return [(reason.rule, reason.until) for reason in found.reasons]

    assert held(unproved, policy) == [("answer_grace", at(80))]
    assert held(proved, policy) == [("conversation_gap", at(9 + 48 * 3_600))]
    assert held(unproved, replace(policy, conversation_gaps=())) == []
    other_purpose = (ConversationGap(seconds=60, per="purpose"),)
    assert held(unproved, replace(policy, conversation_gaps=other_purpose)) == []


@pytest.mark.parametrize(
    "proof", [report("call.gathered", 6), report("recording.started", 4), report("call.answered", 3)]
)
def test_a_proved_answer_holds_the_person_and_names_its_proof(proof: CallEvent) -> None:
    found = judged(
        Policy(conversation_gaps=GAP), *ELSEWHERE, calls={"c9": learned(CREATED, COMPLETED, proof)}, now=at(60)
    )

    assert [reason.inputs["answer_proofs"] for reason in found.reasons] == [proof.NAME]


def test_of_an_answered_call_whose_end_nobody_knows_the_gap_runs_from_its_first_proof() -> None:
    settled = (enrolled(AUTUMN), started("b1", AUTUMN), unresolved("b1"), resolved("b1", call_id="c9"), resolved("b1"))
    answered = evolve(evolve(INITIAL, GATHERED, at(20)), report("recording.completed", 25), at(40)).state

    found = judged(Policy(conversation_gaps=GAP), *settled, calls={"c9": answered}, now=at(60))

    assert [(reason.rule, reason.until) for reason in found.reasons if reason.rule == "conversation_gap"] == [
        ("conversation_gap", at(20 + 48 * 3_600))
    ]


def test_who_waits_out_the_grace_is_held_by_name_and_then_not_reached_or_reached() -> None:
    person = recipient_after(enrolled(), started(), accepted())

    def status(call: CallState, policy: Policy, now: datetime) -> tuple[str, str | None, datetime | None]:
        verdict = judged(policy, started(), accepted(), calls={"c1": call}, now=now)
        found = status_of(person, SPRING, {"c1": call}, now, lambda: verdict)
        return found.status, found.reason, found.until

    unproved = learned(CREATED, COMPLETED)
    assert status(unproved, WITH_GRACE, at(21)) == ("held", "answer_grace", at(80))
    assert status(unproved, WITH_GRACE, at(80)) == ("queued", None, None)
    assert status(unproved, replace(WITH_GRACE, attempts_max=1), at(21)) == ("not_reached", None, None)
    assert status(learned(CREATED, COMPLETED, GATHERED), WITH_GRACE, at(21)) == ("reached", None, None)
    assert rules(judged(WITH_GRACE, started(), accepted(), calls={"c1": unproved}, now=at(80))) == []
