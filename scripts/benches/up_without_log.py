"""`dialtrail …` that keeps no verifiable log: what one costs is the difference."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from entrypoints import workers_made
from entrypoints.cli.program import run


class Nothing:
    """Runs, and does nothing."""

    part = None
    trouble = None

    def __init__(self, *_: object) -> None:
        self._stopping = asyncio.Event()

    def stand_by_while(self, _: Callable[[], bool]) -> None:
        """Nothing is done anyway."""

    async def run(self) -> None:
        """Until stopped."""
        await self._stopping.wait()

    async def stop(self) -> None:
        """Stopped."""
        self._stopping.set()


if __name__ == "__main__":
    workers_made.made_log = Nothing  # type: ignore[assignment]
    sys.exit(run(sys.argv[1:]))
