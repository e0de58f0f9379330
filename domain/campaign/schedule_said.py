"""What a campaign's clock does next, in a sentence."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import UNSET

from domain.campaign.schedule import ScheduledAct, next_scheduled
from domain.campaign.state import CampaignState
from domain.instants import time_text
from domain.zones import zone_info

DOES: Mapping[ScheduledAct, str] = {
    "start": "it starts",
    "pause": "it pauses",
    "resume": "it resumes, where the schedule paused it",
    "stop": "it stops for good",
}
NEEDS_APPROVAL = "its schedule does not start it, because that takes a second person: start it, and have it approved"


def schedule_notes(state: CampaignState, now: datetime) -> list[str]:
    """Nothing for a campaign without a clock, or one that is over."""
    schedule = state.plan.schedule
    if schedule is UNSET or state.is_over:
        return []
    if zone_info(schedule.zone) is None:
        return [
            f"its schedule stands still, and nobody is called: this installation's time zone data does not have {schedule.zone}"
        ]
    following = next_scheduled(schedule, now)
    if following is None:
        return ["its schedule has nothing more to do"]
    if following.act == "start" and state.phase == "created" and state.needs_approval:
        return [NEEDS_APPROVAL]
    return [f"by its schedule ({schedule.zone}) {DOES[following.act]} at {time_text(following.at)}"]
