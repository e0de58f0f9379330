import asyncio
import errno
import socket
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from structlog.testing import capture_logs

from entrypoints.acceptors import acceptors as keeping
from entrypoints.serving import Server
from tests.entrypoints import serving
from tests.entrypoints.acceptors.by_hand import STORED, request
from tests.entrypoints.http.raw_client import Client, scene
from tests.entrypoints.http.webhooks.deliveries import SIGNED
from tests.entrypoints.serving import WAIT_SECONDS_MAX, payload, until

SWEEP = 0
TOO_MANY = OSError(errno.EMFILE, "Too many open files")


class NoRoom:
    """A listening socket that cannot be copied."""

    def dup(self) -> socket.socket:
        raise TOO_MANY


async def need(server: Server) -> None:
    """A sweep of a server that misses its acceptors."""
    with patch.object(keeping.Acceptors, "are_missed", lambda *_: True):
        assert not await server.on_tick(SWEEP)


@pytest.mark.parametrize("fails", ["dup", "create_server"])
def test_a_server_that_cannot_accept_in_need_says_so_once_and_tries_again(
    fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_now(*_: Any, **__: Any) -> None:
        raise TOO_MANY

    async def act(client: Client) -> None:
        server = client.server
        await until(lambda: server._acceptors is not None and server._acceptors.accepting == 1)
        for _ in range(2):
            with capture_logs() as lines, monkeypatch.context() as trouble:
                if fails == "dup":
                    trouble.setattr(server, "_listening", NoRoom())
                else:
                    trouble.setattr(asyncio.get_running_loop(), "create_server", not_now)
                await need(server)
                await need(server)
                assert server.servers == []
            said = [line for line in lines if line["event"].startswith("no acceptor accepts")]
            assert [line["error"] for line in said] == [str(TOO_MANY)]
            await need(server)
            assert len(server.servers) == 1
            reader, writer = await client.connect()
            writer.write(request(payload("call.answered")))
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                assert await reader.readuntil(b"\r\n\r\n") == STORED
            with patch.object(keeping.Acceptors, "are_missed", lambda *_: False):
                await server.on_tick(SWEEP)

    monkeypatch.setattr(serving, "WAY", "acceptor")
    scene(tmp_path, act, **SIGNED)
