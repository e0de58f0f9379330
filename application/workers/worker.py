"""What runs by itself beside what is served."""

from collections.abc import Callable
from typing import Protocol


class Worker(Protocol):
    """`run` until `stop`, which returns once nothing more of it leaves."""

    @property
    def part(self) -> str | None:
        """Its name among the parts whose troubles are shown; None where it is not shown."""

    @property
    def trouble(self) -> str | None:
        """What keeps it from its work; None where nothing does."""

    def stand_by_while(self, stands_by: Callable[[], bool]) -> None:
        """Another process may do this work: do none while it does. Given before `run`, if at all."""

    async def run(self) -> None:
        """Work until stopped."""

    async def stop(self) -> None:
        """Begin nothing more."""
