"""The rule that hangs on a campaign's own clock: nobody is called where it has to stand still, also before that is recorded."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import UNSET

from domain.campaign import CampaignState, stands_still_by_schedule
from domain.dialing.verdict import ZONE_DATA_MISSING, Reason
from domain.zones import zone_info


def schedule_reasons(campaign: CampaignState, now: datetime) -> Iterator[Reason]:
    """What the schedule says at `now` against calling anybody; without its zone's data nobody knows, and that holds."""
    schedule = campaign.plan.schedule
    if campaign.phase == "running" and schedule is not UNSET and zone_info(schedule.zone) is None:
        inputs = {"zones": schedule.zone, "missing": schedule.zone}
        yield Reason(rule=ZONE_DATA_MISSING, scope="campaign", inputs=inputs)
        return
    due = stands_still_by_schedule(campaign, now)
    if due is not None:
        inputs = {"act": due.act, "at": due.at.isoformat()}
        yield Reason(rule="outside_schedule", scope="campaign", final=due.act == "stop", inputs=inputs)
