"""Deliveries that the provider signed and nobody could read: kept, one stream each, and read again by newer code."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from msgspec import Struct


class DeliveryQuarantined(Struct, frozen=True, kw_only=True):
    """A delivery that could not be read; `body` is what arrived, byte for byte, `reason` what was wrong with it."""

    NAME: ClassVar = "delivery.quarantined"
    PERSONAL: ClassVar = frozenset({"body"})
    digest: str
    reason: str
    body: bytes
    headers: Mapping[str, str] = {}


class DeliveryReadAgain(Struct, frozen=True, kw_only=True):
    """It could be read after all: what it says is in the stream of this call since the same commit, under that report's name."""

    NAME: ClassVar = "delivery.read_again"
    PERSONAL: ClassVar[frozenset[str]] = frozenset()
    digest: str
    call_id: str
    report: str


QuarantineEvent = DeliveryQuarantined | DeliveryReadAgain


class Quarantined(Struct, frozen=True):
    """A delivery that was put away, and as what it was read again; None while it was not."""

    delivery: DeliveryQuarantined
    read: DeliveryReadAgain | None = None


QuarantineState = Quarantined | None
INITIAL: QuarantineState = None


def evolve(state: QuarantineState, event: QuarantineEvent, at: datetime) -> QuarantineState:  # noqa: ARG001 - every fold has this shape
    """What was put away first stays, and so does what was read first."""
    if isinstance(event, DeliveryQuarantined):
        return state or Quarantined(event)
    return state if state is None or state.read is not None else Quarantined(state.delivery, event)


def quarantine(state: QuarantineState, delivery: DeliveryQuarantined) -> list[DeliveryQuarantined]:
    """Put it away, once: the same bytes again change nothing."""
    return [] if state is not None else [delivery]


def read_again(state: Quarantined, call_id: str, report: str) -> list[DeliveryReadAgain]:
    """Note that it could be read, once."""
    if state.read is not None:
        return []
    return [DeliveryReadAgain(digest=state.delivery.digest, call_id=call_id, report=report)]
