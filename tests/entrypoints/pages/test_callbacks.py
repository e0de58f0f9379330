"""A callback from a person's page: wished, moved and given up by an operator."""

import re
from pathlib import Path

from entrypoints.pages.zone_cookie import ZONE_COOKIE
from tests.entrypoints.pages.campaign_page import PAGE, made
from tests.entrypoints.pages.staging import GUARDED, form_token, load, sign_in
from tests.entrypoints.serving import OPERATOR, OTHER, TO, WAIT_SECONDS_MAX, Serving, play

PERSON = f"{PAGE}/recipients/%2B15551230002"
CALLBACK = f"{PERSON}/callback"


async def staged(stage: Serving, role: str) -> None:
    stage.client.headers.update(OPERATOR)
    await made(stage, TO)
    del stage.client.headers["authorization"]
    await sign_in(stage, role)


def test_an_operator_wishes_moves_and_gives_up_a_callback(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        assert f'href="{CALLBACK}"' in await load(stage, PERSON)
        asked = await load(stage, CALLBACK)
        said = {"at": "2026-05-29T18:00", "zone": "Europe/Berlin"}
        done = await stage.client.post(CALLBACK, data={"form_token": form_token(asked), **said})
        assert (done.status_code, done.headers["location"]) == (303, PERSON)
        shown = await load(stage, PERSON)
        assert "They wish to be called at" in shown
        assert "(2026-05-29 18:00 in Europe/Berlin)" in shown
        stage.client.cookies.set(ZONE_COOKIE, "America/New_York")
        there = re.sub("<[^>]*>", "", await load(stage, PERSON))
        assert len(re.findall("[Tt]hey wish to be called at 2026-05-29 12:00:00 EDT", there)) == 2
        stage.client.cookies.delete(ZONE_COOKIE)
        asked = await load(stage, CALLBACK)
        assert 'value="Europe/Berlin"' in asked
        await stage.client.post(CALLBACK, data={"form_token": form_token(asked), "said": "drop"})
        for path in (PERSON, "/people/%2B15551230002"):
            shown = await load(stage, path)
            assert "They wish to be called" not in shown
            assert shown.index("somebody gave it up") < shown.index(
                "(2026-05-29 18:00 in Europe/Berlin), as somebody entered"
            )
            assert "by operator:olga" in shown
        assert stage.names()[-2:] == ["recipient.callback_set", "recipient.callback_dropped"]

    play(tmp_path, scene, **GUARDED)


def test_a_usual_time_by_their_clock_is_one_button_and_needs_no_script(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        rows = [{"number": OTHER, "zone": "Europe/Berlin"}]
        await stage.client.post(f"/v1{PAGE}/recipients", json={"recipients": rows}, headers=OPERATOR)
        assert 'id="offered"' not in await load(stage, CALLBACK)
        theirs = CALLBACK.replace("0002", "0003")
        asked = await load(stage, theirs)
        form = asked.partition('id="offered"')[2].partition("</form>")[0]
        offered = dict(re.findall(r'name="at" value="([^"]+)">([^<]+)<', form))
        assert offered == {
            "2026-05-29T15:01": "In an hour, 15:01",
            "2026-05-29T18:00": "This evening, 18:00",
            "2026-05-30T09:00": "Tomorrow morning, 09:00",
        }
        zone = form.partition('name="zone" value="')[2].partition('"')[0]
        said = {"at": "2026-05-29T18:00", "zone": zone}
        done = await stage.client.post(theirs, data={"form_token": form_token(asked), **said})
        assert done.status_code == 303
        assert "(2026-05-29 18:00 in Europe/Berlin)" in await load(stage, PERSON.replace("0002", "0003"))

    play(tmp_path, scene, **GUARDED)


def test_the_list_has_the_wished_time_and_shows_those_alone_who_have_one(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        page = f"{PAGE}/recipients"
        assert "Wished (UTC)" not in await load(stage, page)
        asked = await load(stage, CALLBACK)
        await stage.client.post(
            CALLBACK, data={"form_token": form_token(asked), "at": "2026-05-30T18:00", "zone": "UTC"}
        )
        assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)
        for path in (page, f"{page}?wished=true&status=&number="):
            shown = await load(stage, path)
            assert "Wished (UTC)" in shown
            assert "2026-05-30 18:00:00" in shown
        refused = await stage.client.get(f"{page}?wished=true&status=held")
        assert (refused.status_code, "leave out status" in refused.text) == (400, True)

    play(tmp_path, scene, **GUARDED)


def test_a_time_that_does_not_exist_is_refused_with_those_that_could_be_meant(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "operator")
        asked = await load(stage, CALLBACK)
        said = {"at": "2027-03-28T02:30", "zone": "Europe/Berlin"}
        refused = await stage.client.post(CALLBACK, data={"form_token": form_token(asked), **said})
        assert refused.status_code == 400
        assert "2027-03-28T03:30:00+02:00" in refused.text

    play(tmp_path, scene, **GUARDED)


def test_an_auditor_sees_it_and_may_not_change_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, "auditor")
        assert "act-callback" not in await load(stage, PERSON)
        assert (await stage.client.get(CALLBACK)).status_code == 403

    play(tmp_path, scene, **GUARDED)
