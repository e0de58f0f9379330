"""What a person agreed to, for people: recorded and taken back by operators on a page of its own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.recipient import ConsentGiven, ConsentRevoked
from tests.entrypoints.pages.campaign_page import made
from tests.entrypoints.pages.staging import GUARDED, confirm, form_token, load, read, sign_in
from tests.entrypoints.serving import NOON, OPERATOR, TO, Serving, play

CONSENT = f"/people/{TO}/consent"
AGREED = {
    "said": "give",
    "purpose": "renewal",
    "basis": "express written",
    "source": "web form",
    "given_at": "2026-05-01 10:00",
    "text": "You may call me.",
    "until": "",
    "text_version": " ",
}


async def staged(stage: Serving, role: str = "operator") -> None:
    stage.client.headers.update(OPERATOR)
    await made(stage, TO)
    del stage.client.headers["authorization"]
    await sign_in(stage, role)


def test_an_operator_records_a_consent_and_that_it_was_taken_back(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        assert 'href="/people/%2B15551230002/consent"' in await load(stage, f"/people/{TO}")
        stored = len(stage.feed())
        asked = await load(stage, CONSENT)
        assert ("Nothing is known that they agreed to" in asked, read(asked).faults) == (True, [])
        assert '<option value="spring_followup">' in asked
        done = await confirm(stage, CONSENT, **AGREED)
        assert (done.status_code, done.headers["location"]) == (303, "/people/%2B15551230002/consent")
        (given,) = stage.feed()[stored:]
        assert isinstance(given.event, ConsentGiven)
        assert (given.event.purpose, given.event.given_at) == ("renewal", datetime(2026, 5, 1, 10, tzinfo=UTC))
        assert (given.event.text, given.event.text_version, given.event.until) == ("You may call me.", None, None)
        assert given.metadata["actor"] == "operator:olga"
        html = await load(stage, CONSENT)
        assert ("You may call me." in html, read(html).faults) == (True, [])
        taken = await confirm(stage, CONSENT, said="revoke", purpose="renewal", source="", reason="by letter")
        assert taken.status_code == 303
        assert stage.feed()[-1].event == ConsentRevoked(
            number=TO, revoked_at=NOON, source="operator", purpose="renewal", reason="by letter"
        )
        assert "no, taken back" in await load(stage, f"/people/{TO}")

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"given_at": "soon"}, "given_at"),
        ({"given_at": "2026-06-01 10:00"}, "given_at"),
        ({"purpose": "No Slug"}, "purpose"),
        ({"basis": ""}, "basis"),
        ({"until": "2026-04-01 10:00"}, "until"),
        ({"said": "perhaps"}, "said"),
        ({"said": "revoke", "revoked_at": "2026-06-01 10:00"}, "revoked_at"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(tmp_path: Path, wrong: dict[str, str], field: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        stored = stage.feed()
        refused = await confirm(stage, CONSENT, **{**AGREED, **wrong})
        assert (refused.status_code, field in refused.text) == (400, True)
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


def test_a_text_as_long_as_may_be_fits_into_the_form_however_it_is_written(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        assert (await confirm(stage, CONSENT, **{**AGREED, "text": "\N{GRINNING FACE}" * 10_000})).status_code == 303

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_has_the_form_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, role)
        stored = stage.feed()
        known_as = TO if role == "auditor" else stage.known_as(TO)
        assert "act-consent" not in await load(stage, f"/people/{known_as}")
        token = form_token(await load(stage, "/suppressions"))
        assert (await stage.client.get(CONSENT)).status_code == 403
        assert (await stage.client.post(CONSENT, data={"form_token": token, **AGREED})).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)
