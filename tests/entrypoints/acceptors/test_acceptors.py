import errno
from pathlib import Path
from unittest.mock import patch

import pytest

from entrypoints.acceptors import acceptors as keeping
from entrypoints.acceptors import link as links
from tests.entrypoints import serving
from tests.entrypoints.acceptors.by_hand import STORED, request
from tests.entrypoints.http.raw_client import Client, scene
from tests.entrypoints.http.webhooks.deliveries import SIGNED
from tests.entrypoints.serving import payload, until


def test_one_that_cannot_be_told_to_begin_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(client: Client) -> None:
        acceptors = client.server._acceptors
        assert acceptors is not None
        await until(lambda: acceptors.accepting == 1)
        (life,) = acceptors._lives
        (server, orders) = (acceptors._server, acceptors._orders)
        assert server is not None
        assert orders is not None
        assert life.link is not None
        life.link.end("was ended")
        await until(lambda: acceptors._lives not in ([life], []))
        (second,) = acceptors._lives
        with patch.object(links.AcceptorLink, "begin", side_effect=OSError(errno.EMFILE, "Too many open files")):
            acceptors.serve(server, orders)
            assert await second.ended == "could not be told to begin ([Errno 24] Too many open files)"
        await until(lambda: acceptors.accepting == 1)
        reader, writer = await client.connect()
        writer.write(request(payload("call.answered")))
        assert await reader.readuntil(b"\r\n\r\n") == STORED

    monkeypatch.setattr(serving, "WAY", "acceptor")
    with patch.object(keeping, "RESTART_SECONDS", 0.01):
        scene(tmp_path, act, **SIGNED)
