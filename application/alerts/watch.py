"""The worker that looks what needs somebody, and has them told."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from application.actor import Actor
from application.alerts.digests import Digests
from application.alerts.kept import AlertMemory
from application.alerts.mailing import Mailing
from application.alerts.telling import Telling
from application.installation import Installation
from application.queries.attention import needs_now
from application.queries.masking import seen_by
from application.workers.periodic import Periodic
from domain.alerting import AlertChange, Condition, looked

LOOK_SECONDS = 10.0
SEND_SECONDS = 1.0
SENDS_IN_A_ROW_MAX = 20
ANYBODY = Actor("alerts", "viewer")
"""A message leaves this house: it says what a viewer may see."""

log = structlog.get_logger("dialtrail.alerts")


class Notifier(Protocol):
    """A way to be told. What it takes is on disk once it has returned and the memory of alerts was saved."""

    def take(self, changes: Sequence[AlertChange]) -> None:
        """What was raised or is over is to be told, soon, by somebody else than the caller."""


class AlertWatch:
    """One per installation, beside the dialer. `run` until `stop`."""

    part = "alerts"

    def __init__(
        self,
        parts: Installation,
        memory: AlertMemory,
        notifiers: Sequence[Notifier],
        mailing: Mailing | None,
        telling: Telling | None,
        digests: Digests | None,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self.memory = memory
        self.mailing = mailing
        self._telling = telling
        self.digests = digests
        self._parts = parts
        self._notifiers = notifiers
        self._clock = clock
        words = {"refused": "alerts could not be remembered", "mistaken": "alerts could not be looked for"}
        self._stands_by: Callable[[], bool] = lambda: False
        self._was_standing_by = False
        self._working = asyncio.Lock()
        self._looking = Periodic(self.look, LOOK_SECONDS, **words)
        self._sending = Periodic(self.send, SEND_SECONDS, **words)

    @property
    def trouble(self) -> str | None:
        """What keeps alerts from being looked for or remembered. That a mail server takes nothing is a note, and none of ours."""
        return self._looking.trouble or self._sending.trouble

    def notes(self) -> list[str]:
        """What is worth a look, and keeps no part from working."""
        note = None if self.mailing is None else self.mailing.note
        return [] if note is None else [note]

    def stand_by_while(self, stands_by: Callable[[], bool]) -> None:
        """Another process may look and send: do neither while it does, but know what it remembers."""

        def noted() -> bool:
            found = stands_by()
            self._was_standing_by |= found
            return found

        self._stands_by = self._sending.stands_by = noted

    async def run(self) -> None:
        """Look and send until stopped."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._looking.run())
            tasks.create_task(self._sending.run())

    async def stop(self) -> None:
        """Begin nothing more; what is to be told yet is on disk."""
        self._looking.stop()
        self._sending.stop()

    async def look(self) -> None:
        """As `_look`, while nothing is sent."""
        async with self._working:
            await self._look()

    async def _look(self) -> None:
        """One look: what is new, and what is over. Raises `NotReady` where it cannot be remembered.

        Where another process looks, and once it has ended, this learns what it remembers.
        """
        if await self._another_looks():
            return
        found = await needs_now(self._parts)
        shown = [seen_by(ANYBODY, one) for one in found.needs]
        seen = [
            Condition(
                key=whole.key,  # what was masked alike is not the same
                need=one.need,
                campaign_id=one.campaign_id,
                since=one.since,
                says=one.says,
                what_to_do=one.what_to_do,
            )
            for whole, one in zip(found.needs, shown, strict=True)
            if one.is_told
        ]
        on, changes = looked(self.memory.kept.on, seen, found.unknown, self._clock())
        self.memory.took(on, changes)
        for change in changes:
            condition = change.alert.condition
            log.warning(
                "alert",
                what=change.kind,
                need=condition.need,
                campaign_id=condition.campaign_id,
                says=condition.says,
            )
        if changes:
            for notifier in self._notifiers:
                notifier.take(changes)
        if self.digests is not None and self.mailing is not None:
            written = await self.digests.due(shown)
            if written is not None:
                self.mailing.add(written)
        await self._save()

    async def _another_looks(self) -> bool:
        stands_by = self._stands_by()
        if self._was_standing_by:
            await asyncio.to_thread(self.memory.load_anew)
            self._was_standing_by = stands_by
        return stands_by

    async def send(self) -> None:
        """Hand in what is due, one after the other, and have subscribers told. Raises `NotReady`.

        Whoever sent before may have sent some of it since this looked.
        """
        async with self._working:
            if not await self._another_looks():
                await self._send()

    async def _send(self) -> None:
        if self.mailing is not None:
            await self._send_mails(self.mailing)
        if self._telling is not None and await self._telling.tell():
            await self._save()

    async def _send_mails(self, mailing: Mailing) -> None:
        mailing.follow_the_clock()
        for _ in range(SENDS_IN_A_ROW_MAX):
            if self._sending.is_stopping or not await mailing.send_due():
                break
            await self._save()

    async def _save(self) -> None:
        if not self.memory.is_saved:
            await asyncio.to_thread(self.memory.save)
