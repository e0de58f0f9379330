"""Deliveries that the provider signed and nobody could read: kept, one stream each, so that nothing is lost."""

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


QuarantineState = DeliveryQuarantined | None
INITIAL: QuarantineState = None


def evolve(state: QuarantineState, event: DeliveryQuarantined, at: datetime) -> QuarantineState:  # noqa: ARG001 - every fold has this shape
    """What was put away first stays."""
    return state or event


def quarantine(state: QuarantineState, delivery: DeliveryQuarantined) -> list[DeliveryQuarantined]:
    """Put it away, once: the same bytes again change nothing."""
    return [] if state is not None else [delivery]
