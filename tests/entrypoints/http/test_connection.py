"""What a client may send, and how long it may take, over real sockets; the time is told, not waited for."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from entrypoints.http.connection import BoundedConnection, Part
from tests.entrypoints.http.raw_client import AWAITED, GET, LATER, MIB, POST, Client, fields, scene, sweep, told
from tests.entrypoints.serving import WAIT_SECONDS_MAX, until

CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (GET + b"x: " + b"a" * (2 * MIB) + b"\r\n\r\n", "head_too_large"),
        (GET + b"x-" + b"a" * (2 * MIB), "head_too_large"),
        (GET + fields(90, 1_000) + b"\r\n", "head_too_large"),
        (GET + fields(101, 1) + b"\r\n", "too_many_fields"),
        (b"GET /" + b"a" * (2 * MIB), "head_too_large"),
        (b"\r\n" * MIB, "head_too_large"),
        (CHUNKED + b"x: " + b"a" * (2 * MIB), "head_too_large"),
        (CHUNKED + fields(90, 1_000) + b"\r\n", "head_too_large"),
        (CHUNKED + fields(101, 1) + b"\r\n", "too_many_fields"),
        (POST + b"transfer-encoding: chunked\r\n\r\n2;" + b"a" * (2 * MIB), "head_too_large"),
    ],
    ids=[
        "value",
        "name",
        "many-large",
        "many",
        "address",
        "blank-lines",
        "trailer",
        "trailers",
        "many-trailers",
        "chunk",
    ],
)
def test_what_is_in_front_of_and_behind_a_body_is_bounded_before_it_is_kept(
    tmp_path: Path, sent: bytes, reason: str
) -> None:
    async def act(client: Client) -> None:
        said = await client.answer(sent)
        assert said.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n"), said[:200]
        assert b"urn:dialtrail:problem:head-too-large" in said
        assert client.reasons() == {reason: 1}
        assert client.stage.feed() == []
        await client.is_well()

    scene(tmp_path, act)


def test_the_bounds_are_settings_and_what_is_within_them_is_answered(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        close = b"connection: close\r\n\r\n"
        assert (await client.answer(GET + fields(90, 100) + close)).startswith(b"HTTP/1.1 200")
        assert (await client.answer(GET + fields(115, 500) + close)).startswith(b"HTTP/1.1 200")
        assert b"may have at most 120 headers and trailers" in await client.answer(GET + fields(121, 1) + close)

    scene(tmp_path, act, DIALTRAIL_HTTP_FIELDS_MAX="120", DIALTRAIL_HTTP_HEAD_BYTES_MAX="131072")


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00\x01", b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_junk_is_told_so_and_counted(tmp_path: Path, junk: bytes) -> None:
    async def act(client: Client) -> None:
        said = await client.answer(junk)
        assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"urn:dialtrail:problem:not-http" in said
        assert client.reasons() == {"not_http": 1}
        await client.is_well()

    scene(tmp_path, act)


@pytest.mark.parametrize(
    ("sent", "reason", "status"),
    [
        (b"", "silent", b""),
        (b"G", "slow_head", b"408"),
        (GET + b"x: ", "slow_head", b"408"),
        (b"\r\n", "slow_head", b"408"),
        (POST + b"content-length: 9\r\n\r\n{", "slow_body", b"408"),
        (POST + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n", "slow_body", b"408"),
        (POST + b"transfer-encoding: chunked\r\n\r\n0\r\nx: ", "slow_body", b"408"),
    ],
)
def test_who_does_not_go_on_is_not_waited_for(tmp_path: Path, sent: bytes, reason: str, status: bytes) -> None:
    async def act(client: Client) -> None:
        reader, writer = await client.connect()
        writer.write(sent)
        await until(lambda: [one for one in client.open() if one._part is AWAITED[reason]])
        sweep(client, 29)
        assert client.reasons() == {}
        sweep(client, LATER)
        assert (await told(reader))[9:12] == status
        assert client.reasons() == {reason: 1}
        await client.is_well()

    scene(tmp_path, act)


def test_a_body_that_comes_fast_enough_may_take_longer(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        reader, writer = await client.connect()
        writer.write(POST + b"content-length: 32769\r\nconnection: close\r\n\r\n" + b" " * 32_768)
        await until(lambda: [one for one in client.open() if one._body_bytes == 32_768])
        sweep(client, LATER)
        assert client.reasons() == {}
        writer.write(b" ")
        assert (await told(reader)).startswith(b"HTTP/1.1 400")
        assert client.reasons() == {}

    scene(tmp_path, act)


def test_what_is_left_of_a_refused_body_is_not_waited_for_either(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        reader, writer = await client.connect()
        writer.write(b"POST /nowhere HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\n{")
        assert (await reader.readline()).startswith(b"HTTP/1.1 404")
        sweep(client, LATER)
        await told(reader)
        assert client.reasons() == {"slow_body": 1}

    scene(tmp_path, act)


EARLY = {
    "too large": (POST + b"content-length: 2097152\r\n\r\n", b"x" * (2 * MIB), b"413"),
    "in pieces": (
        POST
        + b"transfer-encoding: chunked\r\n\r\n"
        + b"80000\r\n"
        + b"x" * (MIB // 2)
        + b"\r\n"
        + b"80001\r\n"
        + b"x" * (MIB // 2 + 1),
        b"\r\n0\r\n\r\n",
        b"413",
    ),
    "not allowed": (
        GET.replace(b"GET /health/live", b"POST /v1/nowhere") + b"content-length: 9\r\n\r\n",
        b"x" * 9,
        b"404",
    ),
}


@pytest.mark.parametrize("count", [1, 2])
def test_who_sends_nothing_more_after_an_answer_is_let_go_by_the_look_at_all(tmp_path: Path, count: int) -> None:
    async def act(client: Client) -> None:
        reader, writer = await client.connect()
        writer.write((GET + b"\r\n") * count)
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            for _ in range(count):
                assert b"200" in await reader.readuntil(b"\r\n\r\n")
        await until(lambda: [one._part for one in client.open()] == [Part.NEXT_REQUEST])
        (open_one,) = client.open()
        assert open_one.timeout_keep_alive_task is None
        sweep(client, open_one.timeout_keep_alive - 1)
        assert not open_one.transport.is_closing()
        sweep(client, open_one.timeout_keep_alive + 1)
        assert open_one.transport.is_closing()
        await client.is_well()

    scene(tmp_path, act)


@pytest.mark.parametrize("kind", EARLY)
def test_who_is_answered_before_the_body_is_there_does_not_stay_for_ever(tmp_path: Path, kind: str) -> None:
    head, body, status = EARLY[kind]

    async def act(client: Client) -> None:
        reader, writer = await client.connect()
        writer.write(head)
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            assert status in await reader.readuntil(b"\r\n\r\n")
        writer.write(body)
        await writer.drain()
        await until(lambda: [one._part for one in client.open()] == [Part.NEXT_REQUEST])
        (open_one,) = client.open()
        assert open_one.timeout_keep_alive_task is None
        sweep(client, open_one.timeout_keep_alive - 1)
        assert not open_one.transport.is_closing()
        sweep(client, open_one.timeout_keep_alive + 1)
        await told(reader)
        await client.is_well()

    scene(tmp_path, act)


def test_a_reader_that_takes_nothing_is_let_go(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        with socket.socket() as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            reader.connect(("127.0.0.1", client.port))
            reader.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" * 60)
            await until(lambda: [one for one in client.open() if one._sent_nothing_since is not None])
            sweep(client, 119)
            assert client.reasons() == {}
            sweep(client, 121)
            await until(lambda: client.open() == [])
            assert client.reasons() == {"slow_reader": 1}

    scene(tmp_path, act)


def test_an_upgrade_is_answered_as_if_it_had_not_been_asked_for(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        said = await client.answer(GET + b"connection: upgrade\r\nupgrade: websocket\r\n\r\n", b"\x81\x05hello")
        assert said.startswith(b"HTTP/1.1 200")
        assert said.count(b"HTTP/1.1") == 1

    scene(tmp_path, act)


@pytest.mark.parametrize(
    "body", [b"content-length: 2\r\n\r\n{}", b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"]
)
def test_an_upgrade_beside_a_body_is_refused_in_words_for_the_parser_leaves_the_body_out(
    tmp_path: Path, body: bytes
) -> None:
    async def act(client: Client) -> None:
        said = await client.answer(POST + b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n" + body)
        assert said.startswith(b"HTTP/1.1 400")
        assert b"send it without Upgrade" in said
        assert client.reasons() == {"upgrade": 1}
        await client.is_well()

    scene(tmp_path, act)


def test_requests_behind_each_other_are_answered_in_order_and_junk_behind_them_ends_it(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        said = await client.answer((GET + b"\r\n") * 3 + b"junk\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 200") or said == b""
        reader, writer = await client.connect()
        for _ in range(3):
            writer.write(GET + b"\r\n")
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")
        writer.write(b"junk\r\n\r\n")
        assert (await told(reader)).startswith(b"HTTP/1.1 400")

    scene(tmp_path, act)


class Unsent:
    """A transport of which a reader takes some now and then."""

    def __init__(self, *sizes: int) -> None:
        self._sizes = iter(sizes)

    def get_write_buffer_size(self) -> int:
        """What is unsent now."""
        return next(self._sizes)


def test_a_reader_that_takes_some_is_slow_and_not_gone() -> None:
    connection: Any = object.__new__(BoundedConnection)
    connection.transport = Unsent(900, 900, 500, 500, 0)
    connection._unsent_bytes, connection._sent_nothing_since, connection._closing_since = 1_000, 0.0, None
    since = []
    for now in (10.0, 20.0, 30.0, 40.0, 50.0):
        connection._look_at_reader(now)
        since.append(connection._sent_nothing_since)

    assert since == [10.0, 10.0, 30.0, 30.0, 50.0]
