"""What to know of a campaign's lookup, in sentences without a person's data."""

from application.dialer.lookup_brake import LookupTrouble
from application.installation import Installation
from domain.campaign import CampaignState, OnFailure
from domain.counted import counted
from domain.errors import NotFound
from domain.instants import time_text

CONSEQUENCES: dict[OnFailure, str] = {
    "go_on": "people are called without it",
    "hold": "those who were asked about are held until the next try, and all others wait",
    "skip": "those who were asked about are taken out, and all others wait",
}


def trouble_note(state: CampaignState, trouble: LookupTrouble | None) -> list[str]:
    """That a lookup does not answer, since when, and what follows from it."""
    lookup = state.plan.asked_first
    if lookup is None or trouble is None:
        return []
    times, since = counted(trouble.times, "time"), time_text(trouble.since)
    what = f"the lookup at {trouble.host} has given no answer that can be used since {since}"
    return [f"{what} ({times} in a row; the last time: {trouble.why}): {CONSEQUENCES[lookup.on_failure]}"]


async def unreachable_lookup(parts: Installation, campaign_id: str) -> str | None:
    """Why nothing would answer where a campaign's lookup is; None where something does, or it has none.

    Nobody is asked about: it takes one HEAD request. Raises `NotFound`.
    """
    await parts.fresh()
    state = parts.in_flight.campaigns.get(campaign_id)
    if state is None:
        raise NotFound(f"no campaign is named {campaign_id}; `dialtrail campaign list` shows those there are")
    lookup = state.plan.asked_first
    if lookup is None or parts.lookups is None or state.is_over:
        return None
    why = await parts.lookups.reaches(lookup)
    return None if why is None else f"the lookup at {lookup.host} cannot be reached: {why}"
