"""Two campaigns that call the same people: the preflight, the start and the pages say so, with the figure."""

from pathlib import Path
from typing import Any

import pytest

from domain.errors import ViewsBehind
from tests.entrypoints.pages.staging import GUARDED, confirm, load
from tests.entrypoints.serving import FROM, OPERATOR, Serving, play, waited_for

BRITISH, WITH_ZERO = "+442079460018", "+4402079460018"
NUMBERS = [f"+1555200{n:04}" for n in range(5)]
PATH = "/v1/campaigns/spring_followup"
SAID = "3 of those who wait are to be called by another campaign that runs or is paused, too"
TODO = "; pause one of them if that is not meant"


async def start(stage: Serving, campaign_id: str = "spring_followup") -> list[str]:
    done: Any = await waited_for(stage.client.post(f"/v1/campaigns/{campaign_id}/start"), 200)
    return [note for note in done["notes"] if "another campaign" in note]


async def warned(stage: Serving) -> list[str]:
    found = await stage.json(f"{PATH}/preflight")
    return [one["says"] for one in found["warnings"] if one["about"] == "shared_people"]


async def shared(stage: Serving) -> int:
    return int((await stage.json(f"{PATH}/preflight"))["repeated"])


def test_a_start_says_how_many_another_running_campaign_calls_too(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(*NUMBERS[:3], campaign_id="autumn")
        await stage.campaign(*NUMBERS, start=False)
        assert await warned(stage) == [SAID + TODO]
        assert await start(stage) == [SAID + TODO]
        assert await start(stage, "autumn") == [SAID + TODO]

    play(tmp_path, scene)


def test_nothing_is_said_where_nobody_is_shared_or_the_other_does_not_run(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(*NUMBERS[:2])
        await stage.campaign(*NUMBERS[:2], campaign_id="made", start=False)
        await stage.campaign(*NUMBERS[:2], campaign_id="over")
        await waited_for(stage.client.post("/v1/campaigns/over/cancel"), 200)
        await stage.campaign(*NUMBERS[2:], campaign_id="apart", start=False)
        assert (await start(stage), await start(stage, "apart"), await warned(stage)) == ([], [], [])

    play(tmp_path, scene)


@pytest.mark.parametrize(("own", "theirs"), [(BRITISH, WITH_ZERO), (WITH_ZERO, BRITISH)])
def test_a_person_is_all_spellings_of_a_number(tmp_path: Path, own: str, theirs: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(theirs, NUMBERS[0], campaign_id="autumn")
        await stage.campaign(own, NUMBERS[1], start=False)
        assert await shared(stage) == 1
        assert await start(stage) == [SAID.replace("3 of those who wait are", "1 of those who wait is") + TODO]

    play(tmp_path, scene)


def test_who_is_enrolled_in_two_spellings_is_one_person(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(WITH_ZERO, NUMBERS[0], campaign_id="autumn")
        await stage.campaign(BRITISH, WITH_ZERO, NUMBERS[0], start=False)
        assert await shared(stage) == 2
        await stage.client.post("/v1/suppressions", json={"number": BRITISH})
        assert await shared(stage) == 1

    play(tmp_path, scene)


def test_pages_say_it_before_and_after(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(*NUMBERS[:3], campaign_id="autumn")
        await stage.campaign(*NUMBERS, start=False)
        assert SAID in await load(stage, "/campaigns/spring_followup/start")
        assert SAID in (await confirm(stage, "/campaigns/spring_followup/start")).text

    play(tmp_path, scene)


def test_who_approves_a_start_is_told_on_the_api_and_on_the_page(tmp_path: Path) -> None:
    careful = {"id": "spring_followup", "from": FROM, "policy": {"needs_approval": True}}

    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(*NUMBERS[:3], campaign_id="autumn")
        for campaign_id in ("spring_followup", "winter"):
            stage.client.headers.update(OPERATOR)
            made = await stage.client.post("/v1/campaigns", json={**careful, "id": campaign_id})
            assert made.status_code == 201
            await stage.enroll(*NUMBERS[:3], campaign_id=campaign_id)
            waiting = (await stage.client.post(f"/v1/campaigns/{campaign_id}/start")).json()["change"]["change_id"]
            path = f"/campaigns/{campaign_id}/changes/{waiting}/approve"
            stage.client.headers["authorization"] = "Bearer second-token"
            if campaign_id == "spring_followup":
                notes = (await stage.client.post(f"/v1{path}", json={})).json()["campaign"]["notes"]
                assert SAID + TODO in notes
            else:
                del stage.client.headers["authorization"]
                await stage.client.post("/sign-in", data={"token": "second-token", "next": "/"})
                assert SAID in (await confirm(stage, path)).text

    play(tmp_path, scene, **GUARDED)


def test_a_start_does_not_fail_where_that_cannot_be_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def behind(*_: object) -> int:
        raise ViewsBehind("the views are at position 1")

    async def scene(stage: Serving) -> None:
        await stage.campaign(*NUMBERS, campaign_id="autumn")
        await stage.campaign(*NUMBERS, start=False)
        monkeypatch.setattr("application.queries.shared_people.shared_people", behind)
        said = "how many are called by another campaign, too, could not be counted: the views are at position 1"
        assert await start(stage) == [said]

    play(tmp_path, scene)
