"""Subscriptions over HTTP, as programs ask, on an installation that serves them; what is told comes over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.application.subscriptions.stage import SECRET, Subscriber, subscriber, verified
from tests.entrypoints.serving import AUDITOR, OPERATOR, OTHER, TO, TOKENS, VIEWER, Serving, play

HERE = {"DIALTRAIL_TOKENS": TOKENS, "DIALTRAIL_TARGETS_ALLOWED": "127.0.0.1/32"}
PATH = "/v1/subscriptions"


@asynccontextmanager
async def told(stage: Serving) -> AsyncIterator[Subscriber]:
    """A subscriber, while this installation serves subscriptions."""
    stage.client.headers.update(OPERATOR)
    serving = asyncio.create_task(stage.parts.subscriptions.run())
    async with subscriber() as crm:
        yield crm
    await stage.parts.subscriptions.stop()
    await serving


async def until_taken(crm: Subscriber, count: int) -> None:
    async with asyncio.timeout(60):
        while len(crm.taken) < count:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.005)


def test_its_whole_life_over_http(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with told(stage) as crm:
            body = {"id": "crm", "url": crm.url, "events": ["outcome.changed"], "campaigns": None, "role": "auditor"}
            made = await stage.client.post(PATH, json=body)
            assert made.status_code == 201, made.text
            secret = made.json()["secret"]
            assert secret.startswith("whsec_")
            again = await stage.client.post(PATH, json=body)
            assert (again.status_code, again.json()["secret"], again.json()["changed"]) == (200, None, False)

            await stage.campaign(TO, OTHER)
            await until_taken(crm, 2)
            assert verified(crm.taken[0], secret)
            row = crm.taken[0].said["data"]
            assert {"campaign_id", "number", "reference", "status", "reason", "attempts", "call_id", "answered"} < set(
                row
            )
            assert {"digits", "seconds", "code", "changed_at", "position"} < set(row)

            shown = await stage.json(f"{PATH}/crm")
            assert {"id", "url", "events", "state", "position", "failing", "dead"} < set(shown)
            assert (shown["state"], shown["failing"], shown["dead"]) == ("running", None, 0)
            assert (await stage.json(PATH))["items"][0]["id"] == "crm"
            assert secret not in str(await stage.json(f"{PATH}/crm/tries"))

            ended = await stage.client.delete(f"{PATH}/crm")
            assert (ended.status_code, ended.json()["state"]) == (200, "ended")
            assert (await stage.client.get(f"{PATH}/crm")).status_code == 404
            assert (await stage.json(PATH))["items"] == []
            assert secret not in str(stage.feed())

    play(tmp_path, scene, **HERE)


def test_its_secret_is_made_anew_and_shown_once(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.client.post(PATH, json={"id": "crm", "url": "http://127.0.0.1:9/hook", "secret": SECRET})
        rotated = await stage.client.post(f"{PATH}/crm/rotate", json={"old_secret_seconds": 60})
        assert rotated.status_code == 200, rotated.text
        made, until = rotated.json()["secret"], rotated.json()["old_secret_until"]
        assert made.startswith("whsec_")
        assert until == (await stage.json(f"{PATH}/crm"))["old_secret_until"] == "2026-05-29T12:01:00.000000Z"
        mine = "whsec_" + "B" * 44
        again = await stage.client.post(f"{PATH}/crm/rotate", json={"secret": mine})
        assert (again.status_code, again.json()["secret"]) == (200, None), again.text
        third = await stage.client.post(f"{PATH}/crm/rotate")
        assert third.status_code == 409
        assert "2 old secrets of crm sign still" in third.json()["detail"]
        ended = await stage.client.post(f"{PATH}/crm/rotate", json={"old_secret_seconds": 0})
        assert ended.json()["old_secret_until"] is None
        assert (await stage.client.post(f"{PATH}/other/rotate")).status_code == 404
        for bad in ({"secret": "short"}, {"old_secret_seconds": -1}, {"old_secret_seconds": 10**9}):
            assert (await stage.client.post(f"{PATH}/crm/rotate", json=bad)).status_code == 400
        shown = str(stage.feed()) + str(await stage.json(f"{PATH}/crm/tries"))
        assert not any(secret in shown for secret in (SECRET, made, mine))

    play(tmp_path, scene, **HERE)


def test_it_is_paused_resumed_told_again_and_sent_again_over_http(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with told(stage) as crm:
            await stage.client.post(PATH, json={"id": "crm", "url": crm.url})
            await stage.campaign(TO, OTHER)
            await until_taken(crm, 2)
            for act, wanted in (("pause", "paused"), ("resume", "running")):
                done = await stage.client.post(f"{PATH}/crm/{act}")
                assert (done.status_code, done.json()["state"]) == (200, wanted), done.text
                assert (await stage.json(f"{PATH}/crm"))["state"] == wanted
            replayed = await stage.client.post(f"{PATH}/crm/replay", json={"from": 1})
            assert (replayed.status_code, replayed.json()) == (200, {"id": "crm", "after": 0})
            await until_taken(crm, 4)
            by_time = await stage.client.post(f"{PATH}/crm/replay", json={"from": "2026-05-29T00:00:00Z"})
            assert by_time.json()["after"] == 0, by_time.text
            resent = await stage.client.post(f"{PATH}/crm/resend", json={"all": True})
            assert resent.json() == {"id": "crm", "resent": 0}

    play(tmp_path, scene, **HERE)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://127.0.0.2:9/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "ftp://crm.example.org/"}, "url"),
        ({"secret": "not base64!"}, "secret"),
        ({"events": ["subscription.dead"]}, "events[0]"),
        ({"events": ["call.answred"]}, "events[0]"),
        ({"events": []}, "events"),
        ({"campaigns": ["NO"]}, "campaigns[0]"),
        ({"role": "owner"}, "role"),
        ({"id": "Not A Slug"}, "id"),
        ({"more": 1}, "more"),
    ],
)
def test_what_cannot_be_a_subscription_is_refused_by_its_field(
    tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    async def scene(stage: Serving) -> None:
        body = {"id": "crm", "url": "http://127.0.0.1:9/hook", "secret": SECRET, **change}
        refused = await stage.client.post(PATH, json=body, headers=OPERATOR)
        assert (refused.status_code, refused.json()["field"]) == (400, field), refused.text
        assert (await stage.json(PATH, OPERATOR))["items"] == []

    play(tmp_path, scene, **HERE)


def test_without_the_setting_nothing_of_this_machine_is_told(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for url in (
            "http://127.0.0.1:9/",
            "https://localhost/",
            "https://[::1]/",
            "https://2130706433/",
            "http://10.0.0.1/",
        ):
            refused = await stage.client.post(PATH, json={"id": "crm", "url": url}, headers=OPERATOR)
            assert (refused.status_code, refused.json()["field"]) == (400, "url"), refused.text

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_who_may_do_what(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        body = {"id": "crm", "url": "http://127.0.0.1:9/hook?token=inner"}
        for who in (VIEWER, AUDITOR):
            assert (await stage.client.post(PATH, json=body, headers=who)).status_code == 403
        assert (await stage.client.post(PATH, json=body, headers=OPERATOR)).status_code == 201
        for path in ("/crm/rotate", "/crm/pause", "/crm/resume", "/crm/replay", "/crm/resend"):
            for who in (VIEWER, AUDITOR):
                assert (await stage.client.post(PATH + path, json={"all": True}, headers=who)).status_code == 403
        assert (await stage.json(f"{PATH}/crm", VIEWER))["url"] == "http://127.0.0.1:9/…"
        assert (await stage.json(f"{PATH}/crm", AUDITOR))["url"] == body["url"]
        unknown = await stage.client.post(f"{PATH}/other/resume", headers=OPERATOR)
        assert unknown.status_code == 404
        for bad in ({}, {"from": 1, "after": 1}, {"from": "soon"}, {"from": -1}):
            refused = await stage.client.post(f"{PATH}/crm/replay", json=bad, headers=OPERATOR)
            assert refused.status_code == 400, refused.text

    play(tmp_path, scene, **HERE)
