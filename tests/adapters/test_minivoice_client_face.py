"""What the client takes, asks and shows: settings, secrets, addresses, and its two questions."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from adapters.minivoice_client import CallFound, CallMissing, LookupFailed, MiniVoiceClient
from domain.account import UsageObserved
from domain.call import CallObserved
from domain.dial_outcome import Abandoned, DialOutcome
from domain.errors import SettingsError
from tests.adapters.minivoice_client_of import ACCEPTED, CREATED, KEY, Marks, client_of, place
from tests.adapters.minivoice_server import always, hang_up, http, in_turn, payload, raw_server

BROKEN = "sent, but the connection broke or the answer was not HTTP (RemoteProtocolError)"
LOST = "id: has a character that was lost on the way"


def test_a_transport_without_the_hook_places_no_call() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(201, content=payload("post-call-response.json"))

    async def scenario() -> DialOutcome:
        transport = httpx.MockTransport(answer)
        async with MiniVoiceClient("http://provider.test", KEY, 30, transport=transport) as client:
            return await place(client, Marks())

    assert (type(asyncio.run(scenario())), asked) == (Abandoned, [])


def test_a_closed_client_abandons() -> None:
    async def scenario() -> DialOutcome:
        client = MiniVoiceClient("http://provider.test", KEY, 30)
        await client.aclose()
        return await place(client, Marks())

    assert isinstance(asyncio.run(scenario()), Abandoned)


@pytest.mark.parametrize("key", ["", "mv live", "mv_live\n", "clé", "mv_live\r\nx: y"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(SettingsError) as refused:
        MiniVoiceClient("http://provider.test", key, 30)

    assert str(refused.value) == "MINIVOICE_API_KEY: must be the key as MiniVoice gave it, without spaces"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.minivoice.eu",
        "ftp://api.minivoice.eu",
        "https://",
        "https://me:pw@api.minivoice.eu",
        "https://a.eu?b=c",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^MINIVOICE_BASE_URL: "):
        MiniVoiceClient(address, KEY, 30)


def test_the_key_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def scenario() -> list[Any]:
        async with raw_server(in_turn(CREATED, b"nonsense\r\n\r\n")) as server, client_of(server) as client:
            return [repr(client), await place(client, Marks()), await place(client, Marks()), server.requests[0]]

    *shown, sent = asyncio.run(scenario())

    assert KEY.encode() in sent
    assert "HTTP Request: POST" in caplog.text
    assert KEY not in caplog.text + repr(shown)


@pytest.mark.parametrize(
    ("call_id", "target"),
    [
        ("call_20260529T120000.000000000", b"/v1/calls/call_20260529T120000.000000000"),
        ("a/b?c#d%e f", b"/v1/calls/a%2Fb%3Fc%23d%25e%20f"),
        ("/../x", b"/v1/calls/%2F..%2Fx"),
        ("..", b"/v1/calls/%2E%2E"),
        (".", b"/v1/calls/%2E"),
        ("...", b"/v1/calls/%2E%2E%2E"),
        ("anruf-ä☎", b"/v1/calls/anruf-%C3%A4%E2%98%8E"),
    ],
)
def test_a_call_id_is_one_segment_of_the_path(call_id: str, target: bytes) -> None:
    body = json.dumps({"id": call_id, "status": "ringing"}).encode()

    async def scenario() -> tuple[CallFound | CallMissing | LookupFailed, bytes]:
        async with raw_server(always(http(200, body))) as server, client_of(server) as client:
            return await client.get_call(call_id), server.requests[0].split(b" ")[1]

    found, asked = asyncio.run(scenario())

    assert isinstance(found, CallFound)
    assert isinstance(found.event, CallObserved)
    assert (found.call_id, found.status, asked) == (call_id, "ringing", target)


def test_a_base_address_may_have_a_path() -> None:
    async def scenario() -> bytes:
        async with raw_server(always(CREATED)) as server:
            async with MiniVoiceClient(f"{server.url}/proxy/", KEY, 30) as client:
                await place(client, Marks())
            return server.requests[0].split(b" ")[1]

    assert asyncio.run(scenario()) == b"/proxy/v1/calls"


def test_usage_is_asked_for_in_utc() -> None:
    window = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)

    async def scenario() -> tuple[UsageObserved | LookupFailed, bytes]:
        reply = http(200, payload("usage-response.json"))
        async with raw_server(always(reply)) as server, client_of(server) as client:
            return await client.get_usage(*window), server.requests[0].split(b" ")[1]

    usage, target = asyncio.run(scenario())

    assert isinstance(usage, UsageObserved)
    assert target == b"/v1/usage?from=2026-05-01T00%3A00%3A00Z&to=2026-06-01T00%3A00%3A00Z"


def test_a_question_that_gets_no_answer_has_failed() -> None:
    async def scenario() -> list[CallFound | CallMissing | LookupFailed]:
        async with raw_server(hang_up) as server, client_of(server) as client:
            unanswered = await client.get_call("call_1")
            server.answering = always(http(200, b'{"id":"\xff"}'))
            unreadable = await client.get_call("call_1")
        async with client_of(server) as client:
            return [unanswered, unreadable, await client.get_call("call_1")]

    assert asyncio.run(scenario()) == [
        LookupFailed(why=BROKEN),
        LookupFailed(why=f"the answer is not a call ({LOST})", status=200, body=r'{"id":"\xff"}'),
        LookupFailed(why="connection never made: ConnectError: All connection attempts failed"),
    ]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def scenario() -> DialOutcome:
        async with raw_server(always(CREATED)) as server, client_of(server) as client:
            return await place(client, Marks())

    assert asyncio.run(scenario()) == ACCEPTED
