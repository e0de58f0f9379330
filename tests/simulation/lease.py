"""Who dials, where several could: a lease that can be lost and taken again. Model: the lease; real: whoever asks it.

On a folder nobody else can dial, so a world's process is told of one as it would be told on a database.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.ledger import Ownership
from tests.simulation.journal import Journal

LOST_SECONDS_MAX = 300.0
ANOTHER = "another dials"


class ModelLease:
    """One for a world, whichever process asks. Its losses are in the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lost = 0
        self._takes = 1

    def lose(self) -> None:
        """Another has it."""
        self._lost += 1
        self._journal.note("lease", lost=True)

    def take(self) -> None:
        """It is ours again, once each loss is over."""
        self._lost = max(0, self._lost - 1)
        if not self._lost:
            self._takes += 1
            self._journal.note("lease", lost=False)

    @property
    def trouble(self) -> str | None:
        """Why nothing may be sent."""
        return ANOTHER if self._lost else None

    @asynccontextmanager
    async def owned(self, *_: object, **__: object) -> AsyncIterator[Ownership]:
        """What stands for `owned_database`, whatever it is given."""
        yield Ownership(lambda: self.trouble, lambda: self._takes, lambda: None, lambda: self.trouble)
