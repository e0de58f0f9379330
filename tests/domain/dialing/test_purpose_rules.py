"""A person is left alone while a campaign that goes first has yet to call them; of a circle of campaigns somebody always calls."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.account import AccountState
from domain.agents import AgentRules, AgentsKnown
from domain.caller_pool import CallerPool
from domain.campaign import CampaignPause, CampaignState, Plan
from domain.dialing import PURPOSE_WAITS, Beside, beside, with_purposes
from domain.dialing.purpose_rules import goes_first
from domain.dialing.verdict import Verdict
from domain.policy import Policy
from domain.recipient import Enrollment, RecipientState
from domain.recipient.attempt import Attempt
from domain.recipient.callback import Callback
from domain.recipient.lookups import LookupFailure
from tests.domain.given import NINE, at

FREE = Verdict(judged_at=NINE, attempts_counted=0, attempts_max=1)


def campaign(campaign_id: str, *waits_for: str, created: int = 0, purpose: str | None = None) -> CampaignState:
    policy = Policy(purpose=purpose, waits_for=waits_for)
    return CampaignState(
        campaign_id=campaign_id,
        plan=Plan(caller_number="+15551230001", policy=policy),
        phase="running",
        created_at=at(created),
    )


def person(*campaigns: str, **more: object) -> RecipientState:
    return replace(RecipientState(number="+12125550100", enrollments={one: Enrollment() for one in campaigns}), **more)


SALES, SERVICE = campaign("sales", "help"), campaign("service", created=5, purpose="help")
BOTH = person("sales", "service")


def held(first: CampaignState, who: RecipientState = BOTH, sales: CampaignState = SALES, after: float = 0) -> bool:
    others = beside(sales, [who], {"service": first, "sales": sales}.get)
    verdict = with_purposes(FREE, sales, others, AccountState(), {}, at(after))
    return [(one.rule, dict(one.inputs)) for one in verdict.reasons] == [
        (PURPOSE_WAITS, {"campaign_id": "service", "purpose": "help"})
    ]


def test_it_waits_for_a_campaign_of_that_purpose_that_has_yet_to_call_them() -> None:
    assert held(SERVICE)
    assert not held(SERVICE, person("sales"))
    assert not held(SERVICE, sales=campaign("sales", "another"))
    assert not held(SERVICE, sales=campaign("sales"))
    assert not held(SERVICE, replace(BOTH, enrollments={"sales": Enrollment(), "service": Enrollment(withdrawn=True)}))


@pytest.mark.parametrize("phase", ["created", "completed", "canceled"])
def test_one_that_does_not_run_is_not_waited_for(phase: str) -> None:
    assert not held(replace(SERVICE, phase=phase))


def test_one_that_is_paused_is_waited_for_a_day() -> None:
    paused = replace(SERVICE, phase="paused", pause=CampaignPause(cause="operator", code=None, at=at(0)))
    assert held(paused, after=timedelta(hours=24).total_seconds() - 1)
    assert not held(paused, after=timedelta(hours=24).total_seconds())


def test_it_ends_once_the_other_has_no_attempt_left_or_cannot_call_by_itself() -> None:
    tried = Attempt(
        attempt_id="a",
        campaign_id="service",
        phase="settled_without_call",
        started_at=at(0),
        epoch="e",
        changed_at=at(0),
    )
    assert not held(SERVICE, replace(BOTH, attempts=(tried,)))
    assert held(SERVICE, replace(BOTH, attempts=(replace(tried, campaign_id="third"),)))
    only = replace(SERVICE.plan, policy=Policy(purpose="help", only=("+12125550199",)))
    assert not held(replace(SERVICE, plan=only))
    late = replace(SERVICE.plan, policy=Policy(purpose="help", starts_at=at(9_000)))
    assert not held(replace(SERVICE, plan=late))


def test_of_two_that_wait_for_each_other_the_one_made_first_goes_first() -> None:
    older, younger = campaign("sales", "help"), campaign("service", "sales", created=5, purpose="help")
    assert not held(younger, sales=older)
    assert goes_first(younger, [Beside(older, BOTH)]) == [Beside(older, BOTH)]


@given(
    waits=st.dictionaries(st.sampled_from("abcde"), st.frozensets(st.sampled_from("abcde")), min_size=1),
    ages=st.permutations(range(5)),
)
def test_whoever_waits_for_whom_somebody_is_held_by_nobody(waits: dict[str, frozenset[str]], ages: list[int]) -> None:
    campaigns = {
        name: campaign(name, *sorted(purposes), created=ages["abcde".index(name)]) for name, purposes in waits.items()
    }
    who = person(*campaigns)
    free = [
        one
        for one in campaigns.values()
        if not goes_first(one, [Beside(other, who) for other in campaigns.values() if other is not one])
    ]
    assert free


@pytest.mark.parametrize("phase", ["running", "paused"])
def test_one_without_a_number_to_call_from_is_not_waited_for(phase: str) -> None:
    pause = CampaignPause(cause="operator", code=None, at=at(0)) if phase == "paused" else None
    emptied = replace(SERVICE.plan, pool=CallerPool(numbers=()))
    assert not held(replace(SERVICE, plan=emptied, phase=phase, pause=pause))
    filled = replace(SERVICE.plan, pool=CallerPool(numbers=("+15551230001",)))
    assert held(replace(SERVICE, plan=filled, phase=phase, pause=pause))


def test_one_that_runs_is_waited_for_only_while_it_knows_of_its_agents() -> None:
    none_told = replace(SERVICE, plan=replace(SERVICE.plan, agents=AgentRules(life_seconds=30)))
    assert not held(none_told)
    told = replace(none_told, agents=AgentsKnown(free=0, told_at=at(0), source="told"))
    assert held(told, after=29)
    assert not held(told, after=30)
    paused = replace(none_told, phase="paused", pause=CampaignPause(cause="operator", code=None, at=at(0)))
    assert held(paused)


@pytest.mark.parametrize(("hours", "is_held"), [(1, True), (24, True), (25, False), (7_200, False)])
def test_a_wish_is_waited_for_a_day(hours: int, is_held: bool) -> None:
    wished = NINE + timedelta(hours=hours)
    wish = Callback(at=wished, give_up_at=wished + timedelta(hours=2), source="operator", set_at=NINE)
    who = replace(BOTH, enrollments={"sales": Enrollment(), "service": Enrollment(callback=wish)})
    assert held(SERVICE, who) is is_held


def test_who_is_to_be_looked_up_again_after_that_failed_is_not_waited_for() -> None:
    failure = LookupFailure(host="crm.example", why="timeout", tries=3, at=at(0), until=at(900))
    who = replace(BOTH, lookup_failures={"service": failure})
    assert not held(SERVICE, who)
    assert not held(SERVICE, who, after=899)
    assert held(SERVICE, who, after=900)
    assert held(SERVICE, replace(BOTH, lookup_failures={"third": failure}))
