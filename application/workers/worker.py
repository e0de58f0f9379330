"""What runs by itself beside what is served."""

from typing import Protocol


class Worker(Protocol):
    """`run` until `stop`, which returns once nothing more of it leaves."""

    @property
    def part(self) -> str | None:
        """Its name among the parts whose troubles are shown; None where it is not shown."""

    @property
    def trouble(self) -> str | None:
        """What keeps it from its work; None where nothing does."""

    async def run(self) -> None:
        """Work until stopped."""

    async def stop(self) -> None:
        """Begin nothing more."""
