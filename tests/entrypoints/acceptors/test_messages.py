import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.minivoice_webhook import UnreadableDelivery, read_delivery
from domain.call import REPORTS
from entrypoints.acceptors.channel import MESSAGE_BYTES_MAX
from entrypoints.acceptors.link import IDS_MAX
from entrypoints.acceptors.messages import (
    AcceptorTurn,
    Answers,
    ReadDelivery,
    encode,
    first_said,
    read_turn,
    report_in,
    written,
)
from entrypoints.http import connection
from entrypoints.http.delivery import WHY_CHARACTERS_MAX, not_stored
from tests.entrypoints.serving import NOON, payload, signature
from tests.hostile import deliveries

ANSWER_BYTES_MAX = 4_000
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


@given(st.lists(st.integers(0, 4_000), max_size=100))
def test_answers_in_words_come_in_messages_that_fit_beside_as_many_ids_as_there_may_be(sizes: list[int]) -> None:
    waiting = [(2**63 + place, b"x" * size, True) for place, size in enumerate(sizes)]
    ids, said = [2**63] * IDS_MAX, []
    while waiting:
        first = first_said(waiting)
        assert len(encode(Answers(ids, first, ids, True))) < MESSAGE_BYTES_MAX
        said += first
        del waiting[: len(first)]
    assert [len(words) for _, words, _ in said] == sizes


@pytest.mark.parametrize("letter", ["x", "\x01", "😀"])
def test_a_database_may_say_what_it_likes_and_the_answer_stays_short(letter: str) -> None:
    answer = connection.written(not_stored(f"the ledger could not be written ({letter * 200_000})"), keep_alive=True)
    assert len(answer) < ANSWER_BYTES_MAX
    assert "…" in answer.decode()
    assert "…" not in connection.written(not_stored("x" * WHY_CHARACTERS_MAX), keep_alive=True).decode()
