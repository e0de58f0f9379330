from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.recipient import RecipientSuppressed
from tests.entrypoints.http.routes.enrolling import E164, PATH, queued
from tests.entrypoints.serving import NOON, TO, Serving, assert_problem, at, invalid, play, waited_for
from tests.entrypoints.shared_stage import Play, nothing, shared_by_module


def test_a_suppression_holds_until_it_is_lifted(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        given = {"number": TO, "source": "hotline", "reason": "asked"}
        same: dict[str, Any] = {"number": TO, "meant": None, "released": []}
        said = {**same, "suppressed": True, "changed": True, "going_on": 0, "position": 4}
        assert await waited_for(stage.client.post("/v1/suppressions", json=given), 201) == said
        assert await waited_for(stage.client.post("/v1/suppressions", json=given), 200) == {**said, "changed": False}
        assert stage.feed()[3].event == RecipientSuppressed(number=TO, source="hotline", reason="asked")
        item = {**queued(stage), "status": "suppressed", "reason": "hotline", "since": at(0), "wished_at": None}
        assert (await stage.json(PATH))["items"] == [item]
        lifted = {**same, "released": [TO], "suppressed": False, "changed": True, "going_on": None, "position": 5}
        assert await waited_for(stage.client.delete(f"/v1/suppressions/{TO}"), 200) == lifted
        assert await waited_for(stage.client.delete(f"/v1/suppressions/%2B{TO[1:]}"), 200) == {
            **lifted,
            "released": [],
            "changed": False,
        }
        assert (await stage.json(PATH))["items"] == [{**queued(stage), "since": at(0), "wished_at": None}]

    play(tmp_path, scene)


def test_a_person_can_be_suppressed_before_they_are_enrolled(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/suppressions", json={"number": TO})
        await stage.campaign(TO)
        assert (await stage.json("/v1/campaigns/spring_followup"))["recipients"]["suppressed"] == 1
        item = {**queued(stage), "status": "suppressed", "reason": "operator", "since": at(0), "wished_at": None}
        assert (await stage.json(PATH))["items"] == [item]

    play(tmp_path, scene)


def test_a_suppression_that_expires_puts_the_person_back_everywhere_at_once(tmp_path: Path) -> None:
    until = "2026-05-29T15:00:00+02:00"

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await waited_for(stage.client.post("/v1/suppressions", json={"number": TO, "expires_at": until}), 201)
        item = {
            **queued(stage),
            "status": "suppressed",
            "reason": "operator",
            "until": at(3600),
            "since": at(0),
            "wished_at": None,
        }
        stage.clock.now = NOON + timedelta(hours=1, microseconds=-1)
        assert (await stage.json(PATH))["items"] == [item]
        stage.clock.now = NOON + timedelta(hours=1)
        assert (await stage.json(PATH))["items"] == [{**queued(stage), "since": at(3600), "wished_at": None}]
        stage.clock.now = NOON + timedelta(hours=2)
        await waited_for(stage.client.delete(f"/v1/suppressions/{TO}"), 200)
        assert (await stage.json(PATH))["items"] == [{**queued(stage), "since": at(3600), "wished_at": None}]
        assert (await stage.json(f"{PATH}/{TO}"))["status"] == "queued"
        counts = (await stage.json("/v1/campaigns/spring_followup"))["recipients"]
        assert (counts["queued"], counts["suppressed"]) == (1, 0)

    play(tmp_path, scene)


asking = shared_by_module(nothing)


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({}, "number", "is missing"),
        ({"number": "0555"}, "number", E164),
        ({"number": 15551230002}, "number", "input should be a valid string"),
        ({"number": TO, "why": "x"}, "why", "is not a field that is known here"),
        ({"number": TO, "source": ""}, "source", "string should have at least 1 character"),
        ({"number": TO, "source": "x" * 101}, "source", "string should have at most 100 characters"),
        ({"number": TO, "reason": "x" * 1001}, "reason", "string should have at most 1000 characters"),
        ({"number": TO, "expires_at": "2026-05-29T11:59:59Z"}, "expires_at", "is in the past"),
        ({"number": TO, "expires_at": "2026-05-29T12:00:00Z"}, "expires_at", "is in the past"),
        (
            {"number": TO, "expires_at": "2027-01-01T00:00:00"},
            "expires_at",
            "input should have timezone info",
        ),
        (
            {"number": TO, "expires_at": "9999-12-31T23:59:59-12:00"},
            "expires_at",
            "is not a possible time",
        ),
        ({"number": TO, "expires_at": "0001-01-01T00:00:00+12:00"}, "expires_at", "is not a possible time"),
    ],
)
def test_a_suppression_with_a_fault_names_the_field(
    asking: Play, given: dict[str, Any], field: str, message: str
) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(await stage.client.post("/v1/suppressions", json=given), invalid(field, message))
        assert stage.feed() == []

    asking(scene)


@pytest.mark.parametrize("expires_at", ["soon", 5, "2027-13-01T00:00:00Z", "1e400", True, []])
def test_a_time_that_is_none_is_refused(tmp_path: Path, expires_at: object) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.post("/v1/suppressions", json={"number": TO, "expires_at": expires_at})
        assert (answer.status_code, answer.json()["field"]) == (400, "expires_at")

    play(tmp_path, scene)
