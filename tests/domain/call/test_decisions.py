"""What is recorded of a call when somebody says something about it."""

from collections import Counter
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.call import (
    ANSWERS_KEPT_MAX,
    INITIAL,
    REDELIVERIES_PER_KEY_MAX,
    AnswerServed,
    CallClaimed,
    CallHistory,
    CallObserved,
    CallRedelivered,
    Evidence,
    InsightFetched,
    InsightTry,
    claim,
    evolve,
    observe,
    receive,
    record_insight,
    serve,
)
from tests.domain.given import NINE, call_after, call_told, claimed, report


def claims_told(claims: list[CallClaimed]) -> CallHistory:
    history = INITIAL
    for told in claims:
        for event in claim(history, told):
            history = evolve(history, event, NINE)
    return history


def test_a_report_that_is_new_is_recorded_as_it_is() -> None:
    answered = report("call.answered", event_key="k1")

    assert receive(call_after(report("call.created", event_key="k0")), answered) == [answered]


def test_a_webhook_byte_for_byte_again_is_a_redelivery_with_its_own_headers() -> None:
    answered = report("call.answered", event_key="k1")
    again = replace(answered, headers={"x-signature": "t=2"})

    assert receive(call_after(answered), again) == [
        CallRedelivered(key=answered.key, digest=answered.digest, headers={"x-signature": "t=2"})
    ]


def test_the_same_key_with_another_body_is_kept_in_full_and_marked() -> None:
    first = report("call.answered", event_key="k1", note="one")
    other = report("call.answered", event_key="k1", note="two")

    assert first.key == other.key
    assert receive(call_after(first), other) == [replace(other, same_key=True)]


def test_each_body_under_one_key_has_redeliveries_of_its_own() -> None:
    first = report("call.answered", event_key="k1", note="one")
    other = report("call.answered", event_key="k1", note="two")

    assert receive(call_told([first, other]), first) == [CallRedelivered(key=first.key, digest=first.digest)]
    assert receive(call_told([first, other]), other) == [CallRedelivered(key=other.key, digest=other.digest)]


def test_what_the_api_said_again_is_not_recorded_again() -> None:
    completed = report("call.completed", 9, source="api")

    assert receive(call_after(completed), completed) == []


def test_what_the_api_said_and_a_webhook_says_too_is_recorded_twice() -> None:
    from_api = report("call.completed", 9, source="api")
    from_webhook = report("call.completed", 9)

    assert from_api.digest == from_webhook.digest
    assert receive(call_after(from_api), from_webhook) == [from_webhook]
    assert receive(call_after(from_webhook), from_api) == [from_api]


def test_redeliveries_of_a_report_are_bounded() -> None:
    answered = report("call.answered", event_key="k1")
    history = INITIAL
    recorded: Counter[str] = Counter()
    for _ in range(REDELIVERIES_PER_KEY_MAX + 50):
        for event in receive(history, answered):
            history = evolve(history, event, NINE)
            recorded[event.NAME] += 1

    assert recorded == {"call.answered": 1, "call.redelivered": REDELIVERIES_PER_KEY_MAX}
    assert history.state == call_after(answered).state


def test_an_observation_is_recorded_once_for_each_answer() -> None:
    ringing = CallObserved(digest="d1", body='{"status":"ringing"}', status="ringing")
    gone = CallObserved(digest="d2", body="{}")
    history = call_after(ringing)

    assert observe(INITIAL, ringing) == [ringing]
    assert observe(history, ringing) == []
    assert observe(history, gone) == [gone]


STRONGEST_FIRST: tuple[Evidence, ...] = ("response", "metadata", "person", "inferred")


@pytest.mark.parametrize(
    ("weaker", "stronger"), [(w, s) for i, s in enumerate(STRONGEST_FIRST) for w in STRONGEST_FIRST[i + 1 :]]
)
def test_stronger_evidence_supersedes_weaker_and_weaker_is_not_recorded_after_it(
    weaker: Evidence, stronger: Evidence
) -> None:
    weak, strong = claimed("a1", weaker), claimed("a2", stronger)

    assert claim(call_after(weak), strong) == [strong]
    assert claim(call_after(strong), weak) == []
    believed = [claims_told(list(order)).state for order in permutations([weak, strong])]
    assert [(state.claim and state.claim.attempt_id, state.contested) for state in believed] == [("a2", False)] * 2


@pytest.mark.parametrize("how", STRONGEST_FIRST)
def test_the_same_claim_again_is_not_recorded(how: Evidence) -> None:
    assert claim(call_after(claimed("a1", how)), claimed("a1", how)) == []


@pytest.mark.parametrize("how", STRONGEST_FIRST)
def test_evidence_as_strong_for_another_attempt_is_recorded_and_contests_the_call(how: Evidence) -> None:
    one, other = claimed("a1", how), claimed("a2", how)

    assert claim(call_after(one), other) == [other]
    for order in permutations([one, other]):
        state = claims_told(list(order)).state
        assert (state.claim and state.claim.attempt_id, state.contested) == ("a2", True)


def test_a_contested_call_is_settled_by_stronger_evidence() -> None:
    state = claims_told([claimed("a1", "inferred"), claimed("a2", "inferred"), claimed("a1", "response")]).state

    assert (state.claim and state.claim.attempt_id, state.contested) == ("a1", False)


@given(
    st.lists(
        st.builds(claimed, st.sampled_from(["a1", "a2", "a3"]), st.sampled_from(STRONGEST_FIRST)),
        min_size=1,
        max_size=6,
    ),
    st.data(),
)
def test_the_same_claims_in_any_order_give_the_same_owner(claims: list[CallClaimed], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(claims))

    one, other = claims_told(claims).state, claims_told(shuffled).state

    assert (one.claim, one.contested) == (other.claim, other.contested)


def insights_told(results: list[str], kind: str = "score", before: CallHistory = INITIAL) -> list[str]:
    """What is recorded of these results, one after the other."""
    history, told = before, []
    for result in results:
        for event in record_insight(history, InsightFetched(kind=kind, result=result)):
            history = evolve(history, event, NINE)
            told.append(result)
    return told


@pytest.mark.parametrize(
    ("results", "recorded"),
    [
        (["completed"], ["completed"]),
        (["missing", "missing", "failed", "missing", "completed"], ["missing", "failed", "completed"]),
        (["failed", "failed", "gave_up", "gave_up"], ["failed", "gave_up"]),
        (["gave_up", "missing", "failed"], ["gave_up"]),
        (["gave_up", "completed"], ["gave_up", "completed"]),
        (["completed", "completed", "missing", "gave_up"], ["completed"]),
    ],
)
def test_of_asking_for_a_result_each_word_is_recorded_once_and_none_after_its_end(
    results: list[str], recorded: list[str]
) -> None:
    assert insights_told(results) == recorded


def test_each_kind_of_result_is_recorded_on_its_own() -> None:
    history = call_after(InsightFetched(kind="score", result="completed"))

    assert insights_told(["missing", "completed"], "topics", history) == ["missing", "completed"]


def test_a_recording_that_is_completed_lets_what_was_given_up_be_recorded_anew() -> None:
    given_up = InsightFetched(kind="score", result="gave_up")
    there = InsightFetched(kind="topics", result="completed")
    history = call_after(given_up, there, report("recording.completed", 500))

    assert insights_told(["missing", "gave_up"], "score", history) == ["missing", "gave_up"]
    assert insights_told(["missing", "completed"], "topics", history) == []


def test_a_result_is_recorded_with_all_that_was_asked() -> None:
    asked = (InsightTry(at=NINE, result="missing", status=404, code="ai_score_not_found"),)
    fetched = InsightFetched(kind="score", result="missing", body="{}", asked=asked)

    assert record_insight(INITIAL, fetched) == [fetched]


def answer(seconds: int, *, again: bool = False) -> AnswerServed:
    return AnswerServed(
        occurred_at=NINE + timedelta(seconds=seconds),
        step=f"step_{seconds}",
        request="{}",
        actions="{}",
        duration_ms=1.0,
        again=again,
    )


def test_what_a_call_was_told_is_kept_so_often_and_no_oftener() -> None:
    history = INITIAL
    for seconds in range(ANSWERS_KEPT_MAX):
        (event,) = serve(history, answer(seconds))
        history = evolve(history, event, NINE)

    assert history.answers == ANSWERS_KEPT_MAX
    assert serve(history, answer(ANSWERS_KEPT_MAX)) == []


def test_what_a_call_was_told_again_is_kept_and_does_not_move_its_step() -> None:
    history = evolve(evolve(INITIAL, answer(1), NINE), answer(2, again=True), NINE)

    assert (history.state.step, history.answers) == ("step_1", 2)
