"""Deliveries that nobody could read: put away once, and read again once."""

from domain.quarantine import (
    INITIAL,
    DeliveryQuarantined,
    DeliveryReadAgain,
    Quarantined,
    evolve,
    quarantine,
    read_again,
)
from tests.domain.given import NINE

DELIVERY = DeliveryQuarantined(digest="d", reason="not JSON", body=b"{")
READ = DeliveryReadAgain(digest="d", call_id="call_1", report="call.answered")


def test_an_unreadable_delivery_is_put_away() -> None:
    assert quarantine(INITIAL, DELIVERY) == [DELIVERY]


def test_the_same_delivery_again_changes_nothing() -> None:
    assert quarantine(evolve(INITIAL, DELIVERY, NINE), DELIVERY) == []


def test_what_was_put_away_first_stays() -> None:
    first = evolve(INITIAL, DELIVERY, NINE)

    assert evolve(first, DeliveryQuarantined(digest="d", reason="no call id", body=b"{"), NINE) == Quarantined(DELIVERY)


def test_it_is_read_again_once() -> None:
    put_away = Quarantined(DELIVERY)
    read = evolve(put_away, READ, NINE)

    assert read_again(put_away, "call_1", "call.answered") == [READ]
    assert read == Quarantined(DELIVERY, READ)
    assert read_again(Quarantined(DELIVERY, READ), "call_2", "call.failed") == []


def test_what_was_read_first_stays_also_when_it_comes_again() -> None:
    read = Quarantined(DELIVERY, READ)

    assert evolve(read, DeliveryReadAgain(digest="d", call_id="call_2", report="call.failed"), NINE) == read
    assert evolve(read, DELIVERY, NINE) == read
    assert evolve(INITIAL, READ, NINE) is None
