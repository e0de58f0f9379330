"""The page of another policy: its form has the campaign's own, and what was written is judged or refused with why."""

import re
from pathlib import Path

import pytest

from entrypoints.pages import what_if
from tests.entrypoints.http.routes.test_what_if import fill
from tests.entrypoints.pages.staging import GUARDED, form_token, load, sign_in
from tests.entrypoints.serving import Serving, play

PAGE = "/campaigns/spring_followup/what-if"
STRICTER = 'attempts_max = 4\nretry.not_reached.after_seconds = 60\nhours.weekdays = ["09:00-20:00"]'


async def judged(stage: Serving, written: str, status: int = 200) -> str:
    token = form_token(await load(stage, PAGE))
    answer = await stage.client.post(PAGE, data={"form_token": token, "policy": written})
    assert answer.status_code == status, answer.text[-500:]
    return answer.text


async def filled(stage: Serving, role: str = "auditor") -> None:
    await fill(stage)
    stage.client.headers.pop("authorization")
    await sign_in(stage, role)


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_what_was_written_is_judged_and_nothing_changes(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await filled(stage, role)
        before = stage.feed()
        assert "attempts_max&#34;: 4" in await load(stage, PAGE)
        html = await judged(stage, STRICTER)
        assert (
            "1 of 3 attempts would not have been allowed, and 1 of 2 people who answered would have been lost." in html
        )
        assert re.findall(r'<th scope="row" role="rowheader">([^<]+)</th>', html) == [
            "outside hours",
            "America/New_York",
        ]
        assert '<a class="id" href="/calls/call_3">' in html
        assert 'id="cannot-know"' in html
        assert 'id="partial"' not in html
        assert stage.feed() == before

    play(tmp_path, scene, **GUARDED)


def test_what_is_no_policy_is_refused_with_why_and_stays_in_the_form(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await filled(stage)
        html = await judged(stage, '{"attempts_max": 0}', 400)
        assert "policy.attempts_max" in html
        assert "{&#34;attempts_max&#34;: 0}</textarea>" in html
        assert "is not TOML" in await judged(stage, "<script>", 400)
        assert "&lt;script&gt;</textarea>" in await judged(stage, "<script>", 400)

    play(tmp_path, scene, **GUARDED)


def test_it_is_not_for_viewers_and_no_campaign_has_none(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await filled(stage, "viewer")
        await load(stage, PAGE, 403)
        await sign_in(stage, "auditor")
        await load(stage, "/campaigns/autumn/what-if", 404)

    play(tmp_path, scene, **GUARDED)


def test_of_a_large_campaign_a_page_says_that_it_has_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "PAGE_RECIPIENTS_MAX", 1)

    async def scene(stage: Serving) -> None:
        await filled(stage)
        assert "These are the first 1 recipients only" in await judged(stage, "attempts_max = 1")

    play(tmp_path, scene, **GUARDED)
