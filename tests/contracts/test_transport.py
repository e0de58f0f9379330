"""What the dialler relies on, of our transport and of the one that it takes the place of."""

import asyncio
import socket
import ssl

import httpx
import pytest

from tests.contracts.transports import (
    ALL,
    Implementation,
    Moments,
    Peer,
    Serve,
    always,
    ask,
    listening,
    once,
    server_tls,
    trusting_it,
)

pytestmark = pytest.mark.parametrize("of", ALL, ids=lambda of: of.name)

LENGTH = b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\nx-a: b\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nx-trailer: t\r\n\r\n"
SENT = ["send_request_headers.started", "send_request_body.complete"]


def announced(moments: Moments) -> list[str]:
    return [moment for moment in moments.seen if moment in SENT]


@pytest.mark.parametrize(
    ("method", "answer", "status", "body", "connections"),
    [
        ("POST", LENGTH, 201, b"hello", 1),
        ("POST", CHUNKED, 200, b"hello", 1),
        ("POST", b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", 1),
        ("POST", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", 304, b"", 1),
        ("POST", b"HTTP/1.1 200 \r\ncontent-length: 0\r\nx-empty:\r\n\r\n", 200, b"", 1),
        ("POST", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nx: y\r\n\r\n" + LENGTH, 201, b"hello", 1),
        ("POST", LENGTH.replace(b"x-a: b", b"connection: close"), 201, b"hello", 2),
        ("POST", LENGTH.replace(b"1.1", b"1.0"), 201, b"hello", 2),
    ],
)
def test_an_answer_is_read_whole_and_the_connection_is_used_again_where_it_may(
    of: Implementation, method: str, answer: bytes, status: int, body: bytes, connections: int
) -> None:
    async def scenario() -> None:
        async with listening(always(answer)) as server, of.make(server.url, 1, None) as transport:
            for _ in range(2):
                response = await ask(transport, server.url, method)
                assert (response.status_code, response.content) == (status, body)
                assert "x-trailer" not in response.headers
            assert len(server.peers) == connections

    of.run(scenario())


def test_an_answer_to_head_has_no_body(of: Implementation) -> None:
    async def scenario() -> None:
        serve = always(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")
        async with listening(serve) as server, of.make(server.url, 1, None) as transport:
            response = await ask(transport, server.url, "HEAD", b"")
            assert (response.status_code, response.content) == (200, b"")

    of.run(scenario())


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_an_answer_without_a_length_ends_with_its_connection(of: Implementation, version: bytes) -> None:
    async def scenario() -> None:
        serve = once(b"HTTP/" + version + b" 200 OK\r\n\r\nhel", b"lo")
        async with listening(serve) as server, of.make(server.url, 1, None) as transport:
            assert (await ask(transport, server.url)).content == b"hello"

    of.run(scenario())


@pytest.mark.parametrize(
    "serve",
    [
        once(),
        once(b"HTTP/1.1 201 Cre"),
        once(b"HTTP/1.1 201 Created\r\ncontent-le"),
        once(b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nhel"),
        once(CHUNKED[:-20]),
        once(CHUNKED[:55]),
        always(b"\x00\xff\r\n\r\n"),
        always(b"SIP/2.0 200 OK\r\n\r\n"),
        always(b"HTTP/1.1 abc\r\n\r\n"),
        always(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"),
        always(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na"),
    ],
)
def test_an_answer_that_breaks_off_or_is_none_is_the_servers_error_and_nothing_is_sent_again(
    of: Implementation, serve: Serve
) -> None:
    async def scenario() -> None:
        moments = Moments()
        async with listening(serve) as server, of.make(server.url, 1, None) as transport:
            with pytest.raises(httpx.RemoteProtocolError):
                await ask(transport, server.url, trace=moments)
            assert (len(server.requests), announced(moments)) == (1, SENT)

    of.run(scenario())


def test_a_reset_is_a_read_error(of: Implementation) -> None:
    async def reset(peer: Peer) -> None:
        await peer.request()
        raw = peer.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        peer.writer.transport.abort()

    async def scenario() -> None:
        async with listening(reset) as server, of.make(server.url, 1, None) as transport:
            with pytest.raises(httpx.ReadError):
                await ask(transport, server.url)
            assert len(server.requests) == 1

    of.run(scenario())


def test_nothing_leaves_before_the_hook_is_back_and_nothing_at_all_where_it_forbids(of: Implementation) -> None:
    async def scenario() -> None:
        async with listening(always(LENGTH)) as server, of.make(server.url, 1, None) as transport:
            sent: list[int] = []

            async def look(moment: str, _: object) -> None:
                if moment == f"http11.{SENT[0]}":
                    await asyncio.sleep(0.02)
                    sent.append(len(server.requests))

            async def forbid(moment: str, _: object) -> None:
                if moment == f"http11.{SENT[0]}":
                    raise LookupError("not now")

            await ask(transport, server.url, trace=look)
            with pytest.raises(LookupError, match="not now"):
                await ask(transport, server.url, trace=forbid)
            await ask(transport, server.url)
            assert (sent, len(server.requests)) == ([0], 2)

    of.run(scenario())


@pytest.mark.parametrize("unasked", [b"", b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n"])
def test_a_connection_that_ended_or_spoke_unasked_carries_no_request(of: Implementation, unasked: bytes) -> None:
    spoilt = asyncio.Event()

    async def spoils(peer: Peer) -> None:
        await peer.request()
        await peer.say(LENGTH)
        if not peer.number:
            await asyncio.sleep(0.02)
            await peer.say(unasked)
            peer.writer.close()
            await peer.writer.wait_closed()
            spoilt.set()
        await peer.request()

    async def scenario() -> None:
        async with listening(spoils) as server, of.make(server.url, 2, None) as transport:
            await ask(transport, server.url)
            await spoilt.wait()
            await asyncio.sleep(0.02)  # a few turns, in which the transport hears of it
            assert (await ask(transport, server.url)).status_code == 201
            assert (len(server.peers), len(server.requests)) == (2, 2)

    of.run(scenario())


def test_an_answer_may_come_before_the_request_has_left(of: Implementation) -> None:
    async def refuses(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno")
        if of.name == "httpx":  # reads no answer before it is through
            await peer.reader.read(-1)
        else:
            await peer.writer.wait_closed()

    async def scenario() -> None:
        async with listening(refuses) as server, of.make(server.url, 1, None) as transport:
            response = await ask(transport, server.url, content=b"x" * 20_000_000)
            assert (response.status_code, response.content) == (413, b"no")

    of.run(scenario())


@pytest.mark.parametrize(
    ("body", "wait", "error"), [(b"{}", "read", httpx.ReadTimeout), (b"x" * 20_000_000, "write", httpx.WriteTimeout)]
)
def test_each_wait_has_its_bound(of: Implementation, body: bytes, wait: str, error: type[Exception]) -> None:
    over = asyncio.Event()

    async def silent(_: Peer) -> None:
        await over.wait()

    async def scenario() -> None:
        async with listening(silent) as server, of.make(server.url, 1, None) as transport:
            with pytest.raises(error):
                await ask(transport, server.url, content=body, times={wait: 0.05})
            over.set()

    of.run(scenario())


def test_a_connection_that_is_not_made_in_time_or_not_free_in_time_has_its_own_error(of: Implementation) -> None:
    async def silent(peer: Peer) -> None:
        await peer.reader.read(-1)

    async def scenario() -> None:
        async with listening(silent) as server, of.make(server.url, 1, None) as transport:
            waiting = asyncio.create_task(ask(transport, server.url))
            await asyncio.sleep(0.02)
            with pytest.raises(httpx.PoolTimeout):
                await ask(transport, server.url, times={"pool": 0.05})
            waiting.cancel()
            secure = f"https://127.0.0.1:{server.port}/"
            async with of.make(secure, 1, trusting_it()) as secured:
                with pytest.raises(httpx.ConnectTimeout):
                    await ask(secured, secure, times={"connect": 0.05})

    of.run(scenario())


def test_nobody_there_is_a_connect_error(of: Implementation) -> None:
    async def scenario() -> None:
        async with listening(always(LENGTH)) as server:
            url = server.url
        moments = Moments()
        async with of.make(url, 1, None) as transport:
            with pytest.raises(httpx.ConnectError):
                await ask(transport, url, trace=moments)
        assert announced(moments) == []

    of.run(scenario())


def test_a_request_that_is_cancelled_takes_its_connection_with_it_and_frees_its_place(of: Implementation) -> None:
    heard = asyncio.Event()

    async def first_is_silent(peer: Peer) -> None:
        await peer.request()
        heard.set()
        if peer.number:
            await peer.say(LENGTH)
        await peer.request()

    async def scenario() -> None:
        async with listening(first_is_silent) as server, of.make(server.url, 1, None) as transport:
            asking = asyncio.create_task(ask(transport, server.url))
            await heard.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            async with asyncio.timeout(2):
                await server.ended[0].wait()
            assert (await ask(transport, server.url)).status_code == 201
            assert len(server.requests) == 2

    of.run(scenario())


def test_tls_is_for_who_can_prove_the_name_and_speaks_http_1(of: Implementation) -> None:
    names: list[str | None] = []
    tls = server_tls()
    tls.set_alpn_protocols(["h2", "http/1.1"])
    tls.sni_callback = lambda _, name, __: names.append(name)
    chosen: list[str | None] = []

    async def serve(peer: Peer) -> None:
        chosen.append(peer.writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await always(LENGTH)(peer)

    async def scenario() -> None:
        async with listening(serve, tls) as server:
            url = server.url.replace("127.0.0.1", "localhost")
            async with of.make(url, 1, trusting_it()) as transport:
                assert [(await ask(transport, url)).content for _ in range(2)] == [b"hello"] * 2
            assert (names, chosen, len(server.peers)) == (["localhost"], ["http/1.1"], 1)
            moments = Moments()
            async with of.make(url, 1, ssl.create_default_context()) as transport:
                with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                    await ask(transport, url, trace=moments)
            assert announced(moments) == []

    of.run(scenario())
