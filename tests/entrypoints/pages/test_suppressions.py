"""Whom nobody calls, for people: listed for all, suppressed and released by operators, who are asked each time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.recipient import RecipientReleased, RecipientSuppressed
from tests.entrypoints.pages.campaign_page import PAGE, made
from tests.entrypoints.pages.staging import GUARDED, confirm, form_token, load, sign_in
from tests.entrypoints.serving import OPERATOR, TO, Serving, play

PERSON = f"{PAGE}/recipients/%2B15551230002"
SUPPRESS, RELEASE = (f"/suppressions/%2B15551230002/{verb}" for verb in ("suppress", "release"))


async def staged(stage: Serving, role: str) -> None:
    stage.client.headers.update(OPERATOR)
    await made(stage, TO)
    del stage.client.headers["authorization"]
    await sign_in(stage, role)


def test_an_operator_suppresses_and_releases_a_person_from_their_page(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        assert f'href="{SUPPRESS}?back={PERSON.replace("%", "%25")}"' in await load(stage, PERSON)
        stored = len(stage.feed())
        asked = await load(stage, f"{SUPPRESS}?back={PERSON}")
        assert "No campaign calls this person any more" in asked
        assert "is not suppressed" in asked
        assert len(stage.feed()) == stored
        said = {"reason": "asked by phone", "expires_at": "2026-06-01T08:30", "back": PERSON}
        done = await stage.client.post(SUPPRESS, data={"form_token": form_token(asked), **said})
        assert (done.status_code, done.headers["location"]) == (303, PERSON)
        (suppressed,) = stage.feed()[stored:]
        ends = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
        assert suppressed.event == RecipientSuppressed(
            number=TO, source="operator", reason="asked by phone", expires_at=ends
        )
        assert suppressed.metadata["actor"] == "operator:olga"
        assert f'href="{RELEASE}?back={PERSON.replace("%", "%25")}"' in await load(stage, PERSON)
        assert "asked by phone" in await load(stage, RELEASE)
        done = await confirm(stage, RELEASE)
        assert (done.status_code, done.headers["location"]) == (303, "/suppressions")
        assert stage.feed()[-1].event == RecipientReleased()

    play(tmp_path, scene, **GUARDED)


def test_a_number_leads_to_the_question_and_an_impossible_end_changes_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        found = await stage.client.get("/suppressions", params={"number": "+1 555 1230002"})
        assert (found.status_code, found.headers["location"]) == (303, SUPPRESS)
        stored = stage.feed()
        for wrong in ("soon", "2020-01-01T00:00", "9999-99-99T00:00"):
            assert (await confirm(stage, SUPPRESS, expires_at=wrong)).status_code == 400
        assert (await confirm(stage, SUPPRESS, reason="x" * 1_001)).status_code == 400
        assert (await stage.client.post(SUPPRESS, data={})).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_has_a_button_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        assert (await confirm(stage, SUPPRESS, reason="asked by phone")).status_code == 303
        await sign_in(stage, role)
        stored = stage.feed()
        html = await load(stage, "/suppressions")
        assert "Release" not in html
        assert (TO in html, "asked by phone" in html) == ((role == "auditor"),) * 2
        known_as = TO if role == "auditor" else stage.known_as(TO)
        assert "act-release" not in await load(stage, f"{PAGE}/recipients/{known_as}")
        for path in (SUPPRESS, RELEASE):
            assert (await stage.client.get(path)).status_code == 403
            assert (await stage.client.post(path, data={"form_token": form_token(html)})).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


def test_the_list_shows_who_was_suppressed_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        assert "Nobody is suppressed" in await load(stage, "/suppressions")
        assert (await confirm(stage, SUPPRESS)).status_code == 303
        then = stage.ledger.position
        assert (await confirm(stage, RELEASE)).status_code == 303
        assert "Nobody is suppressed" in await load(stage, "/suppressions")
        assert TO in await load(stage, f"/suppressions?as_of={then}")

    play(tmp_path, scene, **GUARDED)


def test_a_persons_page_over_all_campaigns_has_the_same_buttons_for_operators(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        assert f'href="{SUPPRESS}?back=/people/' in await load(stage, f"/people/{TO}")
        assert (await confirm(stage, SUPPRESS)).status_code == 303
        assert f'href="{RELEASE}?back=/people/' in await load(stage, f"/people/{TO}")
        await sign_in(stage, "auditor")
        assert "act-suppress" not in await load(stage, f"/people/{TO}")

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("path", [SUPPRESS, RELEASE])
def test_it_leads_back_to_where_one_came_from_and_nowhere_else(tmp_path: Path, path: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        assert (await confirm(stage, SUPPRESS)).status_code == 303
        html = await load(stage, "/suppressions?as_of=")
        assert f'href="{RELEASE}?back=/suppressions%3Fas_of%3D"' in html
        for back in (f"/people/{TO}", "/search?q=%2B1", PERSON):
            asked = await stage.client.get(path, params={"back": back})
            assert (f'name="back" value="{back}"' in asked.text, f'id="back" href="{back}"' in asked.text) == (
                True,
                True,
            )
            done = await confirm(stage, path, back=back)
            assert (done.status_code, done.headers["location"]) == (303, back)
        for hostile in ("//elsewhere.example", "https://elsewhere.example/", "/\\elsewhere.example", "javascript:1"):
            asked = await stage.client.get(path, params={"back": hostile})
            assert ('name="back" value="/"' in asked.text, 'id="back" href="/"' in asked.text) == (True, True)
            done = await confirm(stage, path, back=hostile)
            assert (done.status_code, done.headers["location"]) == (303, "/")

    play(tmp_path, scene, **GUARDED)
