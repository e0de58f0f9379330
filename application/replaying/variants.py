"""In which order, how often, and which of them: the ways in which the same deliveries could have come."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from msgspec import Struct

from domain.errors import InvalidInput

ItemT = TypeVar("ItemT")


class Variant(Struct, frozen=True, kw_only=True):
    """One way. `shuffle_seed` mixes them; `is_twice` repeats each right after itself; `without` leaves out the one at this
    place, from 1; `until` those that came after it."""

    shuffle_seed: int | None = None
    is_twice: bool = False
    without: int | None = None
    until: datetime | None = None

    @property
    def is_as_it_was(self) -> bool:
        """Whether nothing is changed."""
        return self == AS_IT_WAS


AS_IT_WAS = Variant()


def varied(items: Sequence[tuple[datetime, ItemT]], variant: Variant) -> list[tuple[int, ItemT]]:
    """Each item with the place (from 1) that it had, in the variant's order. The same seed mixes the same way.

    `items` are with when each came, in that order. Raises `InvalidInput` for a place that there is not.
    """
    if variant.without is not None and not 1 <= variant.without <= len(items):
        raise InvalidInput("--without", f"there are deliveries 1 to {len(items)}")
    chosen = [
        (place, item)
        for place, (came_at, item) in enumerate(items, start=1)
        if place != variant.without and (variant.until is None or came_at <= variant.until)
    ]
    if variant.shuffle_seed is not None:
        chosen.sort(key=lambda one: sha256(f"{variant.shuffle_seed} {one[0]}".encode()).digest())
    return [one for one in chosen for _ in range(2 if variant.is_twice else 1)]
