"""A person's page, and the search that leads there."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from entrypoints.pages import people, recipients
from entrypoints.wording import explain_verdict
from tests.entrypoints.pages.staging import GUARDED, ROLES, fill, load, read, sign_in
from tests.entrypoints.pages.test_viewer_zone import choose
from tests.entrypoints.serving import OTHER, TO, Serving, play
from tests.entrypoints.shared_stage import Play

UNRESOLVED = "+15551230004"


def is_on_loop() -> bool:
    """Whether whoever asks runs in an event loop's thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def test_you_called_me_is_answered_in_two_steps(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "auditor")
        path = f"/people/{TO.replace('+', '%2B')}"
        for text in (TO, "(555) 123-0002"):
            first = await stage.client.get("/search", params={"q": text})
            assert (first.status_code, first.headers["location"]) == (303, path)
        html = await load(stage, path)
        assert "1 call, 1 answered" in html
        assert 'href="/calls/call_1"' in html
        assert re.search(r'<time datetime="2026-05-29T12:00:00[^>]*>Fri 2026-05-29 12:00:00 UTC', html)
        await choose(stage, "Pacific/Kiritimati")
        there = await load(stage, path)
        assert re.search(r'<time datetime="2026-05-29T12:00:00[^>]*>Sat 2026-05-30 02:00:00', there)
        assert "answered by a person (call.answered, call.gathered; keys were pressed)" in re.sub(r"\s+", " ", html)
        await load(stage, "/calls/call_1")
        recipient = await load(stage, f"/campaigns/spring_followup/recipients/{TO}")
        assert f'href="{path}"' in recipient

    looking(scene)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_finds_what_it_may(looking: Play, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, role)
        leads = {"call_1": "/calls/call_1", "careful": "/campaigns/careful", "SPRING": "/campaigns/spring_followup"}
        leads["att_2"] = f"/people/{stage.known_as(OTHER)}#attempt-att_2"
        for text, path in leads.items():
            answer = await stage.client.get("/search", params={"q": text})
            assert (text, answer.status_code, answer.headers["location"]) == (text, 303, path)
        several = read(await load(stage, "/search?q=r"))
        addresses = [value for tag, name, value in several.attributes if (tag, name) == ("a", "href")]
        assert {"/campaigns/spring_followup", "/campaigns/careful"} <= set(addresses)
        nothing = await load(stage, "/search?q=nowhere")
        assert "Nothing is found by this" in nothing
        assert "What can be searched" in nothing
        assert ("A phone number" in nothing) == (role != "viewer")
        by_number = await stage.client.get("/search", params={"q": "555 123 0002"})
        assert by_number.status_code == (403 if role == "viewer" else 303)
        assert (await stage.client.get(f"/people/{TO}")).status_code == (403 if role == "viewer" else 200)
        known_as = await load(stage, f"/people/{stage.known_as(UNRESOLVED)}")
        assert ('id="act-suppress"' in known_as) == (role == "operator")
        assert (UNRESOLVED in known_as) == (role != "viewer")

    looking(scene)


def test_who_is_suppressed_is_said_so_and_was_not_before(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        before = stage.ledger.position
        given = {"number": TO, "source": "letter", "reason": "asked <not> to be called"}
        await stage.client.post("/v1/suppressions", json=given)
        now = await load(stage, f"/people/{TO}")
        assert "Nobody calls this person" in now
        assert "asked &lt;not&gt; to be called" in now
        assert "this person is suppressed" in now
        then = await load(stage, f"/people/{TO}?as_of={before}")
        assert "Nobody calls this person" not in then
        assert "May be called at that moment" in then
        await load(stage, f"/people/{TO}?as_of=1", 404)
        await load(stage, "/people/%2B15559999999", 404)

    play(tmp_path, scene)


@pytest.mark.parametrize("role", ROLES)
def test_two_calls_of_a_person_are_ticked_and_compared_from_each_of_their_pages(looking: Play, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, role)
        named = stage.known_as(TO) if role == "viewer" else TO
        for path in (f"/people/{named}", f"/campaigns/spring_followup/recipients/{named}"):
            html = await load(stage, path)
            assert re.findall(r'type="checkbox" name="call" value="([^"]+)" form="compare-two"', html) == ["call_1"]
            assert 'action="/compare" id="compare-two"' in html
            then = await load(stage, f"{path}?as_of={stage.ledger.position}")
            assert f'name="as_of" value="{stage.ledger.position}"><button id="compare">' in then

    looking(scene)


def test_words_of_a_verdict_are_not_looked_for_on_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_loop: list[bool] = []

    def explained(verdict: dict[str, Any]) -> list[str]:
        on_loop.append(is_on_loop())
        return explain_verdict(verdict)

    for module in (people, recipients):
        monkeypatch.setattr(module, "explain_verdict", explained)

    async def scene(stage: Serving) -> None:
        await fill(stage)
        for path in (f"/people/{TO}", f"/campaigns/spring_followup/recipients/{TO}"):
            await sign_in(stage, "auditor")
            await load(stage, path)

    play(tmp_path, scene, **GUARDED)
    assert on_loop == [False, False]
