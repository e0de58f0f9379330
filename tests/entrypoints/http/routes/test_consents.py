"""Consents over HTTP: nobody is called without one, each attempt names its own, and what is taken back stops the next call."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.instants import time_text
from domain.recipient import AttemptStarted, ConsentUsed
from tests.entrypoints.serving import AUDITOR, NOON, OPERATOR, OTHER, SPRING, TO, TOKENS, VIEWER, Serving, play

PATH = f"/v1/campaigns/spring_followup/recipients/{TO.replace('+', '%2B')}"
PERSON = f"/v1/people/{TO.replace('+', '%2B')}"
REQUIRED = {"purpose": "renewal", "consent": {"required": True}, "attempts_max": 3}
GIVEN = {
    "number": TO,
    "purpose": "renewal",
    "basis": "express written",
    "source": "web form",
    "given_at": "2026-05-01T10:00:00Z",
    "text": "You may call me.",
    "text_version": "3",
    "by": "ada",
}


async def made(stage: Serving, **policy: Any) -> None:
    body = {**SPRING, "policy": {**REQUIRED, **policy}}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    await stage.enroll(TO, OTHER)
    assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200


async def listed(stage: Serving) -> list[tuple[str, str | None]]:
    page = await stage.json(f"/v1/campaigns/spring_followup/recipients?at_least={stage.feed()[-1].position}")
    return [(one["status"], one["reason"]) for one in page["items"]]


def test_who_agreed_is_called_on_that_and_what_is_taken_back_stops_the_next_call(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage)
        assert await listed(stage) == [("held", "consent_missing")] * 2
        before = stage.feed()[-1].position
        given = await stage.client.post("/v1/consents", json=GIVEN)
        assert (given.status_code, given.json()["changed"]) == (201, True)
        again = await stage.client.post("/v1/consents", json=GIVEN)
        consent_id = given.json()["consent_id"]
        assert (again.status_code, again.json()["changed"], again.json()["consent_id"]) == (200, False, consent_id)
        assert await listed(stage) == [("queued", None), ("held", "consent_missing")]
        await stage.dial(TO, "call_1")
        started, used = (one for one in stage.feed() if isinstance(one.event, AttemptStarted | ConsentUsed))
        assert isinstance(used.event, ConsentUsed)
        assert (used.event.consent_id, used.recorded_at) == (consent_id, started.recorded_at)
        person = await stage.json(PERSON)
        (shown,) = person["consents"]
        assert (shown["holds"], shown["used"], shown["text"], shown["by"]) == (True, 1, "You may call me.", "ada")
        revoked = await stage.client.post("/v1/consents/revoke", json={"number": TO, "source": "letter"})
        assert (revoked.status_code, revoked.json()["changed"]) == (200, True)
        explained = (await stage.json(f"{PATH}/explain"))["rules"]
        missing = next(one for one in explained if one["rule"] == "consent_missing")
        assert (missing["stands_against"], missing["inputs"]["why"], missing["until"]) == (True, "revoked", None)
        assert (await stage.json(PERSON))["consents"][0]["holds"] is False
        assert (await stage.json(f"{PATH}?as_of={before}"))["reason"] == "consent_missing"
        compared = await stage.json("/v1/decisions/compare")
        assert (compared["compared"], compared["items"]) == (1, [])

    play(tmp_path, scene)


def test_a_list_knows_when_a_consent_runs_out_and_when_the_policy_comes_to_require_one(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, consent=None)
        assert await listed(stage) == [("queued", None)] * 2
        until = time_text(NOON + timedelta(hours=1))
        await stage.client.post("/v1/consents", json={**GIVEN, "until": until})
        change = {"policy": REQUIRED, "reason": "opt-in"}
        looked = await stage.client.post("/v1/campaigns/spring_followup/revise", json={**change, "preview": True})
        assert looked.status_code == 200, looked.text
        await stage.client.post("/v1/campaigns/spring_followup/revise", json=change)
        assert await listed(stage) == [("queued", None), ("held", "consent_missing")]
        preflight = await stage.json("/v1/campaigns/spring_followup/preflight")
        assert (preflight["callable_now"], preflight["not_dialable"]) == (1, {"consent_missing": 1})
        stage.clock.now += timedelta(hours=1)
        assert await listed(stage) == [("held", "consent_missing")] * 2

    play(tmp_path, scene)


def test_an_import_brings_consents_and_complains_of_those_that_cannot_be(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage)
        rows = (
            "number,name,consent_given_at,consent_basis,consent_until,consent_source\n"
            f"{OTHER},Ada,2026-05-01T10:00:00Z,express,,fair\n"
            "+12025550131,Bob,2026-05-01T10:00:00Z,,,\n"
            "+12025550132,Cyd,2026-06-01T10:00:00Z,express,,\n"
            "+12025550133,Dan,yesterday,express,,\n"
            "+12025550134,Eve,,,,\n"
        )
        done = await stage.client.post(
            "/v1/campaigns/spring_followup/recipients?import=i", content=rows, headers={"content-type": "text/csv"}
        )
        told = done.json()
        assert [(one["line"], one["field"]) for one in told["complaints"]] == [
            (3, "consent_basis"),
            (4, "consent_given_at"),
            (5, "consent_given_at"),
        ]
        assert (told["enrolled"], told["already_enrolled"]) == (1, 1)
        (given,) = (one for one in stage.feed() if one.name == "consent.given")
        assert (given.event.purpose, given.event.source) == ("renewal", "fair")  # type: ignore[union-attr]
        assert await listed(stage) == [
            ("held", "consent_missing"),
            ("queued", None),
            ("held", "consent_missing"),
        ]

    play(tmp_path, scene)


@pytest.mark.parametrize("more", ["", "&preview=true"])
def test_a_consent_that_cannot_be_of_somebody_who_is_enrolled_already_is_remarked(tmp_path: Path, more: str) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage)
        rows = (
            "number,name,consent_given_at,consent_basis,consent_until\n"
            f"{TO},Ada,2026-05-01T10:00:00Z,express,2025-05-01T10:00:00Z\n"
        )
        done = await stage.client.post(
            f"/v1/campaigns/spring_followup/recipients?import=i{more}",
            content=rows,
            headers={"content-type": "text/csv"},
        )
        told = done.json()
        assert (told["already_enrolled"], told["complaints"]) == (1, [])
        assert [(one["line"], one["field"]) for one in told["remarks"]] == [(2, "consent_until")]
        assert "is not recorded: it is not after given_at" in told["remarks"][0]["reason"]
        assert "consent.given" not in stage.names()

    play(tmp_path, scene)


@pytest.mark.parametrize(("purposes", "purpose"), [(["news", "sales"], "news"), ([], "renewal")])
def test_a_consent_of_an_import_without_a_purpose_is_for_one_that_the_policy_accepts(
    tmp_path: Path, purposes: list[str], purpose: str
) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, consent={"required": True, "purposes": purposes})
        rows = f"number,name,consent_given_at,consent_basis\n{OTHER},Ada,2026-05-01T10:00:00Z,express\n"
        await stage.client.post(
            "/v1/campaigns/spring_followup/recipients?import=i", content=rows, headers={"content-type": "text/csv"}
        )
        (given,) = (one for one in stage.feed() if one.name == "consent.given")
        assert given.event.purpose == purpose  # type: ignore[union-attr]
        assert ("queued", None) in await listed(stage)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"given_at": "2026-05-29T12:00:01Z"}, "given_at"),
        ({"given_at": "once"}, "given_at"),
        ({"until": "2026-05-01T10:00:00Z"}, "until"),
        ({"purpose": "Not A Word"}, "purpose"),
        ({"basis": ""}, "basis"),
        ({"number": "12"}, "number"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(tmp_path: Path, change: dict[str, str], field: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.post("/v1/consents", json={**GIVEN, **change})
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        late = {"number": TO, "revoked_at": "2026-05-29T12:00:01Z"}
        refused = await stage.client.post("/v1/consents/revoke", json=late)
        assert (refused.status_code, refused.json()["field"]) == (400, "revoked_at")
        assert stage.names() == []

    play(tmp_path, scene)


def test_only_who_may_command_may_record_one_and_viewers_do_not_see_its_words(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for headers, status in ((VIEWER, 403), (AUDITOR, 403), (OPERATOR, 201)):
            assert (await stage.client.post("/v1/consents", json=GIVEN, headers=headers)).status_code == status
            revoked = await stage.client.post("/v1/consents/revoke", json={"number": OTHER}, headers=headers)
            assert revoked.status_code == (200 if status == 201 else status)
        seen = await stage.json(PERSON, AUDITOR)
        masked = await stage.json(f"/v1/people/{seen['recipient']}", VIEWER)
        assert seen["consents"][0]["text"] == "You may call me."
        assert [masked["consents"][0][name] for name in ("text", "source", "by")] == [None] * 3

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
