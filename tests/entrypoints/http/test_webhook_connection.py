"""A connection's short way for plain deliveries, over real sockets: what it takes, and that nobody can tell it from the other."""

import asyncio
import re
from pathlib import Path
from unittest.mock import patch

import pytest

from entrypoints.acceptors import visitor
from entrypoints.http import webhook_connection
from entrypoints.http.webhook_connection import PlainCycle
from tests.entrypoints import serving
from tests.entrypoints.http.raw_client import LATER, Client, scene, sweep, told
from tests.entrypoints.http.webhooks.deliveries import SIGNED
from tests.entrypoints.ledger_trouble import held_writer
from tests.entrypoints.serving import SECRET, WAIT_SECONDS_MAX, payload, signature, until

HEAD = b"POST /webhooks/minivoice HTTP/1.1\r\nhost: 127.0.0.1\r\n"
PING = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
BODY = payload("call.answered")
ID = re.compile(rb"request-[0-9]+")
CLOSE = b"connection: close\r\n"
SIGNS = b"".join(f"{name}: {value}\r\n".encode() for name, value in signature(SECRET, BODY).items())


def request(body: bytes = BODY, head: bytes = HEAD, more: bytes = SIGNS) -> bytes:
    return b"%s%scontent-length: %d\r\n\r\n%s" % (head, more, len(body), body)


def chunked(body: bytes) -> bytes:
    return HEAD + SIGNS + CLOSE + b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


LAST = SIGNS + CLOSE
SENT = {
    "plain": (request(more=LAST), 1),
    "of HTTP/1.0": (request(head=HEAD.replace(b"1.1", b"1.0")), 1),
    "three in a row": (request() + request() + request(more=LAST), 3),
    "others between": (request() + PING + request() + PING.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n"), 2),
    "not signed": (request(more=CLOSE), 0),
    "signed twice": (request(more=LAST + SIGNS), 0),
    "of another secret": (request(more=LAST.replace(b"v1=", b"v1=0")), 0),
    "unreadable": (request(BODY[:-1], more=LAST), 0),
    "without a body": (request(b"", more=LAST), 0),
    "in pieces": (chunked(BODY), 1),
    "asking first": (request(more=LAST + b"expect: 100-continue\r\n"), 1),
    "asking for an upgrade": (request(more=SIGNS + b"connection: upgrade\r\nupgrade: h2c\r\n"), 0),
    "of an unknown encoding": (request(more=LAST + b"content-encoding: zip\r\n"), 1),
    "with a question": (request(head=HEAD.replace(b"voice ", b"voice?a=1 "), more=LAST), 1),
    "by another method": (request(head=HEAD.replace(b"POST", b"PUT"), more=LAST), 0),
    "no request at all behind it": (request() + b"junk\r\n\r\n", 1),
}


@pytest.mark.parametrize("short", ["plain", "acceptor"])
def test_nobody_can_tell_the_short_way_from_the_other(
    tmp_path: Path, short: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "WAY", short)

    async def answered(client: Client, sent: bytes) -> tuple[bytes, dict[str, int], int]:
        client.stage.parts.metrics._bad_requests.clear()
        before = client.stage.ledger.position
        said = ID.sub(b"", await client.answer(sent))
        return said, client.reasons(), client.stage.ledger.position - before

    async def act(client: Client) -> None:
        for kind, (sent, stored) in SENT.items():
            with (
                patch.object(webhook_connection, "plain_fields", lambda _: None),
                patch.object(visitor, "plain_fields", lambda _: None),
            ):
                ordinary = await answered(client, sent)
            assert ordinary[2] == stored, kind
            # What comes behind an unanswered request an acceptor reads once that is answered: the answer is then whole.
            if (kind, short) != ("no request at all behind it", "acceptor"):
                assert await answered(client, sent) == ordinary, kind

    scene(tmp_path, act, **SIGNED)


def cycles(client: Client) -> list[object]:
    return [one.cycle for one in client.open()]


def test_a_plain_delivery_costs_no_task_and_the_next_waits_for_its_answer(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        async with held_writer(client.stage):
            reader, writer = await client.connect()
            writer.write(request())
            await until(lambda: client.stage.ledger.waiting()["webhooks"] == 1)
            assert [type(one) for one in cycles(client)] == [PlainCycle]
            assert client.server.server_state.tasks == set()
            writer.write(PING + request())
            await until(lambda: [len(one.pipeline) for one in client.open()] == [2])
            sweep(client, LATER)
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 204 No Content\r\n\r\n"
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 OK")
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 204 No Content\r\n\r\n"
        assert client.reasons() == {}

    scene(tmp_path, act, **SIGNED)


def test_it_comes_in_any_pieces_and_one_that_does_not_go_on_is_not_waited_for(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        reader, writer = await client.connect()
        whole = request()
        for at in range(0, len(whole), 7):
            writer.write(whole[at : at + 7])
            await asyncio.sleep(0)
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
        writer.write(whole[:-1])
        await until(lambda: [one._body_bytes for one in client.open()] == [len(BODY) - 1])
        sweep(client, LATER)
        assert (await told(reader)).startswith(b"HTTP/1.1 408")
        assert client.reasons() == {"slow_body": 1}
        assert client.stage.names() == ["call.answered"]

    scene(tmp_path, act, **SIGNED)


def test_what_is_written_for_one_who_is_gone_is_written_all_the_same(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        async with held_writer(client.stage):
            _, writer = await client.connect()
            writer.write(request())
            await until(lambda: client.stage.ledger.waiting()["webhooks"] == 1)
            writer.transport.abort()
            await until(lambda: client.open() == [])
        await until(lambda: client.stage.names() == ["call.answered"])
        await client.is_well()

    scene(tmp_path, act, **SIGNED)


def test_a_server_that_stops_answers_what_it_owes(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        async with held_writer(client.stage):
            reader, writer = await client.connect()
            writer.write(request())
            await until(lambda: client.stage.ledger.waiting()["webhooks"] == 1)
            client.server.should_exit = True
            await until(lambda: [one.cycle.keep_alive for one in client.open()] == [False])
        assert await told(reader) == b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"

    scene(tmp_path, act, **SIGNED)
