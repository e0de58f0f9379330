from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.dial_outcome import Refused
from domain.instants import time_text
from tests.entrypoints.serving import FROM, NOON, VIEWER, Serving, assert_problem, invalid, payload, play

PATH = "/v1/campaigns/spring_followup/recipient-hours"
PEOPLE = {
    "+15551230002": "America/New_York",
    "+15551230003": "Asia/Kolkata",
    "+15551230004": "Asia/Kathmandu",
    "+15551230005": None,
}
"""At noon UTC it is 8:00, 17:30 and 17:45; of the last no zone is known."""


async def called(stage: Serving, **policy: Any) -> None:
    """Everybody is called at noon; the second answers, the first is refused."""
    made = {"id": "spring_followup", "from": FROM, "policy": policy}
    assert (await stage.client.post("/v1/campaigns", json=made)).status_code == 201
    rows = [{"number": number, "zone": zone} if zone else {"number": number} for number, zone in PEOPLE.items()]
    done = await stage.client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": rows})
    assert done.json()["rejected"] == 0, done.text
    assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200
    first, second, *others = PEOPLE
    refused = Refused(status=400, code="invalid_request", body="{}", concerns="recipient", counts=False)
    await stage.settle(await stage.start(first, "att_1"), refused)
    await stage.dial(second, "call_2")
    await stage.deliver(payload("call.answered", "call_2", 5, to=second))
    for nth, number in enumerate(others):
        await stage.dial(number, f"other_{nth}")
        await stage.deliver(payload("call.failed", f"other_{nth}", 9, to=number))


async def by_hour(stage: Serving, query: str = "") -> list[tuple[int | None, int, int, int, int]]:
    """Hour, calls, answered, failed, refused."""
    found = await stage.json(f"{PATH}{query}")
    return [(one["hour"], one["calls"], one["answered"], one["failed"], one["refused"]) for one in found["items"]]


def test_calls_are_counted_by_the_hour_of_their_day_and_unknown_zones_by_themselves(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        assert await by_hour(stage) == [(8, 0, 0, 0, 1), (17, 2, 1, 1, 0), (None, 1, 0, 1, 0)]
        found = await stage.json(PATH)
        assert (found["total"]["calls"], found["total"]["refused"], found["campaign_id"]) == (3, 1, "spring_followup")
        assert (found["since"], found["until"]) == (
            time_text(NOON + timedelta(minutes=15) - timedelta(days=7)),
            time_text(NOON + timedelta(minutes=15)),
        )
        # A quarter of an hour later it is another hour where clocks are apart by a quarter.
        stage.clock.now += timedelta(minutes=20)
        assert await by_hour(stage, "?since=2026-05-29T12:15:00Z") == []

    play(tmp_path, scene)


def test_where_a_zone_is_not_known_the_policys_default_counts_as_it_is_now(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, default_zone="Europe/Berlin")
        assert await by_hour(stage) == [(8, 0, 0, 0, 1), (14, 1, 0, 1, 0), (17, 2, 1, 1, 0)]
        change = {"policy": {"default_zone": "Asia/Tokyo"}, "reason": "they live there"}
        assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=change)).status_code == 200
        assert (await by_hour(stage))[-1] == (21, 1, 0, 1, 0)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("since=tomorrow", "since", "is no instant such as 2026-05-29T12:00:00Z"),
        ("since=2026-04-01T00:00:00Z", "since", "must be before until, by at most 31 days"),
        ("since=2026-05-30T00:00:00Z", "since", "must be before until, by at most 31 days"),
    ],
)
def test_an_interval_that_cannot_be_is_refused(tmp_path: Path, query: str, field: str, message: str) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        assert_problem(await stage.client.get(f"{PATH}?{query}"), invalid(field, message))

    play(tmp_path, scene)


def test_viewers_may_look_and_another_campaign_is_not_found(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.get(PATH, headers=VIEWER)).status_code == 404

    play(
        tmp_path,
        scene,
        DIALTRAIL_TOKENS="vera:viewer:look-only-token,olga:operator:command-token",
        MINIVOICE_WEBHOOK_SECRET="s",
    )
