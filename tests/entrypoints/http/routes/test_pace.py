from datetime import timedelta
from pathlib import Path

import pytest

from domain.instants import time_text
from tests.entrypoints.serving import NOON, OTHER, TO, Serving, assert_problem, invalid, payload, play

PATH = "/v1/pace"
MINUTE = timedelta(minutes=1)


def test_the_pace_is_told_beside_its_limits(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.campaign(OTHER, campaign_id="other")
        await stage.dial(TO, "call_1")
        await stage.dial(OTHER, "call_2", "other")
        await stage.deliver(payload("call.completed", "call_1", 20))
        assert (await stage.json(PATH))["items"] == []
        stage.clock.now += 2 * MINUTE
        both = await stage.json(PATH)
        assert (both["since"], both["until"]) == (time_text(NOON - 58 * MINUTE), time_text(NOON + 2 * MINUTE))
        assert both["limits"] == {"calls_per_second": None, "calls_at_once": None}
        assert both["items"] == [
            {"minute": time_text(NOON), "sent": 2, "answered": 0, "ended": 1, "at_once": 2},
            {"minute": time_text(NOON + MINUTE), "sent": 0, "answered": 0, "ended": 0, "at_once": 1},
        ]
        own = await stage.json(f"{PATH}?campaign=spring_followup&minutes=15")
        assert (own["since"], own["campaign_id"]) == (time_text(NOON - 13 * MINUTE), "spring_followup")
        assert own["limits"] == {"calls_per_second": 1.0, "calls_at_once": 10}
        assert [(one["sent"], one["at_once"]) for one in own["items"]] == [(1, 1)]
        # A call that began before all these minutes is under way in each.
        stage.clock.now += 60 * MINUTE
        assert [one["at_once"] for one in (await stage.json(f"{PATH}?campaign=other&minutes=15"))["items"]] == [1] * 15

    play(tmp_path, scene)


def test_the_accounts_own_limits_are_those_that_are_set(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.json(PATH))["limits"] == {"calls_per_second": 5.0, "calls_at_once": 20.0}

    play(tmp_path, scene, DIALTRAIL_ACCOUNT_CALLS_PER_SECOND="5", DIALTRAIL_ACCOUNT_CALLS_AT_ONCE="20")


@pytest.mark.parametrize("minutes", ["5", "0", "61"])
def test_other_minutes_are_refused(tmp_path: Path, minutes: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get(f"{PATH}?minutes={minutes}")
        assert_problem(answer, invalid("minutes", "is none of 15, 60"))

    play(tmp_path, scene)
