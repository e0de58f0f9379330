"""The rule that hangs on a campaign's own clock: nobody is called where it has to stand still, also before that is recorded."""

from collections.abc import Iterator
from datetime import datetime

from domain.campaign import CampaignState, stands_still_by_schedule
from domain.dialing.verdict import Reason


def schedule_reasons(campaign: CampaignState, now: datetime) -> Iterator[Reason]:
    """What the schedule says at `now` against calling anybody."""
    due = stands_still_by_schedule(campaign, now)
    if due is not None:
        inputs = {"act": due.act, "at": due.at.isoformat()}
        yield Reason(rule="outside_schedule", scope="campaign", final=due.act == "stop", inputs=inputs)
