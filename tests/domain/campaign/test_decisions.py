"""A campaign's life: which command is possible in which phase, and what it records."""

from collections.abc import Callable, Mapping
from typing import get_args

import pytest
from msgspec.structs import replace

from domain.campaign import (
    INITIAL,
    CampaignCanceled,
    CampaignCompleted,
    CampaignCreated,
    CampaignEvent,
    CampaignPause,
    CampaignPaused,
    CampaignResumed,
    CampaignRevised,
    CampaignStarted,
    CampaignState,
    Limits,
    Phase,
    Plan,
    accept_recipients,
    cancel,
    complete,
    create,
    evolve,
    existing,
    pause,
    resume,
    revise,
    start,
)
from domain.errors import Conflict, NotFound
from tests.domain.given import NINE, ONE_OF_EACH_CAMPAIGN, PLAN, SPRING, at, campaign_after

FASTER = Plan(caller_number="+15559870000", limits=Limits(calls_per_second=5.0))
PAUSED = CampaignPaused(cause="operator")

PHASES: Mapping[Phase, list[CampaignEvent]] = {
    "created": [],
    "running": [CampaignStarted()],
    "paused": [CampaignStarted(), PAUSED],
    "canceled": [CampaignStarted(), CampaignCanceled()],
    "completed": [CampaignStarted(), CampaignCompleted()],
}
Decision = Callable[[CampaignState], list[CampaignEvent]]
DECISIONS: Mapping[str, Decision] = {
    "start": start,
    "pause": lambda s: pause(s, "provider", status=403, code="caller_id_not_allowed", body="{}"),
    "resume": resume,
    "cancel": lambda s: cancel(s, "over"),
    "complete": complete,
    "revise": lambda s: revise(s, FASTER, "faster"),
    "revise to the same": lambda s: revise(s, PLAN),
}
STARTED = CampaignStarted()
REFUSED = CampaignPaused(cause="provider", status=403, code="caller_id_not_allowed", body="{}")
REVISED = CampaignRevised(plan=FASTER, reason="faster")
OVER = CampaignCanceled(reason="over")
# What each decision records in each phase; None where it is a conflict.
TABLE: Mapping[str, Mapping[Phase, list[CampaignEvent] | None]] = {
    "start": {"created": [STARTED], "running": [], "paused": None, "canceled": None, "completed": None},
    "pause": {"created": None, "running": [REFUSED], "paused": [], "canceled": None, "completed": None},
    "resume": {"created": None, "running": [], "paused": [CampaignResumed()], "canceled": None, "completed": None},
    "cancel": {"created": [OVER], "running": [OVER], "paused": [OVER], "canceled": [], "completed": None},
    "complete": {"created": [], "running": [CampaignCompleted()], "paused": [], "canceled": [], "completed": []},
    "revise": {"created": [REVISED], "running": [REVISED], "paused": [REVISED], "canceled": None, "completed": None},
    "revise to the same": {"created": [], "running": [], "paused": [], "canceled": None, "completed": None},
}


def test_the_table_has_every_phase() -> None:
    assert set(PHASES) == set(get_args(Phase))
    assert {phase: campaign_after(*events).phase for phase, events in PHASES.items()} == {p: p for p in PHASES}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("decision", DECISIONS)
def test_a_command_is_recorded_changes_nothing_or_conflicts(decision: str, phase: Phase) -> None:
    state = campaign_after(*PHASES[phase])
    events = TABLE[decision][phase]

    if events is None:
        with pytest.raises(Conflict) as raised:
            DECISIONS[decision](state)
        assert str(raised.value).startswith(
            f"campaign {SPRING} {'never ran' if phase == 'created' and decision == 'resume' else f'is {phase}'}"
        )
    else:
        assert DECISIONS[decision](state) == events


@pytest.mark.parametrize("phase", PHASES)
def test_recipients_are_accepted_until_the_campaign_has_ended(phase: Phase) -> None:
    state = campaign_after(*PHASES[phase])

    if phase in {"canceled", "completed"}:
        with pytest.raises(Conflict) as raised:
            accept_recipients(state)
        assert str(raised.value) == f"campaign {SPRING} is {phase}; enrol these recipients in a new campaign"
    else:
        accept_recipients(state)


def test_a_campaign_is_created_with_its_plan() -> None:
    created = CampaignCreated(campaign_id=SPRING, plan=PLAN)

    assert create(INITIAL, SPRING, PLAN) == [created]
    assert evolve(INITIAL, created, at(1)) == CampaignState(
        campaign_id=SPRING, plan=PLAN, phase="created", pause=None, created_at=at(1)
    )


def test_the_same_plan_again_changes_nothing() -> None:
    assert create(campaign_after(), SPRING, replace(PLAN)) == []


def test_another_plan_under_a_taken_id_conflicts() -> None:
    with pytest.raises(Conflict) as raised:
        create(campaign_after(), SPRING, FASTER)

    assert str(raised.value) == f"campaign {SPRING} exists with another plan; choose another id, or revise it"


def test_a_campaign_that_nobody_created_is_not_found() -> None:
    with pytest.raises(NotFound) as raised:
        existing(None, "summer")

    assert "no campaign is named summer" in str(raised.value)
    assert existing(campaign_after(), SPRING) == campaign_after()


def test_a_pause_is_kept_with_its_cause_and_time_and_gone_when_it_is_over() -> None:
    running = campaign_after(CampaignStarted())
    paused = evolve(running, REFUSED, at(7))

    assert paused == replace(
        running,
        phase="paused",
        pause=CampaignPause(cause="provider", code="caller_id_not_allowed", at=at(7), status=403, body="{}"),
    )
    assert [evolve(paused, event, at(8)) for event in (CampaignResumed(), CampaignCanceled())] == [
        replace(running, running_since=at(8)),
        replace(running, phase="canceled"),
    ]


def test_a_revision_replaces_the_plan_and_nothing_else() -> None:
    paused = campaign_after(CampaignStarted(), PAUSED)

    assert evolve(paused, REVISED, at(9)) == replace(paused, plan=FASTER)


@pytest.mark.parametrize("event", ONE_OF_EACH_CAMPAIGN, ids=lambda event: event.NAME)
def test_every_event_can_be_folded_from_the_start(event: CampaignEvent) -> None:
    state = evolve(INITIAL, event, NINE)

    assert isinstance(state, CampaignState) if isinstance(event, CampaignCreated) else state is None


def test_an_operators_pause_takes_the_place_of_the_providers_and_of_no_other() -> None:
    refused = campaign_after(STARTED, REFUSED)

    assert pause(refused, "operator") == [PAUSED]
    assert campaign_after(STARTED, REFUSED, PAUSED).pause == CampaignPause(cause="operator", code=None, at=NINE)
    assert pause(refused, "breaker", code="failures") == []
    for cause in ("operator", "budget", "breaker", "canary"):
        assert pause(campaign_after(STARTED, CampaignPaused(cause=cause)), "operator") == []


def test_each_other_script_is_a_version_and_the_same_one_is_none() -> None:
    one, other = {"start": "a"}, {"start": "b"}
    versions = []
    state = evolve(INITIAL, CampaignCreated(campaign_id=SPRING, plan=replace(PLAN, script=None)), NINE)
    for script in (None, one, one, other, one, None, None, one):
        assert state is not None
        state = evolve(state, CampaignRevised(plan=replace(PLAN, script=script), reason="r"), NINE)
        assert state is not None
        versions.append(state.script_version)

    assert versions == [0, 1, 1, 2, 3, 4, 4, 5]


def test_a_campaign_that_is_created_with_a_script_begins_with_version_1() -> None:
    created = evolve(INITIAL, CampaignCreated(campaign_id=SPRING, plan=replace(PLAN, script={"start": "a"})), NINE)

    assert created is not None
    assert created.script_version == 1
