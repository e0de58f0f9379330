"""Every change of a campaign that a second person had to approve, from the campaign's own stream."""

from collections.abc import Iterable
from typing import cast

from msgspec import Struct

from domain import campaign
from domain.campaign import CampaignChange, CampaignEvent
from domain.events import Recorded


class AskedChange(Struct, frozen=True):
    """A change, and the position at which it was asked for."""

    position: int
    change: CampaignChange


def changes_asked_for(stream: Iterable[Recorded]) -> list[AskedChange]:
    """All of them, in the order in which they were asked for, each as it stands at the stream's end."""
    state = campaign.INITIAL
    positions: dict[str, int] = {}
    last: dict[str, CampaignChange] = {}
    for recorded in stream:
        event = cast("CampaignEvent", recorded.event)
        state = campaign.evolve(state, event, recorded.counts_from)
        if isinstance(event, campaign.CampaignChangeRequested):
            positions.setdefault(event.change_id, recorded.position)
        last |= {} if state is None else {change.change_id: change for change in state.changes}
    return [AskedChange(position, last[change_id]) for change_id, position in positions.items() if change_id in last]
