import pytest

from adapters.minivoice_webhook import UnreadableDelivery, read_delivery
from domain.call import REPORTS
from entrypoints.acceptors.messages import AcceptorTurn, ReadDelivery, encode, read_turn, report_in, written
from tests.entrypoints.serving import NOON, payload, signature
from tests.hostile import deliveries

BODIES = [
    *(body for _, body in deliveries([f"call_{place}" for place in range(40)])),
    *(payload(name, data={"digits": "42", "timed_out": True, "event_key": "k"}) for name in REPORTS),
]


def test_every_report_that_can_be_read_arrives_as_it_was_read() -> None:
    sent = []
    for body in BODIES:
        try:
            sent.append(read_delivery(body, signature("secret", body)))
        except UnreadableDelivery:
            continue
    assert len(sent) > len(BODIES) // 4
    for received in sent:
        name = type(received.report).NAME
        read = ReadDelivery(7, 1.5, NOON, 3, False, True, received.call_id, name, written(received))
        turn = read_turn(encode(AcceptorTurn([(7, "::1")], [3], [read])))
        assert (turn.joined, turn.left, len(turn.read)) == ([(7, "::1")], [3], 1)
        assert (turn.read[0].visitor, turn.read[0].began, turn.read[0].received_at) == (7, 1.5, NOON)
        assert report_in(turn.read[0]) == received


@pytest.mark.parametrize("kind", ["call.created", "call.unheard_of"])
def test_a_report_is_known_by_its_own_name(kind: str) -> None:
    received = read_delivery(payload(kind), {})
    read = ReadDelivery(1, 0.0, NOON, 1, False, True, "call_1", type(received.report).NAME, written(received))
    assert report_in(read_turn(encode(AcceptorTurn([], [], [read]))).read[0]) == received
