import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import NoReturn

import pytest
from msgspec.structs import replace

from adapters.minivoice_client import MiniVoiceClient, SendingForbidden
from adapters.provider_answer import ProviderAnswer
from domain.dial_outcome import Abandoned
from tests.adapters.minivoice_client_of import CREATED, REQUEST, Marks, client_of, place
from tests.adapters.minivoice_server import Answering, always, hang_up, http, never, raw_server

CALL_ID = "call_20260529T120000.000000000"
REFUSED = http(402, b'{"error":{"code":"insufficient_balance","message":"balance is too low"}}')
BROKEN_OFF = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"
MISSING = http(404, b'{"error":{"code":"call_not_found","message":"no such call"}}')
NOT_JSON = http(500, b"<html>")


def once(reply: bytes) -> Answering:
    """Writes these bytes, and closes."""

    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        await always(reply)(writer, request)
        writer.close()

    return answer


def told_of(reply: bytes | None, ask: Callable[[MiniVoiceClient], Awaitable[object]]) -> list[ProviderAnswer]:
    """What the observer hears of one request that is answered so, its seconds left out."""
    told: list[ProviderAnswer] = []

    async def run() -> None:
        async with (
            raw_server(hang_up if reply is None else once(reply)) as server,
            client_of(server, observe=told.append) as client,
        ):
            await ask(client)

    asyncio.run(run())
    assert [0 <= answer.seconds < 30 for answer in told] == [True] * len(told)
    return [replace(answer, seconds=0) for answer in told]


def placed(status: int | None, code: str | None = None, call_id: str | None = None) -> list[ProviderAnswer]:
    return [ProviderAnswer(operation="place_call", call_id=call_id, status=status, code=code, seconds=0)]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (CREATED, placed(201, call_id=CALL_ID)),
        (REFUSED, placed(402, "insufficient_balance")),
        (NOT_JSON, placed(500)),
        (BROKEN_OFF, placed(None)),
        (None, placed(None)),
    ],
    ids=["accepted", "refused", "ambiguous", "broken off", "hung up"],
)
def test_the_observer_hears_how_placing_a_call_fared(reply: bytes | None, told: list[ProviderAnswer]) -> None:
    assert told_of(reply, lambda client: place(client, Marks())) == told


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [(http(200, b'{"id":"call_1"}'), 200, None), (MISSING, 404, "call_not_found"), (None, None, None)],
)
def test_the_observer_hears_how_a_question_fared(reply: bytes | None, status: int | None, code: str | None) -> None:
    day = datetime(2026, 5, 29, tzinfo=UTC)

    assert told_of(reply, lambda client: client.get_call("call_1")) == [
        ProviderAnswer(operation="get_call", call_id="call_1", status=status, code=code, seconds=0)
    ]
    assert told_of(reply, lambda client: client.get_usage(day, day)) == [
        ProviderAnswer(operation="get_usage", call_id=None, status=status, code=code, seconds=0)
    ]
    assert told_of(reply, lambda client: client.get_insight("call_1", "score")) == [
        ProviderAnswer(operation="get_insight", call_id="call_1", status=status, code=code, seconds=0)
    ]
    assert told_of(reply, lambda client: client.control_recording("call_1", "start")) == [
        ProviderAnswer(operation="control_recording", call_id="call_1", status=status, code=code, seconds=0)
    ]


def test_a_request_that_was_forbidden_is_none() -> None:
    async def forbid() -> NoReturn:
        raise SendingForbidden("paused")

    assert told_of(CREATED, lambda client: client.place_call(REQUEST, forbid)) == []


def test_a_connection_that_cannot_be_made_is_no_answer() -> None:
    told: list[ProviderAnswer] = []

    async def run() -> None:
        async with MiniVoiceClient("http://127.0.0.1:1", "key", 30, observe=told.append) as client:
            assert isinstance(await place(client, Marks()), Abandoned)

    asyncio.run(run())
    assert [replace(answer, seconds=0) for answer in told] == placed(None)


def test_the_seconds_count_from_the_sending_not_from_the_wait_for_a_turn() -> None:
    told: list[ProviderAnswer] = []
    sent_at: list[float] = []

    async def run() -> float:
        async with raw_server(never) as server, client_of(server, 0.3, observe=told.append) as client:

            async def turn() -> None:
                await asyncio.sleep(0.1)
                sent_at.append(perf_counter())

            await client.place_call(REQUEST, turn)
            return perf_counter()

    ended_at = asyncio.run(run())
    assert 0.3 <= told[0].seconds <= ended_at - sent_at[0]


def test_an_observer_that_fails_changes_no_outcome() -> None:
    def crash(_: ProviderAnswer) -> NoReturn:
        raise ValueError("it cannot count")

    async def run() -> None:
        async with raw_server(always(CREATED)) as server, client_of(server, observe=crash) as client:
            outcome = await place(client, Marks())
            assert outcome.call_id == CALL_ID  # type: ignore[union-attr]

    asyncio.run(run())
