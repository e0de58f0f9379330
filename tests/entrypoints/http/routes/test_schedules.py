"""A campaign's schedule over HTTP: written, shown with what comes next, revised, and refused in words."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.commands.schedules import follow_clock
from tests.entrypoints.serving import SPRING, TO, Serving, play

WRITTEN = {
    "zone": "Europe/Berlin",
    "start_at": "2026-05-29T15:00",
    "stop_at": "2026-06-30T18:00",
    "pause": ["12:00", "20:00"],
    "resume": ["13:00", "08:00"],
}
PATH = "/v1/campaigns/spring_followup"


def test_it_is_shown_as_it_was_written_with_what_it_does_next(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        made = await stage.client.post("/v1/campaigns", json={**SPRING, "schedule": WRITTEN})
        assert made.status_code == 201, made.text
        shown = await stage.json(PATH)
        assert shown["schedule"] == {**WRITTEN, "next": {"act": "start", "at": "2026-05-29T13:00:00.000000Z"}}
        assert shown["notes"] == ["by its schedule (Europe/Berlin) it starts at 2026-05-29T13:00:00.000000Z"]
        await stage.enroll(TO)
        stage.clock.now += timedelta(hours=2)
        assert await stage.do(follow_clock("spring_followup")) == ["campaign.started"]
        shown = await stage.json(PATH)
        assert (shown["state"], shown["schedule"]["next"]) == (
            "running",
            {"act": "pause", "at": "2026-05-29T18:00:00.000000Z"},
        )

    play(tmp_path, scene)


def test_a_command_comes_after_what_was_due_and_a_persons_pause_stays(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json={**SPRING, "schedule": WRITTEN})
        stage.clock.now += timedelta(hours=7)
        paused = await stage.client.post(f"{PATH}/pause")
        assert paused.json()["pause"]["cause"] == "operator"
        moves = [(e.name, e.metadata["actor"]) for e in stage.feed() if e.name.startswith("campaign.")]
        assert moves[1:3] == [("campaign.started", "schedule"), ("campaign.paused", "schedule")]
        assert len(moves) == 4
        stage.clock.now += timedelta(hours=12)
        assert await stage.do(follow_clock("spring_followup")) == []

    play(tmp_path, scene)


def test_a_revision_may_set_change_and_take_it_out(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        assert (await stage.json(PATH))["schedule"] is None
        given = {"reason": "hours", "schedule": {"zone": "UTC", "pause": ["13:00"], "resume": ["14:00"]}}
        done = await stage.client.post(f"{PATH}/revise", json=given)
        assert done.status_code == 200, done.text
        assert (await stage.json(PATH))["schedule"]["next"] == {"act": "pause", "at": "2026-05-29T13:00:00.000000Z"}
        await stage.client.post(f"{PATH}/revise", json={"reason": "none", "schedule": None})
        assert (await stage.json(PATH))["schedule"] is None

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("schedule", "field", "says"),
    [
        ({"zone": "Europe/Berlin"}, "schedule", "says nothing"),
        ({"zone": "Berlin", "start_at": "2026-05-29T15:00"}, "schedule.zone", "IANA"),
        ({"zone": "UTC", "start_at": "15:00"}, "schedule.start_at", "is no time"),
        ({"zone": "UTC", "pause": ["25:00"]}, "schedule.pause[0]", "write it like 12:00"),
        ({"zone": "UTC", "resume": ["08:00"]}, "schedule", "no pause"),
        ({"zone": "UTC", "pause": ["08:00"], "resume": ["08:00"]}, "schedule", "one time in pause and in resume"),
        (
            {"zone": "UTC", "start_at": "2026-06-02T00:00", "stop_at": "2026-06-02T01:00:00+02:00"},
            "schedule",
            "stop_at before start_at",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, schedule: Any, field: str, says: str) -> None:
    async def scene(stage: Serving) -> None:
        refused = await stage.client.post("/v1/campaigns", json={**SPRING, "schedule": schedule})
        assert (refused.status_code, refused.json()["field"]) == (400, field)
        assert says in refused.json()["detail"]

    play(tmp_path, scene)
