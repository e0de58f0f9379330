"""A last answer reaches whoever still sends: the connection is not closed over what it sent."""

import socket
from collections.abc import Callable

import pytest

from entrypoints.acceptors.acceptor import LEAVING_SECONDS_MAX, READ_BYTES, SWEEP_SECONDS
from tests.entrypoints.acceptors.by_hand import LAST_STORED, UNANSWERED, ByHand, request
from tests.entrypoints.serving import payload

WHOLE = request(payload("call.answered"))
BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}"
AHEAD = b"x" * (2 * READ_BYTES)


def ended(client: socket.socket) -> tuple[bytes, bytes]:
    """What came, and what comes then; raises where the connection was reset."""
    return client.recv(1_000), client.recv(1_000)


@pytest.mark.parametrize(
    ("tell", "expected"),
    [
        (lambda hand: hand.answer((), (1, BUSY, True)), BUSY),
        (lambda hand: (hand.drop(1), hand.answer((1,))), LAST_STORED),
        (lambda hand: (hand.main.close(), hand.turn()), UNANSWERED),
    ],
    ids=["a refusal", "a last one", "the other side is gone"],
)
def test_who_sends_ahead_reads_its_last_answer_and_the_end(tell: Callable[[ByHand], object], expected: bytes) -> None:
    with ByHand() as hand:
        client = hand.connect()
        client.sendall(WHOLE)
        hand.turn()
        client.sendall(AHEAD)
        tell(hand)
        assert ended(client) == (expected, b"")


def test_a_refusal_is_written_and_ends_the_connection_where_it_says_so() -> None:
    with ByHand() as hand:
        client = hand.connect()
        hand.answer([], (1, BUSY, True), (9, BUSY, True))
        assert (client.recv(1_000), client.recv(1), hand.left) == (BUSY, b"", [])
        hand.gone(client)
        assert hand.left == [1]


def test_nobody_leaves_for_ever() -> None:
    with ByHand() as hand:
        silent, loud = hand.connect(), hand.connect()
        hand.answer((), (1, BUSY, True), (2, BUSY, True))
        for _ in range(4):
            if hand.left:
                break
            loud.sendall(b"x" * READ_BYTES)
            hand.turn()
        assert hand.left == [2]
        hand.turn(LEAVING_SECONDS_MAX + SWEEP_SECONDS)
        assert hand.left == [2, 1]
        assert ended(silent) == (BUSY, b"")
