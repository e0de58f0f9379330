import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.documents.campaign import parse_campaign
from adapters.documents.revision import parse_revision, plan_changes
from domain.caller_pool import CallerPool
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


POOL = {"pool": ["+15551230001", "+15551230003"], "choose": "area", "calls_a_day_max": 5}


def test_a_pool_takes_the_place_of_a_number_or_a_pool_and_a_number_that_of_a_pool() -> None:
    _, plan = parse_campaign({"id": "spring", "from": "+15551230001"})
    one = CampaignState(campaign_id="spring", plan=plan, created_at=NOON)
    with_pool = parse_revision({"reason": "more", "from": POOL}).applied_to(one)
    assert plan_changes(plan, with_pool) == [
        {"field": "from.pool", "before": None, "after": ["+15551230001", "+15551230003"]},
        {"field": "from.choose", "before": None, "after": "area"},
        {"field": "from.calls_a_day_max", "before": None, "after": 5},
    ]
    several = CampaignState(campaign_id="spring", plan=with_pool, created_at=NOON)
    fewer = parse_revision({"reason": "less", "from": {"pool": ["+15551230003"]}}).applied_to(several)
    assert (fewer.caller_number, fewer.caller_pool) == ("+15551230003", CallerPool(numbers=("+15551230003",)))
    back = parse_revision({"reason": "one", "from": "+15551230003"}).applied_to(several)
    assert (back.caller_number, back.caller_pool) == ("+15551230003", None)
    assert parse_revision({"reason": "the same", "from": "+15551230001"}).applied_to(one) == plan
    with pytest.raises(InvalidInput, match="may not change, it is"):
        parse_revision({"reason": "another", "from": "+15551230003"}).applied_to(one)


INBOUND = {"start": "hello", "steps": {"hello": {"actions": [{"say": "This is Example."}], "end": True}}}


def test_an_inbound_script_comes_changes_and_goes_like_the_other_one() -> None:
    _, plan = parse_campaign(CAMPAIGN)
    state = CampaignState(campaign_id="spring_followup", plan=plan, created_at=NOON)
    assert plan.inbound_script is UNSET

    told = parse_revision({"reason": "they ring back", "inbound_script": INBOUND}).applied_to(state)
    assert plan_changes(plan, told) == [{"field": "inbound_script", "before": None, "after": INBOUND}]
    after = replace(state, plan=told)
    assert parse_revision({"reason": "no more", "inbound_script": None}).applied_to(after).inbound_script is UNSET
    assert parse_revision({"reason": "as it is"}).applied_to(after).inbound_script == INBOUND


@pytest.mark.parametrize(
    ("inbound", "complaint"),
    [
        (of_step(next="b"), r"inbound_script\.steps\.a\.next: names step b"),
        (
            of_step(actions=[{"say": "Hello {name}."}], end=True),
            r"inbound_script\.steps\.a\.actions\[0\]\.say: needs name",
        ),
        ({"start": "a"}, r"inbound_script\.steps: is missing"),
    ],
)
def test_what_is_wrong_with_an_inbound_script_is_named_there(inbound: object, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        parse_campaign({**CAMPAIGN, "inbound_script": inbound})
    with pytest.raises(InvalidInput, match=complaint):
        parse_revision({"reason": "x", "inbound_script": inbound})
