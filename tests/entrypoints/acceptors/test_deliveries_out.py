import pytest

from adapters.minivoice_webhook import read_delivery
from entrypoints.acceptors.channel import MESSAGE_BYTES_MAX, Channel, pair
from entrypoints.acceptors.deliveries_out import READ_BYTES_MAX, DeliveriesOut
from entrypoints.acceptors.messages import read_turn
from entrypoints.acceptors.visitor import Visitor
from tests.entrypoints.serving import NOON, payload

LAST_ID = 2**63
LEFT = 30_000


@pytest.mark.parametrize("digits", [1, 60 * 1024, 64 * 1024, READ_BYTES_MAX - 1024])
def test_all_that_a_turn_has_to_tell_comes_in_messages_that_fit(digits: int) -> None:
    ours, theirs = pair()
    here, there = Channel(ours), Channel(theirs)
    out = DeliveriesOut(here, lambda: NOON)
    visitor = Visitor(LAST_ID, ours, "::1", 0.0)
    body = payload("call.digits", data={"digits": "4" * digits, "event_key": "k"})
    out.left += range(LAST_ID - LEFT, LAST_ID)
    for _ in range(3):
        assert out.add(visitor, read_delivery(body, {}), body)
    left, read = 0, 0
    for _ in range(20):
        out.send_turn()
        for _, message, _ in there.receive():
            assert len(message) < MESSAGE_BYTES_MAX
            turn = read_turn(message)
            left, read = left + len(turn.left), read + len(turn.read)
        here.flush()
    assert (left, read) == (LEFT, 3)
    here.close()
    there.close()
