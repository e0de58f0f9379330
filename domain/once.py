"""What is derived from a value that never changes: found when it is first asked for, and kept with it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

OwnerT = TypeVar("OwnerT")
FoundT = TypeVar("FoundT")


class once(Generic[OwnerT, FoundT]):  # noqa: N801 - it is written as `property` is
    """A property of a frozen struct with `dict=True`. No part of what is compared, encoded or replaced.

    As `functools.cached_property`, without its lock: two threads that ask first find the same.
    """

    def __init__(self, find: Callable[[OwnerT], FoundT]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, owner: None, kind: Any) -> "once[OwnerT, FoundT]": ...
    @overload
    def __get__(self, owner: OwnerT, kind: Any) -> FoundT: ...
    def __get__(self, owner: Any, kind: Any) -> Any:
        if owner is None:
            return self
        found = owner.__dict__[self._name] = self._find(owner)
        return found
