"""What is kept beside the ledger: in the data folder, or where its database may have several servers, there for all of them."""

import asyncio
import importlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from adapters.alerts_file import AlertsFile
from adapters.ended_sessions import EndedSessions, SignedOut
from adapters.outbox import Outbox
from adapters.verifiable_log.opening import open_log_store
from application.alerts.kept import AlertsPlace
from domain.errors import NotReady

LOOK_SECONDS = 1.0
MODULES = ("adapters.shared_database", "adapters.shared_outbox")
"""Imported when they are used: their driver is an extra."""


class Carried(NamedTuple):
    """How much of it went along with a ledger that was copied."""

    subscriptions: int
    letters: int
    alerts: int
    sign_outs: int


class Shared:
    """Where each of it is. `now_seconds` is the machine's clock, in unix seconds."""

    def __init__(self, folder: Path, database_url: str | None, now_seconds: Callable[[], int]) -> None:
        self.outbox = Outbox(folder)
        self.alerts: AlertsPlace = AlertsFile(folder)
        self.log_store = open_log_store(folder, database_url, only_reads=True)
        self._now_seconds = now_seconds
        self._database: Any = None
        self._looking: asyncio.Task[None] | None = None
        if database_url is None:
            self.ended: SignedOut = EndedSessions(folder, now_seconds())
            return
        module, outbox = map(importlib.import_module, MODULES)
        self._database = module.SharedDatabase(database_url)
        outbox.move_in(self._database, folder)
        self.outbox, self.alerts = outbox.SharedOutbox(self._database), module.SharedAlerts(self._database)
        self.ended = self._sessions = module.SharedEndedSessions(self._database, now_seconds())

    def start(self) -> None:
        """Look again and again who signed out at another server."""
        if self._database is not None:
            self._looking = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Look no further, and close."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await asyncio.to_thread(self.close)

    def take_all(self, source: "Shared") -> Carried:
        """Have here what is kept there, in place of what was here. Raises `NotReady`."""
        contents = source.outbox.contents()
        self.outbox.have(contents)
        alerts = source.alerts.read()
        if alerts is not None:
            self.alerts.write(alerts)
        ended = source.ended.all()
        if ended:
            self.ended.take_all(ended)
        return Carried(len(contents[0]), len(contents[1]), int(alerts is not None), len(ended))

    def close(self) -> None:
        """Hang up."""
        self.outbox.close()
        self.log_store.close()
        if self._database is not None:
            self._database.close()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(NotReady):  # what was known stays known
                await asyncio.to_thread(self._sessions.refresh, self._now_seconds())
