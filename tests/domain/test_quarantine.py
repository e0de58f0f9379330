"""Deliveries that nobody could read: put away once."""

from domain.quarantine import INITIAL, DeliveryQuarantined, evolve, quarantine
from tests.domain.given import NINE

DELIVERY = DeliveryQuarantined(digest="d", reason="not JSON", body=b"{")


def test_an_unreadable_delivery_is_put_away() -> None:
    assert quarantine(INITIAL, DELIVERY) == [DELIVERY]


def test_the_same_delivery_again_changes_nothing() -> None:
    assert quarantine(evolve(INITIAL, DELIVERY, NINE), DELIVERY) == []


def test_what_was_put_away_first_stays() -> None:
    first = evolve(INITIAL, DELIVERY, NINE)

    assert evolve(first, DeliveryQuarantined(digest="d", reason="no call id", body=b"{"), NINE) == DELIVERY
