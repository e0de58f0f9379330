"""What is remembered of numbers, to save working it out again. Each such memory is made here: an erasure has all forgotten."""

from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import ParamSpec, TypeVar, cast

GivenT = ParamSpec("GivenT")
FoundT = TypeVar("FoundT")
MEMORIES: list["_lru_cache_wrapper[object]"] = []


def remembers_numbers(entries_max: int) -> Callable[[Callable[GivenT, FoundT]], Callable[GivenT, FoundT]]:
    """Remember what a function found for numbers, or for parts of them, of those that were asked for last."""

    def remembering(function: Callable[GivenT, FoundT]) -> Callable[GivenT, FoundT]:
        memory = lru_cache(maxsize=entries_max)(function)
        MEMORIES.append(cast("_lru_cache_wrapper[object]", memory))
        return cast("Callable[GivenT, FoundT]", memory)

    return remembering


def forget_numbers() -> None:
    """Forget all of it in this process: one of the numbers may be of somebody who was erased. It is worked out again."""
    for memory in MEMORIES:
        memory.cache_clear()
