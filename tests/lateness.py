"""How late this machine is: a rate that is judged by the clock on the wall is judged by what the machine could have done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from msgspec import Struct


class Lateness(Struct):
    """What sleeps of a known length took."""

    asked_seconds: float = 0.0
    slept_seconds: float = 0.0

    @property
    def share(self) -> float:
        """What part of its own pace somebody who sleeps so between two steps could keep: 1 on a quiet machine, less on a busy one."""
        return min(1.0, self.asked_seconds / self.slept_seconds) if self.slept_seconds else 1.0


@asynccontextmanager
async def lateness(gap_seconds: float) -> AsyncIterator[Lateness]:
    """Beside whatever goes on in this event loop, sleep for the gap between two of its steps, again and again."""
    found = Lateness()
    loop = asyncio.get_running_loop()

    async def sleep_on() -> None:
        while True:
            began = loop.time()
            await asyncio.sleep(gap_seconds)
            found.asked_seconds += gap_seconds
            found.slept_seconds += loop.time() - began

    sleeping = asyncio.create_task(sleep_on())
    try:
        yield found
    finally:
        sleeping.cancel()
        with suppress(asyncio.CancelledError):
            await sleeping
