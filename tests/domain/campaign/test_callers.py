"""A number is taken out of a pool at once, stays out, and comes back with the plan that names it."""

import pytest
from msgspec.structs import replace

from domain.caller_pool import CallerPool
from domain.campaign import (
    CallerNumberRemoved,
    CampaignChangeRequested,
    CampaignRevised,
    CampaignStarted,
    CampaignState,
    Plan,
    RemovedCaller,
    evolve,
    pool_numbers,
    remove_caller,
)
from domain.errors import Conflict, NotFound
from tests.domain.given import at, campaign_after

A, B, C = "+15551230001", "+15551230002", "+15551230003"
POOL = Plan(caller_number=A, pool=CallerPool(numbers=(A, B)))
BLOCKED = CallerNumberRemoved(number=A, cause="operator", reason="blocked")


def after(*events: CampaignRevised | CallerNumberRemoved | CampaignChangeRequested) -> CampaignState:
    state = campaign_after(CampaignStarted(), CampaignRevised(plan=POOL))
    for nth, event in enumerate(events):
        found = evolve(state, event, at(100 + nth))
        assert found is not None
        state = found
    return state


def test_it_is_taken_out_once_and_a_change_of_something_else_leaves_it_out() -> None:
    assert remove_caller(after(), A, "operator", reason="blocked") == [BLOCKED]
    state = after(BLOCKED)
    assert remove_caller(state, A, "breaker") == []
    assert pool_numbers(state.plan) == (B,)
    assert state.removed_callers == (RemovedCaller(number=A, cause="operator", at=at(100), reason="blocked"),)
    assert after(BLOCKED, CampaignRevised(plan=replace(state.plan, record=True))).removed_callers
    with pytest.raises(NotFound, match="is not in the pool"):
        remove_caller(state, C, "operator")
    with pytest.raises(Conflict, match="has no pool"):
        remove_caller(campaign_after(CampaignStarted()), A, "operator")


def test_the_plan_that_names_it_puts_it_back_and_what_was_before_that_counts_no_more() -> None:
    state = after(BLOCKED, CampaignRevised(plan=POOL))
    assert (pool_numbers(state.plan), state.removed_callers) == ((A, B), ())
    assert dict(state.callers_since)[A] == at(101)


def test_a_plan_that_waits_for_a_second_person_would_put_it_back_and_is_superseded() -> None:
    asked = CampaignChangeRequested(
        change_id="c1", change="revise", requested_by="kim", expires_at=at(10_000), plan=POOL
    )
    (change,) = after(asked, BLOCKED).changes
    assert (change.status, change.why) == ("superseded", "a caller number was taken out")


def test_an_attempt_of_which_no_number_is_recorded_is_from_the_one_that_the_campaign_began_with() -> None:
    first = campaign_after(CampaignStarted()).plan.caller_number
    state = after()
    assert (state.plan.caller_number, state.caller_of(None), state.caller_of(B)) == (A, first, B)
