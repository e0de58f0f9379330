"""What a turn of an acceptor makes of several things that come in it."""

import socket
from typing import Any

from entrypoints.acceptors.acceptor import ANSWER_SECONDS_MAX
from entrypoints.acceptors.messages import ANSWERS, Answers, encode
from tests.entrypoints.acceptors.by_hand import UNANSWERED, ByHand, request
from tests.entrypoints.serving import payload

BODY = payload("call.answered")


def test_who_sends_its_next_request_waits_no_longer_for_the_answer_before() -> None:
    with ByHand() as hand:
        client = hand.connect()
        client.sendall(request(BODY))
        hand.turn()
        hand.turn(ANSWER_SECONDS_MAX - 1)
        client.sendall(b"P")
        hand.turn()
        assert hand.left == []
        hand.turn(2)
        assert client.recv(1_000) == UNANSWERED
        hand.gone(client)
        assert hand.left == [1]


def test_what_was_seen_of_one_who_is_gone_does_not_close_one_who_comes_in_the_same_turn() -> None:
    with ByHand() as hand:
        poll = hand.acceptor._poll

        class InOrder:
            """The worst order: who is heard of is told last."""

            def __getattr__(self, name: str) -> Any:
                return getattr(poll, name)

            def poll(self, seconds: float, events_max: int) -> list[tuple[int, int]]:
                return sorted(poll.poll(seconds, events_max), key=lambda one: one[0] == number)

        gone = hand.connect()
        gone.sendall(request(BODY))
        hand.turn()
        (number,) = hand.acceptor._visitors
        hand.acceptor._poll = InOrder()  # type: ignore[assignment]
        hand.main.send(ANSWERS, encode(Answers([1])))
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        gone.close()
        new = socket.create_connection(hand.address)
        hand.clients.append(new)
        hand.turn()
        assert (hand.joined, hand.left) == ([1, 2], [1])
