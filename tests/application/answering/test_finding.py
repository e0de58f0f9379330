import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.answering import keeping, whose_call
from application.answering.asked import Asked
from application.answering.session import CallSession
from domain.dial_outcome import Unresolved
from domain.quarantine import DeliveryQuarantined
from tests.application.answering.autumn import autumn
from tests.entrypoints.http.answer.asking import SAFE, ask, campaign, recorded, redirect_of, said
from tests.entrypoints.serving import FROM, OTHER, TO, WAIT_SECONDS_MAX, Serving, accepted, payload, play, until


def test_where_somebody_else_asked_first_the_call_still_goes_on_here(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        theirs = await stage.client.get("/answer/s3cret?call_id=call_1", headers={"host": "evil.example"})
        assert redirect_of(theirs.json()).startswith("http://evil.example/")
        await recorded(stage, 1)
        here = redirect_of(await ask(stage, "/answer/s3cret?call_id=call_1"))
        assert here.startswith("http://127.0.0.1:8080/answer/s3cret?")

    play(tmp_path, scene, DIALTRAIL_ANSWER_TOKEN="s3cret")


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
        await until(lambda: stage.parts.answerer._whose.bells.waiting)
        await stage.settle(started, accepted("call_2", OTHER))
        assert said(await asking) == ["Hello you, this is our office."]
        assert stage.parts.answerer._whose.bells.waiting == {}

    play(tmp_path, scene)


def test_the_answer_to_our_own_request_wakes_who_waits_for_it(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(whose_call, "LOOK_SECONDS_MAX", WAIT_SECONDS_MAX)
    monkeypatch.setattr(whose_call, "WAIT_SECONDS", WAIT_SECONDS_MAX)

    async def scene(stage: Serving) -> None:
        await autumn(stage)
        started = await stage.start(OTHER, "att_2", "autumn")
        await until(lambda: stage.parts.in_flight.attempts.started)
        looked = looks(stage, monkeypatch)
        asking = asyncio.create_task(ask(stage, "/answer?call_id=call_2"))
        await until(lambda: looked)
        async with asyncio.timeout(WAIT_SECONDS_MAX / 2):
            await stage.settle(started, accepted("call_2", OTHER))
            assert said(await asking) == ["Hello you, this is our office."]

    play(tmp_path, scene)


@pytest.mark.parametrize("numbers", [{"to": TO, "from": "+15550109999"}, {"to": FROM, "from": "+15550109998"}])
def test_a_call_between_others_is_not_waited_for(tmp_path: Path, monkeypatch: Any, numbers: dict[str, str]) -> None:
    monkeypatch.setattr(whose_call, "WAIT_SECONDS", WAIT_SECONDS_MAX * 10)

    async def scene(stage: Serving) -> None:
        await autumn(stage)
        await stage.start(OTHER, "att_2", "autumn")
        await until(lambda: stage.parts.in_flight.attempts.started)
        looked = looks(stage, monkeypatch)
        assert await ask(stage, "/answer", json={"call_id": "call_9", **numbers}) == SAFE
        assert len(looked) == 2  # and once more after looking who rings back, not again and again

    play(tmp_path, scene)


def test_where_that_does_not_come_the_call_is_told_what_is_safe(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(whose_call, "WAIT_SECONDS", 0.05)

    async def scene(stage: Serving) -> None:
        await autumn(stage)
        await stage.start(OTHER, "att_2", "autumn")
        await until(lambda: stage.parts.in_flight.attempts.started)
        assert await ask(stage, "/answer?call_id=call_2") == SAFE

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


@pytest.mark.parametrize(
    ("dialled", "asked"), [("+442079460033", "+4402079460033"), ("+5491123456789", "+541123456789")]
)
def test_a_call_to_another_spelling_than_was_dialled_is_found(tmp_path: Path, dialled: str, asked: str) -> None:
    async def scene(stage: Serving) -> None:
        await autumn(stage)
        await stage.enroll(dialled, campaign_id="autumn")
        await stage.start(dialled, "att_2", "autumn")
        found = await ask(stage, "/answer", json={"id": "call_2", "from": FROM, "to": asked})
        assert said(found) == ["Hello you, this is our office."]

    play(tmp_path, scene)


def looks(stage: Serving, monkeypatch: Any) -> list[Asked]:
    """Each look for whose call it is, from now on."""
    looked: list[Asked] = []
    find = stage.parts.answerer._whose._finder.find

    def looking(asked: Asked) -> CallSession | None:
        found = find(asked)
        looked.append(asked)
        return found

    monkeypatch.setattr(stage.parts.answerer._whose._finder, "find", looking)
    return looked
