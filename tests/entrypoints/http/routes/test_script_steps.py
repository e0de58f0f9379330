from pathlib import Path

import pytest

from tests.entrypoints.http.answer.asking import ask, campaign, press, recorded, redirect_of
from tests.entrypoints.serving import Serving, play

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


@pytest.mark.parametrize(("path", "status"), [("scripts/2/steps", 404), ("scripts/x/steps", 400)])
def test_a_version_that_there_is_not_is_told(tmp_path: Path, path: str, status: int) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        assert (await stage.client.get(f"/v1/campaigns/spring_followup/{path}")).status_code == status

    play(tmp_path, scene)
