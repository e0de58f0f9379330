from pathlib import Path

import pytest

from domain.dial_outcome import Unresolved
from tests.entrypoints.http.answer.asking import NAMELESS, ask, campaign, press, recorded, redirect_of
from tests.entrypoints.serving import OTHER, SPRING, Serving, payload, play

PATH = "/v1/campaigns/spring_followup/scripts/1/steps"


async def reached(stage: Serving, path: str = PATH) -> tuple[int, int, dict[str, int]]:
    found = await stage.json(path)
    assert found["version"] == 1
    steps = {one["step"]: one["calls"] for one in found["steps"]}
    return found["calls_read"], found["calls"], {name: calls for name, calls in steps.items() if calls}


def test_each_step_is_counted_by_the_calls_that_were_told_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        assert await reached(stage) == (1, 0, {})
        url = redirect_of(await ask(stage))
        await recorded(stage, 1)
        before = stage.ledger.position
        assert await reached(stage) == (1, 1, {"greeting": 1, "menu": 1})
        await press(stage, "1")
        await ask(stage, url)
        await recorded(stage, 2)
        assert await reached(stage) == (1, 1, {"greeting": 1, "menu": 1, "yes": 1})
        assert await reached(stage, f"{PATH}?as_of={before}") == (1, 1, {"greeting": 1, "menu": 1})
        every = [one["step"] for one in (await stage.json(PATH))["steps"]]
        assert len(every) > 2

    play(tmp_path, scene)


@pytest.mark.parametrize("is_told_in_between", [True, False])
def test_the_calls_are_those_that_were_the_campaigns_then(tmp_path: Path, is_told_in_between: bool) -> None:
    """One that was matched to an attempt, and turned out to be another campaign's."""

    async def scene(stage: Serving) -> None:
        await campaign(stage, NAMELESS)
        autumn = PATH.replace("spring_followup", "autumn")
        made = {**SPRING, "id": "autumn", "script": NAMELESS}
        assert (await stage.client.post("/v1/campaigns", json=made)).status_code == 201
        await stage.enroll("+15551230009", campaign_id="autumn")
        assert (await stage.client.post("/v1/campaigns/autumn/start")).status_code == 200
        await stage.enroll(OTHER)
        before = stage.ledger.position
        await stage.settle(await stage.start(OTHER, "att_1"), Unresolved(why="time-out"))
        await stage.deliver(payload("call.created", "x", to=OTHER))
        assert (await stage.client.post("/v1/attempts/att_1/resolve", json={"call": "x"})).status_code == 200
        then = stage.ledger.position
        if is_told_in_between:
            assert (await reached(stage))[0] == 2
        await stage.dial("+15551230009", "x", "autumn")
        for path, expected in ((PATH, [1, 2, 1]), (autumn, [1, 0, 0])):
            asked = ("", f"?as_of={then}", f"?as_of={before}")
            assert (path, [(await reached(stage, f"{path}{at}"))[0] for at in asked]) == (path, expected)

    play(tmp_path, scene)


@pytest.mark.parametrize(("path", "status"), [("scripts/2/steps", 404), ("scripts/x/steps", 400)])
def test_a_version_that_there_is_not_is_told(tmp_path: Path, path: str, status: int) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        assert (await stage.client.get(f"/v1/campaigns/spring_followup/{path}")).status_code == status

    play(tmp_path, scene)
