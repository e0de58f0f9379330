"""How much of a list one page holds: so many items, and so many bytes."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from msgspec import Struct

from application.queries.events import PAGE_BYTES_MAX

ItemT = TypeVar("ItemT", bound=Struct)


def fitting(items: Iterable[ItemT], bytes_max: int = PAGE_BYTES_MAX) -> list[ItemT]:
    """As many of the first items as have together at most so many bytes of JSON, and always one where there is any."""
    found: list[ItemT] = []
    for item in items:
        bytes_max -= len(msgspec.json.encode(item))
        if bytes_max < 0 and found:
            break
        found.append(item)
    return found
