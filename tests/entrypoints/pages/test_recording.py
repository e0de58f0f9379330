"""A recording started and stopped from the page of a call that is under way."""

import asyncio
from pathlib import Path

import pytest

from tests.entrypoints.http.routes.test_recordings import requested, talking
from tests.entrypoints.pages.staging import GUARDED, form_token, load, sign_in
from tests.entrypoints.serving import Serving, payload, play


def test_an_operator_has_a_call_recorded_and_is_asked_each_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with talking(tmp_path) as (it, client, call_id):
            for action in ("start", "stop"):
                path = f"/calls/{call_id}/recording/{action}"
                assert f'href="{path}"' in (await client.get(f"/calls/{call_id}")).text
                before = requested(it)
                token = form_token((await client.get(path)).text)
                assert requested(it) == before
                done = await client.post(path, data={"form_token": token})
                assert (done.status_code, done.headers.get("location")) == (303, f"/calls/{call_id}"), done.text
            assert [(action, result) for action, result, _, _ in requested(it)] == [
                ("start", "accepted"),
                ("stop", "accepted"),
            ]

    asyncio.run(scenario())


def test_a_call_that_has_ended_has_no_button(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for body in (payload("call.created", seconds=0), payload("call.completed", seconds=9)):
            assert (await stage.deliver(body)).status_code == 204
        await sign_in(stage, "operator")
        assert "act-record" not in await load(stage, "/calls/call_1")
        await load(stage, "/calls/call_1/recording/start", 409)

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_is_asked_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(payload("call.created", seconds=0))).status_code == 204
        await sign_in(stage, role)
        html = await load(stage, "/calls/call_1")
        assert "act-record" not in html
        for action in ("start", "stop"):
            path = f"/calls/call_1/recording/{action}"
            assert (await stage.client.get(path)).status_code == 403
            assert (await stage.client.post(path, data={"form_token": "0" * 32})).status_code == 403

    play(tmp_path, scene, **GUARDED)
