"""The log among what runs by itself: this process keeps it while no other is to do it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from application.log_report import KeptLog

LOOK_SECONDS = 0.5


class LogWorker:
    """Begins and ends what keeps the log. Its own `trouble` and numbers are of this process, not of one that keeps it elsewhere."""

    part = "log"

    def __init__(self, kept: KeptLog, end: Callable[[], int], clock: Callable[[], datetime]) -> None:
        """`end` is the ledger's last position."""
        self._kept = kept
        self._end = end
        self._clock = clock
        self._stands_by: Callable[[], bool] = lambda: False
        self._since: datetime | None = None
        self._stopping = asyncio.Event()

    @property
    def trouble(self) -> str | None:
        """What keeps the log from going on; None where nothing does, or another process keeps it."""
        return None if self._since is None else self._kept.log_report.trouble

    def notes(self) -> list[str]:
        """What is worth a look: places that could not be written, and that it is behind for long."""
        if self._since is None:
            return []
        report = self._kept.log_report
        return [*report.notes, *report.lag(self._since, self._clock())]

    def stand_by_while(self, stands_by: Callable[[], bool]) -> None:
        """Another process keeps it: do not."""
        self._stands_by = stands_by

    async def run(self) -> None:
        """Keep it until stopped."""
        self._kept.start_log()
        while not self._stopping.is_set():
            keeps = not self._stands_by()
            self._kept.keep_log(keeps=keeps)
            self._since = (self._since or self._clock()) if keeps else None
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Sign what there is by now, and end."""
        self._stopping.set()
        await asyncio.to_thread(self._kept.stop_log)

    def numbers(self) -> Sequence[float]:
        """The `NUMBERS` of `log_figures`; none while another process keeps it."""
        if self._since is None:
            return ()
        report = self._kept.log_report
        return report.size, report.signed_size, max(0, self._end() - report.position)
