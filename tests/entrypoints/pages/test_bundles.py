"""The button for a bundle of evidence: on which pages, for whom, and that it leads to one."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.application.evidence.bundles import files_of
from tests.application.log_keeping.ledgers import signed
from tests.entrypoints.pages.staging import GUARDED, fill, load, sign_in
from tests.entrypoints.serving import TO, Serving, play

BUTTON = re.compile(r'id="bundle" href="([^"]+)"')
PAGES = {
    "/calls/call_1": "call call_1",
    f"/people/%2B{TO[1:]}": f"number {TO}",
    f"/campaigns/spring_followup/recipients/%2B{TO[1:]}": f"number {TO}",
    "/campaigns/spring_followup": "campaign spring_followup",
}


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_it_leads_to_the_bundle_about_what_is_shown(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        signed(stage.folder, stage.folder)
        stage.client.headers.pop("authorization", None)
        await sign_in(stage, role)
        for page, subject in PAGES.items():
            (address,) = BUTTON.findall(await load(stage, page))
            answer = await stage.client.get(unescape(address), headers={"sec-fetch-site": "same-origin"})
            assert answer.status_code == 200, answer.text
            assert files_of(answer.content)["manifest"].decode().split("\n")[3] == subject
            assert (
                BUTTON.findall(await load(stage, f"{page}?as_of=3" if "calls" not in page else f"{page}?step=1")) == []
            )
            elsewhere = await stage.client.get(unescape(address), headers={"sec-fetch-site": "cross-site"})
            assert elsewhere.status_code == 401

    play(tmp_path, scene, **GUARDED)


def test_viewers_have_none(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        stage.client.headers.pop("authorization", None)
        await sign_in(stage, "viewer")
        for page in PAGES:
            html = await load(stage, page.replace(f"%2B{TO[1:]}", stage.known_as(TO)))
            assert "/v1/evidence" not in html

    play(tmp_path, scene, **GUARDED)
