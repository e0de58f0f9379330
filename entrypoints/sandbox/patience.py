"""Waits that end with the sandbox, so that nothing held keeps it from ending."""

import asyncio


class Patience:
    def __init__(self) -> None:
        self._over = asyncio.Event()

    def end(self) -> None:
        """Let everything that waits go on at once."""
        self._over.set()

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            await self.until(self._over, seconds)

    async def until(self, event: asyncio.Event, seconds: float) -> None:
        """Until `event` is set, but at most so long."""
        waits = {asyncio.create_task(waited.wait()) for waited in {event, self._over}}
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
