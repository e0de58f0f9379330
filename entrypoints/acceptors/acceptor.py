"""An acceptor: it accepts connections, takes plain webhooks from them, and hands everything else on with its connection.

It waits for nothing but the kernel, in turns: what came in one goes to the process that writes as one message. It has
one delivery of a connection under way at a time, so that answers keep their order, and writes 204 where that process
says that it is on disk. Without its word within ANSWER_SECONDS_MAX, or once it is gone, it writes 503.
"""

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from entrypoints.acceptors.channel import REFUSED_SECONDS, Channel
from entrypoints.acceptors.deliveries_out import DeliveriesOut
from entrypoints.acceptors.messages import (
    ANSWERS,
    HANDED_ON,
    AcceptorOrders,
    Answers,
    HandedOn,
    encode,
    read_answers,
)
from entrypoints.acceptors.visitor import END_OF_HEAD, HEAD_BYTES_MAX, Visitor, leave, plain_head
from entrypoints.http.plain import LAST_NO_CONTENT, NO_CONTENT, read_plain
from entrypoints.http.signature import SignatureCheck

READ_BYTES = 32 * 1024
HELD_BYTES_MAX = 32 * 1024
ACCEPTED_A_TURN_MAX = 8
EVENTS_A_TURN_MAX = 256
PARTIAL_SECONDS_MAX = 1.0
LEAVING_SECONDS_MAX = 1.0
ANSWER_SECONDS_MAX = 10.0
SWEEP_SECONDS = 0.5
_GONE = select.EPOLLERR | select.EPOLLHUP


class Acceptor:
    """One process's."""

    def __init__(
        self,
        listening: socket.socket,
        channel: Channel,
        orders: AcceptorOrders,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        listening.setblocking(False)
        self._listening = listening
        self._channel = channel
        self._urls = frozenset(orders.urls)
        self._unanswered = orders.unanswered
        self._check = SignatureCheck(orders.secrets, orders.tolerance_seconds, clock)
        self._monotonic = monotonic
        self._out = DeliveriesOut(channel, clock)
        self._visitors: dict[int, Visitor] = {}
        self._by_id: dict[int, Visitor] = {}
        self._last_id = 0
        self._now = self._swept = monotonic()
        self._is_last = False
        self._poll = select.epoll()
        self._poll.register(channel.fileno(), select.EPOLLIN)
        self._is_accepting = False
        self._visitors_max = orders.connections_max + ACCEPTED_A_TURN_MAX
        self._accept_again()
        self._out.send_turn()

    def turn(self, seconds: float = SWEEP_SECONDS) -> bool:
        """Wait for at most so long, and do what there is to do; whether there may be more. Raises `ChannelEnded`."""
        events = self._poll.poll(seconds, EVENTS_A_TURN_MAX)
        self._now = self._monotonic()
        is_asked = False
        for fd, event in events:
            if fd == self._channel.fileno():
                self._hear()
            elif fd == self._listening.fileno():
                is_asked = True
            else:
                self._look_at(fd, event)
        # Last: a newcomer may get the number of one who is gone, and of whom an event of this turn still tells.
        if is_asked and self._is_accepting:
            self._accept()
        self._sweep()
        self._out.send_turn()
        self._wait_for_room()
        return not self._is_last or bool(self._visitors)

    def end(self) -> None:
        """Nobody hears any more what is delivered here: say so to whoever waits, and close everything.

        The port first: who comes after the process that is gone wants to listen there.
        """
        self._listening.close()
        for visitor in list(self._visitors.values()):
            if visitor.is_owed:
                with suppress(OSError):
                    visitor.sock.send(self._unanswered)
                leave(visitor.sock)
            visitor.sock.close()
        self._visitors.clear()
        self._poll.close()
        self._channel.close()

    def _accept_again(self) -> None:
        """One of all that wait is woken for a connection."""
        if not self._is_accepting and not self._is_last and len(self._visitors) < self._visitors_max:
            self._is_accepting = True
            self._poll.register(self._listening.fileno(), select.EPOLLIN | select.EPOLLEXCLUSIVE)

    def _pause_accepting(self) -> None:
        if self._is_accepting:
            self._is_accepting = False
            self._poll.unregister(self._listening.fileno())

    def _accept(self) -> None:
        for _ in range(ACCEPTED_A_TURN_MAX):
            try:
                sock, address = self._listening.accept()
            except (BlockingIOError, ConnectionError):  # another was faster, or the client is gone again
                return
            except OSError:  # too many open files, for one: they wait in the kernel until the next sweep
                self._pause_accepting()
                return
            sock.setblocking(False)
            self._last_id += 1
            visitor = Visitor(self._last_id, sock, address[0], self._now)
            self._visitors[sock.fileno()] = self._by_id[visitor.id] = visitor
            self._poll.register(sock.fileno(), select.EPOLLIN)
            self._out.joined.append((visitor.id, visitor.address))
        if len(self._visitors) >= self._visitors_max:
            self._pause_accepting()

    def _look_at(self, fd: int, event: int) -> None:
        visitor = self._visitors.get(fd)
        if visitor is None:  # it went in this turn
            return
        try:
            data = b"" if event & _GONE else visitor.sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if visitor.is_leaving:
            visitor.thrown_away += len(data)
        if not data or visitor.thrown_away > READ_BYTES:
            self._close(visitor)
            return
        if visitor.is_leaving:
            return
        if not visitor.held and not visitor.is_owed:
            visitor.since = self._now
        visitor.held += data
        if visitor.is_owed:
            self._pace(visitor)
        else:
            self._take(visitor)

    def _pace(self, visitor: Visitor) -> None:
        """Read no further of it while it is too far ahead of its answers: what is held goes into one message."""
        is_paused = len(visitor.held) > HELD_BYTES_MAX
        if is_paused is not visitor.is_paused:
            visitor.is_paused = is_paused
            self._poll.modify(visitor.sock.fileno(), 0 if is_paused else select.EPOLLIN)

    def _take(self, visitor: Visitor) -> None:
        """Take the delivery that is held, once it is whole; hand on what is no plain one."""
        if visitor.head is None:
            end = visitor.held.find(END_OF_HEAD)
            if end < 0 and len(visitor.held) <= HEAD_BYTES_MAX:
                return
            head = visitor.held[: end + len(END_OF_HEAD)]
            visitor.head = plain_head(head, self._urls) if 0 <= end <= HEAD_BYTES_MAX else None
            if visitor.head is None:
                self._hand_on(visitor)
                return
        head_bytes, whole = visitor.head.head_bytes, visitor.head.head_bytes + visitor.head.body_bytes
        if len(visitor.held) < whole:
            return
        body = visitor.held[head_bytes:whole]
        received = read_plain(self._check, visitor.head.fields, body)
        if received is None or not self._out.add(visitor, received, body):
            self._hand_on(visitor)
            return
        visitor.keep_alive = visitor.head.keep_alive and not visitor.is_let_go and not self._is_last
        visitor.held, visitor.head = visitor.held[whole:], None
        visitor.is_owed, visitor.since = True, self._now
        self._pace(visitor)

    def _hand_on(self, visitor: Visitor, unsent: bytes = b"") -> None:
        """Let the process that writes have the connection, as if it had read of it what was read here."""
        self._forget(visitor)
        self._out.send_turn()
        self._channel.send(HANDED_ON, encode(HandedOn(visitor.id, unsent, visitor.held)), visitor.sock)

    def _hear(self) -> None:
        for kind, message, _ in self._channel.receive():
            if kind == ANSWERS:
                self._answer(read_answers(message))

    def _answer(self, answers: Answers) -> None:
        for visitor_id in answers.stored:
            visitor = self._by_id.get(visitor_id)
            if visitor is not None and visitor.is_owed:
                self._write(visitor, NO_CONTENT if visitor.keep_alive else LAST_NO_CONTENT, not visitor.keep_alive)
        for visitor_id, said, closes in answers.said:
            visitor = self._by_id.get(visitor_id)
            if visitor is not None and not visitor.is_leaving:
                self._write(visitor, said, closes or visitor.is_let_go)
        for visitor_id in answers.dropped:
            visitor = self._by_id.get(visitor_id)
            if visitor is not None:
                self._let_go(visitor)
        if answers.is_last:
            self._accept_no_more()

    def _let_go(self, visitor: Visitor) -> None:
        """Close it, once what it has begun meanwhile is answered: it may be that nobody counts it any more."""
        if visitor.is_owed or visitor.held:
            visitor.is_let_go, visitor.keep_alive = True, False
        else:
            self._close(visitor)

    def _write(self, visitor: Visitor, answer: bytes, closes: bool) -> None:
        """Answer it, and go on with what it sent meanwhile."""
        try:
            sent = visitor.sock.send(answer)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(visitor)
            return
        visitor.is_owed, visitor.since = False, self._now
        if closes:
            self._leave(visitor)
        elif sent < len(answer):  # it does not read: whoever knows how long that may be has it from here on
            self._hand_on(visitor, answer[sent:])
        elif visitor.held:
            self._take(visitor)

    def _accept_no_more(self) -> None:
        self._is_last = True
        self._pause_accepting()
        for visitor in list(self._visitors.values()):
            visitor.keep_alive = False
            if not visitor.is_owed and not visitor.is_leaving:
                self._close(visitor)

    def _leave(self, visitor: Visitor) -> None:
        """Close it once it has closed, or has had the time: its last answer is lost to it where it is closed over what it sent."""
        visitor.is_leaving, visitor.held, visitor.head = True, b"", None
        if visitor.is_paused:
            self._pace(visitor)
        with suppress(OSError):
            visitor.sock.shutdown(socket.SHUT_WR)

    def _close(self, visitor: Visitor) -> None:
        self._forget(visitor)
        if visitor.is_leaving:
            leave(visitor.sock)
        visitor.sock.close()
        self._out.left.append(visitor.id)

    def _forget(self, visitor: Visitor) -> None:
        self._poll.unregister(visitor.sock.fileno())
        del self._visitors[visitor.sock.fileno()], self._by_id[visitor.id]

    def _sweep(self) -> None:
        """Twice a second: whoever goes on too slowly is handed on, whoever waits too long is told so; and a sign of life."""
        if self._now - self._swept < SWEEP_SECONDS:
            return
        self._swept = self._now
        for visitor in list(self._visitors.values()):
            waited = self._now - visitor.since
            if visitor.is_owed and waited > ANSWER_SECONDS_MAX:
                self._write(visitor, self._unanswered, closes=True)
            elif visitor.is_leaving and waited > LEAVING_SECONDS_MAX:
                self._close(visitor)
            elif visitor.held and not visitor.is_owed and waited > PARTIAL_SECONDS_MAX:
                self._hand_on(visitor)
        self._out.is_due = True
        self._accept_again()

    def _wait_for_room(self) -> None:
        """While the other process takes nothing, neither does this one; it hears, and keeps its time."""
        tried = self._now
        while self._channel.is_blocked:
            waiting, is_refused = select.poll(), self._channel.is_refused
            waiting.register(self._channel.fileno(), select.POLLIN | (0 if is_refused else select.POLLOUT))
            found = waiting.poll((REFUSED_SECONDS if is_refused else SWEEP_SECONDS) * 1000)
            self._now = self._monotonic()
            if any(event & ~select.POLLOUT for _, event in found):
                self._hear()
            self._sweep()
            if not is_refused or not found or self._now - tried >= REFUSED_SECONDS:
                self._channel.flush()
                tried = self._now
