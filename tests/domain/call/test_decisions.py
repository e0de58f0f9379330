"""What is recorded of a call when somebody says something about it."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.call import (
    INITIAL,
    REDELIVERIES_PER_KEY_MAX,
    CallClaimed,
    CallHistory,
    CallObserved,
    CallRedelivered,
    Evidence,
    claim,
    evolve,
    observe,
    receive,
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
