"""A dictionary with a bound, for what can be had again or need not be known for ever."""

from collections import OrderedDict
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class LastUsed(Generic[KeyT, ValueT]):
    """At most `entries_max` entries: one more, and the one that was got or put longest ago is evicted."""

    __slots__ = ("_entries", "_entries_max")

    def __init__(self, entries_max: int) -> None:
        self._entries: OrderedDict[KeyT, ValueT] = OrderedDict()
        self._entries_max = entries_max

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def get(self, key: KeyT) -> ValueT | None:
        """What was put there, if it was not evicted."""
        entries = self._entries
        if key not in entries:
            return None
        entries.move_to_end(key)
        return entries[key]

    def put(self, key: KeyT, value: ValueT) -> None:
        """Keep it, in place of what was there."""
        entries = self._entries
        entries[key] = value
        entries.move_to_end(key)
        if len(entries) > self._entries_max:
            entries.popitem(last=False)

    def clear(self) -> None:
        """Let all go."""
        self._entries.clear()
