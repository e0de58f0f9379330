"""Views that stand still, as where their database is slow, while the ledger goes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from application.views import LedgerReads
from domain.events import Recorded
from entrypoints.wiring import System

WAIT_SECONDS_MAX = 60.0


class FeedThatEnds:
    """The ledger as it looks to a projector that gets nothing new."""

    def __init__(self, ledger: LedgerReads) -> None:
        self.position = ledger.position
        self.read_streams = ledger.read_streams

    def read_feed(self, _: int, __: int) -> list[Recorded]:
        """Nothing."""
        return []


@asynccontextmanager
async def standing_still(parts: System) -> AsyncIterator[None]:
    """The views have all that is on disk now, and nothing of what follows until the block ends."""
    assert await parts.projector.wait_for(parts.ledger.position, WAIT_SECONDS_MAX)
    parts.projector._ledger = cast("LedgerReads", FeedThatEnds(parts.ledger))
    try:
        yield
    finally:
        parts.projector._ledger = parts.ledger
