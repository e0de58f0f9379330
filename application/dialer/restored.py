"""Before anybody is called: is this the ledger that was dialled on last, where it was then?"""

import asyncio
from collections.abc import Mapping

import structlog

from adapters.high_water import HighWaterMarks, read_high_water
from adapters.ledger import Ledger
from application.commands.account import pause_restored
from application.dialer.config import DialerConfig
from domain.ledger_life import LedgerRestored
from domain.restored import HighWaterSeen, restored

log = structlog.get_logger("dialtrail.dialer")


class RestoredGuard:
    """Pauses the account where it is not, and keeps the high-water marks from then on."""

    def __init__(self, ledger: Ledger, config: DialerConfig, metadata: Mapping[str, str]) -> None:
        self._ledger = ledger
        self._config = config
        self._metadata = metadata
        self._marks: HighWaterMarks | None = None

    async def look(self) -> None:
        """Pause by what is found, then know this place. Broken off anywhere, it is found again. Raises `LedgerError`."""
        places = self._config.high_water
        if not places or self._marks is not None:
            return
        here = {**await asyncio.to_thread(self._ledger.place.here), **self._config.machine}
        found = await asyncio.to_thread(self._found, here)
        if found is not None:
            paused = pause_restored(self._config.fingerprint, found)
            await self._ledger.execute(paused, lane="answers", metadata=self._metadata)
            log.warning("this ledger is not the one that was dialled on last: nobody is called", why=found.why)
        await asyncio.to_thread(self._know, here)

    def _found(self, here: Mapping[str, str | int]) -> LedgerRestored | None:
        place = self._ledger.place
        closed_elsewhere_at = place.closed_elsewhere_at()
        seen = [
            HighWaterSeen(
                position,
                event_id,
                is_there=position == closed_elsewhere_at or self._ledger.has_event(position, event_id),
            )
            for position, event_id in read_high_water(self._config.high_water, place.key_check)
        ]
        return restored(place.known(), here, seen, is_copied=place.is_copied())

    def _know(self, here: Mapping[str, str | int]) -> None:
        """The marks first: a place on record without any would be a loss of them."""
        place = self._ledger.place
        marks = self._marks = HighWaterMarks(self._config.high_water, place.key_check, *self._ledger.last_event())
        self._ledger.add_listener(lambda commit: marks.raise_to(commit[-1].position, commit[-1].event_id))
        if here and place.known() != here:
            place.know(here)

    def close(self) -> None:
        """Let go of the marks, which stay."""
        if self._marks is not None:
            self._marks.close()
