from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.entrypoints.http.answer.asking import SAFE, ask, campaign, put_away, redirect_of
from tests.entrypoints.serving import Serving, play


def test_nobody_walks_the_script_from_outside(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        own = dict(parse_qsl(urlsplit(url).query))
        for changed in (
            {**own, "dt_sig": "0" * 32},
            {**own, "dt_at": own["dt_at"][:-2] + "AA"},
            {**own, "dt_at": ""},
        ):
            answer = await stage.client.get("/answer", params=changed)
            assert answer.json() == SAFE
        assert all(own["dt_sig"].encode() not in one.body for one in await put_away(stage, 3))

    play(tmp_path, scene)


@pytest.mark.parametrize("path", ["/answer", "/answer/", "/answer/wrong", "/answer/s3cret/more"])
def test_with_a_token_only_its_path_answers(tmp_path: Path, path: str) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        assert (await stage.client.get(f"{path}?call_id=call_1")).status_code == 404
        found = await ask(stage, "/answer/s3cret?call_id=call_1")
        assert redirect_of(found).startswith("https://calls.example.org/answer/s3cret?dt_at=")

    play(tmp_path, scene, DIALTRAIL_ANSWER_TOKEN="s3cret", DIALTRAIL_PUBLIC_URL="https://calls.example.org/")


def test_other_methods_are_told_which_there_are(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.put("/answer")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")

    play(tmp_path, scene)


def test_a_foreign_host_does_not_become_where_the_call_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        answer = await stage.client.get("/answer/s3cret?call_id=call_1", headers={"host": 'evil"<>.example/x?'})
        assert redirect_of(answer.json()).startswith("http://127.0.0.1")

    play(tmp_path, scene, DIALTRAIL_ANSWER_TOKEN="s3cret")
