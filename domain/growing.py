"""What only grows, and of which each earlier version stays as it was: one more entry copies little of it, however much there is."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain
from typing import Any, Generic, TypeVar, overload

from msgspec import Struct

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
DefaultT = TypeVar("DefaultT")
NODE_ENTRIES_MAX = 32


class Growing(Struct, Generic[KeyT, ValueT], frozen=True, eq=False):
    """An immutable map in the order of its keys, which can be compared; as a set, its values are None.

    Each is a node of a B-tree: a leaf has `keys` and their `values`, a branch `parts` and the least key of each; `size`
    counts the entries. What is put makes new nodes from the root to one leaf, and shares all others with the map before.
    """

    keys: tuple[KeyT, ...] = ()
    values: tuple[ValueT, ...] = ()
    parts: tuple["Growing[KeyT, ValueT]", ...] = ()
    size: int = 0

    def put(self, key: KeyT, value: ValueT) -> "Growing[KeyT, ValueT]":
        """With one more entry, or another value of a key; itself where that changes nothing."""
        if not self.parts and self.size < NODE_ENTRIES_MAX:
            return self._leaf_with(key, value)
        grown = self.grown(key, value)
        return grown[0] if len(grown) == 1 else _branch(tuple(part.keys[0] for part in grown), grown)

    @overload
    def get(self, key: KeyT) -> ValueT | None: ...
    @overload
    def get(self, key: KeyT, default: DefaultT) -> ValueT | DefaultT: ...
    def get(self, key: KeyT, default: Any = None) -> Any:
        """The value of a key."""
        node = self
        while node.parts:
            node = node.parts[max(_place_right(node.keys, key) - 1, 0)]
        place = _place_left(node.keys, key)
        return node.values[place] if place < len(node.keys) and node.keys[place] == key else default

    def first(self) -> KeyT | None:
        """The least key."""
        return self.keys[0] if self.keys else None

    def last(self) -> KeyT | None:
        """The greatest key."""
        node = self
        while node.parts:
            node = node.parts[-1]
        return node.keys[-1] if node.keys else None

    def at_least(self, key: KeyT) -> KeyT | None:
        """The least key that is not less than this one."""
        node, beyond = self, None
        while node.parts:
            place = max(_place_right(node.keys, key) - 1, 0)
            beyond = node.keys[place + 1] if place + 1 < len(node.keys) else beyond
            node = node.parts[place]
        place = _place_left(node.keys, key)
        return node.keys[place] if place < len(node.keys) else beyond

    def below(self, key: KeyT) -> KeyT | None:
        """The greatest key that is less than this one."""
        node = self
        while node.parts:
            place = _place_left(node.keys, key)
            if place == 0:
                return None
            node = node.parts[place - 1]
        place = _place_left(node.keys, key)
        return node.keys[place - 1] if place else None

    def grown(self, key: KeyT, value: ValueT) -> "tuple[Growing[KeyT, ValueT], ...]":
        """The node with that in it: two of them where it would be too large."""
        if not self.parts:
            leaf = self._leaf_with(key, value)
            if leaf.size <= NODE_ENTRIES_MAX:
                return (leaf,)
            keys, values, half = leaf.keys, leaf.values, leaf.size // 2
            return Growing(keys[:half], values[:half], (), half), Growing(
                keys[half:], values[half:], (), leaf.size - half
            )
        place = max(_place_right(self.keys, key) - 1, 0)
        part = self.parts[place]
        grown = part.grown(key, value)
        if grown[0] is part:
            return (self,)
        keys = (*self.keys[:place], *[one.keys[0] for one in grown], *self.keys[place + 1 :])
        parts = (*self.parts[:place], *grown, *self.parts[place + 1 :])
        if len(parts) <= NODE_ENTRIES_MAX:
            return (Growing(keys, (), parts, self.size - part.size + sum(one.size for one in grown)),)
        half = len(parts) // 2
        return _branch(keys[:half], parts[:half]), _branch(keys[half:], parts[half:])

    def items(self) -> Iterator[tuple[KeyT, ValueT]]:
        """All entries, by key."""
        if not self.parts:  # nearly always: no generator is made for it, nor for the keys
            return zip(self.keys, self.values, strict=True)
        return chain.from_iterable(part.items() for part in self.parts)

    def __iter__(self) -> Iterator[KeyT]:
        return iter(self.keys) if not self.parts else chain.from_iterable(self.parts)

    def __contains__(self, key: object) -> bool:
        return self.get(key, _ABSENT) is not _ABSENT  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self.size

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Growing) and self.size == other.size and list(self.items()) == list(other.items())

    def __hash__(self) -> int:
        return hash((self.size, self.first(), self.last()))

    def _leaf_with(self, key: KeyT, value: ValueT) -> "Growing[KeyT, ValueT]":
        keys, values = self.keys, self.values
        place = _place_left(keys, key)
        after = place
        if place < len(keys) and keys[place] == key:
            if values[place] == value:
                return self
            after = place + 1
        keys = (*keys[:place], key, *keys[after:])
        return Growing(keys, (*values[:place], value, *values[after:]), (), len(keys))


GrowingSet = Growing[KeyT, None]

_ABSENT = object()
_place_left: Any = bisect_left
_place_right: Any = bisect_right


def _branch(keys: tuple[KeyT, ...], parts: "tuple[Growing[KeyT, ValueT], ...]") -> Growing[KeyT, ValueT]:
    return Growing(keys, (), parts, sum(part.size for part in parts))
