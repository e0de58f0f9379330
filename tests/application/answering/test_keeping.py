import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from application.answering import keeping
from domain.call import AnswerServed
from tests.application.answering.autumn import autumn
from tests.entrypoints.http.answer.asking import answers, ask, campaign, put_away, recorded, said
from tests.entrypoints.ledger_trouble import full_disk
from tests.entrypoints.serving import FROM, OTHER, Serving, accepted, payload, play, until


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
