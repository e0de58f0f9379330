"""An import with a column for callbacks: local times in the row's zone, refused row by row."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.recipient import RecipientCallbackSet
from tests.entrypoints.serving import NOON, SPRING, WAIT_SECONDS_MAX, Serving, play

PATH = "/v1/campaigns/spring_followup/recipients"
CSV = {"content-type": "text/csv"}


def wished(stage: Serving) -> list[tuple[str, str | None, str | None, str]]:
    return [
        (e.event.at.isoformat(), e.event.local, e.event.zone, e.event.source)
        for e in stage.feed()
        if isinstance(e.event, RecipientCallbackSet)
    ]


def test_each_row_may_wish_a_time_in_its_own_zone(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        text = (
            "number,zone,callback_at,callback_zone,name\n"
            "+4930123401,,2026-06-01T09:00,,Ada\n"
            "+4930123402,,2026-06-01T09:00,America/New_York,Bo\n"
            "+4930123403,Europe/London,2026-06-01T09:00,,Cy\n"
            "+4930123404,,2026-06-01T09:00:00Z,,Di\n"
            "+4930123405,,,,Ed\n"
            "+4930123406,,2027-03-28T02:30,,Fi\n"
            "+4930123407,,2026-05-29T11:00Z,,Gi\n"
            "+18005550100,,2026-06-01T09:00,,Hu\n"
            "+4930123408,,,Europe/Berlin,Io\n"
        )
        said = (await stage.client.post(PATH, content=text.encode(), headers=CSV)).json()
        assert (said["enrolled"], said["rejected"]) == (5, 4)
        assert [(one["line"], one["field"]) for one in said["complaints"]] == [
            (7, "callback_at"),
            (8, "callback_at"),
            (9, "callback_at"),
            (10, "callback_zone"),
        ]
        assert "2027-03-28T03:30:00+02:00" in said["complaints"][0]["reason"]
        assert wished(stage) == [
            ("2026-06-01T07:00:00+00:00", "2026-06-01T09:00", "Europe/Berlin", "import"),
            ("2026-06-01T13:00:00+00:00", "2026-06-01T09:00", "America/New_York", "import"),
            ("2026-06-01T08:00:00+00:00", "2026-06-01T09:00", "Europe/London", "import"),
            ("2026-06-01T09:00:00+00:00", None, None, "import"),
        ]
        assert "callback_at" not in str([item["variables"] for item in (await stage.json(PATH))["items"]])
        again = (await stage.client.post(PATH, content=text.encode(), headers=CSV)).json()
        assert (again["already_enrolled"], len(wished(stage))) == (5, 4)

    play(tmp_path, scene)


def test_json_has_it_beside_the_variables(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        row = {"number": "+4930123401", "callback_at": "2026-06-01T09:00", "callback_zone": "UTC"}
        done = await stage.client.post(PATH, json={"recipients": [row]})
        assert done.json()["enrolled"] == 1, done.text
        assert wished(stage) == [("2026-06-01T09:00:00+00:00", "2026-06-01T09:00", "UTC", "import")]
        item = (await stage.json(PATH))["items"][0]
        assert (item["status"], item["reason"]) == ("held", "callback_waits")

    play(tmp_path, scene)


def test_a_time_after_the_campaigns_end_is_a_complaint(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, "2026-06-01T09:00:00Z")
        rows = [
            {"number": f"+493012340{last}", "callback_at": at, "callback_zone": "UTC"}
            for last, at in ((1, "2026-06-01T08:59"), (2, "2026-06-01T09:00"), (3, "2026-07-01T12:00"))
        ]
        said = (await stage.client.post(PATH, json={"recipients": rows})).json()
        assert said["enrolled"] == len(wished(stage)) == 1
        assert {(one["field"], one["reason"]) for one in said["complaints"]} == {
            (
                "callback_at",
                "campaign spring_followup ends at 2026-06-01T09:00:00+00:00; wish an earlier time, or revise it",
            )
        }

    play(tmp_path, scene)


@pytest.mark.parametrize(("days", "is_left"), [(1, True), (2, False), (3, False)])
def test_a_wish_that_a_revision_left_after_the_end_keeps_no_campaign_running(
    tmp_path: Path, days: int, is_left: bool
) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, "2026-07-01T00:00:00Z")
        row = {"number": "+4930123401", "callback_at": "2026-06-20T09:00", "callback_zone": "UTC"}
        await stage.client.post(PATH, json={"recipients": [row]})
        ends_at = (NOON + timedelta(days=2)).isoformat()
        revised = await stage.client.post(
            "/v1/campaigns/spring_followup/revise", json={"reason": "asked to", "policy": {"ends_at": ends_at}}
        )
        assert revised.status_code == 200, revised.text
        assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)
        found = stage.parts.reads.remaining_work("spring_followup", NOON + timedelta(days=days))
        assert found.is_somebody_left is is_left

    play(tmp_path, scene)


def test_a_wish_that_nobody_may_keep_is_a_remark_of_its_row_and_a_preview_foresees_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        for number in ("+4930123401", "+4930123402"):
            await stage.client.post("/v1/suppressions", json={"number": number, "source": "letter"})
        text = (
            "number,callback_at,callback_zone\n"
            "+4930123401,2026-06-01T09:00,UTC\n"
            "+4930123402,2026-06-01T09:00:00+02:00,\n"
            "+4930123403,2026-06-01T09:00,\n"
        )
        why = (
            "they are enrolled without this callback: no callback can be wished: this person is suppressed (letter);"
            " release them first, if they wish it; then wish it by itself"
        )
        remarks = [
            {"line": 2, "field": "callback_at", "reason": why, "cell": "2026-06-01T09:00 UTC"},
            {"line": 3, "field": "callback_at", "reason": why, "cell": "2026-06-01T07:00:00+00:00"},
        ]
        foreseen = (await stage.client.post(f"{PATH}?preview=true", content=text.encode(), headers=CSV)).json()
        assert (foreseen["enrolled"], foreseen["remarks"], foreseen["remarks_omitted"]) == (3, remarks, 0)
        done = (await stage.client.post(PATH, content=text.encode(), headers=CSV)).json()
        assert (done["enrolled"], done["rejected"], done["remarks"]) == (3, 0, remarks)
        assert len(wished(stage)) == 1

    play(tmp_path, scene)


def test_a_row_of_who_is_in_the_campaign_already_moves_nothing_and_that_is_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        row = {"number": "+4930123401", "callback_at": "2026-06-01T09:00Z"}
        first = (await stage.client.post(PATH, json={"import": "a", "recipients": [row]})).json()
        again = (await stage.client.post(PATH, json={"import": "a", "recipients": [row]})).json()
        assert (first["remarks"], again["already_enrolled"], again["remarks"]) == ([], 1, [])
        moved = {**row, "callback_at": "2026-06-02T09:00Z"}
        other = (await stage.client.post(PATH, json={"import": "b", "recipients": [moved]})).json()
        ((line, cell, reason),) = [(one["line"], one["cell"], one["reason"]) for one in other["remarks"]]
        assert (line, cell) == (1, "2026-06-02T09:00:00+00:00")
        assert "stays as it is; move it by itself" in reason
        assert [at for at, *_ in wished(stage)] == ["2026-06-01T09:00:00+00:00"]

    play(tmp_path, scene)


async def created(stage: Serving, ends_at: str) -> None:
    """A campaign that runs until then."""
    done = await stage.client.post("/v1/campaigns", json={**SPRING, "policy": {"ends_at": ends_at}})
    assert done.status_code == 201, done.text
    await stage.client.post("/v1/campaigns/spring_followup/start")
