"""What somebody who looks at a running campaign should know of its agents."""

from collections.abc import Mapping

from application.installation import Installation
from domain.campaign import CampaignState
from domain.counted import counted
from domain.dialing import agents_reason
from domain.instants import time_text

_SAYS: Mapping[str, str] = {
    "agents_unknown": "nobody is called: how many agents are free is not known, or was told too long ago",
    "agents_busy": "nobody more is called: as many calls are under way as there may be for the agents who are free",
}


def agent_notes(parts: Installation, state: CampaignState) -> list[str]:
    """Why agents keep it from calling now, and that the system that is asked for them does not answer; nothing where neither is."""
    now = parts.clock()
    reason = agents_reason(state, parts.in_flight.attempts.slots_held(state.campaign_id, now), now)
    held = [] if reason is None else [_SAYS[reason.rule]]
    return [*_trouble_notes(parts, state.campaign_id), *held]


def _trouble_notes(parts: Installation, campaign_id: str) -> list[str]:
    trouble = parts.agents_trouble(campaign_id)
    if trouble is None:
        return []
    times, since = counted(trouble.times, "time"), time_text(trouble.since)
    what = (
        f"{trouble.host}, which is asked how many agents are free, has given no answer that can be used since {since}"
    )
    return [f"{what} ({times} in a row; the last time: {trouble.why})"]
