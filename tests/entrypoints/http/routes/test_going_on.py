"""Whoever pauses, cancels or suppresses is told how many calls go on: MiniVoice has no hang-up."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.dial_outcome import Unresolved
from domain.errors import NotReady
from tests.entrypoints.pages.staging import confirm
from tests.entrypoints.serving import OTHER, TO, Serving, payload, play, waited_for

THIRD, FOURTH = "+15551230004", "+15551230005"
LOST = Unresolved(why="timed out", status=None, body=None)


async def command(stage: Serving, verb: str) -> list[str]:
    done = await waited_for(stage.client.post(f"/v1/campaigns/spring_followup/{verb}"), 200)
    return list(done["notes"])


async def suppress(stage: Serving, *numbers: str) -> Any:
    body: dict[str, Any] = {"number": numbers[0]}
    if len(numbers) > 1:
        body = {"suppressions": [{"number": one} for one in numbers]}
    return (await stage.client.post("/v1/suppressions", json=body)).json()["going_on"]


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_a_campaign_that_stops_says_how_many_calls_go_on(tmp_path: Path, verb: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER, THIRD, FOURTH)
        await stage.dial(TO, "call_1")
        await stage.dial(OTHER, "call_2")
        await stage.deliver(payload("call.answered", "call_2", seconds=3))
        await stage.settle(await stage.start(THIRD, "att_lost"), LOST)
        said = "2 calls go on to their end, and 1 more may be under way, of which nothing is known yet"
        assert await command(stage, verb) == [f"{said}: MiniVoice has no hang-up"]

    play(tmp_path, scene)


def test_where_no_call_goes_on_nothing_is_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.failed", "call_1", seconds=3))
        assert await command(stage, "pause") == []

    play(tmp_path, scene)


def test_only_the_campaigns_own_calls_are_counted_and_none_that_is_too_old_to_believe(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.campaign(OTHER, campaign_id="autumn")
        await stage.dial(TO, "call_1")
        await stage.dial(OTHER, "call_2", campaign_id="autumn")
        assert await command(stage, "pause") == ["1 call goes on to its end: MiniVoice has no hang-up"]
        stage.clock.now += timedelta(hours=3)
        assert [note for note in await command(stage, "cancel") if "hang-up" in note] == []

    play(tmp_path, scene)


def test_a_page_says_it_too(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        done = await confirm(stage, "/campaigns/spring_followup/cancel")
        assert "1 call goes on to its end: MiniVoice has no hang-up" in done.text

    play(tmp_path, scene)


def test_who_is_suppressed_may_be_on_the_phone_in_any_spelling(tmp_path: Path) -> None:
    right, with_zero = "+442079460018", "+4402079460018"

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, right)
        await stage.dial(right, "call_1")
        assert await suppress(stage, TO) == 0
        assert await suppress(stage, with_zero) == 1
        assert await suppress(stage, TO, with_zero) == 1
        await stage.deliver(payload("call.completed", "call_1", seconds=9, to=right))
        assert await suppress(stage, right, TO) == 0

    play(tmp_path, scene)


def test_a_command_that_is_done_does_not_fail_where_that_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def behind(*_: object) -> None:
        raise NotReady("what is in flight is known up to position 1 of 2")

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        monkeypatch.setattr("application.installation.Installation.fresh", behind)
        (note,) = await command(stage, "pause")
        assert note.startswith("how many calls go on to their end is not known at the moment")
        assert await suppress(stage, TO) is None

    play(tmp_path, scene)
