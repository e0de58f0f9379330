"""A pooler in transaction mode: its clients take turns on one session of the server."""

import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from psycopg.conninfo import conninfo_to_dict

from tests.adapters.ledger.stage import in_thread

OWN_PID = 4_000_000
PROTOCOL = 196_608


class Pooler:
    """On a socket in a folder, before the database of a URL, which is asked without a password."""

    def __init__(self, url: str, folder: Path) -> None:
        named = conninfo_to_dict(url)
        self.url = f"{url.partition('?')[0]}?host={folder}"
        self._session = socket.socket(socket.AF_UNIX)
        self._session.connect(f"{named['host']}/.s.PGSQL.5432")
        self._session.sendall(_startup({"user": str(named["user"]), "database": str(named["dbname"])}))
        self._greeting = b"".join(one for one in _until_ready(self._session) if one[:1] != b"K")
        self._turn = Lock()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen()
        in_thread(self._accept)

    def close(self) -> None:
        """Take nobody more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._session.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                in_thread(lambda client=client: self._play(client))  # type: ignore[misc]  # bound as it is now

    def _play(self, client: socket.socket) -> None:
        with client, suppress(OSError, EOFError):
            _exactly(client, struct.unpack("!i", _exactly(client, 4))[0] - 4)
            own_key = b"K" + struct.pack("!iii", 12, OWN_PID, 1)
            client.sendall(self._greeting[:-6] + own_key + self._greeting[-6:])
            while True:
                asked = _message(client)
                with self._turn:
                    while self._is_in_transaction(asked, client):
                        asked = _message(client)

    def _is_in_transaction(self, asked: bytes, client: socket.socket) -> bool:
        """Ask the session; whether the turn goes on."""
        if asked[:1] == b"X":
            raise EOFError
        self._session.sendall(asked)
        if asked[:1] not in {b"Q", b"S"}:
            return True
        answer = _until_ready(self._session)
        client.sendall(b"".join(answer))
        return answer[-1][-1:] != b"I"


def _startup(named: Mapping[str, str]) -> bytes:
    words = b"".join(f"{name}\0{value}\0".encode() for name, value in named.items()) + b"\0"
    return struct.pack("!ii", 8 + len(words), PROTOCOL) + words


def _until_ready(session: socket.socket) -> list[bytes]:
    found = [_message(session)]
    while found[-1][:1] != b"Z":
        found.append(_message(session))
    return found


def _message(source: socket.socket) -> bytes:
    head = _exactly(source, 5)
    return head + _exactly(source, struct.unpack("!i", head[1:])[0] - 4)


def _exactly(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = source.recv(count - len(found))
        if not more:
            raise EOFError
        found += more
    return found
