import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import orjson
import pytest

from application.own_delivery import OWN_CALL_ID
from domain.script import SAFE_TEXT
from entrypoints.doctor.answer_part import answer_findings
from entrypoints.doctor.finding import Finding
from entrypoints.settings import load_settings
from tests.entrypoints.doctor.answering import Answer, Answering, Request
from tests.entrypoints.serving import Serving, on_a_socket, play

TOKEN = "nobody-else-knows-this-one"
SAFE = orjson.dumps({"actions": [{"say": {"text": SAFE_TEXT}}]})


async def look(public_url: str | None, server_url: str | None, token: str | None = TOKEN) -> Finding:
    environ = {"DIALTRAIL_PUBLIC_URL": public_url or "", "DIALTRAIL_ANSWER_TOKEN": token or ""}
    async with httpx.AsyncClient(trust_env=False) as http:
        [found] = await answer_findings(load_settings(environ), server_url, http)
        return found


def check(answer: Callable[[Request], Answer]) -> tuple[Finding, list[Request], str]:
    """The finding with this server at the public address."""
    with Answering(answer) as server:
        return asyncio.run(look(server.url, "http://127.0.0.1:1")), server.asked, server.url


@pytest.mark.parametrize("token", [TOKEN, None])
def test_the_answer_url_of_a_server_is_asked_and_the_answer_is_of_doctors_own_call(
    tmp_path: Path, token: str | None
) -> None:
    environ = {} if token is None else {"DIALTRAIL_ANSWER_TOKEN": token}

    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage, **environ):
            url = str(stage.client.base_url).rstrip("/")
            found = await look(None, url, token)
        shown = f"{url}/answer" if token is None else f"{url}/answer/…"
        assert (found.level, found.what.partition(" ")[0]) == ("ok", shown)
        assert [one.stream for one in stage.feed()] == [f"call:{OWN_CALL_ID}"]
        assert stage.names() == ["answer.served"]

    play(tmp_path, scene, **environ)


def test_a_server_with_another_token_is_found(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            found = await look(None, str(stage.client.base_url).rstrip("/"))
        assert (found.level, "answers 404" in found.what) == ("danger", True)
        assert "the same DIALTRAIL_ANSWER_TOKEN" in found.what_to_do
        assert stage.feed() == []

    play(tmp_path, scene, DIALTRAIL_ANSWER_TOKEN="another-token-that-is-long")


def test_it_is_asked_as_minivoice_asks_with_the_token_which_is_never_shown() -> None:
    found, [asked], url = check(lambda _: Answer(200, SAFE))

    assert (asked.method, asked.target) == ("GET", f"/answer/{TOKEN}?call_id={OWN_CALL_ID}")
    assert found.what.startswith(f"{url}/answer/… says what a call says; ")
    assert TOKEN not in found.what + found.what_to_do


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>", "answers 200, but not as Dialtrail does"),
        (200, b'{"actions":[]}', "answers 200, but not as Dialtrail does"),
        (301, b"", "answers 301, and leads elsewhere"),
        (403, b"", "answers 403"),
        (404, b"", "answers 404"),
        (405, b"", "answers 405, where Dialtrail answers 200"),
        (502, b"", "answers 502: the proxy does not reach"),
        (503, b"", "answers 503, where Dialtrail answers 200"),
        (504, b"", "answers 504: the proxy does not reach"),
    ],
)
def test_what_else_the_address_answers_is_a_danger(status: int, body: bytes, said: str) -> None:
    found, _, url = check(lambda _: Answer(status, body, {"location": f"https://elsewhere.example/answer/{TOKEN}"}))

    assert (found.part, found.level) == ("answers", "danger")
    assert found.what.startswith(f"{url}/answer/… ")
    assert said in found.what
    assert found.what_to_do
    assert TOKEN not in found.what + found.what_to_do


def test_an_address_that_cannot_be_reached_is_a_danger() -> None:
    found = asyncio.run(look("http://127.0.0.1:1", "http://127.0.0.1:1"))

    assert (found.level, found.what) == ("danger", "http://127.0.0.1:1/answer/… cannot be reached: ConnectError")


def test_where_nobody_is_up_nothing_is_asked() -> None:
    found = asyncio.run(look("http://127.0.0.1:1", None))

    assert (found.level, found.what) == ("note", "not checked: nothing is up that could say what a call says")
