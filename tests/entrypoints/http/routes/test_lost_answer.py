"""The report that a call was answered is lost: what only an answered call can have proves it, in any order."""

from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from tests.entrypoints.serving import FROM, NOON, TO, Serving, at, in_path, payload, play

DELIVERIES = {
    "created": payload("call.created"),
    "gathered": payload("call.gathered", seconds=21, data={"digits": "5", "timed_out": False}),
    "completed": payload("call.completed", seconds=40),
}
POLICY = {"attempts_max": 2, "retry": {"not_reached": {"after_seconds": 5}}, "conversation_gaps": [{"hours": 48}]}


async def with_campaign(stage: Serving, campaign_id: str) -> None:
    body = {"id": campaign_id, "from": FROM, "policy": POLICY}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    await stage.enroll(TO, campaign_id=campaign_id)
    assert (await stage.client.post(f"/v1/campaigns/{campaign_id}/start")).status_code == 200


def recipient(campaign_id: str) -> str:
    return f"/v1/campaigns/{campaign_id}/recipients/{in_path(TO)}"


@pytest.mark.parametrize("order", list(permutations(DELIVERIES)))
def test_who_pressed_a_key_is_reached_and_left_alone_by_every_campaign(tmp_path: Path, order: tuple[str, ...]) -> None:
    async def scene(stage: Serving) -> None:
        await with_campaign(stage, "survey")
        await stage.dial(TO, "call_1", "survey")
        stage.clock.now = NOON + timedelta(seconds=41)
        for name in order:
            assert (await stage.deliver(DELIVERIES[name])).status_code == 204
        await with_campaign(stage, "second")
        assert await stage.parts.projector.wait_for(stage.ledger.position, 60.0)

        first, second = await stage.json(recipient("survey")), await stage.json(recipient("second"))
        assert (first["status"], first["verdict"]["may_dial"]) == ("reached", False)
        [attempt] = first["history"]
        assert (attempt["answer_proofs"], attempt["person_proofs"]) == (["call.gathered"], ["digits"])
        assert (second["status"], second["reason"]) == ("held", "conversation_gap")
        assert second["until"] == at(40 + 48 * 3_600)
        state = (await stage.json("/v1/calls/call_1"))["state"]
        assert (state["reached"], state["answer_proofs"], state["answered_at"]) == (True, ["call.gathered"], None)
        for campaign_id in ("survey", "second"):
            listed = (await stage.json(f"/v1/campaigns/{campaign_id}/recipients"))["items"]
            assert [one["status"] for one in listed] == ["reached" if campaign_id == "survey" else "held"]

    play(tmp_path, scene)


def test_until_late_word_could_have_come_nobody_is_called_again(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await with_campaign(stage, "survey")
        await stage.dial(TO, "call_1", "survey")
        stage.clock.now = NOON + timedelta(seconds=41)
        await stage.deliver(DELIVERIES["completed"])
        found = await stage.json(recipient("survey"))
        assert (found["status"], found["reason"]) == ("held", "answer_grace")
        assert found["until"][:19] == at(101)[:19]
        stage.clock.now = NOON + timedelta(seconds=60)
        await stage.deliver(DELIVERIES["gathered"])
        stage.clock.now = NOON + timedelta(seconds=200)
        assert (await stage.json(recipient("survey")))["status"] == "reached"

    play(tmp_path, scene)


def test_a_short_pick_up_is_answered_and_nothing_says_by_whom(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await with_campaign(stage, "survey")
        await stage.dial(TO, "call_1", "survey")
        stage.clock.now = NOON + timedelta(seconds=20)
        for body in (payload("call.answered", seconds=12), payload("call.completed", seconds=16)):
            await stage.deliver(body)
        state = (await stage.json("/v1/calls/call_1/timeline"))["state"]
        assert (state["reached"], state["answer_proofs"], state["person_proofs"]) == (True, ["call.answered"], [])
        page = (await stage.client.get("/calls/call_1")).text
        assert "That it was answered is proved by: answered. Nothing proves that it was a person" in page
        assert "by a person" not in page

    play(tmp_path, scene)
