"""How many streams may be open at once, and how they end."""

import asyncio
from pathlib import Path

import httpx
import pytest

from entrypoints.http import open_streams
from tests.entrypoints.http.routes.stream_reader import Reader, reading
from tests.entrypoints.serving import (
    Serving,
    assert_problem,
    on_a_socket,
    payload,
    play,
    problem,
    until,
)

FULL = "32 streams are open already; close one, or read /v1/events"
FULL_OF_YOURS = "8 streams of yours are under way already; wait for one to end"


@pytest.mark.parametrize(
    ("of_a_caller", "title", "status"),
    [(8, "too-many-requests", 429), (100, "not-ready", 503)],
)
def test_no_more_streams_than_there_is_room_for_and_one_that_is_left_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_a_caller: int, title: str, status: int
) -> None:
    monkeypatch.setattr(open_streams, "STREAMS_OF_A_CALLER_MAX", of_a_caller)
    most = min(of_a_caller, open_streams.STREAMS_AT_ONCE_MAX)

    async def scene(stage: Serving) -> None:
        limits = httpx.Limits(max_connections=None)
        async with on_a_socket(stage):
            streams = stage.parts.app.streams
            async with httpx.AsyncClient(base_url=stage.client.base_url, trust_env=False, limits=limits) as client:
                stage.client, outside = client, stage.client
                readers = [reading(stage) for _ in range(most)]
                for reader in readers:
                    await reader.__aenter__()
                assert streams.open == most
                refused = await client.get("/v1/stream")
                assert refused.status_code == status
                assert refused.json()["type"] == f"urn:dialtrail:problem:{title}"
                assert refused.json()["detail"] == (FULL if status == 503 else FULL_OF_YOURS)
                assert refused.headers["retry-after"] == "1"
                await readers.pop().__aexit__(None, None, None)
                await until(lambda: streams.open == most - 1)
                async with reading(stage):
                    pass
                for reader in readers:
                    await reader.__aexit__(None, None, None)
                await until(lambda: streams.open == 0)
                stage.client = outside

    play(tmp_path, scene)


def test_streams_end_when_the_server_stops_and_do_not_hold_it_up(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with asyncio.timeout(5), httpx.AsyncClient(trust_env=False) as client:
            async with on_a_socket(stage):  # its server waits 10 seconds for what does not end by itself
                client.base_url = stage.client.base_url
                answer = await client.send(client.build_request("GET", "/v1/stream"), stream=True)
            assert await Reader(answer).ended()
            await answer.aclose()
        stopping = "the server is stopping; open the stream again when it has started"
        answer = await stage.client.get("/v1/stream")
        assert_problem(answer, problem("not-ready", 503, "Not ready yet; try again", stopping))

    play(tmp_path, scene)


def test_where_nobody_streams_a_commit_wakes_nobody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        streams = stage.parts.app.streams
        assert streams.open == 0
        assert streams._loop is None
        async with on_a_socket(stage):
            async with reading(stage) as reader:
                await until(lambda: streams._loop is not None)
                await stage.deliver(payload("call.answered"))
                await reader.events(1)
            await until(lambda: streams.open == 0)
            await stage.deliver(payload("call.completed"))
            assert streams._loop is None

    play(tmp_path, scene)
