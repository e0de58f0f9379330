"""The page of what MiniVoice said otherwise: a day whole, all days, and as it was known at another time."""

import re
from pathlib import Path

import pytest

from tests.entrypoints.http.routes.test_divergence import fill
from tests.entrypoints.pages.staging import GUARDED, ROLES, load, sign_in
from tests.entrypoints.serving import Serving, play


@pytest.mark.parametrize("role", ROLES)
def test_the_newest_day_is_shown_whole_and_each_call_leads_to_its_journey(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        await sign_in(stage, role)
        html = await load(stage, "/divergence")
        assert '<h2 id="day">2026-05-29</h2>' in html
        assert "MiniVoice says something else than the ledger." in html
        assert re.findall(r'<th scope="row" role="rowheader"><a class="id" href="([^"]*)">', html) == [
            "/calls/call_1",
            "/calls/call_2",
        ]
        assert "fewer than the ledger has" in html
        assert re.findall(r'<a href="(/divergence\?day=[^"]*)">', html) == [
            "/divergence?day=2026-05-29",
            "/divergence?day=2026-05-28",
        ]
        before = await load(stage, "/divergence?day=2026-05-28")
        assert "Nothing differs." in before
        assert 'id="differences"' not in before

        first = stage.ledger.position - 1
        past = await load(stage, f"/divergence?as_of={first}")
        assert ('<h2 id="day">2026-05-28</h2>' in past, "day=2026-05-29" in past) == (True, False)

    play(tmp_path, scene, **GUARDED)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "viewer")
        assert "No day was looked at yet" in await load(stage, "/divergence")
        assert "2026-05-01 was not looked at." in await load(stage, "/divergence?day=2026-05-01")
        assert "is no day such as" in await load(stage, "/divergence?day=soon", 400)

    play(tmp_path, scene, **GUARDED)


def test_home_leads_there_where_the_newest_day_differs(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        await sign_in(stage, "viewer")
        html = await load(stage, "/")
        assert '<li class="need-divergence"><a href="/divergence">Divergence</a>' in html
        assert "1 call it does not have any more, 1 call between other numbers, totals that do not fit" in html

    play(tmp_path, scene, **GUARDED)
