"""A campaign as it stands: the fold over its events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, assert_never

from msgspec import UNSET, Struct
from msgspec.structs import replace

from domain.agents import AgentsKnown
from domain.campaign import callers, changes
from domain.campaign.callers import RemovedCaller
from domain.campaign.changes import CampaignChange
from domain.campaign.events import (
    BY_SCHEDULE,
    AgentsTold,
    CallerNumberRemoved,
    CampaignCanceled,
    CampaignChangeApproved,
    CampaignChangeDeclined,
    CampaignChangeRequested,
    CampaignCompleted,
    CampaignCreated,
    CampaignEvent,
    CampaignPaused,
    CampaignResumed,
    CampaignRevised,
    CampaignStarted,
    Plan,
)
from domain.errors import NotFound
from domain.once import once

Phase = Literal["created", "running", "paused", "canceled", "completed"]
CANARY = "canary"


class CampaignPause(Struct, frozen=True, kw_only=True):
    """Why a campaign stands still, and since when; how many single calls have tried it, and when the last of them began."""

    cause: str
    code: str | None
    at: datetime
    status: int | None = None
    body: str | None = None
    evidence: Mapping[str, str] | None = None
    probes: int = 0
    probed_at: datetime | None = None


class CampaignState(Struct, frozen=True, kw_only=True, dict=True):
    """A campaign as it stands. `started_at` is when it first began to dial, `running_since` when it last did.

    `canary` is how many calls there may be before somebody has looked at what became of them; None: any number.
    `changes` are those that wait for a second person, and the last ones that do not any more. `script_version` counts the
    scripts that it has had, each change one more. `removed_callers` are the numbers that were taken out of its pool, and
    `callers_since` when those came that it did not begin with; `first_caller` is the number that attempts were made from of
    which no other is known, None where that is the plan's. What its schedule had to do up to `scheduled_until` is done, or a person
    has decided otherwise since. `had_pool` where it calls, or once called, from a pool. `agents` is what was last told of them; None before, and once a plan leaves them out.
    """

    campaign_id: str
    plan: Plan
    phase: Phase = "created"
    pause: CampaignPause | None = None
    created_at: datetime
    started_at: datetime | None = None
    running_since: datetime | None = None
    canary: int | None = None
    changes: tuple[CampaignChange, ...] = ()
    script_version: int = 0
    removed_callers: tuple[RemovedCaller, ...] = ()
    callers_since: Mapping[str, datetime] = {}
    first_caller: str | None = None
    had_pool: bool = False

    @once
    def as_running(self) -> "CampaignState":
        """The same campaign as if it ran."""
        return replace(self, phase="running", pause=None)

    def caller_of(self, recorded: str | None) -> str:
        """The number that an attempt was made from, by what is recorded of it."""
        return recorded or self.first_caller or self.plan.caller_number

    scheduled_until: datetime | None = None
    agents: AgentsKnown | None = None

    @property
    def needs_approval(self) -> bool:
        """Whether a start or a revision takes a second person, by the plan that holds now."""
        return self.plan.policy is not None and self.plan.policy.needs_approval

    @property
    def asks_agents_at(self) -> str | None:
        """The URL that is asked how many agents are free; None where nobody is asked."""
        return None if self.plan.agent_rules is None else self.plan.agent_rules.url

    @property
    def is_over(self) -> bool:
        """Whether it was canceled or completed, and calls nobody more."""
        return self.phase in {"canceled", "completed"}

    def pending(self, now: datetime) -> list[CampaignChange]:
        """The changes that wait for a second person."""
        return [change for change in self.changes if change.status_at(now) == "pending"]


INITIAL: CampaignState | None = None


def evolve(state: CampaignState | None, event: CampaignEvent, at: datetime) -> CampaignState | None:
    """The campaign after one more event, recorded `at`; None before it was created."""
    if isinstance(event, CampaignCreated):
        return _created(event, at)
    if state is None:
        return None
    match event:
        case CampaignRevised():
            passed = changes.superseded(state.changes, at, "the plan was revised")
            version = state.script_version + (event.plan.script != state.plan.script)
            until = state.scheduled_until if event.plan.schedule == state.plan.schedule else at
            revised = replace(_with_callers(state, event.plan, at), agents=_agents_after(state, event.plan))
            return replace(revised, changes=passed, script_version=version, scheduled_until=until)
        case CallerNumberRemoved():
            # A plan that was asked for before would put it back, and who approves that did not see this.
            passed = changes.superseded(state.changes, at, "a caller number was taken out", only="revise")
            removed = callers.removed_with(state.removed_callers, event, at)
            plan = callers.without_number(state.plan, event.number)
            return replace(state, plan=plan, changes=passed, removed_callers=removed)
        case AgentsTold(free=free, source=source, agents=agents):
            return replace(state, agents=AgentsKnown(free=free, told_at=at, source=source, agents=agents))
        case CampaignStarted() | CampaignResumed():
            return _running(state, event, at)
        case CampaignPaused():
            until = _scheduled_until(state, event, at)
            return replace(state, phase="paused", pause=_pause(state, event, at), scheduled_until=until)
        case CampaignCanceled():
            passed = changes.superseded(state.changes, at, "the campaign was canceled")
            return replace(state, phase="canceled", pause=None, changes=passed)
        case CampaignCompleted():
            passed = changes.superseded(state.changes, at, "the campaign was completed")
            return replace(state, phase="completed", pause=None, changes=passed)
        case CampaignChangeRequested():
            return replace(state, changes=changes.requested(state.changes, event, state.plan, at))
        case CampaignChangeApproved() | CampaignChangeDeclined():
            return replace(state, changes=_decided(state, event, at))
        case _:
            assert_never(event)


def _created(event: CampaignCreated, at: datetime) -> CampaignState:
    return CampaignState(
        campaign_id=event.campaign_id,
        plan=event.plan,
        created_at=at,
        script_version=0 if event.plan.script is None else 1,
        had_pool=event.plan.caller_pool is not None,
    )


def _decided(
    state: CampaignState, event: CampaignChangeApproved | CampaignChangeDeclined, at: datetime
) -> tuple[CampaignChange, ...]:
    """The changes after a second person said yes or no."""
    if isinstance(event, CampaignChangeApproved):
        return changes.decided(state.changes, event.change_id, "approved", event.approved_by, at, event.reason)
    return changes.decided(state.changes, event.change_id, "declined", event.declined_by, at, event.reason)


def _with_callers(state: CampaignState, plan: Plan, at: datetime) -> CampaignState:
    """The campaign with another plan, which may put numbers back, or name others."""
    first = state.first_caller
    if first is None and plan.caller_number != state.plan.caller_number:
        first = state.plan.caller_number
    return replace(
        state,
        plan=plan,
        removed_callers=callers.still_removed(state.removed_callers, state.plan, plan),
        callers_since=callers.since_of(state.callers_since, state.plan, plan, at),
        first_caller=first,
        had_pool=state.had_pool or plan.caller_pool is not None,
    )


def _agents_after(state: CampaignState, plan: Plan) -> AgentsKnown | None:
    """A plan that leaves agents out, where the one before had them, is not held to them any more."""
    is_left_out = state.plan.agent_rules is not None and plan.agent_rules is None
    return None if is_left_out else state.agents


def _running(state: CampaignState, event: CampaignStarted | CampaignResumed, at: datetime) -> CampaignState:
    return replace(
        state,
        phase="running",
        pause=None,
        started_at=state.started_at or at,
        running_since=at,
        canary=event.canary if isinstance(event, CampaignStarted) else _canary_after(state),
        changes=changes.superseded(state.changes, at, "the campaign was started", only="start"),
        scheduled_until=_scheduled_until(state, event, at),
    )


def _scheduled_until(
    state: CampaignState, event: CampaignStarted | CampaignPaused | CampaignResumed, at: datetime
) -> datetime | None:
    """Up to when the schedule is done with: up to its own instant, or up to a person's word; a rule's says nothing of it."""
    if event.cause == BY_SCHEDULE and isinstance(event.scheduled_for, datetime):
        return event.scheduled_for
    is_persons = event.cause in {"operator", None, UNSET}
    return at if is_persons and state.plan.schedule is not UNSET else state.scheduled_until


def _pause(state: CampaignState, event: CampaignPaused, at: datetime) -> CampaignPause:
    return CampaignPause(
        cause=event.cause,
        code=event.code,
        at=state.pause.at if event.probes and state.pause is not None else at,
        status=event.status,
        body=event.body,
        evidence=event.evidence,
        probes=event.probes,
        probed_at=at if event.probes else None,
    )


def _canary_after(paused: CampaignState) -> int | None:
    """Who resumes after a canary has seen it; any other pause on the way leaves its bound as it is."""
    return None if paused.pause is not None and paused.pause.cause == CANARY else paused.canary


def existing(state: CampaignState | None, campaign_id: str) -> CampaignState:
    """The state, or `NotFound`."""
    if state is None:
        raise NotFound(f"no campaign is named {campaign_id}; `dialtrail campaign list` shows those there are")
    return state
