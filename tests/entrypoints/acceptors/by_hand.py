"""An acceptor whose turns, time and other side are the test's."""

import errno
import socket
from collections.abc import Sequence
from typing import Any, Self

from entrypoints.acceptors.acceptor import Acceptor
from entrypoints.acceptors.channel import Channel, ChannelEnded, pair
from entrypoints.acceptors.messages import (
    ANSWERS,
    HANDED_ON,
    TURN,
    AcceptorOrders,
    Answers,
    HandedOn,
    ReadDelivery,
    encode,
    read_handed_on,
    read_turn,
)
from tests.entrypoints.serving import NOON, SECRET, signature

UNANSWERED = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
ORDERS = AcceptorOrders([SECRET], 0.0, [b"/webhooks/minivoice"], UNANSWERED, 100)
HEAD = b"POST /webhooks/minivoice HTTP/1.1\r\nhost: 127.0.0.1\r\n"
STORED = b"HTTP/1.1 204 No Content\r\n\r\n"
LAST_STORED = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"


def request(body: bytes, more: bytes = b"", head: bytes = HEAD) -> bytes:
    """A signed delivery."""
    signs = "".join(f"{name}: {value}\r\n" for name, value in signature(SECRET, body).items())
    return b"%s%s%scontent-length: %d\r\n\r\n%s" % (head, signs.encode(), more, len(body), body)


class ByHand:
    """It, what it said, and whose connections it handed on."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = self._listening.getsockname()
        ours, theirs = pair()
        self.main = Channel(ours)
        self.now = 1_000.0
        self.acceptor = Acceptor(self._listening, Channel(theirs), ORDERS, lambda: NOON, lambda: self.now)
        self.joined: list[int] = []
        self.left: list[int] = []
        self.read: list[ReadDelivery] = []
        self.handed_on: list[tuple[HandedOn, socket.socket]] = []
        self.clients: list[socket.socket] = []
        self.is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.is_over:
            self.acceptor.end()
        self.main.close()
        for one in (*self.clients, *(taken for _, taken in self.handed_on)):
            one.close()

    def connect(self) -> socket.socket:
        """A client that it has accepted."""
        client = socket.create_connection(self.address)
        client.settimeout(5)
        self.clients.append(client)
        self.turn()
        return client

    def turn(self, seconds: float = 0.0) -> None:
        """Some turns, so many seconds later: until nothing more comes of them."""
        self.now += seconds
        while not self.is_over:
            try:
                self.is_over = not self.acceptor.turn(0.01 if self._hear() else 0.0)
            except ChannelEnded:
                self.is_over = True
            if self.is_over:
                self.acceptor.end()
            if not self._hear():
                return

    def gone(self, *clients: socket.socket) -> None:
        """These have closed, and it has seen that."""
        for client in clients:
            client.close()
        self.turn()

    def answer(self, stored: Sequence[int] = (), *said: tuple[int, bytes, bool], is_last: bool = False) -> None:
        """What the other side says."""
        self.main.send(ANSWERS, encode(Answers(list(stored), list(said), [], is_last)))
        self.turn()

    def drop(self, *visitors: int) -> None:
        """The other side has these let go."""
        self.main.send(ANSWERS, encode(Answers(dropped=list(visitors))))
        self.turn()

    def _hear(self) -> bool:
        is_news = False
        try:
            for kind, message, connection in self.main.receive():
                if kind == TURN:
                    turn = read_turn(message)
                    self.joined += [visitor for visitor, _ in turn.joined]
                    self.left += turn.left
                    self.read += turn.read
                    is_news |= bool(turn.joined or turn.left or turn.read)
                elif kind == HANDED_ON and connection is not None:
                    self.handed_on.append((read_handed_on(message), connection))
                    is_news = True
        except ChannelEnded:
            return False
        return is_news


class Scarce:
    """An end of which the system refuses the next so many messages."""

    def __init__(self, end: socket.socket, refusals: int, code: int = errno.ENOBUFS) -> None:
        self._end = end
        self._refusals = refusals
        self._code = code
        self.tries = 0

    def send(self, message: bytes) -> int:
        self.tries += 1
        if self._refusals:
            self._refusals -= 1
            raise OSError(self._code, "the system has no room")
        return self._end.send(message)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._end, name)


def scarce(channel: Channel, refusals: int, code: int = errno.ENOBUFS) -> Scarce:
    """From now on it is refused so often."""
    end = Scarce(channel._end, refusals, code)
    channel._end = end  # type: ignore[assignment]
    return end
