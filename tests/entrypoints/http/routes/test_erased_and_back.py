"""Somebody who was erased and comes again, each time in another spelling of the number: nothing of them is a stranger's."""

import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from domain.person import spellings
from tests.entrypoints.http.routes.test_erasures import SEALED, erase, rebuilt
from tests.entrypoints.serving import Serving, play

PlaysScene = Callable[[Callable[[Serving, str, list[str]], Coroutine[Any, Any, None]]], None]
CAMPAIGN = "/v1/campaigns/spring_followup"
PEOPLE = {
    "Argentina": ("+541123456789", ["+54 9 11 2345-6789", "(011) 15 2345-6789", "11 2345 6789"]),
    "Mexico": ("+525512345678", ["+52 55 1234 5678", "044 55 1234 5678"]),
}


@pytest.fixture(params=[("sqlite", "Argentina"), ("sqlite", "Mexico"), ("postgresql", "Argentina")])
def scene_of(request: pytest.FixtureRequest, tmp_path: Path) -> PlaysScene:
    """Plays a scene about somebody's number, and how people write it, on a sealed ledger in either database."""
    engine, country = request.param
    url = request.getfixturevalue("postgres").new_database() if engine == "postgresql" else ""
    environ = {**SEALED, **({"DIALTRAIL_DATABASE_URL": url} if url else {})}
    return lambda scene: play(tmp_path, lambda stage: scene(stage, *PEOPLE[country]), **environ)


async def forgotten(stage: Serving, number: str) -> None:
    assert (await erase(stage, number, confirmed=True))[1]["erased"]
    await rebuilt(stage)


async def standing(stage: Serving, number: str) -> Any:
    assert await stage.parts.projector.wait_for(stage.ledger.position, 60)
    return (await stage.json(f"{CAMPAIGN}/recipients/{number}"))["status"]


async def listed(stage: Serving) -> list[str]:
    """How it stands with each of the campaign, as the views have it."""
    assert await stage.parts.projector.wait_for(stage.ledger.position, 60)
    return [one["status"] for one in (await stage.json(f"{CAMPAIGN}/recipients"))["items"]]


async def found(stage: Serving, text: str) -> list[Any]:
    assert await stage.parts.projector.wait_for(stage.ledger.position, 60)
    answer = await stage.client.get("/v1/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    return [one["number"] for one in answer.json()["items"] if one["kind"] == "person"]


def test_who_was_suppressed_and_erased_is_suppressed_in_every_spelling(scene_of: PlaysScene) -> None:
    async def scene(stage: Serving, number: str, _: list[str]) -> None:
        said, *again = spellings(number)
        await stage.client.post("/v1/suppressions", json={"number": said, "source": "letter"})
        await forgotten(stage, again[-1])
        await stage.campaign(*again)
        assert {await standing(stage, one) for one in again} == {"suppressed"}
        assert await listed(stage) == ["suppressed"] * len(again)
        assert (await stage.client.delete(f"/v1/suppressions/{again[0]}")).json()["changed"]
        assert {await standing(stage, one) for one in again} == {"queued"}
        assert await listed(stage) == ["queued"] * len(again)

    scene_of(scene)


def test_who_comes_again_is_found_suppressed_and_erased_by_every_spelling(scene_of: PlaysScene) -> None:
    async def scene(stage: Serving, number: str, written: list[str]) -> None:
        await stage.campaign(number)
        first, again, *others = spellings(number)
        await forgotten(stage, others[-1])
        await stage.enroll(again)

        for text in (first, again, *others, *written):
            assert await found(stage, text) != [], text
        for one in (first, again, *others):
            assert again in [each["number"] for each in (await stage.json(f"/v1/people/{one}"))["spellings"]]
        assert await standing(stage, again) == "queued"
        told = await stage.client.post("/v1/suppressions", json={"number": first, "source": "letter"})
        assert told.json()["changed"], told.text
        assert await standing(stage, again) == "suppressed"
        assert (await stage.json(f"{CAMPAIGN}/recipients?status=queued"))["items"] == []
        await forgotten(stage, others[0])
        assert again[1:] not in json.dumps(await stage.json("/v1/events?limit=1000"))

    scene_of(scene)
