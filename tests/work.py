"""How much work something is, counted and not timed: the same on any machine, however busy it is."""

import gc
import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType

from msgspec import Struct

FEW_BYTES = 4_096


class Work(Struct, frozen=True):
    """How many functions were called, Python's own among them, and how many bytes were held at most."""

    calls: int
    held_bytes: int

    def is_about(self, other: "Work", times: float) -> bool:
        """Whether it is at most so many times the other; of bytes, a few are not looked at."""
        return self.calls <= times * other.calls and self.held_bytes <= times * max(other.held_bytes, FEW_BYTES)


def work_of(act: Callable[[], object]) -> Work:
    """What it takes to do something once more."""
    act()
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        act()
        held = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    profile = sys.getprofile()
    # When cycles are looked for, hangs on all that was made before; what is called then is not what it takes.
    collects = gc.isenabled()
    gc.disable()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(profile)
        if collects:
            gc.enable()
    return Work(calls, held)
