"""A provider's clock that cannot be believed: what is said stays, what is done goes by our own."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.serving import FROM, NOON, TO, Serving, at, in_path, payload, play

POLICY = {"attempts_max": 2, "retry": {"failed": {"after_seconds": 10}}, "conversation_gaps": [{"hours": 48}]}
ODD = [
    "2036-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "2026-05-29T14:00:05Z",
    "2026-05-29T10:00:05Z",
]
RECIPIENT = f"/v1/campaigns/spring_followup/recipients/{in_path(TO)}"


def failed(said: str, event: str = "call.failed") -> bytes:
    return json.dumps({**json.loads(payload(event)), "created_at": said}).encode()


async def with_campaign(stage: Serving, campaign_id: str = "spring_followup") -> None:
    body = {"id": campaign_id, "from": FROM, "policy": POLICY}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    await stage.enroll(TO, campaign_id=campaign_id)
    assert (await stage.client.post(f"/v1/campaigns/{campaign_id}/start")).status_code == 200


async def caught_up(stage: Serving) -> None:
    assert await stage.parts.projector.wait_for(stage.ledger.position, 60.0)


@pytest.mark.parametrize("said", ODD)
def test_the_next_try_comes_so_long_after_we_learned_of_an_end_that_cannot_have_been_then(
    tmp_path: Path, said: str
) -> None:
    async def scene(stage: Serving) -> None:
        await with_campaign(stage)
        await stage.dial(TO, "call_1")
        stage.clock.now = NOON + timedelta(seconds=5)
        assert (await stage.deliver(failed(said))).status_code == 204
        await caught_up(stage)

        found = await stage.json(RECIPIENT)
        assert (found["status"], found["reason"], found["until"]) == ("held", "retry_gap", at(15))
        timeline = await stage.json("/v1/calls/call_1/timeline")
        entry = next(one for one in timeline["entries"] if one["event"] == "call.failed")
        assert entry["notes"] == ["odd_clock"]
        assert json.loads(stage.feed()[entry["position"] - 1].event.body)["created_at"] == said
        assert entry["occurred_at"].rstrip("Z").startswith(said.rstrip("Z"))
        assert timeline["state"]["ended_at"] is None
        [listed] = (await stage.json("/v1/calls?anomaly=odd_clock"))["items"]
        assert (listed["call_id"], listed["anomalies"]) == ("call_1", ["odd_clock"])

    play(tmp_path, scene)


@pytest.mark.parametrize("said", ODD)
def test_no_route_fails_no_mean_is_years_and_a_second_campaign_counts_its_own(tmp_path: Path, said: str) -> None:
    async def scene(stage: Serving) -> None:
        await with_campaign(stage)
        await with_campaign(stage, "autumn")
        await stage.dial(TO, "call_1")
        for event in ("call.answered", "call.completed", "recording.completed"):
            assert (await stage.deliver(failed(said, event))).status_code == 204
        other = "+15551230009"
        await stage.enroll(other, campaign_id="autumn")
        await stage.dial(other, "call_2", "autumn")
        await caught_up(stage)

        paths = [RECIPIENT, f"{RECIPIENT}/explain", RECIPIENT.replace("spring_followup", "autumn")]
        paths += ["/v1/campaigns/spring_followup", "/v1/campaigns/spring_followup/preflight", "/v1/calls"]
        paths += ["/v1/campaigns/spring_followup/recipients", "/v1/campaigns/autumn/recipients", "/v1/calls/call_1"]
        paths += ["/v1/calls/call_1/timeline", "/v1/calls/call_1/deliveries", "/v1/calls/call_1/compare/call_2"]
        paths += ["/v1/views/compare", "/v1/campaigns/spring_followup/standing"]
        answers: dict[str, Any] = {path: await stage.json(path) for path in paths}
        for page in ("/calls/call_1", "/campaigns/spring_followup", "/calls/call_1/compare/call_2"):
            assert (await stage.client.get(page)).status_code == 200

        assert (await stage.client.get("/health/ready")).status_code == 200
        assert answers["/v1/views/compare"]["items"] == []
        summary = answers["/v1/campaigns/spring_followup"]["summary"]
        assert max(one["seconds_max"] for one in summary["calls"].values()) == 0
        assert [one["status"] for one in answers["/v1/campaigns/spring_followup/recipients"]["items"]] == ["reached"]
        by_number = {one["number"]: one for one in answers["/v1/campaigns/autumn/recipients"]["items"]}
        assert (by_number[TO]["status"], by_number[TO]["attempts"], by_number[other]["attempts"]) == ("held", 0, 1)

    play(tmp_path, scene)
