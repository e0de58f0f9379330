import asyncio
import contextlib
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson

from entrypoints.sandbox.journal import Journal
from tests.entrypoints.sandbox.stage import FROM, TO, Stage, play, until

STOOD_STILL_SECONDS = 0.3
TIMER_MS = 20  # the kernel counts in ticks


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 5, 29, 12, 0, 0, 250, tzinfo=UTC)

    def monotonic_ns(self) -> int:
        return 42


def test_a_request_is_logged_on_arrival_and_again_with_its_outcome() -> None:
    async def scene(stage: Stage) -> None:
        sent = {"from": FROM, "to": TO}
        response = await stage.client.post("/v1/calls", json=sent)
        arrived, outcome = stage.sandbox.log.lines()[:2]
        stamps = {"at", "monotonic_ns"}
        common = {"number": 1, "method": "POST", "path": "/v1/calls", "request_body": sent}
        assert isinstance(arrived.pop("waited_ms"), int)
        assert {name: arrived[name] for name in arrived if name not in stamps} == {"kind": "arrived", **common}
        assert {name: outcome[name] for name in outcome if name not in stamps} == {
            "kind": "request",
            **common,
            "status": 201,
            "code": None,
            "call_id": response.json()["id"],
            "fault": None,
            "closed_by": None,
        }

    play(scene)


def test_what_came_while_the_sandbox_stood_still_is_logged_with_how_long_it_waited() -> None:
    async def scene(stage: Stage) -> None:
        host, port = stage.sandbox.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as other:
            await stage.client.get("/v1/calls/none")  # by now the other connection is taken
            other.sendall(b"GET /v1/calls/none HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(STOOD_STILL_SECONDS)  # noqa: ASYNC251 - the loop is to stand still
            await until(lambda: len(stage.sandbox.log.lines("arrived")) == 2)
        (_, waited) = (int(str(line["waited_ms"])) for line in stage.sandbox.log.lines("arrived"))
        assert waited >= STOOD_STILL_SECONDS * 1000 - TIMER_MS

    play(scene)


def test_a_request_is_on_file_before_it_is_answered(tmp_path: Path) -> None:
    log = tmp_path / "sandbox.jsonl"

    async def scene(stage: Stage) -> None:
        posting = asyncio.create_task(stage.post())
        await until(lambda: log.stat().st_size > 0)
        kinds = [orjson.loads(line)["kind"] for line in log.read_bytes().splitlines()]
        assert (kinds[0], "request" in kinds) == ("arrived", False)  # its webhook may be on its way by now
        posting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await posting

    play(scene, answer_delay=60, log=log)


def test_a_request_that_is_cut_off_in_its_body_is_logged() -> None:
    async def scene(stage: Stage) -> None:
        host, port = stage.sandbox.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /v1/calls HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()
        await until(lambda: bool(stage.sandbox.log.lines("request")))
        line = stage.sandbox.log.lines("request")[0]
        assert (line["status"], line["closed_by"], stage.sandbox.calls) == (None, "client", [])

    play(scene)


def test_the_log_in_memory_is_bounded_and_counts_what_it_dropped() -> None:
    journal = Journal(StoppedClock(), 2, None)
    for number in range(3):
        journal.write("arrived", {"number": number})
    stamp = {"at": "2026-05-29T12:00:00.000250Z", "monotonic_ns": 42}
    assert journal.lines() == [{"kind": "arrived", **stamp, "number": number} for number in (1, 2)]
    assert (journal.kept, journal.dropped) == (2, 1)


def test_the_file_is_appended_to(tmp_path: Path) -> None:
    for number in range(2):
        journal = Journal(StoppedClock(), 10, tmp_path / "log.jsonl")
        journal.write("arrived", {"number": number})
        journal.close()
    lines = (tmp_path / "log.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["number"] for line in lines] == [0, 1]


def test_a_body_that_is_not_json_is_logged_as_text() -> None:
    async def scene(stage: Stage) -> None:
        await stage.client.post("/v1/calls", content=b"hello")
        assert [line["request_body"] for line in stage.sandbox.log.lines()] == ["hello", "hello"]

    play(scene)
