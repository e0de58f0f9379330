"""The process that writes, with acceptors beside it in threads: one Dialtrail, whoever accepts."""

import asyncio
import socket
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from entrypoints.acceptors import acceptors as keeping
from entrypoints.acceptors import link as links
from entrypoints.acceptors.acceptors import Acceptors, by_cores
from entrypoints.serving import KEEP_ALIVE_SECONDS, Server
from tests.entrypoints import serving
from tests.entrypoints.acceptors.by_hand import LAST_STORED, STORED, request, scarce
from tests.entrypoints.http.raw_client import Client, scene, sweep, told
from tests.entrypoints.http.webhooks.deliveries import SIGNED
from tests.entrypoints.ledger_trouble import held_writer
from tests.entrypoints.serving import WAIT_SECONDS_MAX, payload, until

BODY = payload("call.answered")
GET = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


@pytest.fixture(autouse=True)
def _by_acceptor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "WAY", "acceptor")


def acceptors_of(server: Server) -> Acceptors:
    assert server._acceptors is not None
    return server._acceptors


async def one(client: Client, sent: bytes) -> bytes:
    """The first answer to what is sent on a connection of its own."""
    reader, writer = await client.connect()
    writer.write(sent)
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        return await reader.readuntil(b"\r\n\r\n")


def test_a_connection_is_counted_wherever_it_is_and_silent_ones_are_let_go(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        reader, writer = await client.connect()
        silent, _ = await client.connect()
        writer.write(request(BODY))
        assert await reader.readuntil(b"\r\n\r\n") == STORED
        await until(lambda: len(client.server.connections) == 2)
        sweep(client, 31)
        assert await told(silent) == b""
        assert client.reasons() == {"silent": 1}
        sweep(client, KEEP_ALIVE_SECONDS + 1)
        assert await told(reader) == b""
        await until(lambda: len(client.server.connections) == 0)
        third, writer = await client.connect()
        writer.write(request(BODY) + GET)
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            assert await third.readuntil(b"\r\n\r\n") == STORED
            assert (await third.readuntil(b"}")).startswith(b"HTTP/1.1 200")
        assert len(client.server.connections) == 1
        assert [one.client for one in client.open()] == [writer.get_extra_info("sockname")]

    scene(tmp_path, act, **SIGNED)


def test_one_who_owes_no_delivery_gives_way_and_one_too_many_is_turned_away_in_words(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        async with held_writer(client.stage):
            waiting = [await client.connect() for _ in range(2)]
            for _, writer in waiting:
                writer.write(request(BODY))
            await until(lambda: client.stage.ledger.waiting()["webhooks"] == 2)
            said = await client.answer()
            assert said.startswith(b"HTTP/1.1 503")
            assert b"urn:dialtrail:problem:too-many-connections" in said
            assert client.reasons() == {"too_many_connections": 1}
        for reader, _ in waiting:
            assert await reader.readuntil(b"\r\n\r\n") == STORED
        assert (await one(client, request(BODY))) == STORED
        assert client.reasons() == {"too_many_connections": 1, "gave_way": 1}

    scene(tmp_path, act, **SIGNED, DIALTRAIL_HTTP_CONNECTIONS_PER_ADDRESS_MAX="2")


def test_a_stop_answers_what_is_owed_and_ends_the_acceptors(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        async with held_writer(client.stage):
            reader, writer = await client.connect()
            idle, _ = await client.connect()
            writer.write(request(BODY))
            await until(lambda: client.stage.ledger.waiting()["webhooks"] == 1)
            client.server.should_exit = True
            assert await told(idle) == b""
        assert await told(reader) == LAST_STORED
        await until(lambda: acceptors_of(client.server)._lives == [])

    scene(tmp_path, act, **SIGNED)


def test_where_an_acceptor_ends_what_is_acknowledged_is_on_disk_and_another_accepts(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        acceptors = acceptors_of(client.server)
        assert await one(client, request(BODY)) == STORED
        (life,) = acceptors._lives
        async with held_writer(client.stage):
            reader, writer = await client.connect()
            writer.write(request(payload("call.completed")))
            await until(lambda: client.stage.ledger.waiting()["webhooks"] == 1)
            assert life.link is not None
            life.link.end("was killed")
        assert (await told(reader)).startswith(b"HTTP/1.1 503")
        assert await one(client, request(BODY)) == STORED
        assert acceptors.ended == 1
        assert not acceptors._listening.getblocking()
        assert acceptors._lives != [life]
        await until(lambda: client.stage.names() == ["call.answered", "call.completed", "call.redelivered"])

    with patch.object(keeping, "RESTART_SECONDS", 0.01):
        scene(tmp_path, act, **SIGNED)


def test_while_no_acceptor_is_there_the_process_that_writes_accepts_itself(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        acceptors, now = acceptors_of(client.server), asyncio.get_running_loop().time()
        assert await one(client, GET)
        with patch.object(keeping, "RESTART_SECONDS", 60.0):
            (life,) = acceptors._lives
            assert life.link is not None
            life.link.end("was killed")
            await client.server._accept_in_need(now)
            assert client.server.servers == []
            await client.server._accept_in_need(now + keeping.ALONE_SECONDS_MAX + 1)
            assert await one(client, request(BODY)) == STORED
            assert len(client.open()) == 2
        for task in acceptors._keeping:
            task.cancel()
        acceptors.start()
        await until(lambda: acceptors.accepting == 1)
        await client.server._accept_in_need(now)
        assert client.server.servers == []
        assert await one(client, request(BODY)) == STORED
        assert len(client.open()) == 2

    scene(tmp_path, act, **SIGNED)


def test_one_that_says_nothing_is_ended_where_that_is_seen_twice(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        acceptors, later = acceptors_of(client.server), asyncio.get_running_loop().time()
        later += links.SILENT_SECONDS_MAX + 1
        await until(lambda: acceptors.accepting == 1)
        (life,) = acceptors._lives
        acceptors.are_missed(later)
        assert not life.ended.done()
        acceptors.are_missed(later)
        assert await life.ended == "said nothing for 5 s"

    scene(tmp_path, act, **SIGNED)


def test_answers_for_many_are_said_in_messages_that_fit(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        await until(lambda: acceptors_of(client.server).accepting == 1)
        (life,) = acceptors_of(client.server)._lives
        assert life.link is not None
        life.link._stored += range(10_000, 60_000)
        life.link._said += [(visitor, b"x" * 900, True) for visitor in range(10_000, 12_000)]
        life.link._say()
        assert await one(client, request(BODY)) == STORED

    scene(tmp_path, act, **SIGNED)


@pytest.mark.parametrize(("cores", "count"), [(1, 0), (2, 1), (3, 1), (4, 2), (64, 2)])
def test_there_are_as_many_as_the_cores_leave_room_for(cores: int, count: int, monkeypatch: Any) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    assert by_cores() == count


def test_a_connection_that_no_file_was_left_for_is_noted_and_the_others_go_on(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        real = links.AcceptorLink._take_over

        def without(link: links.AcceptorLink, message: bytes, connection: socket.socket | None) -> None:
            if connection is not None:
                connection.close()
            real(link, message, None)

        with patch.object(links.AcceptorLink, "_take_over", without):
            assert await client.answer(GET) == b""
        assert (await one(client, GET)).startswith(b"HTTP/1.1 200")

    scene(tmp_path, act, **SIGNED)


def test_answers_that_the_system_refuses_are_said_again_after_a_time(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        assert await one(client, request(BODY)) == STORED
        (life,) = acceptors_of(client.server)._lives
        assert life.link is not None
        end = scarce(life.link._channel, 3)
        assert await one(client, request(payload("call.answered", "call_2"))) == STORED
        assert (end._refusals, end.tries <= 3 + 3) == (0, True)
        scarce(life.link._channel, 10_000)
        _, writer = await client.connect()
        writer.write(request(payload("call.answered", "call_3")))
        await until(lambda: acceptors_of(client.server).ended == 1)

    scene(tmp_path, act, **SIGNED)
