"""The same question again, at the same time or later; and who may have which answers kept."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.answering import answerer, keeping
from domain.call import AnswerServed
from domain.dial_outcome import Unresolved
from domain.quarantine import DeliveryQuarantined
from tests.entrypoints.http.test_answer import (
    NAMELESS,
    NO_WAIT,
    SAFE,
    SCRIPT,
    answers,
    ask,
    campaign,
    press,
    put_away,
    recorded,
    redirect_of,
    said,
)
from tests.entrypoints.serving import (
    FROM,
    OPERATOR,
    OTHER,
    SPRING,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    accepted,
    full_disk,
    on_a_socket,
    payload,
    play,
    until,
)

SHORT_WAIT = {"DIALTRAIL_DIGITS_WAIT_SECONDS": "0.3"}


async def autumn(stage: Serving) -> None:
    """A second campaign, in which a request to OTHER has just left as attempt att_2."""
    await stage.client.post("/v1/campaigns", json={**SPRING, "id": "autumn", "script": NAMELESS})
    await stage.enroll(OTHER, campaign_id="autumn")
    await stage.client.post("/v1/campaigns/autumn/start")


def test_a_second_try_while_the_first_waits_is_told_what_the_first_one_is(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        first = asyncio.create_task(ask(stage, url))
        await until(lambda: stage.parts.answerer._digits._waiting)
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


def test_where_somebody_else_asked_first_the_call_still_goes_on_here(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        theirs = await stage.client.get("/answer?call_id=call_1", headers={"host": "evil.example"})
        assert redirect_of(theirs.json()).startswith("http://evil.example/")
        await recorded(stage, 1)
        assert redirect_of(await ask(stage)).startswith("http://127.0.0.1:8080/answer?")

    play(tmp_path, scene)


def test_calls_that_nobody_knows_are_kept_only_so_often_and_said_in_the_log(
    tmp_path: Path, monkeypatch: Any, capfd: Any
) -> None:
    monkeypatch.setattr(keeping, "UNIDENTIFIED_A_MINUTE_MAX", 3)

    async def scene(stage: Serving) -> None:
        monkeypatch.setattr(stage.parts.answerer._keeper, "_monotonic", lambda: 30.0)
        for n in range(6):
            assert await ask(stage, f"/answer?call_id=made_up_{n}") == SAFE
        assert len(await recorded(stage, 3)) == 3
        stage.parts.lines.flush()

    play(tmp_path, scene)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if '"answer served"' in line]
    assert [line["recorded"] for line in lines] == [True] * 3 + [False] * 3


def test_somebodys_number_in_the_place_of_an_id_names_no_call(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert await ask(stage, "/answer?call_id=%2B15551239999") == SAFE
        await until(stage.feed)
        assert [type(one.event) for one in stage.feed()] == [DeliveryQuarantined]
        assert "+15551239999" not in stage.feed()[0].stream

    play(tmp_path, scene)


def test_an_id_that_is_not_called_a_calls_does_not_hide_whose_it_is(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        found = await ask(stage, "/answer", json={"id": "evt_1", "from": FROM, "to": TO})
        assert said(found) == ["Hello Ada, this is our office."]
        await recorded(stage)
        assert stage.feed()[-1].stream == "call:call_1"

    play(tmp_path, scene)


def test_a_call_that_a_webhook_spoke_of_is_found_by_its_id_alone(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await autumn(stage)
        await stage.start(OTHER, "att_2", "autumn")
        await stage.deliver(payload("call.created", "call_2", to=OTHER))
        assert said(await ask(stage, "/answer?call_id=call_2")) == ["Hello you, this is our office."]

    play(tmp_path, scene)


def test_a_call_whose_request_is_not_answered_yet_is_waited_for_a_moment(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await autumn(stage)
        started = await stage.start(OTHER, "att_2", "autumn")
        await until(lambda: stage.parts.in_flight.attempts.started)
        asking = asyncio.create_task(ask(stage, "/answer?call_id=call_2"))
        await asyncio.sleep(0)
        await stage.settle(started, accepted("call_2", OTHER))
        assert said(await asking) == ["Hello you, this is our office."]

    play(tmp_path, scene)


def test_where_that_does_not_come_the_call_is_told_what_is_safe(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(answerer, "FIND_AGAIN_SECONDS", 0.001)

    async def scene(stage: Serving) -> None:
        await autumn(stage)
        await stage.start(OTHER, "att_2", "autumn")
        await until(lambda: stage.parts.in_flight.attempts.started)
        assert await ask(stage, "/answer?call_id=call_2") == SAFE

    play(tmp_path, scene)


def test_an_answer_for_a_call_whose_id_comes_a_moment_later_is_on_that_call(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await autumn(stage)
        started = await stage.start(OTHER, "att_2", "autumn")
        assert said(await ask(stage, "/answer", json={"from": FROM, "to": OTHER})) == ["Hello you, this is our office."]
        await stage.settle(started, accepted("call_2", OTHER))
        await until(lambda: answers(stage))
        assert (stage.feed()[-1].stream, answers(stage)[0].step) == ("call:call_2", "menu")

    play(tmp_path, scene)


def test_an_answer_for_a_call_whose_id_does_not_come_is_kept_whole(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping, "NAMED_TRIES_MAX", 1)

    async def scene(stage: Serving) -> None:
        await autumn(stage)
        await stage.start(OTHER, "att_2", "autumn")
        found = await ask(stage, "/answer", json={"from": FROM, "to": OTHER})
        (event,) = await put_away(stage, 1)
        kept = json.loads(event.body)
        assert (json.loads(kept["actions"]), kept["step"], kept["version"], kept["attempt_id"]) == (found, "menu", 1, "att_2")  # fmt: skip
        assert json.loads(kept["request"]["body"]) == {"from": FROM, "to": OTHER}

    play(tmp_path, scene)


def test_an_attempt_of_long_ago_that_was_never_settled_is_not_the_call_that_asks_now(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await autumn(stage)
        started = await stage.start(OTHER, "att_2", "autumn")
        await stage.settle(started, Unresolved(why="read_timeout"))
        asked = {"json": {"from": FROM, "to": OTHER}}
        assert said(await ask(stage, "/answer", **asked)) == ["Hello you, this is our office."]
        stage.clock.now += timedelta(hours=3)
        assert await ask(stage, "/answer", **asked) == SAFE

    play(tmp_path, scene)


@pytest.mark.parametrize("kept_max", [0, 3])
def test_no_more_answers_wait_for_the_ledger_than_there_is_room_for(
    tmp_path: Path, monkeypatch: Any, kept_max: int
) -> None:
    monkeypatch.setattr(keeping, "RECORDING_MAX", kept_max)
    monkeypatch.setattr(keeping, "RECORD_AGAIN_SECONDS", 0.05)

    async def scene(stage: Serving) -> None:
        await campaign(stage)
        with full_disk(stage.ledger):
            for _ in range(60):
                assert said(await ask(stage)) == ["Hello Ada, this is our office."]
            assert len(stage.parts.answerer._keeper._recording) <= kept_max
        await until(lambda: not stage.parts.answerer._keeper._recording)

    play(tmp_path, scene)


def test_what_cannot_be_recorded_does_not_hold_up_the_end(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping, "STOP_SECONDS_MAX", 0.2)

    async def scene(stage: Serving) -> None:
        await campaign(stage)
        with full_disk(stage.ledger):
            for _ in range(60):
                await ask(stage)
            await until(lambda: stage.parts.answerer.trouble)
            async with asyncio.timeout(5):
                await stage.parts.answerer.stop()
        assert stage.parts.answerer.trouble is None

    play(tmp_path, scene)


def test_a_call_that_begins_with_what_it_was_told_is_in_every_list_and_goes_on_like_any(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await ask(stage, "/answer?call_id=call_of_others")
        await recorded(stage)
        position = stage.ledger.position
        (item,) = (await stage.json(f"/v1/calls?at_least={position}"))["items"]
        assert (item["call_id"], item["phase"], item["number"], item["anomalies"]) == ("call_of_others", "dialing", None, ["unclaimed"])  # fmt: skip
        for place, event in enumerate(("call.created", "call.answered", "call.completed")):
            await stage.deliver(payload(event, "call_of_others", place, to=OTHER))
        (item,) = (await stage.json(f"/v1/calls?at_least={stage.ledger.position}"))["items"]
        assert (item["phase"], item["outcome"], item["number"]) == ("ended", "completed", OTHER)
        compared = await stage.json("/v1/views/compare")
        assert compared["items"] == []
        assert isinstance(stage.feed()[0].event, AnswerServed)

    play(tmp_path, scene)


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
