"""The views made anew from a page: by operators, after a question."""

import json
import logging
import re
from pathlib import Path

import pytest

from adapters.log_lines import log_to_stderr
from domain.instants import time_text
from entrypoints import wiring
from tests.entrypoints.pages.staging import GUARDED, confirm, form_token, load, sign_in
from tests.entrypoints.serving import AUDITOR, OPERATOR, VIEWER, Serving, play, until

ASK = "/integrity/rebuild"


def test_an_operator_has_them_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _, clock, form: log_to_stderr(logging.INFO, clock, form))

    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        assert f'href="{ASK}"' in await load(stage, "/integrity")
        assert (await stage.client.post(ASK, data={})).status_code == 403
        assert 'id="rebuild-asked"' not in await load(stage, "/integrity")
        await load(stage, "/campaigns")  # once the views are open
        done = await confirm(stage, ASK)
        assert (done.status_code, done.headers.get("location")) == (303, "/integrity")
        assert re.search(r'id="rebuild-asked">.*2026-05-29.*, by operator:olga\.', await load(stage, "/integrity"))
        stage.parts.lines.flush()
        logged = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "views are made anew" in line]
        assert [(one["actor"], one["views"]) for one in logged] == [("operator:olga", "all")]
        await sign_in(stage, "viewer")
        html = await load(stage, "/integrity")
        assert ('id="rebuild-asked"' in html, "operator:olga" in html) == (True, False)

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_is_asked_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, role)
        html = await load(stage, "/integrity")
        assert ASK not in html
        assert (await stage.client.get(ASK)).status_code == 403
        assert (await stage.client.post(ASK, data={"form_token": form_token(html)})).status_code == 403

    play(tmp_path, scene, **GUARDED)


def test_the_api_says_who_asked_last_and_for_what(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await until(lambda: stage.parts.projector.trouble is None)
        assert (await stage.client.get("/v1/views", headers=VIEWER)).json()["rebuild_asked"] is None
        begun = await stage.client.post("/v1/views/rebuild", json={"views": ["call_index"]}, headers=OPERATOR)
        assert begun.status_code == 202
        asked = {"by": "operator:olga", "at": time_text(stage.clock.now), "views": ["call_index"]}
        assert (await stage.client.get("/v1/views", headers=AUDITOR)).json()["rebuild_asked"] == asked
        of_viewers = (await stage.client.get("/v1/views", headers=VIEWER)).json()["rebuild_asked"]
        assert of_viewers == asked | {"by": None}

    play(tmp_path, scene, **GUARDED)
