"""Looks through the indexes of `ledger.db`: before anybody is called, and once a day; webhooks are taken meanwhile.

Each step is a read of some milliseconds in a thread, so that neither the event loop nor the writer waits for it, and the
WAL is taken in between two of them.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import structlog

from adapters.ledger import IndexDamage, LookedThrough, look_through_indexes
from application.unsound import Unsound, cannot_be_checked, damaged, unchecked
from application.workers.periodic import Periodic
from domain.errors import LedgerUnavailable

EVERY_SECONDS = 86_400.0
TRY_SECONDS = 60.0
RETRY_SECONDS = 0.5
"""Twice as long after each try, to `TRY_SECONDS`."""
DOUBLED_MAX = 10
REST_SECONDS = 0.02
"""Between two steps of a look while calls are placed; the first one is waited for, and takes no rest."""

MISTAKEN = "looking through the indexes of ledger.db failed inside Dialtrail"

log = structlog.get_logger("dialtrail.ledger")


class IndexWatch:
    """One per data folder. What it found damaged stays so until the next start: it is mended while Dialtrail does not run."""

    part = "indexes"

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._monotonic = monotonic
        self._looking = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._looked_at: float | None = None
        self._so_far = LookedThrough(0, 0)
        self._unsound: Unsound | None = None
        self._failed: Unsound | None = None
        self._periodic = Periodic(
            self._tick,
            TRY_SECONDS,
            refused="the indexes of ledger.db could not be looked through",
            mistaken=MISTAKEN,
        )

    @property
    def trouble(self) -> str | None:
        """What is damaged, or why that is not known; None while it is looked at for the first time."""
        found = self._unsound or self._failed
        return self._periodic.trouble if found is None else f"{found.says}; {found.what_to_do}"

    def unsound(self) -> Unsound | None:
        """Why nobody may be called; None where somebody may."""
        if self._unsound is not None or self._looked_at is not None:
            return self._unsound
        return self._failed or unchecked(self._so_far.count, self._so_far.about)

    def stand_by_while(self, _: Callable[[], bool]) -> None:
        """Nobody else has this file."""

    async def look_first(self) -> None:
        """Come back once all was looked through, or something is damaged."""
        async with self._looking:
            for tries in count(1):
                if self._looked_at is not None or self._unsound is not None or self._stopped.is_set():
                    return
                try:
                    await self._look(0.0)
                    self._failed = None
                except LedgerUnavailable as error:
                    await self._again(str(error), tries)
                except Exception:  # whatever a damaged file leads to, webhooks are taken
                    log.exception(MISTAKEN)
                    await self._again(MISTAKEN, tries)

    async def _again(self, why: str, tries: int) -> None:
        self._failed = cannot_be_checked(why, tries)
        log.warning("the indexes of the ledger could not be looked through", why=why, tries=tries)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), min(RETRY_SECONDS * 2 ** min(tries, DOUBLED_MAX), TRY_SECONDS))

    async def run(self) -> None:
        """Until stopped."""
        await self.look_first()
        await self._periodic.run()

    async def stop(self) -> None:
        """Once the step is over that is being read."""
        self._stopped.set()
        self._periodic.stop()
        async with self._looking:
            pass

    async def _tick(self) -> None:
        is_due = self._looked_at is not None and self._monotonic() - self._looked_at >= EVERY_SECONDS
        if is_due and self._unsound is None:
            async with self._looking:
                await self._look(REST_SECONDS)

    async def _look(self, rest_seconds: float) -> None:
        steps = look_through_indexes(self._path)
        try:
            while not self._stopped.is_set():
                so_far = await asyncio.to_thread(next, steps, None)
                if so_far is None:
                    self._looked_at = self._monotonic()
                    return
                self._so_far = so_far
                await asyncio.sleep(rest_seconds)
        except IndexDamage as damage:
            self._unsound = damaged(damage.why)
            log.error("an index of the ledger is damaged: nobody is called", why=damage.why, position=damage.position)  # noqa: TRY400 - it says all
        finally:
            with suppress(ValueError):  # it is being read, as at a cancellation, and ends by itself
                steps.close()
