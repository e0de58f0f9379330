"""A worker beside the dialer: it ticks again and again, and nothing that goes wrong in a round ends it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable

import structlog

from domain.errors import DialtrailError
from projections.follow import Follower, said_of

log = structlog.get_logger("dialtrail.periodic")


class Periodic:
    """`look` is awaited every `seconds`, from the end of one round to the next.

    `trouble` says why the last round came to nothing, None where it did not: it begins with `refused` where something of
    Dialtrail refused, such as the ledger, and with `mistaken` for a mistake of ours. `rounds` have ended so far. While it
    `stands_by`, because another process does the same, it does not look.
    """

    def __init__(self, look: Callable[[], Awaitable[None]], seconds: float, *, refused: str, mistaken: str) -> None:
        self._look = look
        self._refused = refused
        self._mistaken = mistaken
        self._seconds = seconds
        self._stopping = asyncio.Event()
        self.stands_by: Callable[[], bool] = lambda: False
        self.trouble: str | None = None
        self.rounds = 0

    @property
    def is_stopping(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._stopping.is_set()

    async def run(self) -> None:
        """Until `stop`."""
        while not self.is_stopping:
            try:
                if not self.stands_by():
                    await self._look()
                self.trouble = None
            except DialtrailError as error:
                self._tell(f"{self._refused}: {error}")
            except Exception as error:  # noqa: BLE001 - a mistake in here must not end the dialling beside it
                self._tell(f"{self._mistaken}: {said_of(error)}")
            self.rounds += 1
            try:
                async with asyncio.timeout(self._seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Begin no other round."""
        self._stopping.set()

    async def each(
        self, ids: Iterable[str], ask: Callable[[str], Awaitable[None]], *, at_once: int, every_seconds: float = 0.0
    ) -> None:
        """Ask about each, so many at once and each of these at most every so many seconds; the first failure ends it.

        Raises that failure once those under way are done.
        """
        asking = asyncio.Semaphore(at_once)
        failed: list[Exception] = []

        async def one(name: str) -> None:
            async with asking:
                if failed or self.is_stopping:
                    return
                try:
                    await ask(name)
                except Exception as error:  # noqa: BLE001 - raised below, once the others are done
                    failed.append(error)
                await asyncio.sleep(every_seconds)

        await asyncio.gather(*(one(name) for name in ids))
        if failed:
            raise failed[0]

    def _tell(self, trouble: str) -> None:
        self.trouble = trouble
        log.warning("a round came to nothing; trying again", trouble=trouble)


class PeriodicWorker(ABC):
    """A worker that begins to tick, every `seconds`, once what it follows the ledger by is live."""

    def __init__(self, follower: Follower, seconds: float, *, refused: str, mistaken: str) -> None:
        self._follower = follower
        self._periodic = Periodic(self.tick, seconds, refused=refused, mistaken=mistaken)

    @abstractmethod
    async def tick(self) -> None:
        """One round."""

    @property
    def trouble(self) -> str | None:
        """What keeps it from its work; None where nothing does."""
        return self._periodic.trouble

    async def run(self) -> None:
        """Tick again and again, at a bounded pace."""
        await self._follower.wait_live()
        await self._periodic.run()

    def stand_by_while(self, stands_by: Callable[[], bool]) -> None:
        """Another process may do this work: do none while it does."""
        self._periodic.stands_by = stands_by

    async def stop(self) -> None:
        """Ask nothing more."""
        self._periodic.stop()
