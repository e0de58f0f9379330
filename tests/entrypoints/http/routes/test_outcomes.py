"""What is new since a position, over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.http.guarded import GUARDED, fill
from tests.entrypoints.http.routes.enrolling import create, number
from tests.entrypoints.serving import (
    AUDITOR,
    OTHER,
    SPRING,
    TO,
    VIEWER,
    Serving,
    assert_problem,
    invalid,
    payload,
    play,
)

PATH = "/v1/outcomes"


async def follow(stage: Serving, after: object = 0, **query: object) -> tuple[list[Any], int]:
    """All that changed since, page by page, and where to go on from."""
    rows: list[Any] = []
    while True:
        asked = "&".join(f"{name}={value}" for name, value in {"after": after, **query}.items())
        page = await stage.json(f"{PATH}?{asked}")
        rows += page["items"]
        if page["next"] is None:
            return rows, page["position"]
        after = page["next"]


def test_a_row_is_flat_and_has_all_that_a_system_of_the_user_wants_to_know(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        rows = [{"number": TO, "reference": "crm-1"}, {"number": OTHER}]
        await stage.client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": rows})
        await stage.client.post("/v1/campaigns/spring_followup/start")
        enrolled, position = await follow(stage)
        assert [(row["number"], row["status"]) for row in enrolled] == [(TO, "queued"), (OTHER, "queued")]
        assert await follow(stage, position) == ([], position)
        await stage.dial(TO, "call_1")
        for delivery in (
            payload("call.answered", seconds=3),
            payload("call.gathered", seconds=5, data={"digits": "2"}),
            payload("call.gathered", seconds=8, data={"digits": "1"}),
            payload("call.completed", seconds=33),
        ):
            assert (await stage.deliver(delivery)).status_code == 204
        last = stage.ledger.position
        (row,), position = await follow(stage, position)
        assert position == last
        assert row == {
            "campaign_id": "spring_followup",
            "number": TO,
            "recipient": stage.known_as(TO),
            "reference": "crm-1",
            "status": "reached",
            "reason": None,
            "attempts": 1,
            "call_id": "call_1",
            "answered": True,
            "digits": ["2", "1"],
            "seconds": 30.0,
            "code": None,
            "changed_at": row["changed_at"],
            "position": last,
        }
        assert row["changed_at"] == (await stage.json(f"/v1/events?after={last - 1}"))["items"][0]["recorded_at"]

    play(tmp_path, scene)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_what_one_event_changed_is_gone_through_page_by_page_and_nobody_is_left_out(tmp_path: Path, limit: int) -> None:
    numbers = [number(place) for place in range(5)]

    async def scene(stage: Serving) -> None:
        await stage.campaign(*numbers)
        await stage.client.post("/v1/suppressions", json={"number": numbers[3]})
        _, position = await follow(stage)
        await stage.client.post("/v1/campaigns/spring_followup/cancel")
        rows, _ = await follow(stage, position, limit=limit)
        assert [(row["number"], row["status"], row["reason"]) for row in rows] == [
            (one, "withdrawn", "campaign_canceled") for one in numbers if one != numbers[3]
        ]
        assert len({row["position"] for row in rows}) == 1

    play(tmp_path, scene)


def test_by_the_last_rows_position_nobody_is_missed_where_what_one_event_changed_fits_on_a_page(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        await stage.client.post("/v1/campaigns", json={**SPRING, "id": "autumn"})
        await stage.enroll(TO, OTHER, campaign_id="autumn")
        await stage.client.post("/v1/suppressions", json={"number": TO})
        page = await stage.json(f"{PATH}?limit=3")
        assert [(row["campaign_id"], row["number"]) for row in page["items"]] == [
            ("spring_followup", OTHER),
            ("autumn", OTHER),
        ]
        rest = await stage.json(f"{PATH}?limit=3&after={page['items'][-1]['position']}")
        assert [(row["campaign_id"], row["status"]) for row in rest["items"]] == [
            ("spring_followup", "suppressed"),
            ("autumn", "suppressed"),
        ]

    play(tmp_path, scene)


def test_one_campaign_can_be_asked_for_and_has_to_be_there(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.campaign(OTHER, campaign_id="autumn")
        rows, _ = await follow(stage, campaign="autumn")
        assert [row["number"] for row in rows] == [OTHER]
        assert (await stage.client.get(f"{PATH}?campaign=winter")).status_code == 404

    play(tmp_path, scene)


@pytest.mark.parametrize("after", ["-1", "1.2.3", "x", "1.", "\u0661", "9" * 16])
def test_after_is_a_position_or_what_a_page_said(tmp_path: Path, after: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get(PATH, params={"after": after})
        assert_problem(
            answer, invalid("after", "is a position of the ledger such as 1042, or the `next` of the page before")
        )

    play(tmp_path, scene)


def test_a_position_that_is_not_there_yet_and_an_unknown_parameter_are_refused(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        answer = await stage.client.get(f"{PATH}?after={stage.ledger.position + 1}")
        assert (answer.status_code, answer.json()["field"]) == (400, "after")
        answer = await stage.client.get(f"{PATH}?since=1")
        assert (answer.status_code, answer.json()["field"]) == (400, "since")

    play(tmp_path, scene)


def test_viewers_see_neither_number_nor_reference_nor_digits(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        for headers, shown in ((AUDITOR, (TO, "crm-Lovelace-7", ["31415926"])), (VIEWER, ("+15…02", None, None))):
            rows = (await stage.json(PATH, headers))["items"]
            (row,) = [row for row in rows if row["recipient"] == stage.known_as(TO)]
            assert (row["number"], row["reference"], row["digits"]) == shown
            assert (row["answered"], row["call_id"]) == (True, "call_1")

    play(tmp_path, scene, **GUARDED)
