import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from domain.call import AnswerServed
from tests.entrypoints.http.answer.asking import NAMELESS, NO_WAIT, ask, campaign, press, recorded, redirect_of, said
from tests.entrypoints.serving import FROM, TO, Serving, payload, play, until

BY_CALL_ID: dict[str, Any] = {"json": {"call_id": "call_1"}}
BY_NUMBER: dict[str, Any] = {"json": {"to": TO}}
BY_BOTH_NUMBERS: dict[str, Any] = {"json": {"from": FROM, "to": TO}}
BY_ATTEMPT: dict[str, Any] = {"json": {"metadata": {"attempt_id": "att_call_1"}, "to": TO}}
ASKERS = [
    (BY_CALL_ID, BY_NUMBER),
    (BY_CALL_ID, BY_BOTH_NUMBERS),
    (BY_CALL_ID, BY_ATTEMPT),
    (BY_CALL_ID, BY_CALL_ID),
    (BY_ATTEMPT, BY_NUMBER),
    (BY_NUMBER, BY_CALL_ID),
]


async def notes(stage: Serving) -> list[tuple[str | None, str | None, bool]]:
    """Of each answer of the call: its step, by what the call was named, and whether it is of another walk."""
    entries = (await stage.json("/v1/calls/call_1/timeline"))["entries"]
    served = [one for one in entries if one["event"] == "answer.served"]
    return [(one["detail"].get("step"), one["detail"]["found_by"], "other_walk" in one["notes"]) for one in served]


async def pressed(stage: Serving, digits: str, seconds: float = 5) -> None:
    await press(stage, digits, seconds)
    stage.clock.now += timedelta(seconds=seconds + 1)


async def kept(stage: Serving, count: int) -> list[AnswerServed]:
    """What was served, once so many answers are in the ledger and every read sees them."""
    found = await recorded(stage, count)
    await until(lambda: not stage.parts.answerer._keeper._recording)
    return found


async def step(stage: Serving) -> str | None:
    found: str | None = (await stage.json("/v1/calls/call_1"))["state"]["step"]
    return found


@pytest.mark.parametrize(("provider", "other"), ASKERS)
def test_who_walks_the_script_first_does_not_decide_what_the_caller_is_told(
    tmp_path: Path, provider: dict[str, Any], other: dict[str, Any]
) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        theirs = redirect_of(await ask(stage, "/answer", **other))
        await kept(stage, 1)
        assert said(await ask(stage, theirs)) == ["We call again."]
        await kept(stage, 2)
        ours = redirect_of(await ask(stage, "/answer", **provider))
        await kept(stage, 3)
        await pressed(stage, "1")
        assert said(await ask(stage, ours)) == ["Thank you, Ada."]
        await kept(stage, 4)
        assert [(one, is_other) for one, _, is_other in await notes(stage)] == [
            ("menu", True),
            ("later", True),
            ("menu", False),
            ("yes", False),
        ]
        await stage.deliver(payload("call.completed", seconds=9))
        assert await step(stage) == "yes"

    play(tmp_path, scene, **NO_WAIT)


@pytest.mark.parametrize(("provider", "other"), ASKERS[:5])
def test_who_walks_it_afterwards_changes_nothing_of_the_call(
    tmp_path: Path, provider: dict[str, Any], other: dict[str, Any]
) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        ours = redirect_of(await ask(stage, "/answer", **provider))
        await pressed(stage, "9")
        ours = redirect_of(await ask(stage, ours))
        await kept(stage, 2)
        before = (await stage.json("/v1/calls/call_1"))["state"]
        theirs = redirect_of(await ask(stage, "/answer", **other))
        assert redirect_of(await ask(stage, theirs)) != ours
        await kept(stage, 4)
        assert (await stage.json("/v1/calls/call_1"))["state"] == before
        await pressed(stage, "1", 8)
        assert said(await ask(stage, ours)) == ["Thank you, Ada."]
        await kept(stage, 5)
        assert await step(stage) == "yes"

    play(tmp_path, scene, **NO_WAIT)


def test_a_beginning_that_is_tried_again_has_the_same_words_and_a_walk_of_its_own(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        first = await ask(stage)
        await kept(stage, 1)
        second = await ask(stage)
        assert said(first) == said(second)
        assert redirect_of(first) != redirect_of(second)
        await pressed(stage, "1")
        assert said(await ask(stage, redirect_of(second))) == ["Thank you, Ada."]
        found = [(one.step, one.again, one.heard, one.found_by) for one in await kept(stage, 3)]
        assert found == [
            ("menu", False, None, "call_id"),
            ("menu", True, None, "call_id"),
            ("yes", False, True, "call_id"),
        ]
        assert await step(stage) == "yes"

    play(tmp_path, scene, **NO_WAIT)


def test_two_who_begin_at_the_same_time_do_not_share_a_walk(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        links = {redirect_of(await ask(stage, "/answer", **how)) for how in (BY_CALL_ID, BY_NUMBER, BY_CALL_ID)}
        walks = {one.walk for one in await kept(stage, 3)}
        assert (len(links), len(walks)) == (3, 3)

    play(tmp_path, scene)


def test_who_knows_the_number_alone_does_not_keep_the_script_of_a_call_from_being_revised(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, NAMELESS)
        await ask(stage, "/answer", **BY_NUMBER)
        await kept(stage, 1)
        new = {"start": "only", "steps": {"only": {"actions": [{"say": "New."}], "end": True}}}
        await stage.client.post("/v1/campaigns/spring_followup/revise", json={"script": new, "reason": "new"})
        assert said(await ask(stage, "/answer", **BY_CALL_ID)) == ["New."]

    play(tmp_path, scene)


def test_whoever_asks_often_leaves_room_for_what_the_caller_is_told(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        ours = redirect_of(await ask(stage))
        for _ in range(60):
            await ask(stage, "/answer", **BY_NUMBER)
        await pressed(stage, "1")
        assert said(await ask(stage, ours)) == ["Thank you, Ada."]
        await kept(stage, 52)
        assert await step(stage) == "yes"

    play(tmp_path, scene, **NO_WAIT)


def test_a_link_of_a_time_when_walks_were_not_told_apart_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        new = redirect_of(await ask(stage))
        old = _as_it_was(new, lambda text: stage.ledger.sign("answer link", text))
        await pressed(stage, "1")
        assert said(await ask(stage, old)) == ["Thank you, Ada."]
        assert said(await ask(stage, old)) == ["Thank you, Ada."]
        served: list[AnswerServed] = await kept(stage, 3)
        assert [(one.step, one.again, one.walk) for one in served[1:]] == [("yes", False, None), ("yes", True, None)]
        assert await step(stage) == "yes"

    play(tmp_path, scene, **NO_WAIT)


def _as_it_was(url: str, sign: Callable[[str], str]) -> str:
    """The link as 0.1.0 made it: no walk, and nothing of how the call was named."""
    own = dict(parse_qsl(urlsplit(url).query))
    session, version, place, _walk = json.loads(base64.urlsafe_b64decode(own["dt_at"] + "=="))
    plain = json.dumps([session[:4], version, place], separators=(",", ":")).encode()
    at = base64.urlsafe_b64encode(plain).decode().rstrip("=")
    return f"/answer?dt_at={at}&dt_sig={sign(at)}"
