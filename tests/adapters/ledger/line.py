"""A line to a PostgreSQL server that breaks at a word."""

import socket
from contextlib import suppress
from functools import partial
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.adapters.ledger.stage import WAIT_SECONDS_MAX, in_thread

COMMIT = b"COMMIT\0"


class Line:
    """A socket between a ledger and its server that is cut when a word comes by, `after` another one on the same connection.

    With `forward_the_last` the word still reaches the server, and its answer is lost. With `goes_down` it is down from
    then on: those who were through are cut off with the first, and nobody gets through until it is up again.
    """

    def __init__(self, url: str, folder: Path) -> None:
        host = Path(str(conninfo_to_dict(url)["host"]))
        self.url = f"{url.partition('?')[0]}?host={folder}"
        self.cut_at: bytes | None = None
        self.after = b""
        self.forward_the_last = True
        self.goes_down = False
        self.is_down = False
        self._server = str(host / ".s.PGSQL.5432")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen()
        self._open: list[socket.socket] = []
        self._threads = [in_thread(self._accept)]

    def was_cut(self) -> bool:
        """Whether the word came by."""
        return self.cut_at is None

    def go_down(self) -> None:
        """Hang up on all, and let nobody through."""
        self.is_down = True
        self._cut_all()

    def come_back(self, server: str) -> None:
        """Let everybody through to the server with that socket."""
        self._server, self.is_down = server, False

    def close(self) -> None:
        """Hang up on all."""
        _hang_up(self._listening)
        self._cut_all()
        for thread in self._threads:
            thread.join(WAIT_SECONDS_MAX)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self.is_down:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._server)
            self._open += [near, far]
            lost: list[bool] = []
            self._threads += [
                in_thread(partial(self._to_server, near, far, lost)),
                in_thread(partial(self._to_client, near, far, lost)),
            ]

    def _to_server(self, near: socket.socket, far: socket.socket, lost: list[bool]) -> None:
        is_after = False
        while data := _receive(near):
            is_after = self.cut_at is not None and (is_after or self.after in data)
            if is_after and self.cut_at is not None and self.cut_at in data:
                self.cut_at, self.is_down = None, self.goes_down
                lost.append(True)
                if not self.forward_the_last:
                    break
            _send(far, data)
        _hang_up(near, far)

    def _to_client(self, near: socket.socket, far: socket.socket, lost: list[bool]) -> None:
        while (data := _receive(far)) and not lost:
            _send(near, data)
        if self.is_down:
            self._cut_all()
        _hang_up(near, far)

    def _cut_all(self) -> None:
        _hang_up(*self._open)


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(1 << 16)
    except OSError:
        return b""


def _send(target: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        target.sendall(data)


def _hang_up(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
