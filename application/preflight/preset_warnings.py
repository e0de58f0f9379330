"""What to look at where a policy was made from a preset long ago."""

from collections.abc import Iterator
from datetime import datetime

from domain.campaign import CampaignState
from domain.policy import READ_AGAIN_AFTER_DAYS, is_outdated


def preset_warnings(state: CampaignState, now: datetime) -> Iterator[tuple[str, str]]:
    """Each with its permanent name."""
    based_on = None if state.plan.policy is None else state.plan.policy.based_on
    if based_on is None or state.is_over or not is_outdated(based_on, now):
        return
    says = (
        f"what the preset {based_on.preset} rests on was read on {based_on.as_of}, more than {READ_AGAIN_AFTER_DAYS} days ago: "
        "look at its source, and revise policy where the rules have changed"
    )
    yield "old_preset", says
