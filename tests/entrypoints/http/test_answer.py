import asyncio
from pathlib import Path

import pytest

from tests.entrypoints.http.answer.asking import (
    NAMELESS,
    NO_WAIT,
    SAFE,
    SCRIPT,
    ask,
    campaign,
    press,
    recorded,
    redirect_of,
    said,
)
from tests.entrypoints.serving import Serving, payload, play, until


def test_a_call_is_told_what_its_script_says_to_this_person(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        found = await ask(stage)
        assert said(found) == ["Hello Ada, this is our office."]
        assert found["actions"][1] == {"gather": {"prompt": "Press 1 or 2.", "num_digits": 1, "timeout_seconds": 7}}
        assert redirect_of(found).startswith("http://127.0.0.1:8080/answer?dt_at=")

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("1", ["Thank you, Ada."]), (None, ["Goodbye."]), ("9", [])],
)
def test_the_branch_is_that_of_what_was_pressed(tmp_path: Path, digits: str | None, expected: list[str]) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        await press(stage, digits)
        found = await ask(stage, url)
        assert said(found) == expected
        assert ("gather" in found["actions"][0]) == (digits == "9")

    play(tmp_path, scene)


def test_a_question_is_asked_so_often_and_no_oftener(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        await press(stage, "9", 5)
        again = redirect_of(await ask(stage, url))
        await press(stage, "8", 15)
        assert said(await ask(stage, again)) == ["Goodbye."]

    play(tmp_path, scene)


def test_a_transfer_ends_with_what_follows_where_it_fails(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        await press(stage, "2")
        found = await ask(stage, url)
        assert found["actions"][0] == {"type": "transfer", "destination": "+15551230009"}
        assert said(await ask(stage, redirect_of(found))) == ["Goodbye."]

    play(tmp_path, scene)


def test_a_branch_waits_for_its_digits(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        asking = asyncio.create_task(ask(stage, url))
        await until(lambda: stage.parts.answerer._digits.bells.waiting)
        await press(stage, "1")
        assert said(await asking) == ["Thank you, Ada."]

    play(tmp_path, scene, DIALTRAIL_DIGITS_WAIT_SECONDS="10")


def test_where_the_digits_do_not_come_it_takes_the_way_for_that(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        assert said(await ask(stage, url)) == ["We call again."]
        # What was said was said: a retry of the same request is told the same, whatever became known since.
        await press(stage, "1")
        assert said(await ask(stage, url)) == ["We call again."]

    play(tmp_path, scene, **NO_WAIT)


def test_a_call_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        await stage.deliver(payload("call.completed", seconds=9))
        async with asyncio.timeout(5):
            assert said(await ask(stage, url)) == ["We call again."]

    play(tmp_path, scene, DIALTRAIL_DIGITS_WAIT_SECONDS="10")


def test_without_a_script_it_is_the_safe_document(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, None)
        assert await ask(stage) == SAFE
        assert [served.why for served in await recorded(stage)] == ["no_script"]

    play(tmp_path, scene)


def test_a_missing_variable_is_answered_by_the_step_for_that(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, NAMELESS, None)
        revised = {"script": SCRIPT, "reason": "no default any more"}
        assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=revised)).status_code == 200
        found = await ask(stage)
        assert said(found) == ["Hello."]
        assert [(served.why, served.version) for served in await recorded(stage)] == [("missing_variable", 2)]

    play(tmp_path, scene)


def test_a_walk_goes_on_in_the_version_in_which_it_began(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        other = {"start": "only", "steps": {"only": {"actions": [{"say": "New."}], "end": True}}}
        revised = {"script": other, "reason": "shorter"}
        assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=revised)).status_code == 200
        await press(stage, "1")
        assert said(await ask(stage, url)) == ["Thank you, Ada."]
        await stage.deliver(payload("call.completed", seconds=9))
        assert [served.version for served in await recorded(stage, 2)] == [1, 1]

    play(tmp_path, scene)


def test_a_link_that_is_asked_again_is_told_the_same_byte_for_byte_and_recorded_again(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        first, second = (await stage.client.get(url), await stage.client.get(url))
        assert first.content == second.content
        assert [served.actions.encode() for served in (await recorded(stage, 3))[1:]] == [first.content] * 2

    play(tmp_path, scene, **NO_WAIT)
