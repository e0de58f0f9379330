from pathlib import Path
from typing import Any

import pytest

from application.answering import keeping
from tests.entrypoints.http.answer.asking import NAMELESS, SAFE, ask, campaign, put_away, recorded, said
from tests.entrypoints.serving import FROM, OTHER, SPRING, TO, Serving, payload, play, until


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/answer", {"json": {"call": {"id": "call_1"}}}),
        ("/answer", {"data": {"call_id": "call_1"}}),
        ("/answer", {"headers": {"x-minivoice-call-id": "call_1"}}),
        ("/answer", {"json": {"from": FROM, "to": TO}}),
        ("/answer", {"data": {"from": FROM, "to": TO}}),
        ("/answer", {"json": {"metadata": {"attempt_id": "att_call_1"}, "to": TO}}),
        ("/answer?from=%2B15551230001&to=%2B15551230002", {}),
        # An outbound call has been shown as an inbound one, and the numbers may change places with that.
        ("/answer", {"json": {"from": TO, "to": FROM}}),
    ],
)
def test_the_call_is_found_however_the_provider_asks(tmp_path: Path, path: str, options: dict[str, Any]) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        assert said(await ask(stage, path, **options)) == ["Hello Ada, this is our office."]
        (served,) = await recorded(stage)
        assert (served.step, served.version, served.place, served.why) == ("menu", 1, None, None)

    play(tmp_path, scene)


def test_a_call_is_found_by_its_numbers_before_the_answer_to_our_request_is_there(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(keeping, "NAMED_TRIES_MAX", 1)

    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.deliver(payload("call.completed", seconds=9))
        await stage.client.post("/v1/campaigns", json={**SPRING, "id": "autumn", "script": NAMELESS})
        await stage.enroll(OTHER, campaign_id="autumn")
        await stage.client.post("/v1/campaigns/autumn/start")
        await stage.start(OTHER, "att_2", "autumn")
        asked = {"json": {"call": {"id": "call_2", "from": FROM, "to": OTHER}}}
        assert said(await ask(stage, "/answer", **asked)) == ["Hello you, this is our office."]
        await until(lambda: stage.feed()[-1].stream == "call:call_2" and not stage.parts.answerer._under_way)
        assert said(await ask(stage, "/answer", json={"from": FROM, "to": OTHER})) == ["Hello you, this is our office."]
        assert "att_2" in (await put_away(stage, 1))[0].reason

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "options",
    [
        {"json": {"call_id": "call_of_others"}},
        {"json": {"from": OTHER, "to": OTHER}},
        {"json": {"from": "+15550000000", "to": TO}},
        {"content": b"\xff\xfe"},
        {"content": b"x" * 100_000},
        {"json": {"call_id": "call_9", "to": TO, "from": FROM}},
    ],
)
def test_a_call_that_is_not_known_is_told_what_is_safe(tmp_path: Path, options: dict[str, Any]) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        before = len(stage.feed())
        assert await ask(stage, "/answer", **options) == SAFE
        await until(lambda: len(stage.feed()) == before + 1)

    play(tmp_path, scene)


def test_an_answer_for_a_call_of_others_is_on_that_call(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await ask(stage, "/answer?call_id=call_of_others")
        (served,) = await recorded(stage)
        assert (served.why, served.step, stage.feed()[0].stream) == ("unknown_call", None, "call:call_of_others")
        found = await stage.json("/v1/calls/call_of_others/timeline")
        assert found["entries"][0]["event"] == "answer.served"
        assert found["entries"][0]["detail"]["why"] == "unknown_call"

    play(tmp_path, scene)
