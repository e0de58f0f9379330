"""The views made anew from a page: by operators, after a question."""

from pathlib import Path

import pytest

from tests.entrypoints.pages.staging import GUARDED, confirm, form_token, load, sign_in
from tests.entrypoints.serving import Serving, play

ASK = "/integrity/rebuild"


def test_an_operator_has_them_made_anew(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        assert f'href="{ASK}"' in await load(stage, "/integrity")
        assert (await stage.client.post(ASK, data={})).status_code == 403
        done = await confirm(stage, ASK)
        assert (done.status_code, done.headers.get("location")) == (303, "/integrity")

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
