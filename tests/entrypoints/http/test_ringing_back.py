from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.dial_outcome import Unresolved
from tests.entrypoints.http.ringing import call, called, person, pressed, ringing
from tests.entrypoints.serving import FROM, OTHER, TO, Serving, accepted, play
from tests.examples import examples

RECIPIENT = f"/v1/campaigns/spring_followup/recipients/{TO.replace('+', '%2B')}"
NIGHT = [
    ringing("call.created"),
    ringing("call.answered", seconds=61),
    pressed("9"),
    ringing("call.completed", seconds=70),
]


@pytest.mark.parametrize("direction", ["inbound", "outbound", None])
def test_who_rings_back_is_recorded_on_the_person_and_on_the_call(tmp_path: Path, direction: str | None) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        stage.clock.now += timedelta(minutes=1)
        await stage.deliver(ringing("call.created", direction=direction))
        (rang,) = person(stage).rang_back
        assert (rang.call_id, rang.campaign_id, rang.attempt_id) == ("in_1", "spring_followup", "att_call_1")
        assert [one.attempt_id for one in person(stage).attempts] == ["att_call_1"]
        timeline = await stage.json("/v1/calls/in_1/timeline")
        assert [entry["event"] for entry in timeline["entries"]] == ["call.created", "call.came_in"]
        assert timeline["entries"][1]["detail"] == {"attempt_id": "att_call_1", "campaign_id": "spring_followup"}
        found = await stage.json(f"/v1/people/{TO.replace('+', '%2B')}")
        (event,) = [one for one in found["history"] if one["event"] == "recipient.rang_back"]
        assert (event["campaign_id"], event["call_id"]) == ("spring_followup", "in_1")
        assert "in_1" in [one["call_id"] for one in found["calls"]]

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "said",
    [
        {"from": "+15559990000"},  # nobody whom we called
        {"to": "+15559990000"},  # no number that we call from
        {"from": FROM, "to": TO},  # one of ours, whatever direction it is said to have
        {"from": None, "to": FROM},
        {"from": "withheld"},
        {"metadata": {"attempt_id": "att_call_1"}},
    ],
)
def test_any_other_call_is_nobodys(tmp_path: Path, said: dict[str, Any]) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        for body in (ringing("call.created", **said), ringing("call.gathered", data={"digits": "9"}, **said)):
            await stage.deliver(body)
        assert person(stage).rang_back == ()
        assert (call(stage).came_in, person(stage).suppression) == (None, None)

    play(tmp_path, scene)


def test_the_digits_that_opt_out_suppress_at_once_with_the_call_as_evidence(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        await stage.deliver(pressed("9"))
        found = person(stage).suppression
        assert found is not None
        assert (found.source, found.reason, found.expires_at) == ("keypress", "in call in_1", None)
        told = await stage.json(f"{RECIPIENT}/explain")
        assert "suppressed" in [rule["rule"] for rule in told["rules"] if rule["stands_against"]]

    play(tmp_path, scene)


@pytest.mark.parametrize("digits", ["1", "99", ""])
def test_other_digits_do_not(tmp_path: Path, digits: str) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        await stage.deliver(pressed(digits))
        assert person(stage).suppression is None

    play(tmp_path, scene)


@given(order=st.permutations(range(len(NIGHT))), again=st.lists(st.integers(0, len(NIGHT) - 1), max_size=3))
@settings(max_examples=examples(20), deadline=None, database=None)
def test_in_any_order_and_however_often_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], again: list[int]
) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        for at in [*order, *again]:
            assert (await stage.deliver(NIGHT[at])).status_code == 204
        known, state = person(stage), call(stage)
        assert [(one.call_id, one.attempt_id) for one in known.rang_back] == [("in_1", "att_call_1")]
        assert known.suppression is not None
        assert known.suppression.reason == "in call in_1"
        assert [one.attempt_id for one in known.attempts] == ["att_call_1"]
        assert (state.phase, state.reached, state.entered, state.claim) == ("ended", True, ("9",), None)
        assert state.came_in is not None
        assert stage.names().count("recipient.rang_back") == stage.names().count("call.came_in") == 1

    play(tmp_path_factory.mktemp("ringing"), scene)


def test_of_several_campaigns_it_is_the_last_that_called_from_that_number(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        await called(stage, "autumn", "call_2")
        await called(stage, "winter", "call_3", **{"from": OTHER})
        await stage.deliver(ringing("call.created"))
        await stage.deliver(ringing("call.created", "in_2", to=OTHER))
        assert [one.campaign_id for one in person(stage).rang_back] == ["autumn", "winter"]

    play(tmp_path, scene)


def test_of_a_pool_it_is_the_number_that_called_them(tmp_path: Path) -> None:
    pool = ["+15551230001", "+15551230004", "+15551230005"]

    async def scene(stage: Serving) -> None:
        pooled: dict[str, Any] = {"from": {"pool": pool, "choose": "round"}}
        await called(stage, **pooled)
        used = person(stage).attempts[0].caller_number or pool[0]
        for nth, number in enumerate(pool):
            await stage.deliver(ringing("call.created", f"in_{nth}", to=number))
        assert [one.call_id for one in person(stage).rang_back] == [f"in_{pool.index(used)}"]

    play(tmp_path, scene)


def test_what_was_tried_after_they_rang_is_not_what_they_ring_about(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        stage.clock.now += timedelta(minutes=30)
        await called(stage, "autumn", "call_2")
        await stage.deliver(ringing("call.created"))  # a minute after the first call, heard of late
        assert [one.campaign_id for one in person(stage).rang_back] == ["spring_followup"]

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("dialled", "rings"), [("+442079460033", "+4402079460033"), ("+5491123456789", "+541123456789")]
)
def test_they_are_known_in_another_spelling(tmp_path: Path, dialled: str, rings: str) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        await stage.enroll(dialled)
        await stage.dial(dialled, "call_2")
        await stage.deliver(ringing("call.created", whose=rings))
        assert [one.call_id for one in person(stage, dialled).rang_back] == ["in_1"]

    play(tmp_path, scene)


def test_a_call_that_comes_in_settles_no_attempt(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        await stage.enroll(OTHER)
        await stage.settle(await stage.start(OTHER, "att_2"), Unresolved(why="read_timeout"))
        await stage.deliver(ringing("call.created", "in_2", whose=OTHER))
        stage.clock.now += timedelta(hours=1)
        attempt = person(stage, OTHER).attempt("att_2")
        assert attempt is not None
        assert (attempt.phase, attempt.call_id) == ("unresolved", None)
        assert [one.attempt_id for one in person(stage, OTHER).rang_back] == ["att_2"]
        unresolved = await stage.json("/v1/attempts?phase=unresolved")
        assert [one["candidates"] for one in unresolved["items"]] == [[]]

    play(tmp_path, scene)


def test_they_ring_before_the_answer_to_our_own_request_is_there(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        await stage.enroll(OTHER)
        started = await stage.start(OTHER, "att_2")
        await stage.deliver(ringing("call.created", "in_2", whose=OTHER))
        await stage.deliver(ringing("call.gathered", "in_2", 65, whose=OTHER, data={"digits": "9"}))
        await stage.settle(started, accepted("call_2", OTHER))
        known = person(stage, OTHER)
        assert [(one.call_id, one.attempt_id) for one in known.rang_back] == [("in_2", "att_2")]
        assert known.suppression is not None
        assert [one.call_id for one in known.attempts] == ["call_2"]

    play(tmp_path, scene)


def test_where_our_numbers_call_each_other_a_call_that_may_be_placed_is_not_one_that_came_in(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        await called(stage, "autumn", "call_2", **{"from": TO})
        await stage.enroll(FROM, campaign_id="autumn")
        started = await stage.start(FROM, "att_3", "autumn")
        await stage.deliver(ringing("call.created", "call_3"))
        assert person(stage).rang_back == ()
        await stage.settle(started, accepted("call_3", FROM))
        assert call(stage, "call_3").claim is not None

    play(tmp_path, scene)


def test_who_is_on_the_line_with_us_is_not_called_until_the_call_is_over(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, policy={"attempts_max": 3, "retry": {"not_reached": {"after_seconds": 60}}})
        stage.clock.now += timedelta(minutes=5)

        async def against() -> list[str]:
            told = await stage.json(f"{RECIPIENT}/explain")
            return [rule["rule"] for rule in told["rules"] if rule["stands_against"]]

        assert await against() == []
        await stage.deliver(ringing("call.created", seconds=299))
        assert await against() == ["on_inbound_call"]
        assert (await stage.json(RECIPIENT))["reason"] == "on_inbound_call"
        await stage.deliver(ringing("call.completed", seconds=320))
        assert await against() == []
        await stage.deliver(ringing("call.created", "in_2", seconds=330))
        assert await against() == ["on_inbound_call"]
        stage.clock.now += timedelta(hours=1)
        assert await against() == []

    play(tmp_path, scene)


def test_they_ring_between_the_verdict_and_the_request_and_are_not_called(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, policy={"attempts_max": 3, "retry": {"not_reached": {"after_seconds": 1}}})
        stage.clock.now += timedelta(minutes=5)
        started = await stage.start(TO, "att_2")
        await stage.deliver(ringing("call.created", seconds=299))
        started.known.catch_up(stage.ledger)
        known = started.known.state(stage.ledger.recipient_stream)
        assert [one.call_id for one in known.rang_back] == ["in_1"]
        assert "in_1" in started.known.calls(known)

    play(tmp_path, scene)


def test_what_is_only_asked_is_recorded_on_nobody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        answer = await stage.client.post("/answer", json={"call_id": "in_1", "from": TO, "to": FROM})
        assert answer.status_code == 200
        assert person(stage).rang_back == ()
        await stage.deliver(ringing("call.created", "in_9", whose=OTHER))
        assert person(stage).rang_back == ()

    play(tmp_path, scene)
