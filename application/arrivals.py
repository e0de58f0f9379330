"""Which webhooks came in: the last one that the ledger has, and those that were refused since."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from adapters.ledger import Ledger
from application.own_delivery import OWN_CALL_ID
from projections.deliveries import last_arrival

RefusalKind = Literal["signature", "no_secret", "too_old", "other"]


class Refusals(Struct, frozen=True):
    """How many deliveries in a row were refused, since when, and why the last of them."""

    count: int
    since: datetime
    kind: RefusalKind


class Arrivals:
    """One per process. What doctor delivers to itself is no webhook of the provider's, and is left out.

    `listening_since` is when this process began to take deliveries; None where it takes none.
    """

    def __init__(self) -> None:
        self.listening_since: datetime | None = None
        self.refusals: Refusals | None = None
        self._read_up_to = 0
        self._last: datetime | None = None
        self._reading = asyncio.Lock()

    def refused(self, at: datetime, kind: RefusalKind) -> None:
        """A delivery was not believed."""
        before = self.refusals
        self.refusals = Refusals(1, at, kind) if before is None else Refusals(before.count + 1, before.since, kind)

    def accepted(self) -> None:
        """A delivery was stored."""
        self.refusals = None

    async def last(self, ledger: Ledger, first_call: Callable[[], int]) -> datetime | None:
        """When the last webhook arrived that is on disk, whichever process took it; None where none ever did.

        `first_call` gives the position before which there are none. What was looked through is not read again.
        """
        async with self._reading:
            end = ledger.position
            found = await asyncio.to_thread(self._look, ledger, first_call, end)
            self._read_up_to, self._last = end, found or self._last
            return self._last

    def _look(self, ledger: Ledger, first_call: Callable[[], int], end: int) -> datetime | None:
        begin = self._read_up_to or max(0, first_call() - 1)
        return last_arrival(ledger.read_feed, begin, end, OWN_CALL_ID)
