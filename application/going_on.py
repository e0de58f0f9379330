"""Calls that go on although nobody is to be called any more: MiniVoice has no hang-up."""

from collections.abc import Callable

import structlog

from application.installation import Installation
from domain.errors import NotReady
from projections.in_flight import OpenAttempt, UnderWay

NO_HANG_UP = "MiniVoice has no hang-up"
NOT_KNOWN = (
    f"how many calls go on to their end is not known at the moment: {NO_HANG_UP}; look again with: dialtrail status"
)

log = structlog.get_logger("dialtrail.commands")


async def going_on(parts: Installation, concerns: Callable[[OpenAttempt], bool]) -> UnderWay | None:
    """The calls of these attempts, once all that was on disk is known; None where that takes too long.

    The command that asks has been done, and is not to fail for it.
    """
    try:
        await parts.fresh()
    except NotReady as error:
        log.warning("how many calls go on is not known", error=str(error))
        return None
    return parts.in_flight.attempts.under_way(concerns, parts.clock())


async def notes_of_campaign(parts: Installation, campaign_id: str) -> list[str]:
    """What to say of a campaign that calls nobody any more."""
    found = await going_on(parts, lambda one: one.attempt.campaign_id == campaign_id)
    return [NOT_KNOWN] if found is None else in_words(found)


def in_words(found: UnderWay) -> list[str]:
    """A sentence, or nothing where nothing goes on."""
    said = []
    if found.calls:
        said.append("1 call goes on to its end" if found.calls == 1 else f"{found.calls} calls go on to their end")
    if found.perhaps:
        said.append(f"{found.perhaps} {'more ' if found.calls else ''}may be under way, of which nothing is known yet")
    return [f"{', and '.join(said)}: {NO_HANG_UP}"] if said else []
