"""People who are forgotten, over HTTP: what would go, what is left, and what stands against it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from application.views import Projector
from domain.errors import Conflict
from domain.kept_numbers import MEMORIES
from domain.ledger_life import KeysDestroyed
from domain.recipient import RecipientErased
from tests.entrypoints.http.guarded import GUARDED, PERSONAL, fill
from tests.entrypoints.http.guarded_routes import READS
from tests.entrypoints.http.routes.approvals.asking import OLGA, OTTO, TWO
from tests.entrypoints.pages.staging import PAGES, sign_in
from tests.entrypoints.serving import OPERATOR, OTHER, SECRET, TO, VIEWER, Serving, payload, play, until
from tests.reachable import texts_from

SEALED = {"DIALTRAIL_SEALED": "1"}
DIGITS = "31415926"
SAID = "said-by-the-provider"
GONE = (TO[1:], "Ada Lovelace", "crm-7", DIGITS, SAID)
THIRD = "+15551230004"
CALL = "/v1/calls/call_1"
PERSON = f"/v1/campaigns/spring_followup/recipients/{TO}"


async def called(stage: Serving) -> None:
    """Three people, of whom one was called and pressed keys, and a delivery in quarantine that names him."""
    stage.secret = SECRET
    await stage.campaign()
    rows = [
        {"number": TO, "variables": {"name": "Ada Lovelace"}, "reference": "crm-7"},
        {"number": OTHER},
        {"number": THIRD},
    ]
    await stage.client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": rows})
    await stage.dial(TO, "call_1")
    for delivery in (
        payload("call.answered", seconds=3, note=SAID),
        payload("call.gathered", seconds=5, data={"digits": DIGITS}),
        payload("call.completed", seconds=9),
        f"unreadable {TO}".encode(),
        b"unreadable, and about nobody",
    ):
        assert (await stage.deliver(delivery)).status_code == 204


async def erase(stage: Serving, number: str = TO, **more: Any) -> Any:
    headers = more.pop("headers", {})
    answer = await stage.client.post("/v1/erasures", json={"number": number, **more}, headers=headers)
    return answer.status_code, answer.json()


def words_in(texts: Iterable[str]) -> set[str]:
    """Which of what is personal stands in texts."""
    return {word for text in texts for word in GONE if word in text}


async def rebuilt(stage: Serving) -> None:
    """The views are those that were made anew."""
    await until(lambda: stage.parts.projector.rebuilding is None)


async def seen(stage: Serving) -> tuple[Any, ...]:
    """Statuses, figures and journey, once the views have all that was recorded."""
    assert await stage.parts.projector.wait_for(stage.ledger.position, 60)
    campaign = await stage.json("/v1/campaigns/spring_followup")
    timeline = await stage.json(f"{CALL}/timeline")
    call = await stage.json(CALL)
    entries = [(one["position"], one["event"], one["occurred_at"], one["deliveries"]) for one in timeline["entries"]]
    return campaign["recipients"], entries, [call["state"][name] for name in ("phase", "outcome", "reached", "step")]


async def everything(stage: Serving) -> str:
    """All that is asked of an installation about a person, and of the ledger."""
    paths = (
        CALL,
        *(f"{CALL}/{what}" for what in ("timeline", "events", "deliveries")),
        *("/v1/campaigns/spring_followup/recipients?limit=100", "/v1/calls?limit=100", "/v1/events?limit=1000"),
        *("/v1/quarantine", "/v1/outcomes"),
    )
    return "\n".join([json.dumps(await stage.json(path)) for path in paths])


def test_a_person_is_forgotten_and_nothing_else_changes(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        assert words_in([await everything(stage)]) == set(GONE)
        before, position = await seen(stage), stage.ledger.position

        status, would = await erase(stage)
        assert (status, would["erased"], stage.ledger.position) == (200, False, position)
        assert {name: would[name] for name in ("spellings", "calls", "quarantined", "keys", "held")} == {
            "spellings": 1,
            "calls": 1,
            "quarantined": 1,
            "keys": {"body": 3, "digits": 1, "number": 2, "other": 1, "variables": 1},
            "held": False,
        }

        status, done = await erase(stage, confirmed=True, reason="asked for by mail")
        assert (status, done["erased"], done["keys"]) == (200, True, would["keys"])
        await rebuilt(stage)

        assert await seen(stage) == before
        position = stage.ledger.position
        assert words_in(texts_from(stage.parts, MEMORIES)) == set()
        assert (await erase(stage, confirmed=True))[1]["keys"] == {}
        assert stage.ledger.position == position
        text = await everything(stage)
        assert words_in([text]) == set()
        assert '"erased"' in text
        assert OTHER in text
        entries = (await stage.json(f"{CALL}/timeline"))["entries"]
        assert "erased" in entries[-1]["notes"]
        assert [one.event for one in stage.feed() if isinstance(one.event, RecipientErased)] == [
            RecipientErased(calls=1, reason="asked for by mail")
        ]
        assert [one.event.kinds for one in stage.feed() if isinstance(one.event, KeysDestroyed)] == [done["keys"]]
        assert TO[1:].encode() not in b"".join(path.read_bytes() for path in stage.folder.rglob("*") if path.is_file())

    play(tmp_path, scene, **SEALED, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_who_was_erased_when_a_process_ended_is_in_no_view_after_the_next_start(tmp_path: Path) -> None:
    async def first(stage: Serving) -> None:
        await called(stage)
        ended = patch.object(Projector, "_make_anew_if_due")
        with ended, patch.object(Projector, "rebuild", side_effect=Conflict("one is under way")):
            status, done = await erase(stage, confirmed=True)
            assert (status, done["erased"], done["views_rebuilt"]) == (200, True, True)
            await stage.parts.projector.wait_for(stage.ledger.position, 30)
            stage.parts.projector.stop()

    async def second(stage: Serving) -> None:
        made = stage.parts.projector
        assert isinstance(made, Projector)
        await until(lambda: made._in_use.writer is not None and not made._in_use.writer.erasures.is_due)
        assert TO[1:] not in await everything(stage)

    for scene in (first, second):
        play(tmp_path, scene, **SEALED, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_who_is_forgotten_stays_suppressed_and_who_waited_is_called_no_more(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        await stage.client.post("/v1/suppressions", json={"number": OTHER, "source": "letter"})
        assert (await erase(stage, confirmed=True))[1]["erased"]
        await rebuilt(stage)
        assert (await erase(stage, OTHER, confirmed=True))[1]["erased"]
        await rebuilt(stage)

        counts = (await stage.json("/v1/campaigns/spring_followup"))["recipients"]
        assert {status: n for status, n in counts.items() if n} == {"withdrawn": 1, "suppressed": 1}
        assert (await stage.json(PERSON))["reason"] == "erased"
        await stage.campaign(TO, OTHER, campaign_id="autumn")
        counts = (await stage.json("/v1/campaigns/autumn"))["recipients"]
        assert {status: n for status, n in counts.items() if n} == {"queued": 1, "suppressed": 1}

    play(tmp_path, scene, **SEALED)


def test_who_only_asks_waits_for_few_of_those_in_quarantine_and_who_erases_for_all(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = SECRET
        await stage.campaign(TO)
        for nth in range(3):
            assert (await stage.deliver(f"unreadable {nth}: {TO}".encode())).status_code == 204

        with patch("application.queries.erasure.QUARANTINED_ASKED_MAX", 2):
            _, would = await erase(stage)
            _, done = await erase(stage, confirmed=True)
        assert [(one["quarantined"], one["not_looked_at"], one["keys"]["body"]) for one in (would, done)] == [
            (2, 1, 2),
            (3, 0, 3),
        ]

    play(tmp_path, scene, **SEALED, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_a_legal_hold_stops_it_until_it_is_lifted(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        body = {"number": TO, "reason": "case 7"}
        assert (await stage.client.post("/v1/legal-holds", json=body)).json()["changed"] is True
        assert (await stage.client.post("/v1/legal-holds", json=body)).json()["changed"] is False
        assert (await erase(stage))[1]["held"] is True

        status, said = await erase(stage, confirmed=True)
        assert (status, said["detail"].partition("(case 7)")[0]) == (409, "a legal hold stands on this person ")

        assert (await stage.client.delete(f"/v1/legal-holds/{TO}")).json()["changed"] is True
        assert (await erase(stage, confirmed=True))[1]["erased"] is True
        assert (await stage.client.delete("/v1/legal-holds/+15559999999")).status_code == 404

    play(tmp_path, scene, **SEALED)


def test_it_takes_two_people_where_a_campaign_of_theirs_does(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OLGA)
        plan = {"id": "spring_followup", "from": "+15551230001", "policy": {"needs_approval": True}}
        assert (await stage.client.post("/v1/campaigns", json=plan)).status_code == 201
        await stage.enroll(TO)

        for _ in range(2):
            status, said = await erase(stage, confirmed=True)
            assert (status, said["erased"], said["waits_until"] is not None) == (200, False, True)
        assert TO in await _list(stage)

        status, said = await erase(stage, confirmed=True, headers=OTTO)
        assert (status, said["erased"], said["waits_until"]) == (200, True, None)

    play(tmp_path, scene, **SEALED, **TWO)


async def _list(stage: Serving) -> str:
    return json.dumps(await stage.json("/v1/campaigns/spring_followup/recipients"))


def test_what_cannot_be_erased_says_why(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        assert (await erase(stage, OTHER))[0] == 404
        await stage.dial(TO, "call_1")
        status, said = await erase(stage, confirmed=True)
        assert status == 409
        assert "a call of this person is under way" in said["detail"]

    async def not_sealed(stage: Serving) -> None:
        await stage.campaign(TO)
        status, said = await erase(stage)
        assert status == 409
        assert "this ledger was begun without sealing" in said["detail"]

    play(tmp_path / "one", scene, **SEALED)
    play(tmp_path / "other", not_sealed)


def test_only_operators_erase_anybody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await erase(stage, headers=VIEWER))[0] == 403

    play(tmp_path, scene, **SEALED, **TWO)


def test_no_page_and_no_answer_shows_who_was_forgotten_nor_fails(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = SECRET
        await fill(stage)
        assert (await stage.deliver(payload("call.completed", seconds=9))).status_code == 204
        stage.client.headers.update(OPERATOR)
        status, said = await erase(stage, confirmed=True)
        assert (status, said.get("erased")) == (200, True), said
        await rebuilt(stage)

        known = stage.known_as(TO)
        for path in READS:
            text = json.dumps(await stage.json(path.replace("{person}", known)))
            _assert_forgotten(path, text)
        await sign_in(stage, "auditor")
        for path in PAGES:
            answer = await stage.client.get(path.replace(TO, known))
            assert answer.status_code in {200, 303, 404}, path  # of some pages there is nothing here
            _assert_forgotten(path, answer.text)

    play(tmp_path, scene, **SEALED, **GUARDED)


def _assert_forgotten(path: str, text: str) -> None:
    for what in ("a variable", "a reference", "digits", "what was said in the call", "what the provider sent"):
        assert PERSONAL[what] not in text, (path, what)
    # The account was paused by a text of the provider's that names them: it is nobody's stream, and stays.
    assert TO[1:] not in text.replace(f"{PERSONAL['why the account is paused']} {TO}", ""), path
