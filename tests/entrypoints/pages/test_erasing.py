"""Erasing a person from a page: what would go is shown first, it is typed once more, and a hold or a second person stops it."""

from pathlib import Path
from unittest.mock import patch

import pytest

from adapters.keys.cipher import SealingCipher
from application.queries import erasure
from domain.errors import LedgerUnavailable, ViewsBehind
from domain.recipient import LegalHoldLifted, LegalHoldSet, RecipientErased, RecipientErasureRequested
from entrypoints.pages.erasing import KINDS
from tests.entrypoints.pages.campaign_page import made
from tests.entrypoints.pages.staging import GUARDED, confirm, form_token, load, read, sign_in
from tests.entrypoints.serving import FROM, OPERATOR, TO, Serving, play, until

SEALED = {**GUARDED, "DIALTRAIL_SEALED": "1"}
ERASE = f"/people/{TO}/erase"


async def staged(stage: Serving, role: str = "operator") -> None:
    stage.client.headers.update(OPERATOR)
    await made(stage, TO)
    del stage.client.headers["authorization"]
    await sign_in(stage, role)


def test_what_would_go_is_shown_and_nothing_goes_before_the_number_is_typed_once_more(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        assert 'href="/people/%2B15551230002/erase"' in await load(stage, f"/people/{TO}")
        stored = stage.feed()
        html = await load(stage, ERASE)
        assert read(html).faults == []
        assert "known in 1 spelling of the number" in html
        assert f"{KINDS['number']}: 1 key" in html
        assert "A legal hold stands" not in html
        for again in ("", "+15551230003", "5551230002"):
            refused = await confirm(stage, ERASE, said="erase", again=again)
            assert (refused.status_code, "once more" in refused.text or "again" in refused.text) == (400, True)
        assert (await confirm(stage, ERASE, said="destroy")).status_code == 400
        assert (await stage.client.post(ERASE, data={"said": "erase", "again": TO})).status_code == 403
        assert stage.feed() == stored

        done = await confirm(stage, ERASE, said="erase", again="+1 555 1230002", reason="asked for by mail")
        assert (done.status_code, read(done.text).faults) == (200, [])
        assert "<h1>Erased</h1>" in done.text
        erased = [one for one in stage.feed() if isinstance(one.event, RecipientErased)]
        assert [one.event for one in erased] == [RecipientErased(calls=0, reason="asked for by mail")]
        assert erased[0].metadata["actor"] == "operator:olga"
        await until(lambda: stage.parts.projector.rebuilding is None)
        html = await load(stage, ERASE)
        assert ("nothing is left to erase" in html, 'name="again"' in html) == (True, False)
        few = patch.multiple(erasure, QUARANTINED_ASKED_MAX=0, _in_quarantine=lambda _: ["quarantine:some"])
        with few:
            html = await load(stage, ERASE)
        assert read(html).faults == []
        assert "1 delivery in quarantine was not looked at for this page" in html
        assert 'name="again"' in html

    play(tmp_path, scene, **SEALED)


def test_a_hold_is_set_shown_and_lifted_and_nothing_is_erased_meanwhile(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        done = await confirm(stage, ERASE, said="hold", reason="case 7 O 12/26")
        assert (done.status_code, done.headers["location"]) == (303, "/people/%2B15551230002/erase")
        html = await load(stage, ERASE)
        assert ("A legal hold stands: case 7 O 12/26" in html, 'name="again"' in html) == (True, False)
        assert read(html).faults == []
        refused = await confirm(stage, ERASE, said="erase", again=TO)
        assert (refused.status_code, "a legal hold stands on this person" in refused.text) == (409, True)
        assert (await confirm(stage, ERASE, said="unhold")).status_code == 303
        assert 'name="again"' in await load(stage, ERASE)
        events = [one.event for one in stage.feed()]
        assert events[-2:] == [LegalHoldSet(reason="case 7 O 12/26"), LegalHoldLifted()]

    play(tmp_path, scene, **SEALED)


def test_where_a_campaign_takes_two_people_the_second_one_does_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        careful = {"id": "careful", "from": FROM, "policy": {"needs_approval": True}}
        assert (await stage.client.post("/v1/campaigns", json=careful)).status_code == 201
        await stage.enroll(TO, campaign_id="careful")
        del stage.client.headers["authorization"]
        await sign_in(stage, "operator")
        assert 'id="takes-two"' in await load(stage, ERASE)
        done = await confirm(stage, ERASE, said="erase", again=TO)
        assert ("<h1>Asked for</h1>" in done.text, read(done.text).faults) == (True, [])
        assert isinstance(stage.feed()[-1].event, RecipientErasureRequested)
        assert "You asked for it: a second operator has to" in await load(stage, ERASE)
        stage.client.cookies.clear()
        await stage.client.post("/sign-in", data={"token": "second-token", "next": "/"})
        assert "olga asked for it, and waits for a second operator" in await load(stage, ERASE)
        assert "<h1>Erased</h1>" in (await confirm(stage, ERASE, said="erase", again=TO)).text

    play(tmp_path, scene, **SEALED)


def test_what_was_not_done_yet_is_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        behind = ViewsBehind("they are kept elsewhere, and nobody answers")
        with (
            patch.object(type(stage.parts.projector), "rebuild", side_effect=behind),
            patch.object(SealingCipher, "destroy", side_effect=LedgerUnavailable("keys.db is locked")),
        ):
            done = await confirm(stage, ERASE, said="erase", again=TO)
        assert ('id="not-yet"' in done.text, 'href="/integrity/rebuild"' in done.text) == (True, True)
        assert read(done.text).faults == []

    play(tmp_path, scene, **SEALED)


def test_a_ledger_that_is_not_sealed_says_why_nothing_goes_and_holds_all_the_same(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        html = await load(stage, ERASE)
        assert ("was begun without sealing" in html, 'name="again"' in html) == (True, False)
        assert read(html).faults == []
        assert (await confirm(stage, ERASE, said="hold")).status_code == 303
        assert "A legal hold stands." in await load(stage, ERASE)
        assert (await confirm(stage, ERASE, said="erase", again=TO)).status_code == 409

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_has_the_button_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, role)
        stored = stage.feed()
        known_as = TO if role == "auditor" else stage.known_as(TO)
        assert "act-erase" not in await load(stage, f"/people/{known_as}")
        token = form_token(await load(stage, "/suppressions"))
        assert (await stage.client.get(ERASE)).status_code == 403
        for said in ("erase", "hold", "unhold"):
            sent = {"form_token": token, "said": said, "again": TO}
            assert (await stage.client.post(ERASE, data=sent)).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **SEALED)


def test_who_is_not_known_is_not_found(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        assert (await stage.client.get("/people/+15551230099/erase")).status_code == 404
        assert (await stage.client.get("/people/nobody/erase")).status_code == 400

    play(tmp_path, scene, **SEALED)
