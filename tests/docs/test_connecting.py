"""Whoever connects a system of their own as the page says gets what it says."""

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import orjson
import pytest

from dialtrail_client import DialtrailClient
from tests.docs.shown import Shown, shown
from tests.entrypoints.serving import OPERATOR, OTHER, SPRING, TO, TOKENS, Serving, on_a_socket, payload, play

PAGE = Path(__file__).parents[2] / "docs" / "connecting.md"
BLOCKS = shown(PAGE.name, PAGE.read_text())
GUARDED = {"DIALTRAIL_TOKENS": TOKENS}


def block(language: str, begins: str) -> Shown:
    (found,) = [one for one in BLOCKS if one.language == language and one.text.startswith(begins)]
    return found


async def begin(stage: Serving) -> None:
    """The campaign with the page's two recipients, the first of whom was called, and pressed 2 and then 1."""
    stage.client.headers.update(OPERATOR)
    await stage.client.post("/v1/campaigns", json={**SPRING, "unique_references": True})
    rows = block("csv", "number,").text
    done = await stage.client.post(
        "/v1/campaigns/spring_followup/recipients", content=rows, headers={"content-type": "text/csv"}
    )
    assert done.json()["enrolled"] == 2, done.text
    await stage.client.post("/v1/campaigns/spring_followup/start")
    await stage.dial(TO, "call_1")
    for delivery in (
        payload("call.answered", seconds=0),
        payload("call.gathered", seconds=1, data={"digits": "2"}),
        payload("call.gathered", seconds=2, data={"digits": "1"}),
        payload("call.completed", seconds=3),
    ):
        assert (await stage.deliver(delivery)).status_code == 204


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl_gets_a_row_for_each_recipient(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await begin(stage)
        async with on_a_socket(stage, **GUARDED):
            environ = {
                "PATH": os.defpath,
                "DIALTRAIL_URL": str(stage.client.base_url).rstrip("/"),
                "DIALTRAIL_TOKEN": "read-all-token",
                "NO_PROXY": "*",
            }
            running = await asyncio.create_subprocess_exec(
                "sh", "-c", block("sh", "curl").text, env=environ, stdout=asyncio.subprocess.PIPE
            )
            answered, _ = await asyncio.wait_for(running.communicate(), 60)
        rows = orjson.loads(answered)["items"]
        assert [(row["reference"], row["status"], row["digits"]) for row in rows] == [
            ("crm-18", "queued", []),
            ("crm-17", "reached", ["2", "1"]),
        ]

    play(tmp_path, scene, **GUARDED)


def test_the_program_keeps_what_is_known_of_each_recipient_and_goes_on_where_it_ended(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(compile(block("python", "import").text, PAGE.name, "exec"), names)
    kept = tmp_path / "crm.db"

    def take_over(url: str) -> tuple[int, list[Any]]:
        crm = sqlite3.connect(kept)
        headers = {"authorization": "Bearer read-all-token"}
        with httpx.Client(base_url=url, headers=headers, trust_env=False) as api:
            taken = names["take_over"](api, crm)
        rows = crm.execute("SELECT reference, status, digits FROM outcome ORDER BY reference").fetchall()
        crm.close()
        return taken, rows

    async def scene(stage: Serving) -> None:
        await begin(stage)
        async with on_a_socket(stage, **GUARDED):
            url = str(stage.client.base_url)
            stage.client.headers.update(OPERATOR)
            first = await asyncio.to_thread(take_over, url)
            await stage.client.post("/v1/suppressions", json={"number": OTHER})
            second = await asyncio.to_thread(take_over, url)
            third = await asyncio.to_thread(take_over, url)
        assert first == (2, [("crm-17", "reached", "2 1"), ("crm-18", "queued", "")])
        assert second == (1, [("crm-17", "reached", "2 1"), ("crm-18", "suppressed", "")])
        assert third == (0, second[1])

    play(tmp_path, scene, **GUARDED)


@contextmanager
def crm_server() -> Iterator[tuple[str, dict[str, Any]]]:
    """A CRM that keeps what it is told of each customer: its address, and that."""
    customers: dict[str, Any] = {}

    class Crm(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            customers[self.path] = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Crm) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", customers
        finally:
            server.shutdown()
            serving.join()


def test_a_crm_is_updated_and_the_next_time_only_with_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    names: dict[str, Any] = {}
    exec(compile(block("python", "from urllib").text, PAGE.name, "exec"), names)

    def update(url: str, crm_url: str, after: str) -> Any:
        with DialtrailClient(url, "read-all-token") as dialtrail, httpx.Client(base_url=crm_url) as crm:
            return names["update"](dialtrail, crm, after)

    async def scene(stage: Serving) -> None:
        await begin(stage)
        async with on_a_socket(stage, **GUARDED):
            url = str(stage.client.base_url)
            stage.client.headers.update(OPERATOR)
            with crm_server() as (crm_url, customers):
                place = await asyncio.to_thread(update, url, crm_url, "0")
                first = {path: (told["call_status"], told["pressed"]) for path, told in customers.items()}
                customers.clear()
                await stage.client.post("/v1/suppressions", json={"number": OTHER})
                await asyncio.to_thread(update, url, crm_url, place)
                second = {path: told["call_status"] for path, told in customers.items()}
        assert first == {"/customers/crm-17": ("reached", ["2", "1"]), "/customers/crm-18": ("queued", [])}
        assert second == {"/customers/crm-18": "suppressed"}

    play(tmp_path, scene, **GUARDED)


def test_agents_are_told_and_a_failure_is_gone_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(compile(block("python", "from collections").text, PAGE.name, "exec"), names)
    said: list[Any] = [{"ada": "free", "eve": "busy"}, OSError("the phone system is away"), {"ada": "busy"}]
    heard: list[Any] = []

    def states() -> Any:
        state = said[len(heard)]
        if isinstance(state, OSError):
            raise state
        return state

    def feed(url: str) -> None:
        with httpx.Client(base_url=url, headers=OPERATOR, trust_env=False) as dialtrail:

            def wait(seconds: float) -> bool:
                found = dialtrail.get("/v1/campaigns/spring_followup/agents").json()
                heard.append((found["free"], found["agents"]))
                return len(heard) == len(said)

            names["feed"](dialtrail, "spring_followup", states, wait)

    async def scene(stage: Serving) -> None:
        await begin(stage)
        async with on_a_socket(stage, **GUARDED):
            await asyncio.to_thread(feed, str(stage.client.base_url))

    play(tmp_path, scene, **GUARDED)
    first = (1, [{"name": "ada", "state": "free"}, {"name": "eve", "state": "busy"}])
    assert heard == [first, first, (0, [{"name": "ada", "state": "busy"}])]
    assert "the phone system is away" in capsys.readouterr().out
