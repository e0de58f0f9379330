"""What somebody outside wrote is on the pages as text, never as HTML: webhook fields, variables, metadata, reasons, codes."""

import re
from pathlib import Path

import pytest

from tests.entrypoints.pages.staging import ACT_PAGES, GUARDED, PAGES, fill, load, read, sign_in
from tests.entrypoints.serving import Serving, payload, play

ATTACKS = [
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</title></textarea></pre><svg/onload=alert(1)>",
    "javascript:alert(1)//",
    "{{ 7 * 7 }}{% raw %}",
    "<!--<b>]]>",
    "\u202ereversed\u202c",
]
FIELDS = ("name", "season", "note", "event", "digits", "status", "code", "reason", "source", "file", "answer")


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_from_outside_becomes_html_anywhere(tmp_path: Path, attack: str) -> None:
    hostile = {field: f"{field}{attack}" for field in FIELDS}
    hostile["note"] = hostile["note"].replace('"', "'")

    async def scene(stage: Serving) -> None:
        await fill(stage, hostile)
        call_id = f"call/{attack}"[:200]
        await stage.deliver(payload("call.answered", call_id, 2, to="+15551230098"))
        await sign_in(stage, "operator")
        links = re.findall(r'href="(/calls/call%2F[^"?]*)"', await load(stage, "/calls"))
        assert links, "the call with the hostile id is listed"
        shown = 0
        for path in (*PAGES, *ACT_PAGES, links[0], f"{links[0]}?view=timeline", f"{links[0]}?view=full"):
            html = await load(stage, path)
            reader = read(html)
            assert (path, reader.faults) == (path, [])
            assert (reader.tags.count("script"), reader.tags.count("img")) == (1, 0)
            assert not any(name.startswith("on") for _, name, _ in reader.attributes)
            assert not any(
                "javascript:" in value for _, name, value in reader.attributes if name in {"href", "src", "action"}
            )
            assert "49{%" not in html
            if "<" in attack:
                assert attack not in html
            shown += attack[:12] in html or attack.replace("<", "&lt;")[:8] in html or "&lt;" in html or "7 * 7" in html
        assert shown

    play(tmp_path, scene, **GUARDED)


def test_what_an_address_says_is_escaped_too(tmp_path: Path) -> None:
    attack = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"

    async def scene(stage: Serving) -> None:
        await fill(stage)
        for path in (f"/sign-in?next=/{attack}", "/sign-in?next=/%22%3E%3Cb%3E"):
            html = (await stage.client.get(path)).text
            assert (read(html).tags.count("script"), "<b>" in html) == (1, False)
        await sign_in(stage, "operator")
        for path in (
            f"/calls?campaign={attack}",
            f"/calls?phase={attack}",
            f"/calls/{attack.replace('/', '%2F')}",
            f"/compare?a={attack}",
            f"/deliveries?call={attack}",
            f"/deliveries?event={attack}",
            f"/campaigns/{attack.replace('/', '%2F')}",
            f"/campaigns/spring_followup/recipients?number={attack}",
            f"/campaigns/spring_followup/changes/{attack.replace('/', '%2F')}/approve",
            f"/no/such/{attack}",
        ):
            answer = await stage.client.get(path, headers={"accept": "text/html"})
            reader = read(answer.text)
            assert (path, reader.faults, reader.tags.count("script")) == (path, [], 1)

    play(tmp_path, scene, **GUARDED)
