"""The calls that unresolved attempts could have brought about, by views that have come as far as the ledger."""

import asyncio
from collections.abc import Sequence

from application.views.remote import Views
from domain.errors import ViewsBehind
from domain.matching import UnclaimedCall, UnresolvedAttempt
from projections.possible_calls import possible_calls


async def calls_possible(
    views: Views, attempts: Sequence[UnresolvedAttempt], position: int, seconds_max: float
) -> list[UnclaimedCall]:
    """Those that nobody had claimed at a position, or later. Raises `ViewsBehind` where the views do not come that far in time.

    Without all of them one could look like the only candidate.
    """
    if not attempts:
        return []
    if not await views.wait_for(position, seconds_max):
        raise ViewsBehind("the views do not know yet which calls could be those of unresolved attempts; try again")

    def read() -> list[UnclaimedCall]:
        with views.reading() as taken:
            return possible_calls(taken.connection, attempts)

    return await asyncio.to_thread(read)
