"""Before anybody is called: is this the ledger that was dialled on last, where it was then?"""

import asyncio
from collections.abc import Mapping

import structlog

from adapters.high_water import HighWater, HighWaterMarks, is_there, read_high_water
from adapters.ledger import Ledger
from application.commands.account import pause_restored
from application.dialer.config import DialerConfig
from domain.ledger_life import LedgerRestored
from domain.restored import SERVER, TAKEN, TIMELINE, HighWaterSeen, restored

LOOK_SECONDS = 30.0

log = structlog.get_logger("dialtrail.dialer")


class RestoredGuard:
    """Pauses the account where it is not, and keeps the high-water marks from then on."""

    def __init__(self, ledger: Ledger, config: DialerConfig, metadata: Mapping[str, str]) -> None:
        self._ledger = ledger
        self._config = config
        self._metadata = metadata
        self._marks: HighWaterMarks | None = None
        self._taken = ""
        self._is_server = False
        self._takes = 0
        self._look_at = 0.0

    async def look(self) -> None:
        """Pause by what is found, then know this place. Broken off anywhere, it is found again. Raises `LedgerError`."""
        places = self._config.high_water
        if not places or self._marks is not None:
            return
        self._taken, self._takes = self._config.new_id(), self._config.ownership.takes()
        here = {**await asyncio.to_thread(self._ledger.place.here), **self._config.machine}
        self._is_server = SERVER in here
        found = await asyncio.to_thread(self._found, here)
        if found is not None:
            paused = pause_restored(self._config.fingerprint, found)
            await self._ledger.execute(paused, lane="answers", metadata=self._metadata)
            log.warning("this ledger is not the one that was dialled on last: nobody is called", why=found.why)
        await asyncio.to_thread(self._know, here)

    def _found(self, here: Mapping[str, str | int]) -> LedgerRestored | None:
        place = self._ledger.place
        marks = read_high_water(self._config.high_water, self._ledger.key_check)
        seen = [
            HighWaterSeen(mark.position, mark.event_id, is_there=is_there(self._ledger, mark), taken=mark.taken)
            for mark in marks
        ]
        return restored(place.known(), here, seen, is_copied=place.is_copied())

    def _know(self, here: Mapping[str, str | int]) -> None:
        """The marks first: a place on record without any would be a loss of them."""
        place = self._ledger.place
        last = HighWater(*self._ledger.last_event(), self._taken)
        marks = self._marks = HighWaterMarks(self._config.high_water, self._ledger.key_check, last)
        self._ledger.add_listener(lambda commit: marks.raise_to(commit[-1].position, commit[-1].event_id))
        # Where the database does not say, what it said before stands; somebody dials there now, copied or not.
        place.know({**(here or place.known() or {}), TAKEN: self._taken})

    async def keep(self) -> None:
        """Whoever dials goes on, or again after others did: the mark is that of the last one. Raises `LedgerError`.

        Now and then it is looked whether a standby was promoted. Whoever dials beyond that lacks nothing that it knows of.
        """
        takes, now = self._config.ownership.takes(), self._config.monotonic()
        is_known = takes == self._takes and now < self._look_at
        if self._marks is None or not self._is_server or is_known:
            return
        self._look_at = now + LOOK_SECONDS
        await asyncio.to_thread(self._keep, is_taken_anew=takes != self._takes)
        self._takes = takes

    def _keep(self, *, is_taken_anew: bool) -> None:
        place, last = self._ledger.place, {TAKEN: self._taken}
        here, known = place.here(), place.known()
        if SERVER not in here or known is None or not (is_taken_anew or known.get(TAKEN) == self._taken):
            return
        if {**known, TIMELINE: None, **last} == {**here, TIMELINE: None, **last} and known != {**here, **last}:
            place.know({**here, **last})

    def close(self) -> None:
        """Let go of the marks, which stay."""
        if self._marks is not None:
            self._marks.close()
