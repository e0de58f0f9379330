"""A start or a revision that takes a second person: who may ask, who may approve, and what no longer fits."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain import campaign
from domain.campaign import (
    CHANGES_KEPT_MAX,
    CampaignCanceled,
    CampaignChange,
    CampaignChangeApproved,
    CampaignChangeDeclined,
    CampaignChangeRequested,
    CampaignCompleted,
    CampaignEvent,
    CampaignPaused,
    CampaignResumed,
    CampaignRevised,
    CampaignStarted,
    Limits,
    Operator,
    Proposal,
    approve,
    decline,
    propose,
    revise,
    start,
)
from domain.errors import Conflict, NeedsSecondPerson, NotFound
from domain.instants import LATEST
from tests.domain.campaign.careful import CAREFUL, CARELESS, WEEK, careful_after
from tests.domain.given import NINE, at

FASTER = replace(CAREFUL, limits=Limits(calls_per_second=5.0))
ANN, BOB = Operator("ann", {"bob"}), Operator("bob", {"ann"})
START = Proposal(change="start")
SPEED_UP = Proposal(change="revise", plan=FASTER, reason="faster")


def asked(change_id: str = "c1", proposal: Proposal = START, by: str = "ann") -> CampaignChangeRequested:
    return CampaignChangeRequested(
        change_id=change_id,
        change=proposal.change,
        requested_by=by,
        expires_at=NINE + WEEK,
        canary=proposal.canary,
        plan=proposal.plan,
        reason=proposal.reason,
    )


def test_what_a_policy_lets_nobody_do_alone_is_not_done_at_once() -> None:
    for command in (start, lambda state: start(state, 3), lambda state: revise(state, CARELESS, "hurry")):
        with pytest.raises(NeedsSecondPerson, match="needs a second person's approval"):
            command(careful_after())


def test_without_the_policy_nobody_is_asked() -> None:
    state = careful_after(plan=CARELESS)

    assert propose(state, START, "c1", Operator(None), NINE) == [CampaignStarted()]
    assert propose(state, SPEED_UP, "c1", Operator(None), NINE) == [CampaignRevised(plan=FASTER, reason="faster")]


@pytest.mark.parametrize(
    ("proposal", "effect"),
    [
        (START, CampaignStarted()),
        (Proposal(change="start", canary=5), CampaignStarted(canary=5)),
        (SPEED_UP, CampaignRevised(plan=FASTER, reason="faster")),
        (Proposal(change="revise", plan=CARELESS), CampaignRevised(plan=CARELESS)),
    ],
)
def test_one_asks_and_another_approves(proposal: Proposal, effect: CampaignEvent) -> None:
    requested = propose(careful_after(), proposal, "c1", ANN, NINE)
    assert requested == [asked("c1", proposal)]

    waiting = careful_after(*requested)
    assert (waiting.phase, waiting.plan, waiting.started_at) == ("created", CAREFUL, None)
    approved = CampaignChangeApproved(change_id="c1", approved_by="bob", reason="seen")
    assert approve(waiting, "c1", BOB, at(1), "seen") == [approved, effect]
    after = careful_after(*requested, approved, effect)
    assert after.changes == (
        CampaignChange(
            change_id="c1",
            change=proposal.change,
            requested_by="ann",
            requested_at=NINE,
            expires_at=NINE + WEEK,
            plan_before=CAREFUL,
            plan=proposal.plan,
            canary=proposal.canary,
            reason=proposal.reason,
            status="approved",
            decided_by="bob",
            settled_at=NINE,
            why="seen",
        ),
    )
    assert approve(after, "c1", BOB, at(2)) == []


def test_who_asked_cannot_approve_but_take_it_back() -> None:
    state = careful_after(asked())

    with pytest.raises(NeedsSecondPerson, match="ann asked for change c1; somebody else has to approve it"):
        approve(state, "c1", ANN, NINE)
    taken_back = [CampaignChangeDeclined(change_id="c1", declined_by="ann")]
    assert decline(state, "c1", "ann", NINE) == taken_back
    with pytest.raises(Conflict, match="change c1 of campaign spring_followup was declined by ann"):
        approve(careful_after(asked(), *taken_back), "c1", BOB, NINE)


@pytest.mark.parametrize(
    ("operator", "said"),
    [
        (Operator(None), "without tokens everybody is the same operator; set DIALTRAIL_TOKENS with two operators"),
        (Operator(None, {"ann", "bob"}), "set DIALTRAIL_URL to this server and DIALTRAIL_TOKEN to your own token"),
        (Operator("ann"), "DIALTRAIL_TOKENS has no operator but ann; add a second one"),
    ],
)
def test_where_nobody_could_approve_nobody_can_ask(operator: Operator, said: str) -> None:
    with pytest.raises(NeedsSecondPerson, match=said):
        propose(careful_after(), START, "c1", operator, NINE)


def test_who_has_no_name_cannot_approve() -> None:
    for operator in (Operator(None), Operator(None, {"ann", "bob"})):
        with pytest.raises(NeedsSecondPerson):
            approve(careful_after(asked()), "c1", operator, NINE)


def test_the_same_asked_again_changes_nothing_and_another_takes_its_place() -> None:
    state = careful_after(asked())
    canary = Proposal(change="start", canary=5)

    assert propose(state, START, "c2", ANN, at(1)) == []
    assert propose(state, START, "c2", BOB, NINE) == [asked("c2", by="bob")]
    assert propose(state, canary, "c2", ANN, NINE) == [asked("c2", canary)]
    after = careful_after(asked(), asked("c2", canary), asked("c3", SPEED_UP))
    assert [(one.change_id, one.status, one.why) for one in after.changes] == [
        ("c1", "superseded", "change c2 took its place"),
        ("c2", "pending", None),
        ("c3", "pending", None),
    ]
    with pytest.raises(Conflict, match="change c1 of campaign spring_followup is superseded: change c2 took its place"):
        approve(after, "c1", BOB, NINE)


REVISED = CampaignRevised(plan=replace(CAREFUL, record=True))
STARTED = CampaignStarted()


@pytest.mark.parametrize(
    ("meanwhile", "start_says", "revision_says"),
    [
        ([REVISED], "the plan was revised", "the plan was revised"),
        ([STARTED], "the campaign was started", None),
        ([CampaignCanceled()], "the campaign was canceled", "the campaign was canceled"),
        ([STARTED, CampaignCompleted()], "the campaign was started", "the campaign was completed"),
        ([STARTED, CampaignPaused(cause="operator")], "the campaign was started", None),
    ],
)
def test_what_no_longer_fits_is_superseded_and_says_why(
    meanwhile: Sequence[CampaignEvent], start_says: str, revision_says: str | None
) -> None:
    state = careful_after(asked("c1"), asked("c2", SPEED_UP), *meanwhile)

    assert [(one.status, one.why) for one in state.changes] == [
        ("superseded", start_says),
        ("pending" if revision_says is None else "superseded", revision_says),
    ]
    with pytest.raises(Conflict, match=f"is superseded: {start_says}"):
        approve(state, "c1", BOB, NINE)
    if revision_says is None:
        assert approve(state, "c2", BOB, NINE)[1:] == [CampaignRevised(plan=FASTER, reason="faster")]


def test_what_changes_nothing_is_not_asked_for() -> None:
    running = careful_after(STARTED)

    assert propose(running, START, "c1", Operator(None), NINE) == []
    assert propose(running, Proposal(change="revise", plan=CAREFUL), "c1", Operator(None), NINE) == []
    with pytest.raises(Conflict, match="a canary is for its start"):
        propose(running, Proposal(change="start", canary=5), "c1", ANN, NINE)


def test_nobody_approves_what_has_waited_for_too_long_and_it_can_be_asked_for_again() -> None:
    state = careful_after(asked())

    assert [one.change_id for one in state.pending(NINE + WEEK - timedelta(microseconds=1))] == ["c1"]
    assert (state.pending(NINE + WEEK), state.changes[0].status_at(NINE + WEEK)) == ([], "expired")
    with pytest.raises(Conflict, match="is expired: nobody decided on it within 7 days; ask again"):
        approve(state, "c1", BOB, NINE + WEEK)
    with pytest.raises(Conflict, match="is expired"):
        decline(state, "c1", "bob", NINE + WEEK)
    assert [event.NAME for event in propose(state, START, "c2", ANN, NINE + WEEK)] == ["campaign.change_requested"]


def test_a_change_that_nobody_asked_for_is_not_found() -> None:
    state = careful_after(asked())

    for operator in (ANN, BOB):
        with pytest.raises(NotFound, match="no change of campaign spring_followup is named c9; `dialtrail campaign"):
            approve(state, "c9", operator, NINE)
    with pytest.raises(NotFound):
        decline(state, "c9", "bob", NINE)


def test_pause_resume_and_cancel_take_nobody_else() -> None:
    running = careful_after(STARTED)
    paused = careful_after(STARTED, CampaignPaused(cause="canary"))

    assert campaign.pause(running, "operator") == [CampaignPaused(cause="operator")]
    assert campaign.resume(paused) == [CampaignResumed()]
    assert campaign.cancel(paused) == [CampaignCanceled()]


def test_only_the_last_changes_are_kept_and_none_that_waits_is_forgotten() -> None:
    declined = [
        event
        for nth in range(CHANGES_KEPT_MAX + 5)
        for event in (asked(f"s{nth}"), CampaignChangeDeclined(change_id=f"s{nth}", declined_by="bob"))
    ]
    state = careful_after(asked("waits", SPEED_UP), *declined)

    kept = [f"s{nth}" for nth in range(6, CHANGES_KEPT_MAX + 5)]
    assert [one.change_id for one in state.changes] == ["waits", *kept]


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=8), timedelta(days=365)], ids=str)
def test_a_change_waits_from_when_it_was_asked_for_whatever_the_clock_said_then(ahead: timedelta) -> None:
    request = replace(asked(), expires_at=NINE + ahead + WEEK)
    state = careful_after(request)

    assert [one.expires_at for one in state.pending(NINE)] == [NINE + WEEK]
    with pytest.raises(Conflict, match="is expired"):
        approve(state, "c1", BOB, NINE + WEEK)


def test_a_change_that_is_asked_for_at_the_end_of_all_time_waits_until_then() -> None:
    [request] = propose(careful_after(), START, "c1", ANN, LATEST)

    assert isinstance(request, CampaignChangeRequested)
    assert request.expires_at == LATEST
