"""Requests to users' own systems, against real servers on loopback."""

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest

from adapters.outgoing import Answered, Bounds, NotAnswered, OutgoingClient
from adapters.targets import TargetRefused
from tests.adapters.raw_server import answer, hang, raw_server

HERE = (ip_network("127.0.0.1/32"),)
SHORT = Bounds(connect_seconds=5, total_seconds=1.0, answer_bytes_max=1_000)
ROOMY = Bounds(total_seconds=30, answer_bytes_max=1_000)


class Names:
    """A resolver whose answers change with each request."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def post(client: OutgoingClient, url: str, bounds: Bounds = ROOMY) -> Answered:
    return await client.send("POST", url, headers={"X-Mine": "1"}, body=b"{}", bounds=bounds)


def test_a_request_goes_to_the_checked_address_under_its_name() -> None:
    async def scene() -> None:
        names = Names(["127.0.0.1"])
        async with (
            raw_server(answer("200 OK", "x-a: 1\r\n", b"yes")) as server,
            OutgoingClient(HERE, resolve=names) as client,
        ):
            got = await post(client, f"http://crm.example.org:{server.port}/a?b=1")
            assert got == Answered(status=200, headers={"content-length": "3", "x-a": "1"}, body=b"yes", is_cut=False)
            lines = server.asked[0].split(b"\r\n")
            assert lines[0] == b"POST /a?b=1 HTTP/1.1"
            assert f"host: crm.example.org:{server.port}".encode() in lines
            assert {b"x-mine: 1", b"content-length: 2", b"accept-encoding: identity"} <= set(lines)
            assert server.asked[0].endswith(b"{}")

    asyncio.run(scene())


def test_a_name_is_judged_anew_on_every_request_also_over_an_open_connection() -> None:
    async def scene() -> None:
        names = Names(["127.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["169.254.169.254"], ["127.0.0.1"])
        async with raw_server(answer()) as server, OutgoingClient(HERE, resolve=names) as client:
            url = f"http://crm.example.org:{server.port}/"
            assert (await post(client, url)).status == 204
            for _ in range(2):
                with pytest.raises(TargetRefused):
                    await post(client, url)
            assert (await post(client, url)).status == 204
            assert len(server.asked) == 2
            assert server.connections == 1

    asyncio.run(scene())


def test_an_address_is_judged_each_time_without_asking_for_a_name() -> None:
    async def scene() -> None:
        names = Names(["10.0.0.1"])
        async with raw_server(answer()) as server, OutgoingClient(HERE, resolve=names) as client:
            for _ in range(2):
                assert (await post(client, server.url)).status == 204
            for url in ("https://10.0.0.1/", f"http://[::ffff:127.0.0.2]:{server.port}/", "http://169.254.169.254/"):
                with pytest.raises(TargetRefused):
                    await post(client, url)
            assert names.asked == []

    asyncio.run(scene())


def test_nothing_reaches_a_server_of_this_machine_that_is_not_allowed() -> None:
    async def scene() -> None:
        async with raw_server(answer()) as server, OutgoingClient(()) as client:
            for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
                for scheme in ("http", "https"):
                    url = f"{scheme}://{host}:{server.port}/"
                    with pytest.raises(TargetRefused):
                        await post(client, url)
                    with pytest.raises(TargetRefused):
                        await client.check(url)
            assert server.connections == 0

    asyncio.run(scene())


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def scene() -> None:
        async with raw_server(answer()) as inner:
            there = answer("307 Temporary Redirect", f"location: {inner.url}\r\n")
            async with raw_server(there) as server, OutgoingClient(HERE) as client:
                assert (await post(client, server.url)).status == 307
            assert inner.connections == 0

    asyncio.run(scene())


def test_the_environments_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with (
            raw_server(answer()) as proxy,
            raw_server(answer("200 OK")) as server,
            OutgoingClient(HERE) as client,
        ):
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            assert (await post(client, server.url)).status == 200
            assert proxy.connections == 0

    asyncio.run(scene())


def test_an_answer_that_is_never_whole_is_bounded_in_time() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n")
        for _ in range(900):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def scene() -> None:
        for play in (drip, hang):
            async with raw_server(play) as server, OutgoingClient(HERE) as client:
                with pytest.raises(NotAnswered, match=r"no whole answer within 1 s") as failed:
                    await post(client, server.url, SHORT)
                assert failed.value.sent

    asyncio.run(scene())


def test_an_answer_without_end_is_bounded_in_size() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + b"." * 0x400 + b"\r\n")
            await writer.drain()

    async def endless_head(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x-more: " + b"." * 0x400 + b"\r\n")
            await writer.drain()

    async def scene() -> None:
        async with raw_server(endless) as server, OutgoingClient(HERE) as client:
            got = await post(client, server.url)
            assert (got.status, got.body, got.is_cut) == (200, b"." * 1_000, True)
        async with raw_server(endless_head) as server, OutgoingClient(HERE) as client:
            with pytest.raises(NotAnswered, match="not HTTP"):
                await post(client, server.url)

    asyncio.run(scene())


def test_where_nobody_listens_nothing_was_sent() -> None:
    async def scene() -> None:
        async with raw_server(answer()) as server:
            url = server.url
        async with OutgoingClient(HERE) as client:
            with pytest.raises(NotAnswered, match="connection never made") as failed:
                await post(client, url)
            assert not failed.value.sent

    asyncio.run(scene())


def test_a_name_server_that_hangs_or_knows_nothing_is_no_answer() -> None:
    async def hanging(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    async def scene() -> None:
        bounds = Bounds(connect_seconds=0.05, total_seconds=30)
        async with OutgoingClient(HERE, resolve=hanging) as client:
            with pytest.raises(NotAnswered, match="no connection in time"):
                await post(client, "https://crm.example.org/", bounds)
            await client.check("https://crm.example.org/", seconds=0.05)

    asyncio.run(scene())


def test_an_answer_that_breaks_off_or_is_no_http_is_no_answer() -> None:
    async def nonsense(writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OK ready\r\n\r\n")

    async def breaks(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        writer.close()

    async def scene() -> None:
        for play in (nonsense, breaks):
            async with raw_server(play) as server, OutgoingClient(HERE) as client:
                with pytest.raises(NotAnswered, match="the connection broke, or the answer was not HTTP") as failed:
                    await post(client, server.url)
                assert failed.value.sent

    asyncio.run(scene())


def test_over_tls_the_name_is_proved_and_not_the_address() -> None:
    certificate = Path(__file__).parent / "crm_example_org.pem"  # for crm.example.org, signed by itself
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)

    async def scene() -> None:
        names = Names(["127.0.0.1"])
        async with raw_server(answer(), server_side) as server:
            async with OutgoingClient(HERE, resolve=names, tls=trusting) as client:
                assert (await post(client, f"https://crm.example.org:{server.port}/")).status == 204
                with pytest.raises(NotAnswered, match="certificate") as failed:
                    await post(client, f"https://other.example.org:{server.port}/")
                assert not failed.value.sent
            async with OutgoingClient(HERE, resolve=names) as client:
                with pytest.raises(NotAnswered, match="certificate"):
                    await post(client, f"https://crm.example.org:{server.port}/")
            assert len(server.asked) == 1

    asyncio.run(scene())


def test_many_requests_at_once_each_reach_their_own_server() -> None:
    async def scene() -> None:
        async with contextlib.AsyncExitStack() as stack:
            servers = [
                await stack.enter_async_context(raw_server(answer(body=b"%d" % n, status="200 OK"))) for n in range(5)
            ]
            client = await stack.enter_async_context(OutgoingClient(HERE))
            got = await asyncio.gather(*(post(client, one.url) for one in servers * 4))
            assert [one.body for one in got] == [b"%d" % n for n in range(5)] * 4

    asyncio.run(scene())
