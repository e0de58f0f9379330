from pathlib import Path
from typing import Any

from domain.dial_outcome import Refused, Unresolved
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    OTHER,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    payload,
    play,
)

THIRD = "+15551230004"


WRITTEN = {
    "why an attempt is unresolved": "why-of-Ada-Lovelace",
    "a code that is none": "no credit for Ada Lovelace",
    "who asked for the suppression": "mail from ada@example.org",
    "a name that we do not know": f"call.sneezed.at.{TO[1:]}",
    "the provider's own key": f"key-of-{OTHER[1:]}",
}


def test_nothing_that_the_provider_or_an_operator_wrote_freely_reaches_a_viewer(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO, OTHER, THIRD)
        lost = Unresolved(why=WRITTEN["why an attempt is unresolved"], status=None, body=None)
        await stage.settle(await stage.start(TO, "att_1"), lost)
        code = WRITTEN["a code that is none"]
        refused = Refused(status=400, code=code, body="{}", concerns="recipient", counts=False)
        await stage.settle(await stage.start(OTHER, "att_2"), refused)
        given = {"number": THIRD, "source": WRITTEN["who asked for the suppression"]}
        assert (await stage.client.post("/v1/suppressions", json=given)).status_code == 201
        await stage.deliver(payload(WRITTEN["a name that we do not know"]))
        await stage.deliver(payload("call.answered", data={"event_key": WRITTEN["the provider's own key"]}))
        del stage.client.headers["authorization"]
        paths = [
            "/v1/campaigns",
            "/v1/attempts",
            "/v1/campaigns/spring_followup/recipients",
            *(f"/v1/campaigns/spring_followup/recipients/{stage.known_as(number)}" for number in (TO, OTHER, THIRD)),
            "/v1/calls",
            "/v1/calls/call_1",
            "/v1/calls/call_1/timeline",
            "/v1/calls/call_1/events",
            "/v1/events",
            "/v1/views",
        ]
        assert await stage.parts.projector.wait_for(stage.ledger.position, 5.0)
        seen: dict[str, set[str]] = {}
        for role, headers in (("viewer", VIEWER), ("auditor", AUDITOR)):
            answers = [await stage.client.get(path, headers=headers) for path in paths]
            assert [answer.status_code for answer in answers] == [200] * len(paths)
            seen[role] = {what for what, text in WRITTEN.items() if any(text in answer.text for answer in answers)}
        assert seen == {"viewer": set(), "auditor": set(WRITTEN)}

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_a_viewers_timeline_keeps_what_is_ours(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        timeline: Any = await stage.json("/v1/calls/call_1/timeline", VIEWER)
        assert {entry["event"]: entry["key"] for entry in timeline["entries"]} == {
            "call.created": "",
            "call.claimed": "att_call_1",
        }

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
