"""What is old of personal fields, over HTTP: what would go, what goes, and what stays."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.queries import retention
from domain.ledger_life import KeysDestroyed
from domain.recipient import RecipientErased
from tests.entrypoints.http.routes.approvals.asking import OLGA, TWO
from tests.entrypoints.http.routes.test_erasures import CALL, DIGITS, SAID, SEALED, called, everything, rebuilt, seen
from tests.entrypoints.serving import OPERATOR, OTHER, SECRET, TO, VIEWER, Serving, payload, play

ALL = ["number", "variables", "body", "digits", "insight"]
NINTH_DIGIT = ("+5511987654321", "+551187654321")
WITH_SECRET = {**SEALED, "MINIVOICE_WEBHOOK_SECRET": SECRET}


async def retain(stage: Serving, *kinds: str, **more: Any) -> tuple[int, Any]:
    """One step, a second later, for what is older than then, unless another instant is named."""
    stage.clock.now += timedelta(seconds=1)
    headers = more.pop("headers", {})
    body = {"kinds": list(kinds), "before": stage.clock.now.isoformat(), **more}
    answer = await stage.client.post("/v1/retention", json=body, headers=headers)
    return answer.status_code, answer.json()


@pytest.fixture(params=["sqlite", "postgresql"])
def sealed(request: pytest.FixtureRequest) -> Mapping[str, str]:
    """The settings of a sealed ledger in either database."""
    if request.param == "sqlite":
        return WITH_SECRET
    return {**WITH_SECRET, "DIALTRAIL_DATABASE_URL": request.getfixturevalue("postgres").new_database()}


def kept(**counts: int) -> Mapping[str, int]:
    return {"held": 0, "going_on": 0, "by_two": 0, **counts}


def destroyed(stage: Serving) -> list[KeysDestroyed]:
    return [one.event for one in stage.feed() if isinstance(one.event, KeysDestroyed)]


def test_what_is_old_of_one_kind_is_destroyed_and_nothing_else_changes(
    tmp_path: Path, sealed: Mapping[str, str]
) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        before, position, body = await seen(stage), stage.ledger.position, (await stage.json(f"{CALL}/events"))["items"]
        assert any(SAID in json.dumps(one) for one in body)

        status, would = await retain(stage, "body", "digits")
        assert (status, would["destroyed"], stage.ledger.position, would["next"]) == (200, False, position, None)
        assert would["keys"]["digits"] == would["events"]["digits"] == 1
        assert (would["kept"], would["keys_destroyed"]) == (kept(), False)

        status, done = await retain(stage, "body", "digits", confirmed=True, reason="kept for 180 days")
        assert (status, done["destroyed"], done["keys_destroyed"], done["views_rebuilt"]) == (200, True, True, True)
        assert {n: done[n] for n in ("streams", "keys", "events")} == {
            n: would[n] for n in ("streams", "keys", "events")
        }
        await rebuilt(stage)

        assert await seen(stage) == before
        text = await everything(stage)
        assert SAID not in text
        assert DIGITS not in text
        assert "Ada Lovelace" in text
        assert TO[1:] in text
        [event] = destroyed(stage)
        assert (event.cause, event.kinds, event.streams, event.reason) == (
            "retention",
            done["keys"],
            done["streams"],
            "kept for 180 days",
        )
        position = stage.ledger.position
        assert (await retain(stage, "body", "digits", confirmed=True))[1]["streams"] == 0
        assert stage.ledger.position == position, "nothing is destroyed twice"

        assert SAID not in json.dumps(await stage.json(f"{CALL}/events?as_of={before[1][-1][0]}"))

    play(tmp_path, scene, **sealed)


def test_what_is_newer_than_the_date_stays(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        instant = stage.clock.now.isoformat()
        await called(stage)
        status, done = await retain(stage, *ALL, before=instant, confirmed=True)
        assert (status, done["streams"], done["kept"]) == (200, 0, kept()), "nothing is older"

        stage.clock.now += timedelta(days=1)
        instant = stage.clock.now.isoformat()
        assert (await stage.deliver(payload("call.recording.completed", seconds=90_000))).status_code == 204
        await stage.client.post("/v1/suppressions", json={"number": TO})
        status, done = await retain(stage, "body", "digits", before=instant, confirmed=True)
        assert (status, done["streams"]) == (200, 2), (
            "call and person have something newer; what lies in quarantine has not"
        )
        assert SAID in await everything(stage)
        status, said = await retain(stage, "body", before="2099-01-01T00:00:00Z")
        assert (status, said["detail"].partition(";")[0]) == (400, "before: is still to come")

    play(tmp_path, scene, **WITH_SECRET)


def test_whom_a_campaign_may_call_keeps_number_and_variables_until_it_is_over(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign()
        rows = [{"number": number, "variables": {"name": "Ada"}} for number in (TO, OTHER)]
        await stage.client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": rows})
        status, done = await retain(stage, "number", "variables", confirmed=True)
        assert (status, done["streams"], done["kept"]) == (200, 0, kept(going_on=2))
        await rebuilt(stage)

        assert (await stage.client.post("/v1/campaigns/spring_followup/cancel")).status_code == 200
        stage.clock.now += timedelta(days=1)
        instant = stage.clock.now.isoformat()
        stage.clock.now += timedelta(days=1)
        status, done = await retain(stage, "number", before=instant, confirmed=True)
        assert (status, done["keys"], done["views_rebuilt"]) == (200, {"number": 2}, True)
        await rebuilt(stage)
        assert TO[1:] not in json.dumps(await stage.json("/v1/campaigns/spring_followup/recipients"))
        assert sum(isinstance(one.event, RecipientErased) for one in stage.feed()) == 2
        assert (await retain(stage, "variables", before=instant))[1]["keys"] == {"variables": 2}, (
            "that is nothing newer"
        )

    play(tmp_path, scene, **SEALED)


def test_a_call_that_goes_on_keeps_all(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        await stage.client.post("/v1/campaigns/spring_followup/cancel")
        status, done = await retain(stage, *ALL, confirmed=True)
        assert (status, done["streams"]) == (200, 0)
        assert done["kept"]["going_on"] >= 1

    play(tmp_path, scene, **WITH_SECRET)


def test_a_legal_hold_keeps_a_person_their_calls_and_what_names_them(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        assert (await stage.client.post("/v1/legal-holds", json={"number": TO})).status_code == 200
        status, done = await retain(stage, "body", "digits", confirmed=True)
        assert (status, done["streams"], done["kept"]["held"]) == (200, 1, 3), "what names nobody goes"
        assert SAID in await everything(stage)

        await stage.client.delete(f"/v1/legal-holds/{TO}")
        assert (await retain(stage, "body", "digits", confirmed=True))[1]["kept"] == kept()

    play(tmp_path, scene, **WITH_SECRET)


def test_a_person_is_old_in_all_spellings_of_the_number_or_in_none(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        for number in NINTH_DIGIT:
            await stage.client.post("/v1/suppressions", json={"number": number})
        stage.clock.now += timedelta(days=1)
        instant = stage.clock.now.isoformat()
        await stage.enroll(NINTH_DIGIT[1])
        await stage.client.post("/v1/campaigns/spring_followup/cancel")
        stage.clock.now += timedelta(days=1)
        assert (await retain(stage, "number", before=instant, confirmed=True))[1]["streams"] == 0

        await stage.client.post("/v1/legal-holds", json={"number": NINTH_DIGIT[1]})
        assert (await retain(stage, "number", confirmed=True))[1]["kept"] == kept(held=1)
        await stage.client.delete(f"/v1/legal-holds/{NINTH_DIGIT[0]}")
        assert (await retain(stage, "number", confirmed=True))[1]["streams"] == 2
        forgotten = [one.event.spellings for one in stage.feed() if isinstance(one.event, RecipientErased)]
        assert [len(one) for one in forgotten] == [1, 1]

    play(tmp_path, scene, **SEALED)


def test_what_takes_two_people_is_left_to_them(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OLGA)
        plan = {"id": "spring_followup", "from": "+15551230001", "policy": {"needs_approval": True}}
        assert (await stage.client.post("/v1/campaigns", json=plan)).status_code == 201
        await stage.enroll(TO)
        status, done = await retain(stage, "number", confirmed=True)
        assert (status, done["streams"], done["kept"]) == (200, 0, kept(by_two=1))

    play(tmp_path, scene, **SEALED, **TWO)


@pytest.mark.parametrize("streams", [1, 3])
def test_it_goes_on_where_the_step_before_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: Mapping[str, str], streams: int
) -> None:
    monkeypatch.setattr(retention, "EXPIRED_A_STEP", streams)
    monkeypatch.setattr(retention, "ROWS_A_READ", 2)

    async def scene(stage: Serving) -> None:
        await called(stage)
        would = (await retain(stage, "body"))[1]
        assert would["streams"] <= streams
        after: int | None = 0
        gone = 0
        while after is not None:
            done = (await retain(stage, "body", confirmed=True, after=after))[1]
            after, gone = done["next"], gone + done["streams"]
            assert done["views_rebuilt"] == (after is None)
        assert (gone, len(destroyed(stage))) == (4, -(-4 // streams))
        assert SAID not in await everything(stage)

    play(tmp_path, scene, **sealed)


def test_only_operators_and_only_in_a_sealed_ledger(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await retain(stage, "body", headers=VIEWER))[0] == 403
        stage.client.headers.update(OPERATOR)
        wrong: dict[str, Any]
        for wrong in ({"kinds": ["other"]}, {"kinds": []}, {"after": -1}, {"before": "2026-06-01"}, {"until": "x"}):
            assert (await retain(stage, "body", **wrong))[0] == 400, wrong

    async def not_sealed(stage: Serving) -> None:
        status, said = await retain(stage, "body")
        assert status == 409
        assert "this ledger was begun without sealing" in said["detail"]

    play(tmp_path / "one", scene, **SEALED, **TWO)
    play(tmp_path / "other", not_sealed)
