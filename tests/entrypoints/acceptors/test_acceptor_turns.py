"""What a turn of an acceptor makes of several things that come in it."""

from entrypoints.acceptors.acceptor import ANSWER_SECONDS_MAX
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
        assert (client.recv(1_000), hand.left) == (UNANSWERED, [1])
