"""Which moment is asked about: found in the ledger off the event loop, and waited for where the views have to come that far."""

import asyncio

from application.installation import Installation
from application.moment import Moment, moment_in
from domain.errors import InvalidInput, ViewsBehind

AT_LEAST_SECONDS_MAX = 5.0
COURTESY_SECONDS_MAX = 0.5
OPENING_SECONDS_MAX = 5.0


async def moment_asked(parts: Installation, text: str | None, name: str = "as_of") -> Moment:
    """The moment that somebody wrote, an instant or a position; without one, now. Raises `InvalidInput`."""
    now = parts.clock()
    if text is None:
        return Moment(parts.ledger.position, now, ledger_at=parts.ledger.clocks(now).ledger)
    return await asyncio.to_thread(moment_in, parts.ledger, text, now, name)


def check_place(parts: Installation, name: str, place: int) -> None:
    """Raises `InvalidInput` for a position that the ledger has not come to: whoever goes on after it would miss what comes."""
    # Another process may have written since this one looked.
    if place > parts.ledger.position and not parts.ledger.read_feed(place - 1, 1):
        raise InvalidInput(
            name,
            f"is after the ledger's end, {parts.ledger.position}: the ledger was put back to an older copy, or is another "
            "one; begin again after a position that is in it",
        )


async def moment_in_views(parts: Installation, text: str | None, at_least: int = 0) -> Moment:
    """The same for what is read from the views, once they have come that far.

    With a moment or a position that they shall have at least that is waited for, and `ViewsBehind` where it takes too
    long; without them a little, so that who has just changed something sees it as a rule.
    """
    asked = await moment_asked(parts, text)
    wanted = max(at_least, asked.position) if asked.is_past else at_least
    if wanted and not await parts.projector.wait_for(wanted, AT_LEAST_SECONDS_MAX):
        raise ViewsBehind(
            f"the views are at position {parts.projector.position}, and {wanted} was asked for; try again"
        )
    if not wanted:
        await parts.projector.wait_for(0, OPENING_SECONDS_MAX)
        await parts.projector.wait_for(asked.position, COURTESY_SECONDS_MAX)
    return asked
