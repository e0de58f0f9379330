"""What somebody who looks at a running campaign should know of its agents."""

from collections.abc import Mapping

from application.installation import Installation
from domain.campaign import CampaignState
from domain.dialing import agents_reason

_SAYS: Mapping[str, str] = {
    "agents_unknown": "nobody is called: how many agents are free is not known, or was told too long ago",
    "agents_busy": "nobody more is called: as many calls are under way as there may be for the agents who are free",
}


def agent_notes(parts: Installation, state: CampaignState) -> list[str]:
    """Why agents keep it from calling now; nothing where they do not."""
    now = parts.clock()
    reason = agents_reason(state, parts.in_flight.attempts.slots_held(state.campaign_id, now), now)
    return [] if reason is None else [_SAYS[reason.rule]]
