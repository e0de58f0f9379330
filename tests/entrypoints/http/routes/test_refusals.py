from datetime import timedelta
from pathlib import Path

import pytest

from application.queries import refusals
from domain.dial_outcome import Refused
from tests.entrypoints.serving import AUDITOR, OPERATOR, OTHER, TO, TOKENS, VIEWER, Serving, play

PATH = "/v1/campaigns/spring_followup/refusals"
THIRD = "+15551230004"


async def refuse(stage: Serving, number: str, code: str | None, body: str, status: int = 400) -> None:
    stage.clock.now += timedelta(seconds=1)
    refused = Refused(status=status, code=code, body=body, concerns="recipient", counts=False)
    await stage.settle(await stage.start(number, f"att_{body}"), refused)


def test_each_code_comes_with_all_that_was_last_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO, OTHER, THIRD)
        await stage.campaign("+15551230005", campaign_id="autumn")
        del stage.client.headers["authorization"]
        assert (await stage.json(PATH, AUDITOR))["items"] == []
        await refuse(stage, TO, "invalid_request", "first")
        await refuse(stage, OTHER, "blocked", "other")
        await refuse(stage, THIRD, "invalid_request", "last")
        found = (await stage.json(PATH, AUDITOR))["items"]
        assert [(one["code"], one["status"], one["body"], one["attempt_id"]) for one in found] == [
            ("invalid_request", 400, "last", "att_last"),
            ("blocked", 400, "other", "att_other"),
        ]
        assert [one["body"] for one in (await stage.json(PATH, VIEWER))["items"]] == [None, None]
        assert (await stage.json("/v1/campaigns/autumn/refusals", AUDITOR))["items"] == []

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_no_more_than_so_many_events_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        await refuse(stage, TO, "invalid_request", "old")
        monkeypatch.setattr(refusals, "REFUSALS_EVENTS_MAX", 1)
        assert len((await stage.json(PATH))["items"]) == 1
        await stage.client.post("/v1/suppressions", json={"number": OTHER})
        assert (await stage.json(PATH))["items"] == []

    play(tmp_path, scene)
