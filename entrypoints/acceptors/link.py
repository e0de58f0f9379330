"""The link to one acceptor, in the process that writes: what it delivers goes to the ledger, and back what came of it."""

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol

import structlog
from msgspec import MsgspecError
from starlette.responses import Response

from entrypoints.acceptors.away import AwayConnection
from entrypoints.acceptors.channel import REFUSED_SECONDS, Channel, ChannelEnded
from entrypoints.acceptors.messages import (
    ANSWERS,
    HANDED_ON,
    ORDERS,
    TURN,
    AcceptorOrders,
    Answers,
    HandedOn,
    ReadDelivery,
    encode,
    first_said,
    read_handed_on,
    read_turn,
    report_in,
)
from entrypoints.http.connection import written
from entrypoints.http.connections import Connections
from entrypoints.http.delivery import DeliveryStore, IncomingDelivery
from entrypoints.http.problems import KINDS, problem

SILENT_SECONDS_MAX = 5.0
IDS_MAX = 5_000
"""How many of each list of ids one message has, beside SAID_BYTES_MAX of answers in words."""
log = structlog.get_logger("dialtrail.http")


class Takes(Protocol):
    """What a link needs of the server."""

    connections: Connections
    keep_alive_seconds: float
    store: DeliveryStore

    def take_over(self, sock: socket.socket, handed: HandedOn) -> None:
        """Go on with a connection."""


class AcceptorLink:
    """One life of one acceptor. All is called in the event loop. `ended` is called once, with why."""

    def __init__(self, end: socket.socket, server: Takes, ended: Callable[[str], None]) -> None:
        self._channel = Channel(end)
        self._server = server
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._away: dict[int, AwayConnection] = {}
        self._stored: list[int] = []
        self._said: list[tuple[int, bytes, bool]] = []
        self._dropped: list[int] = []
        self._is_last = self._is_over = self._is_due = False
        self.is_accepting = False
        self._heard_at = self._loop.time()
        self._is_suspected = False
        self._flush_later: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._channel.fileno(), self._hear)

    def begin(self, orders: AcceptorOrders, listening: socket.socket) -> None:
        """Have it accept."""
        self._send(ORDERS, encode(orders), listening.dup())

    def stop(self) -> None:
        """Have it answer what is owed, and end."""
        self.is_accepting, self._is_last = False, True
        self._soon()

    def look(self, now: float) -> None:
        """End one that says nothing for too long, seen twice: what it said may wait while it was this process that stood still."""
        is_silent = now - self._heard_at > SILENT_SECONDS_MAX
        if is_silent and self._is_suspected:
            self.end(f"said nothing for {SILENT_SECONDS_MAX:g} s")
        self._is_suspected = is_silent

    def end(self, why: str) -> None:
        """Hear no more of it."""
        if self._is_over:
            return
        self._is_over, self.is_accepting = True, False
        self._loop.remove_reader(self._channel.fileno())
        self._loop.remove_writer(self._channel.fileno())
        if self._flush_later is not None:
            self._flush_later.cancel()
        self._channel.close()
        for away in self._away.values():
            self._server.connections.leave(away)
        self._away.clear()
        self._ended(why)

    def _hear(self) -> None:
        self._heard_at, self._is_suspected = self._loop.time(), False
        try:
            for kind, message, connection in self._channel.receive():
                if kind == TURN:
                    self._take(message)
                elif kind == HANDED_ON:
                    self._take_over(message, connection)
        except ChannelEnded as error:
            self.end(str(error) or "ended")
        except MsgspecError as error:
            self.end(f"said what nobody understands ({error})")

    def _take(self, message: bytes) -> None:
        turn = read_turn(message)
        self.is_accepting = not self._is_last
        for visitor, address in turn.joined:
            self._join(visitor, address)
        for read in turn.read:
            away = self._away.get(read.visitor)
            if away is not None:
                away.delivers()
            delivery = IncomingDelivery(read.began, read.received_at)
            delivery.bytes, delivery.is_own = read.body_bytes, read.is_own
            delivery.answer = partial(self._answer, read)
            self._server.store.store(delivery, report_in(read))
        for visitor in turn.left:
            self._leave(visitor)

    def _join(self, visitor: int, address: str) -> None:
        away = AwayConnection(
            self._server.connections,
            address,
            self._loop.time(),
            self._server.keep_alive_seconds,
            partial(self._let_go, visitor),
        )
        if self._server.connections.join(away):
            self._away[visitor] = away
        else:
            kind = "too-many-connections"
            full = problem(503, kind, KINDS[kind].title, "too many connections are open; try again")
            self._said.append((visitor, written(full, keep_alive=False), True))
            self._soon()

    def _leave(self, visitor: int) -> None:
        away = self._away.pop(visitor, None)
        if away is not None:
            self._server.connections.leave(away)

    def _take_over(self, message: bytes, connection: socket.socket | None) -> None:
        handed = read_handed_on(message)
        self._leave(handed.visitor)
        if connection is None:
            log.warning("a connection of an acceptor was lost: too many files are open")
        else:
            self._server.take_over(connection, handed)

    def _answer(self, read: ReadDelivery, answer: Response | None) -> None:
        away = self._away.get(read.visitor)
        if away is not None:
            away.is_answered(self._loop.time())
        if answer is None:
            self._stored.append(read.visitor)
        else:
            keep_alive = read.keep_alive and "connection" not in answer.headers and not self._is_last
            self._said.append((read.visitor, written(answer, keep_alive=keep_alive), not keep_alive))
        self._soon()

    def _let_go(self, visitor: int) -> None:
        self._dropped.append(visitor)
        self._soon()

    def _soon(self) -> None:
        """Say all of it together, once whoever is at it is done."""
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._say)

    def _say(self) -> None:
        self._is_due = False
        is_due = not self._is_over
        while is_due:
            said = first_said(self._said)
            some = Answers(self._stored[:IDS_MAX], said, self._dropped[:IDS_MAX], self._is_last)
            del self._stored[:IDS_MAX], self._said[: len(said)], self._dropped[:IDS_MAX]
            self._send(ANSWERS, encode(some))
            is_due = bool(self._stored or self._said or self._dropped) and not self._is_over

    def _send(self, kind: bytes, message: bytes, connection: socket.socket | None = None) -> None:
        try:
            self._channel.send(kind, message, connection)
        except ChannelEnded as error:
            self.end(str(error) or "ended")
            return
        self._wait_for_room()

    def _flush(self) -> None:
        self._flush_later = None
        try:
            self._channel.flush()
        except ChannelEnded as error:
            self.end(str(error) or "ended")
            return
        self._wait_for_room()

    def _wait_for_room(self) -> None:
        """Have what could not be sent sent later: once the other end has room, or, where the system had none, after a time."""
        if self._channel.is_refused:
            self._loop.remove_writer(self._channel.fileno())
            if self._flush_later is None:
                self._flush_later = self._loop.call_later(REFUSED_SECONDS, self._flush)
        elif self._channel.is_blocked:
            self._loop.add_writer(self._channel.fileno(), self._flush)
        else:
            self._loop.remove_writer(self._channel.fileno())
