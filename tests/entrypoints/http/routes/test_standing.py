from datetime import timedelta
from pathlib import Path
from typing import Any

from application.queries.standing import FIGURES
from domain.dial_outcome import Refused, Unresolved
from tests.entrypoints.serving import FROM, Serving, at, payload, play

PATH = "/v1/campaigns/spring_followup/standing"
NUMBERS = [f"+1555123{number:04}" for number in range(12)]


async def made(stage: Serving, **policy: Any) -> None:
    body = {"id": "spring_followup", "from": FROM, "policy": policy}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    await stage.enroll(*NUMBERS)
    assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200


async def figures(stage: Serving) -> dict[str, int]:
    found = await stage.json(PATH)
    return {name: found[name] for name in FIGURES if found[name]}


def test_everybody_is_counted_once_by_where_they_stand(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, attempts_max=3, caps=[{"attempts_max": 1, "period_hours": 24}])
        assert await figures(stage) == {"callable_now": 12}
        for index in range(3):
            await stage.dial(NUMBERS[index], f"call_{index}")
        await stage.deliver(payload("call.answered", "call_0", 1, to=NUMBERS[0]))
        await stage.deliver(payload("call.completed", "call_0", 2, to=NUMBERS[0]))
        await stage.deliver(payload("call.answered", "call_1", 1, to=NUMBERS[1]))
        refused = Refused(status=400, code="invalid_request", body="{}", concerns="recipient", counts=False)
        await stage.settle(await stage.start(NUMBERS[3], "att_3"), refused)
        lost = Unresolved(why="no answer", status=None, body=None)
        await stage.settle(await stage.start(NUMBERS[4], "att_4"), lost)
        failed = Refused(status=502, code="originate_failed", body="{}", concerns="recipient", counts=True)
        await stage.settle(await stage.start(NUMBERS[5], "att_5"), failed)
        await stage.client.post("/v1/suppressions", json={"number": NUMBERS[6]})
        found = await figures(stage)
        assert sum(found.values()) == 12
        counts = (await stage.json("/v1/campaigns/spring_followup"))["recipients"]
        assert (found["in_flight"], found["unresolved"], found["suppressed"]) == (2, 1, 1)
        assert found["callable_now"] == counts["queued"]
        assert counts["held"] == sum(one["recipients"] for one in (await stage.json(PATH))["held_by"])

    play(tmp_path, scene)


def test_who_waits_for_hours_is_told_until_when(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, hours={"every_day": ["09:00-20:00"]}, default_zone="America/New_York")
        found = await stage.json(PATH)
        assert (found["waiting"], found["next_at"]) == (12, at(3600))
        assert found["held_by"] == [{"reason": "outside_hours", "until": at(3600), "recipients": 12}]
        stage.clock.now += timedelta(hours=1)
        found = await stage.json(PATH)
        assert (found["callable_now"], found["next_at"], found["held_by"]) == (12, None, [])

    play(tmp_path, scene)


def test_who_is_held_with_nothing_to_wait_for_cannot_be_dialled(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage)
        assert await figures(stage) == {"callable_now": 1, "not_dialable": 11}
        assert (await stage.json(PATH))["held_by"] == [
            {"reason": "not_in_only_numbers", "until": None, "recipients": 11}
        ]

    play(tmp_path, scene, DIALTRAIL_ONLY_NUMBERS=NUMBERS[0])
