import pytest

from adapters.documents.campaign import parse_campaign
from adapters.documents.revision import parse_revision, plan_changes
from domain.campaign import CampaignState
from domain.errors import InvalidInput
from tests.adapters.documents.scripts import CAMPAIGN, of_step
from tests.domain.script.given import MENU
from tests.entrypoints.serving import NOON


def test_a_revision_may_bring_change_and_take_away_a_script() -> None:
    _, plan = parse_campaign(CAMPAIGN)
    state = CampaignState(campaign_id="spring_followup", plan=plan, created_at=NOON)
    with_script = parse_revision({"reason": "a voice", "script": MENU}).applied_to(state)

    assert plan_changes(plan, with_script) == [{"field": "script", "before": None, "after": MENU}]
    assert parse_revision({"reason": "louder"}).changes == {}
    assert parse_revision({"reason": "no voice", "script": None}).changes == {"script": None}
    with pytest.raises(InvalidInput, match=r"script\.steps\.a\.next: names step b"):
        parse_revision({"reason": "x", "script": of_step(next="b")})
