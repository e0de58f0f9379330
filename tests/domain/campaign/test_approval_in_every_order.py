"""However people ask, approve and decline, nothing begins on one person's word."""

from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import campaign
from domain.campaign import (
    CHANGE_WAITS_MAX,
    CHANGES_KEPT_MAX,
    CampaignChangeApproved,
    CampaignChangeRequested,
    CampaignEvent,
    CampaignRevised,
    CampaignStarted,
    CampaignState,
    Limits,
    Operator,
    Plan,
    Proposal,
    approve,
    decline,
    propose,
)
from domain.errors import DialtrailError
from tests.domain.campaign.careful import CAREFUL, CARELESS, WEEK, careful_after
from tests.domain.given import NINE
from tests.examples import examples

PEOPLE = {name: Operator(name, {"ann", "bob", "cy"} - {name}) for name in ("ann", "bob", "cy")}
PLANS = [*(replace(CAREFUL, limits=Limits(calls_at_once=count)) for count in range(1, 8)), CARELESS]
NAMES, ASKED_BEFORE = st.sampled_from(sorted(PEOPLE)), st.integers(1, 3)
PROPOSALS = st.one_of(
    st.builds(Proposal, change=st.just("start"), canary=st.sampled_from([None, 5])),
    st.builds(Proposal, change=st.just("revise"), plan=st.sampled_from(PLANS)),
)
VERBS = ["propose"] * 4 + ["approve"] * 5 + ["decline", "pause", "resume", "cancel", "complete", "wait"]
COMMANDS = st.sampled_from(VERBS).flatmap(
    lambda verb: st.tuples(
        st.just(verb),
        NAMES,
        PROPOSALS if verb == "propose" else ASKED_BEFORE,
    )
)


def decided(state: CampaignState, name: str, who: str, what: Any, new_id: str, now: datetime) -> list[CampaignEvent]:
    match name:
        case "propose":
            return propose(state, what, new_id, PEOPLE[who], now)
        case "approve":
            return approve(state, what, PEOPLE[who], now)
        case "decline":
            return decline(state, what, who, now)
        case "pause":
            return campaign.pause(state, "operator")
        case "resume":
            return campaign.resume(state)
        case "cancel":
            return campaign.cancel(state)
        case _:
            return campaign.complete(state)


@given(commands=st.lists(COMMANDS, min_size=10, max_size=40))
@settings(max_examples=examples(300), deadline=None)
def test_in_every_order_nothing_begins_or_changes_on_one_persons_word(commands: list[tuple[str, str, Any]]) -> None:
    state, now, count = careful_after(), NINE, 0
    requests: dict[str, tuple[CampaignChangeRequested, Plan, datetime]] = {}
    for name, who, what in commands:
        if name == "wait":
            now += WEEK / what
            continue
        before = state
        about = list(requests)[-min(what, len(requests))] if isinstance(what, int) and requests else what
        try:
            events = decided(state, name, who, about, str(count), now)
        except DialtrailError:
            continue
        count += name == "propose"
        if before.needs_approval and any(isinstance(one, (CampaignStarted, CampaignRevised)) for one in events):
            approved, effect = events
            assert isinstance(approved, CampaignChangeApproved)
            assert approved.change_id in [one.change_id for one in before.pending(now)]
            request, plan_then, asked_at = requests[approved.change_id]
            assert approved.approved_by == who != request.requested_by
            assert plan_then == before.plan
            assert now < asked_at + CHANGE_WAITS_MAX
            if isinstance(effect, CampaignStarted):
                assert (effect.canary, request.change) == (request.canary, "start")
            else:
                assert isinstance(effect, CampaignRevised)
                assert (effect.plan, request.change) == (request.plan, "revise")
        for event in events:
            if isinstance(event, CampaignChangeRequested):
                requests[event.change_id] = event, before.plan, now
            after = campaign.evolve(state, event, now)
            assert after is not None
            state = after
        kinds = [change.change for change in state.pending(now)]
        assert len(kinds) == len(set(kinds))
        assert len(state.changes) <= CHANGES_KEPT_MAX
