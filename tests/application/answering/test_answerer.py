"""The same question again, at the same time or later; and who may have which answers kept."""

import asyncio
from datetime import timedelta
from pathlib import Path
from threading import get_ident
from typing import Any

import pytest

from domain.events import Recorded
from tests.entrypoints.http.answer.asking import (
    NAMELESS,
    NO_WAIT,
    SCRIPT,
    ask,
    campaign,
    press,
    recorded,
    redirect_of,
    said,
)
from tests.entrypoints.serving import OPERATOR, TOKENS, VIEWER, Serving, on_a_socket, payload, play, until

SHORT_WAIT = {"DIALTRAIL_DIGITS_WAIT_SECONDS": "0.3"}


def test_a_second_try_while_the_first_waits_is_told_what_the_first_one_is(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        first = asyncio.create_task(ask(stage, url))
        await until(lambda: stage.parts.answerer._digits.bells.waiting)
        second = asyncio.create_task(ask(stage, url))
        assert await first == await second
        assert said(await first) == ["We call again."]
        assert [(one.step, one.again) for one in await recorded(stage, 3)] == [
            ("menu", False),
            ("later", False),
            ("later", True),
        ]
        await until(lambda: not stage.parts.answerer._under_way)

    play(tmp_path, scene, **SHORT_WAIT)


def test_an_old_link_that_is_asked_again_does_not_move_the_calls_step(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        await press(stage, "1")
        stage.clock.now += timedelta(seconds=6)
        await ask(stage, url)
        await stage.deliver(payload("call.completed", seconds=9))
        stage.clock.now += timedelta(days=20)
        assert said(await ask(stage, url)) == ["Thank you, Ada."]
        stage.clock.now += timedelta(days=1)
        assert said(await ask(stage)) == ["Hello Ada, this is our office."]
        assert [one.again for one in await recorded(stage, 4)] == [False, False, True, True]
        state = (await stage.json("/v1/calls/call_1"))["state"]
        assert (state["step"], state["phase"]) == ("yes", "ended")
        entries = (await stage.json("/v1/calls/call_1/timeline"))["entries"]
        assert [one["detail"].get("again") for one in entries if one["event"] == "answer.served"] == [None, None, True, True]  # fmt: skip

    play(tmp_path, scene)


def test_a_document_that_lacked_a_variable_is_told_again_as_it_was(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, NAMELESS, None)
        for script in (SCRIPT, {"start": "only", "steps": {"only": {"actions": [{"say": "New."}], "end": True}}}):
            revised = {"script": script, "reason": "other words"}
            assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=revised)).status_code == 200
            assert said(await ask(stage)) == ["Hello."]
        found = [(one.why, one.version, one.again) for one in await recorded(stage, 2)]
        assert found == [("missing_variable", 2, False), ("missing_variable", 2, True)]

    play(tmp_path, scene)


def test_after_a_document_that_lacked_a_variable_its_questions_digits_are_heard(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, NAMELESS, None)
        revised = {"script": SCRIPT, "reason": "no default any more"}
        await stage.client.post("/v1/campaigns/spring_followup/revise", json=revised)
        url = redirect_of(await ask(stage))
        await press(stage, "9")
        again = redirect_of(await ask(stage, url))
        await press(stage, None, 20)
        assert said(await ask(stage, again)) == ["Goodbye."]

    play(tmp_path, scene, **NO_WAIT)


def test_the_secret_in_the_path_is_in_no_log_and_links_are_not_for_viewers(tmp_path: Path, capfd: Any) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await campaign(stage)
        del stage.client.headers["authorization"]
        async with on_a_socket(stage):
            for path in ("/answer/s3cret-path?call_id=call_1", "/answer/s3cret-path/x", "//answer/s3cret-path", "/v1/s3cret-path"):  # fmt: skip
                await stage.client.get(path)
                await stage.client.put(path)
        (event,) = await recorded(stage)
        signature = event.actions.partition("dt_sig=")[2][:32]
        for path in ("/v1/calls/call_1/events", "/v1/calls/call_1/timeline", "/v1/events"):
            shown = await stage.client.get(path, headers=VIEWER)
            assert shown.status_code == 200
            assert "s3cret-path" not in shown.text
            assert signature not in shown.text
        assert signature in (await stage.client.get("/v1/calls/call_1/events", headers=OPERATOR)).text
        stage.parts.lines.flush()

    play(tmp_path, scene, DIALTRAIL_ANSWER_TOKEN="s3cret-path", DIALTRAIL_TOKENS=TOKENS)
    assert "s3cret-path" not in capfd.readouterr().err


def test_what_an_answer_needs_is_read_beside_the_loop_that_acknowledges_webhooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        read, loops, readers = stage.parts.ledger.read_stream, get_ident(), list[int]()

        def spied(*args: Any) -> list[Recorded]:
            readers.append(get_ident())
            return read(*args)

        monkeypatch.setattr(stage.parts.ledger, "read_stream", spied)
        url = redirect_of(await ask(stage))
        await press(stage, "1")
        assert said(await ask(stage, url)) == ["Thank you, Ada."]
        assert len(readers) > 3
        assert loops not in readers

    play(tmp_path, scene)
