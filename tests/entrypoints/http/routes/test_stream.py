"""The feed as server-sent events, over real connections to the real server."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from application.commands.campaigns import create_campaign
from domain.campaign import Plan
from domain.events import Recorded
from entrypoints.http.routes import stream
from tests.entrypoints.http.routes.stream_reader import Message, feed, reading
from tests.entrypoints.serving import (
    AUDITOR,
    FROM,
    OPERATOR,
    OTHER,
    SPRING,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    invalid,
    on_a_socket,
    payload,
    play,
    until,
)

NOT_A_POSITION = "must be the id of an event of this stream, a position; leave it out to begin anew"
AFTER_THE_END = (
    "is after the ledger's end, 1: the ledger was put back to an older copy, or is another one; begin again after a position "
    "that is in it"
)
A_BATCH_OF_ITS_OWN = 29


def test_it_begins_at_the_ledgers_end_and_tells_what_is_committed_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        async with on_a_socket(stage), reading(stage) as reader:
            headers = {name: value for name, value in reader.answer.headers.items() if name != "x-request-id"}
            assert headers == {
                "content-type": "text/event-stream; charset=utf-8",
                "cache-control": "no-store",
                "x-accel-buffering": "no",
                "x-content-type-options": "nosniff",
                "transfer-encoding": "chunked",
            }
            before = stage.ledger.position
            await stage.deliver(payload("call.answered"))
            assert await reader.events(1) == await feed(stage, before)

    play(tmp_path, scene)


@pytest.mark.parametrize(("path", "seen"), [("?after=1", None), ("?after=3", "1"), ("", "1")])
def test_it_begins_after_the_last_event_that_was_seen_or_else_after_the_position_asked_for(
    tmp_path: Path, path: str, seen: str | None
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        headers = {} if seen is None else {"last-event-id": seen}
        async with on_a_socket(stage), reading(stage, f"/v1/stream{path}", **headers) as reader:
            assert [message["id"] for message in await reader.events(3)] == ["2", "3", "4"]

    play(tmp_path, scene)


def test_a_reader_that_comes_back_again_and_again_misses_nothing_and_sees_nothing_twice(tmp_path: Path) -> None:
    deliveries = 120

    async def scene(stage: Serving) -> None:
        seen: list[Message] = []

        async def commit() -> None:
            for number in range(deliveries):
                assert (await stage.deliver(payload("call.answered", f"call_{number}"))).status_code == 204

        async with on_a_socket(stage):
            committing = asyncio.create_task(commit())
            while len(seen) < deliveries:
                last = {"last-event-id": seen[-1]["id"] if seen else "0"}
                async with reading(stage, **last) as reader:
                    seen += await reader.events(min(7, deliveries - len(seen)))
            await committing
            assert seen == await feed(stage, 0)
            assert len(seen) == deliveries

    play(tmp_path, scene)


@pytest.mark.parametrize("commits", [1, 2, 5])
def test_what_is_committed_while_the_end_is_read_is_told_without_waiting_for_a_heartbeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    monkeypatch.setattr(stream, "BATCH_EVENTS_MAX", A_BATCH_OF_ITS_OWN)
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)

    async def scene(stage: Serving) -> None:
        read, left = stage.ledger.read_feed, list(range(commits))

        def read_and_commit(after: int, events_max: int) -> list[Recorded]:
            found = read(after, events_max)
            if events_max == A_BATCH_OF_ITS_OWN and not found and left:
                created = create_campaign(f"c{left.pop()}", Plan(caller_number=FROM))
                stage.ledger.execute_and_wait(created, lane="commands", metadata={})
            return found

        monkeypatch.setattr(stage.ledger, "read_feed", read_and_commit)
        async with on_a_socket(stage), reading(stage) as reader:
            told = [await reader.next() for _ in range(commits)]
        assert [message.get("event") for message in told] == ["campaign.created"] * commits

    play(tmp_path, scene)


def test_more_than_a_batch_comes_in_order_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BATCH_EVENTS_MAX", 3)

    async def scene(stage: Serving) -> None:
        await stage.campaign(*(f"+1555123{number:04}" for number in range(20)))
        async with on_a_socket(stage), reading(stage, "/v1/stream?after=0") as reader:
            assert await reader.events(22) == await feed(stage, 0)

    play(tmp_path, scene)


def test_a_viewer_sees_that_something_happened_and_no_number_or_body(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO)
        await stage.deliver(payload("call.gathered", data={"digits": "31415926"}))
        del stage.client.headers["authorization"]
        async with on_a_socket(stage):
            texts = {}
            for role, headers in (("viewer", VIEWER), ("auditor", AUDITOR), ("operator", OPERATOR)):
                async with reading(stage, "/v1/stream?after=0", **headers) as reader:
                    messages = await reader.events(4)
                    assert messages == await feed(stage, 0, headers)
                    texts[role] = str(messages)
            personal = (TO[1:], FROM[1:], "31415926")
            assert {role: [one in text for one in personal] for role, text in texts.items()} == {
                "viewer": [False] * 3,
                "auditor": [True] * 3,
                "operator": [True] * 3,
            }
            nobody = await stage.client.get("/v1/stream")
            assert nobody.status_code == 401

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


@pytest.mark.parametrize("given", ["x", "-1", "", "1.5", "1" * 16, "0x1", "1 2", "1,2"])
def test_a_last_event_id_that_is_none_of_ours_is_a_problem(tmp_path: Path, given: str) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            answer = await stage.client.get("/v1/stream", headers={"last-event-id": given})
            assert_problem(answer, invalid("Last-Event-ID", NOT_A_POSITION))

    play(tmp_path, scene)


def test_a_position_after_the_ledgers_end_is_a_problem_wherever_it_stands(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        async with on_a_socket(stage):
            beyond = AFTER_THE_END
            answer = await stage.client.get("/v1/stream", headers={"last-event-id": "2"})
            assert_problem(answer, invalid("Last-Event-ID", beyond))
            assert_problem(await stage.client.get("/v1/stream?after=2"), invalid("after", beyond))
            not_a_number = "must be a whole number from 0 to 1000000000000000"
            assert_problem(await stage.client.get("/v1/stream?after=x"), invalid("after", not_a_number))

    play(tmp_path, scene)


def test_a_silent_stream_is_kept_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.01)

    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage), reading(stage) as reader:
            assert [await reader.next() for _ in range(3)] == [{"": "still here"}] * 3

    play(tmp_path, scene)


def test_a_reader_that_stops_reading_holds_up_no_commit_and_finds_everything_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = "x" * 200_000
    deliveries = 60

    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage), reading(stage, "/v1/stream?after=0") as reader:
            sent = 0
            for number in range(deliveries):
                assert (await stage.deliver(payload("call.answered", f"call_{number}", note=note))).status_code == 204
                sent += len(note)
            assert sent > 10_000_000  # more than the buffers of both sides hold
            assert [message["id"] for message in await reader.events(deliveries)] == [
                str(position) for position in range(1, deliveries + 1)
            ]

    play(tmp_path, scene)


def test_a_reader_that_takes_nothing_for_too_long_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stream, "READER_STALLS_SECONDS_MAX", 0.2)
    monkeypatch.setattr(stream, "ENDING_SECONDS_MAX", 0.01)
    note = "x" * 500_000

    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            streams = stage.parts.app.streams
            async with reading(stage, "/v1/stream?after=0"):
                for number in range(40):
                    await stage.deliver(payload("call.answered", f"call_{number}", note=note))
                await until(lambda: streams.open == 0)
            stage.parts.lines.flush()
            assert "its reader stalled" in capsys.readouterr().err

    play(tmp_path, scene)


def test_a_head_request_has_the_headers_of_a_stream_and_ends(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            answer = await stage.client.head("/v1/stream")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")

    play(tmp_path, scene)


def test_a_ledger_that_cannot_be_read_ends_the_stream_and_its_reader_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.01)  # then it looks again, whether woken or not

    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=SPRING)
        recorder: Any = stage.ledger._recorder
        select = recorder._select
        async with on_a_socket(stage):
            async with reading(stage, "/v1/stream?after=0") as reader:
                assert [message["id"] for message in await reader.events(1)] == ["1"]
                recorder._select = select.replace("FROM", "FROM no_such_table_")
                assert await reader.ended()
            recorder._select = select
            await stage.deliver(payload("call.answered"))
            stage.parts.lines.flush()
            assert "stream ended" in capsys.readouterr().err
            async with reading(stage, **{"last-event-id": "1"}) as reader:
                assert [message["id"] for message in await reader.events(1)] == ["2"]

    play(tmp_path, scene)
