"""Agents over HTTP: told by number and by name, shown by role, and refused with what to write."""

from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.serving import FROM, OPERATOR, TO, TOKENS, VIEWER, Serving, play

PATH = "/v1/campaigns/spring_followup"
AGENTS = f"{PATH}/agents"
NAMED = {"agents": [{"name": "ada", "state": "free"}, {"name": "eve", "state": "busy"}]}


async def created(stage: Serving, **more: Any) -> None:
    body = {"id": "spring_followup", "from": FROM, **more}
    answer = await stage.client.post("/v1/campaigns", json=body, headers=OPERATOR)
    assert answer.status_code == 201, answer.text
    given = {"import": "test", "recipients": [{"number": TO}]}
    assert (await stage.client.post(f"{PATH}/recipients", json=given, headers=OPERATOR)).status_code == 200
    assert (await stage.client.post(f"{PATH}/start", headers=OPERATOR)).status_code == 200


def test_a_number_and_names_are_taken_shown_and_explained(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, agents={"factor": 0.5, "life_seconds": 600})
        assert (await stage.json(PATH, VIEWER))["agents"] == {"factor": 0.5, "life_seconds": 600}
        found = await stage.json(AGENTS, VIEWER)
        assert (found["applies"], found["free"], found["holds"]) == (True, None, "agents_unknown")

        assert (await stage.client.put(AGENTS, json={"free": 3}, headers=VIEWER)).status_code == 403
        told = await stage.client.put(AGENTS, json={"free": 3}, headers=OPERATOR)
        assert told.status_code == 200, told.text
        assert (told.json()["free"], told.json()["calls_max"], told.json()["holds"]) == (3, 1, None)

        named = (await stage.client.put(AGENTS, json=NAMED, headers=OPERATOR)).json()
        assert (named["free"], named["calls_max"], named["holds"]) == (1, 0, "agents_busy")
        assert named["agents"] == NAMED["agents"]
        assert (await stage.json(AGENTS, VIEWER))["agents"] is None
        rules = (await stage.json(f"{PATH}/recipients/{TO}/explain", OPERATOR))["rules"]
        assert [one["rule"] for one in rules if one["stands_against"]] == ["agents_busy"]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "is empty"),
        ({"free": 3, **NAMED}, "has both"),
        ({"free": -1}, "free"),
        ({"agents": [{"name": "ada", "state": "idle"}]}, "state"),
        ({"agents": [{"name": "ada", "state": "free"}] * 2}, "names ada more than once"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, body: Any, says: str) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        answer = await stage.client.put(AGENTS, json=body, headers=OPERATOR)
        assert (answer.status_code, says in answer.text) == (400, True), answer.text

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_more_calls_than_agents_take_a_reason(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        body = {"id": "a", "from": FROM, "agents": {"factor": 1.2}}
        answer = await stage.client.post("/v1/campaigns", json=body, headers=OPERATOR)
        assert (answer.status_code, "say in why" in answer.text) == (400, True), answer.text
        body["agents"] = {"factor": 1.2, "why": "half of them do not answer"}
        assert (await stage.client.post("/v1/campaigns", json=body, headers=OPERATOR)).status_code == 201

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
