"""The zone in which somebody reads the times of all pages."""

import re
from pathlib import Path

import httpx

from entrypoints.pages.zone_cookie import ZONE_COOKIE
from tests.entrypoints.pages.staging import GUARDED, PAGES, fill, form_token, load, read, sign_in
from tests.entrypoints.serving import Serving, play


async def choose(stage: Serving, zone: str, back: str = "/calls/call_1") -> httpx.Response:
    html = await load(stage, f"/time-zone?next={back}")
    fields = {"form_token": form_token(html), "zone": zone, "next": back}
    return await stage.client.post("/time-zone", data=fields)


def test_all_times_of_all_pages_go_by_the_zone_that_was_chosen(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        await sign_in(stage, "auditor")
        assert "2026-05-29 12:00:03.000 UTC" in await load(stage, "/calls/call_1")
        chosen = await choose(stage, "Asia/Kolkata")
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/calls/call_1")
        assert "HttpOnly" in chosen.headers["set-cookie"]
        html = await load(stage, "/calls/call_1")
        assert "2026-05-29 17:30:03.000 IST" in html
        assert 'datetime="2026-05-29T12:00:03.000000Z"' in html
        for path in PAGES:
            html = await load(stage, path)
            assert "Times in Asia/Kolkata" in html
            assert not re.findall(r"<time[^>]*>2026-05-29 12:00", html), path
            assert "(UTC)</th>" not in html
        await choose(stage, "")
        assert "12:00:03.000 UTC" in await load(stage, "/calls/call_1")

    play(tmp_path, scene, **GUARDED)


def test_only_a_zone_that_there_is_can_be_chosen_and_the_way_back_is_ours(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert read(await load(stage, "/time-zone")).faults == []
        for zone in ("Mars/Olympus", "../etc/passwd", "localtime"):
            refused = await choose(stage, zone)
            assert (refused.status_code, "no time zone that is known here" in refused.text) == (400, True)
        assert (await choose(stage, "Europe/Berlin", "//elsewhere.example")).headers["location"] == "/"
        stage.client.cookies.set(ZONE_COOKIE, "Mars/Olympus")
        assert "Times in UTC" in await load(stage, "/")
        forged = await stage.client.post("/time-zone", data={"zone": "Europe/Berlin"})
        assert forged.status_code == 403

    play(tmp_path, scene)
