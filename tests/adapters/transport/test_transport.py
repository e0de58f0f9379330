"""What our transport does beyond what any does: the last connection first, none too old, and nothing believed that came unasked."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from adapters.transport import OneAddressTransport, connecting
from adapters.transport.connection import HttpConnection
from tests.contracts.transports import (
    OURS,
    Implementation,
    Peer,
    always,
    ask,
    listening,
    server_tls,
    trusting_it,
)

pytestmark = pytest.mark.parametrize("of", OURS, ids=lambda of: of.name)

OK = b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nhello"


def transport_to(url: str, connections: int = 8, idle: float = 5, tls: ssl.SSLContext | None = None) -> Any:
    return OneAddressTransport(httpx.URL(url), connections_max=connections, idle_seconds=idle, tls=tls)


def test_the_connection_that_was_used_last_is_the_next(of: Implementation) -> None:
    used: list[int] = []

    async def serve(peer: Peer) -> None:
        while True:
            await peer.request()
            used.append(peer.number)
            await peer.say(OK)

    async def scenario() -> None:
        async with listening(serve) as server, transport_to(server.url) as transport:
            await asyncio.gather(*(ask(transport, server.url) for _ in range(4)))
            used.clear()
            for _ in range(6):
                await ask(transport, server.url)
            assert (len(set(used)), len(server.peers)) == (1, 4)

    of.run(scenario())


def test_idle_connections_close_by_themselves(of: Implementation) -> None:
    async def scenario() -> None:
        async with listening(always(OK)) as server, transport_to(server.url, idle=0.05) as transport:
            await asyncio.gather(*(ask(transport, server.url) for _ in range(3)))
            async with asyncio.timeout(5):
                await asyncio.gather(*(ended.wait() for ended in server.ended))
            await ask(transport, server.url)
            assert len(server.peers) == 4

    of.run(scenario())


def test_no_more_connections_than_allowed_and_each_waits_its_turn(of: Implementation) -> None:
    async def scenario() -> None:
        async with listening(always(OK)) as server, transport_to(server.url, connections=3) as transport:
            answers = await asyncio.gather(*(ask(transport, server.url) for _ in range(40)))
            assert {answer.content for answer in answers} == {b"hello"}
            assert (len(server.requests), len(server.peers)) == (40, 3)

    of.run(scenario())


@pytest.mark.parametrize("unread", [b"", b"HTTP/1.1 408 Timeout\r\ncontent-length: 0\r\n\r\n"])
def test_what_the_loop_has_not_read_yet_counts(of: Implementation, unread: bytes) -> None:
    """The server closed, or spoke, while our loop was busy: it sees the request that comes next first."""

    async def scenario() -> int:
        with socket.create_server(("127.0.0.1", 0)) as server:
            loop, url = asyncio.get_running_loop(), f"http://127.0.0.1:{server.getsockname()[1]}/"

            def answer_one() -> socket.socket:
                peer, _ = server.accept()
                peer.recv(65536)
                peer.sendall(OK)
                return peer

            async with transport_to(url) as transport:
                first, _ = await asyncio.gather(loop.run_in_executor(None, answer_one), ask(transport, url))
                if unread:
                    first.sendall(unread)
                first.shutdown(socket.SHUT_WR)  # nothing has been awaited since
                second, answer = await asyncio.gather(loop.run_in_executor(None, answer_one), ask(transport, url))
                first.close()
                second.close()
                return answer.status_code

    assert of.run(scenario()) == 201


@pytest.mark.parametrize("surplus", [OK, b"\0", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_what_follows_an_answer_is_nobodys_answer(of: Implementation, surplus: bytes) -> None:
    async def scenario() -> None:
        async with listening(always(OK + surplus)) as server, transport_to(server.url) as transport:
            for _ in range(2):
                assert (await ask(transport, server.url)).content == b"hello"
            assert len(server.peers) == 2

    of.run(scenario())


def test_a_request_that_cannot_be_sent_is_refused_before_the_hook(of: Implementation) -> None:
    async def hook(moment: str, _: object) -> None:
        raise AssertionError(moment)

    async def refused(transport: Any, url: str, **options: Any) -> type[Exception]:
        request = httpx.Request("POST", url, extensions={"trace": hook}, **options)
        with pytest.raises(httpx.TransportError) as raised:
            await transport.handle_async_request(request)
        return raised.type

    async def scenario() -> None:
        async def chunks() -> Any:
            yield b"x"

        async with listening(always(OK)) as server, transport_to(server.url, connections=1) as transport:
            url = server.url
            assert await refused(transport, "http://127.0.0.1:1/") is httpx.UnsupportedProtocol
            assert await refused(transport, url, content=chunks()) is httpx.LocalProtocolError
            for length in ("five", "-5", "²"):
                headers = {"content-length": length.encode()}
                assert await refused(transport, url, headers=headers) is httpx.LocalProtocolError
            assert await refused(transport, url, headers={"x": b"y\r\nz: a"}) is httpx.LocalProtocolError
            assert (await ask(transport, url)).status_code == 201
            assert len(server.requests) == 1

    of.run(scenario())


def test_a_body_that_is_not_as_long_as_it_says_is_not_sent(of: Implementation) -> None:
    async def scenario() -> None:
        async with listening(always(OK)) as server, transport_to(server.url, connections=1) as transport:
            request = httpx.Request("POST", server.url, content=b"{}", headers={"content-length": "3"})
            with pytest.raises(httpx.LocalProtocolError):
                await transport.handle_async_request(request)
            await ask(transport, server.url)
            assert len(server.requests) == 1

    of.run(scenario())


def test_closed_ends_what_is_under_way_and_asks_nothing_more(of: Implementation) -> None:
    heard = asyncio.Event()

    async def silent(peer: Peer) -> None:
        await peer.request()
        heard.set()
        await peer.request()

    async def scenario() -> None:
        async with listening(silent) as server:
            transport = transport_to(server.url, connections=1)
            under_way = asyncio.create_task(ask(transport, server.url))
            await heard.wait()
            waiting = asyncio.create_task(ask(transport, server.url))
            await asyncio.sleep(0)
            await transport.aclose()
            ended = await asyncio.gather(under_way, waiting, return_exceptions=True)
            assert [type(error) for error in ended] == [httpx.ReadError, RuntimeError]
            with pytest.raises(RuntimeError):
                await ask(transport, server.url)
            assert (len(server.requests), len(server.peers)) == (1, 1)

    of.run(scenario())


def test_over_tls_the_last_word_is_that_there_is_no_more(of: Implementation) -> None:
    """A reader that was not told so raises `SSLEOFError` instead of an end."""
    words: list[bytes] = []

    async def serve(peer: Peer) -> None:
        await peer.request()
        await peer.say(OK)
        words.append(await peer.reader.read(1))

    async def scenario() -> None:
        async with listening(serve, server_tls()) as server:
            async with transport_to(server.url, tls=trusting_it()) as transport:
                await ask(transport, server.url)
            async with asyncio.timeout(5):
                while not words:  # noqa: ASYNC110 - the other side of a socket sets no event
                    await asyncio.sleep(0.001)
        assert words == [b""]

    of.run(scenario())


def test_an_address_that_is_not_there_holds_up_nobody(of: Implementation, monkeypatch: pytest.MonkeyPatch) -> None:
    async def two(*_: object) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]  # the server listens at the second alone

    monkeypatch.setattr(connecting, "_addresses", two)

    async def scenario() -> None:
        async with listening(always(OK)) as server:
            url = server.url.replace("127.0.0.1", "provider.test")
            async with transport_to(url) as transport:
                assert (await ask(transport, url)).status_code == 201

    of.run(scenario())


def test_a_name_is_asked_for_and_its_families_take_turns(of: Implementation) -> None:
    async def scenario() -> Sequence[str]:
        return await connecting._addresses("localhost", 80, asyncio.get_running_loop())

    assert "127.0.0.1" in of.run(scenario())


def test_a_race_that_is_called_off_at_any_moment_leaves_no_connection_open(
    of: Implementation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[HttpConnection] = []

    class Noted(HttpConnection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            made.append(self)

    async def two(*_: object) -> Sequence[str]:
        return ["127.0.0.1", "127.0.0.2"]

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        with socket.create_server(("0.0.0.0", 0)) as server:
            for steps in range(15):
                asked = asyncio.ensure_future(
                    connecting.connected("two.test", server.getsockname()[1], None, None, loop)
                )
                for _ in range(steps):
                    await asyncio.sleep(0)
                if asked.cancel():
                    await asyncio.wait([asked])
                    for _ in range(100):  # what the loop itself closes is told a few turns later
                        await asyncio.sleep(0)
                    assert [one for one in made if not one.is_useless] == [], steps
                else:
                    asked.result().close()

    monkeypatch.setattr(connecting, "HttpConnection", Noted)
    monkeypatch.setattr(connecting, "_addresses", two)
    of.run(scene())
