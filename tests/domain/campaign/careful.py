"""A campaign whose policy asks for a second person."""

from msgspec.structs import replace

from domain import campaign
from domain.campaign import CHANGE_WAITS_MAX, CampaignCreated, CampaignEvent, CampaignState, Plan
from domain.policy import Policy
from tests.domain.given import NINE, SPRING

CAREFUL = Plan(caller_number="+15559870000", policy=Policy(needs_approval=True))
CARELESS = replace(CAREFUL, policy=None)
WEEK = CHANGE_WAITS_MAX


def careful_after(*events: CampaignEvent, plan: Plan = CAREFUL) -> CampaignState:
    """A campaign that needs approval, created at nine and after these events."""
    state = campaign.evolve(None, CampaignCreated(campaign_id=SPRING, plan=plan), NINE)
    for event in events:
        state = campaign.evolve(state, event, NINE)
    assert state is not None
    return state
