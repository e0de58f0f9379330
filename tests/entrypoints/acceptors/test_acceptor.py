import random  # noqa: TID251 - drawn from a seed
import socket
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrypoints.acceptors.acceptor import ANSWER_SECONDS_MAX, HELD_BYTES_MAX, PARTIAL_SECONDS_MAX, READ_BYTES
from entrypoints.acceptors.messages import report_in
from tests.entrypoints.acceptors.by_hand import HEAD, LAST_STORED, STORED, UNANSWERED, ByHand, request
from tests.entrypoints.serving import SECRET, payload, signature
from tests.examples import examples

BODY = payload("call.answered")
GET = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}"
UNUSUAL = {
    "another path": GET,
    "another method": request(BODY, head=HEAD.replace(b"POST", b"PUT")),
    "a question": request(BODY, head=HEAD.replace(b"voice ", b"voice?a=1 ")),
    "no signature": HEAD + b"content-length: 2\r\n\r\n{}",
    "another body": request(BODY)[:-1] + b"]",
    "not to be read": request(b"{"),
    "no body": request(b""),
    "an encoding": request(BODY, b"content-encoding: gzip\r\n"),
    "a question first": request(BODY, b"expect: 100-continue\r\n"),
    "an upgrade": request(BODY, b"connection: upgrade\r\nupgrade: h2c\r\n"),
    "two lengths": request(BODY, b"content-length: %d\r\n" % len(BODY)),
    "a header twice": request(BODY, b"x-a: 1\r\nx-a: 1\r\n"),
    "a long head": request(BODY, b"x-a: " + b"a" * 9_000 + b"\r\n"),
    "many fields": request(BODY, b"".join(b"x-%d: 1\r\n" % place for place in range(20))),
    "a long body": request(BODY + b" " * 17_000),
    "pieces": HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "junk": b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    "blank lines": b"\r\n\r\n" + request(BODY),
    "line feeds alone": request(BODY).replace(b"\r\n", b"\n") + b"\r\n\r\n",
}


def test_a_plain_delivery_is_told_of_and_answered_once_the_other_side_says_so() -> None:
    with ByHand() as hand:
        client = hand.connect()
        client.sendall(request(BODY))
        hand.turn()
        (read,) = hand.read
        assert (hand.joined, read.visitor, read.body_bytes, read.is_own, read.keep_alive) == ([1], 1, 190, False, True)
        report = report_in(read).report
        assert (report.body, dict(report.headers)) == (BODY.decode(), signature(SECRET, BODY))
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(1)
        client.settimeout(5)
        hand.answer([1])
        assert client.recv(1_000) == STORED
        assert (hand.handed_on, hand.left) == ([], [])


@settings(max_examples=examples(25))
@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize("clients", [1, 4])
def test_in_any_pieces_and_with_commits_in_any_order_each_gets_its_own_answers_in_order(
    clients: int, seed: int
) -> None:
    chance = random.Random(seed)
    bodies = {(who, n): payload("call.answered", f"call_{who}_{n}") for who in range(clients) for n in range(3)}
    streams = [b"".join(request(bodies[who, n]) for n in range(3)) for who in range(clients)]
    answers: dict[int, list[bytes]] = {visitor: [] for visitor in range(1, clients + 1)}
    with ByHand() as hand:
        sockets = [hand.connect() for _ in range(clients)]
        answered = 0
        while answered < len(bodies):
            who = chance.randrange(clients)
            some = chance.choice([1, 40, 300, 2_000])
            sockets[who].sendall(streams[who][:some])
            streams[who] = streams[who][some:]
            hand.turn()
            owed = hand.read[answered:]
            chance.shuffle(owed)
            hand.read[answered:] = owed
            for read in owed[: chance.randrange(len(owed) + 1)]:
                said = chance.choice([STORED, BUSY])
                answers[read.visitor].append(said)
                hand.read.remove(read)
                hand.read.insert(answered, read)
                answered += 1
                if said == STORED:
                    hand.answer([read.visitor])
                else:
                    hand.answer([], (read.visitor, said, False))
        assert sorted(report_in(read).report.body for read in hand.read) == sorted(b.decode() for b in bodies.values())
        for visitor, client in enumerate(sockets, 1):
            expected = b"".join(answers[visitor])
            found = b""
            while len(found) < len(expected):
                found += client.recv(65_536)
            assert found == expected
        assert hand.handed_on == []


@pytest.mark.parametrize("kind", UNUSUAL)
@pytest.mark.parametrize("piece", [100_000, 50])
def test_whatever_is_unusual_is_handed_on_as_it_came_with_its_connection(kind: str, piece: int) -> None:
    sent = request(BODY) + UNUSUAL[kind] + GET
    with ByHand() as hand:
        client = hand.connect()
        for at in range(0, len(sent), piece):
            client.sendall(sent[at : at + piece])
            hand.turn()
        assert (len(hand.read), hand.handed_on) == (1, [])
        hand.answer([1])
        hand.turn(PARTIAL_SECONDS_MAX + 1)
        assert len(hand.read) == 1
        ((handed, taken),) = hand.handed_on
        assert (handed.visitor, handed.unsent, hand.left) == (1, b"", [])
        taken.settimeout(5)
        rest = b""
        while len(handed.unread) + len(rest) < len(sent) - len(request(BODY)):
            rest += taken.recv(65_536)
        assert handed.unread + rest == UNUSUAL[kind] + GET
        assert taken.getpeername() == client.getsockname()
        taken.sendall(b"from the other")
        assert client.recv(1_000) == STORED + b"from the other"


@pytest.mark.parametrize("sent", [b"G", request(BODY)[:30], request(BODY)[:-1]])
def test_a_request_that_does_not_go_on_is_handed_on_and_silence_is_not(sent: bytes) -> None:
    with ByHand() as hand:
        client = hand.connect()
        hand.turn(100)
        client.sendall(sent)
        hand.turn()
        hand.turn(PARTIAL_SECONDS_MAX)
        assert hand.handed_on == []
        hand.turn(PARTIAL_SECONDS_MAX)
        assert [handed.unread for handed, _ in hand.handed_on] == [sent]


def test_who_gets_no_answer_is_told_to_try_again_and_a_late_answer_is_nobodys() -> None:
    with ByHand() as hand:
        client, other = hand.connect(), hand.connect()
        client.sendall(request(BODY))
        hand.turn()
        hand.turn(ANSWER_SECONDS_MAX)
        other.sendall(request(BODY))
        hand.turn(1)
        assert client.recv(1_000) == UNANSWERED
        assert client.recv(1_000) == b""
        hand.answer([1, 2])
        assert other.recv(1_000) == STORED
        assert hand.left == []
        hand.gone(client)
        assert hand.left == [1]


def test_when_the_other_side_is_gone_nothing_more_is_acknowledged_and_the_port_is_free() -> None:
    with ByHand() as hand:
        client, idle = hand.connect(), hand.connect()
        client.sendall(request(BODY))
        hand.turn()
        hand.main.close()
        hand.turn()
        assert hand.is_over
        assert (client.recv(1_000), client.recv(1_000), idle.recv(1_000)) == (UNANSWERED, b"", b"")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(hand.address)


def test_at_the_end_nobody_is_accepted_and_what_is_owed_is_answered() -> None:
    with ByHand() as hand:
        client, idle, begun = hand.connect(), hand.connect(), hand.connect()
        client.sendall(request(BODY) + request(BODY))
        begun.sendall(b"POST")
        hand.turn()
        hand.answer(is_last=True)
        assert (idle.recv(1), begun.recv(1), hand.is_over) == (b"", b"", False)
        hand.answer([1])
        assert client.recv(1_000) == LAST_STORED
        hand.gone(client)
        assert hand.is_over
        assert len(hand.read) == 1


def test_who_is_to_be_let_go_is_once_what_it_has_begun_is_answered() -> None:
    whole = request(BODY)
    with ByHand() as hand:
        idle, begun, owed, told, slow = (hand.connect() for _ in range(5))
        begun.sendall(whole[:30])
        slow.sendall(whole[:30])
        owed.sendall(whole * 2)
        told.sendall(whole)
        hand.turn()
        hand.drop(1, 2, 3, 4, 5, 6)
        assert idle.recv(1) == b""
        assert hand.left == [1]
        begun.sendall(whole[30:])
        hand.turn()
        assert [read.visitor for read in hand.read] == [3, 4, 2]
        hand.answer([2, 3], (4, BUSY, False))
        assert [one.recv(1_000) for one in (begun, owed, told)] == [LAST_STORED, LAST_STORED, BUSY]
        hand.gone(begun, owed, told)
        assert (sorted(hand.left), len(hand.read)) == ([1, 2, 3, 4], 3)
        hand.turn(PARTIAL_SECONDS_MAX + 1)
        assert [handed.visitor for handed, _ in hand.handed_on] == [5]


def test_one_who_is_gone_is_told_of_and_costs_the_others_nothing() -> None:
    with ByHand() as hand:
        gone, other = hand.connect(), hand.connect()
        for client in (gone, other):
            client.sendall(request(BODY))
        hand.turn()
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        gone.close()
        hand.turn()
        hand.answer([1, 2])
        assert (other.recv(1_000), hand.left) == (STORED, [1])


class Full:
    """A socket whose peer takes no more than so many bytes."""

    def __init__(self, sock: socket.socket, room: int) -> None:
        self._sock = sock
        self._room = room

    def send(self, data: bytes) -> int:
        """As much as there is room for."""
        if not self._room:
            raise BlockingIOError
        return self._sock.send(data[: self._room])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


@pytest.mark.parametrize("room", [0, 9])
def test_one_who_does_not_read_its_answer_is_handed_on_with_what_is_left_of_it(room: int) -> None:
    with ByHand() as hand:
        client = hand.connect()
        client.sendall(request(BODY) + GET)
        hand.turn()
        visitor = hand.acceptor._by_id[1]
        visitor.sock = Full(visitor.sock, room)  # type: ignore[assignment]
        hand.answer([1])
        assert [(handed.unsent, handed.unread) for handed, _ in hand.handed_on] == [(STORED[room:], GET)]


def test_one_who_sends_far_ahead_of_its_answers_is_read_no_further() -> None:
    with ByHand() as hand:
        client = hand.connect()
        client.setblocking(False)
        whole, sent = request(BODY), 0
        stream = whole * 40_000
        for _ in range(200):
            try:
                sent += client.send(stream[sent:])
            except BlockingIOError:
                hand.turn()
        assert len(hand.read) == 1
        assert len(hand.acceptor._by_id[1].held) < 100_000
        for place in range(1, 300):
            hand.answer([1])
            assert len(hand.read) == place + 1


def test_what_is_sent_far_ahead_is_answered_in_order_and_handed_on_in_a_message_that_fits() -> None:
    whole = request(BODY + b" " * 8_000)
    after = GET + whole * 40
    stream = whole * 40 + after
    with ByHand() as hand:
        client, other, sent = hand.connect(), hand.connect(), 0
        client.setblocking(False)
        for _ in range(40):
            with suppress(BlockingIOError):
                sent += client.send(stream[sent:])
            hand.turn()
            assert len(hand.acceptor._by_id[1].held) <= HELD_BYTES_MAX + READ_BYTES
            hand.answer([1])
        assert (len(hand.read), hand.left, hand.is_over) == (40, [], False)
        ((handed, taken),) = hand.handed_on
        rest = handed.unread
        taken.setblocking(False)
        while len(rest) < len(after):
            with suppress(BlockingIOError):
                sent += client.send(stream[sent:])
            with suppress(BlockingIOError):
                rest += taken.recv(65_536)
        assert rest == after
        other.sendall(whole)
        hand.turn()
        hand.answer([2])
        assert other.recv(1_000) == STORED
