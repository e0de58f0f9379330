"""What a person declined that a campaign counts against calling them."""

from collections.abc import Sequence

from domain.dialing import declines_counted
from domain.policy import NO_POLICY
from domain.recipient.declined import Declined
from projections.judged import Known


def declines_here(known: Known) -> Sequence[Declined]:
    """What stands of it, whether its rest is over or not; the last said is last."""
    campaign = known.campaign
    return declines_counted(campaign.plan.policy or NO_POLICY, campaign.campaign_id, known.recipient)
