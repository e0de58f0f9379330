"""What a preflight says of the calls that people wish: by the policy's hours in their zones, and its end."""

from pathlib import Path
from typing import Any

import pytest

from application.preflight.callbacks_ahead import NO_CALLBACKS, callback_warnings
from tests.application.preflight.looking_ahead import DAYTIME, created, looked, warned
from tests.entrypoints.serving import Serving, play

PEOPLE = {
    "in the hours": "2026-05-29T18:00",
    "tomorrow, too": "2026-05-30T09:00",
    "at night": "2026-05-29T22:00",
    "early": "2026-06-01T05:30",
    "after the end": "2026-06-02T12:00",
}


@pytest.mark.parametrize(
    ("grace_seconds", "outside_hours", "given_up"), [(86_400, 2, 0), (5 * 3_600, 1, 1), (3_600, 0, 2)]
)
def test_wishes_are_looked_at_by_hours_grace_and_end(
    tmp_path: Path, grace_seconds: int, outside_hours: int, given_up: int
) -> None:
    async def scene(stage: Serving) -> None:
        policy: dict[str, Any] = {**DAYTIME, "callback_grace_seconds": grace_seconds}
        rows = [
            {"number": f"+49301234{n:03}", "zone": "Europe/Berlin", "callback_at": at, "callback_zone": "Europe/Berlin"}
            for n, at in enumerate(PEOPLE.values())
        ]
        await created(stage, rows, policy=policy)
        ends = {"reason": "the end", "policy": {**policy, "ends_at": "2026-06-02T00:00:00Z"}}
        assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=ends)).status_code == 200
        assert await stage.parts.projector.wait_for(stage.ledger.position, 60)
        told = (await looked(stage))["callbacks"]
        assert told == {
            "open": 5,
            "overdue": 0,
            "outside_hours": outside_hours,
            "given_up": given_up,
            "after_end": 1,
            "looked_at": 5,
        }
        names = [name for name in await warned(stage) if name.startswith("callbacks_")]
        said = {"callbacks_outside_hours": outside_hours, "callbacks_given_up": given_up, "callbacks_after_end": 1}
        assert names == [name for name, count in said.items() if count]

    play(tmp_path, scene)


def test_nothing_is_said_where_nobody_wishes_a_call() -> None:
    assert list(callback_warnings(NO_CALLBACKS)) == []
