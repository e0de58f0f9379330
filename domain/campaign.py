"""A campaign: who calls, how fast, and whether it runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal, assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.errors import Conflict, NotFound
from domain.policy import Policy

Phase = Literal["created", "running", "paused", "canceled", "completed"]
CALLS_PER_SECOND_DEFAULT = 1.0
CALLS_AT_ONCE_DEFAULT = 10
CANARY = "canary"


class Limits(Struct, frozen=True, kw_only=True):
    """How fast a campaign may dial, and how many of its calls may be open at once."""

    calls_per_second: float = CALLS_PER_SECOND_DEFAULT
    calls_at_once: int = CALLS_AT_ONCE_DEFAULT


class Plan(Struct, frozen=True, kw_only=True):
    """What a campaign does. `caller_number` is the E.164 number it calls from; `metadata` goes with every call."""

    caller_number: str
    record: bool = False
    metadata: Mapping[str, str] = {}
    limits: Limits = Limits()
    policy: Policy | None = None
    script: Mapping[str, Any] | None = None


class CampaignCreated(Struct, frozen=True, kw_only=True):
    """A campaign exists, and does nothing yet."""

    NAME: ClassVar = "campaign.created"
    PERSONAL: ClassVar = frozenset[str]()
    campaign_id: str
    plan: Plan


class CampaignRevised(Struct, frozen=True, kw_only=True):
    """The plan was replaced, and why."""

    NAME: ClassVar = "campaign.revised"
    PERSONAL: ClassVar = frozenset[str]()
    plan: Plan
    reason: str | None = None


class CampaignStarted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It began to dial. With a `canary` it stands still once so many attempts have come to something."""

    NAME: ClassVar = "campaign.started"
    PERSONAL: ClassVar = frozenset[str]()
    canary: int | None = None


class CampaignPaused(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It stands still. `cause` is `operator`, `provider`, `budget`, `breaker` or `canary`.

    A provider's `status`, `code` and full `body` say why; of a budget or a breaker `code` says which limit was met, and
    `evidence` by what. `probes` is how many single calls have tried a provider's pause: above 0 it is said again, because
    one more of them begins.
    """

    NAME: ClassVar = "campaign.paused"
    PERSONAL: ClassVar = frozenset({"body"})
    cause: str
    status: int | None = None
    code: str | None = None
    body: str | None = None
    evidence: Mapping[str, str] | None = None
    probes: int = 0


class CampaignResumed(Struct, frozen=True, kw_only=True):
    """It dials again."""

    NAME: ClassVar = "campaign.resumed"
    PERSONAL: ClassVar = frozenset[str]()
    reason: str | None = None


class CampaignCanceled(Struct, frozen=True, kw_only=True):
    """It will dial nobody any more."""

    NAME: ClassVar = "campaign.canceled"
    PERSONAL: ClassVar = frozenset[str]()
    reason: str | None = None


class CampaignCompleted(Struct, frozen=True, kw_only=True):
    """Nobody is left to dial, and no call of it is open."""

    NAME: ClassVar = "campaign.completed"
    PERSONAL: ClassVar = frozenset[str]()


CampaignEvent = (
    CampaignCreated
    | CampaignRevised
    | CampaignStarted
    | CampaignPaused
    | CampaignResumed
    | CampaignCanceled
    | CampaignCompleted
)


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


class CampaignState(Struct, frozen=True, kw_only=True):
    """A campaign as it stands. `started_at` is when it first began to dial, `running_since` when it last did.

    `canary` is how many attempts there may be before somebody has looked at what became of them; None: any number.
    """

    campaign_id: str
    plan: Plan
    phase: Phase = "created"
    pause: CampaignPause | None = None
    created_at: datetime
    started_at: datetime | None = None
    running_since: datetime | None = None
    canary: int | None = None


INITIAL: CampaignState | None = None


def evolve(state: CampaignState | None, event: CampaignEvent, at: datetime) -> CampaignState | None:
    """The campaign after one more event, recorded `at`; None before it was created."""
    if isinstance(event, CampaignCreated):
        return CampaignState(campaign_id=event.campaign_id, plan=event.plan, created_at=at)
    if state is None:
        return None
    match event:
        case CampaignRevised():
            return replace(state, plan=event.plan)
        case CampaignStarted() | CampaignResumed():
            started_at = state.started_at or at
            canary = event.canary if isinstance(event, CampaignStarted) else _canary_after(state)
            return replace(state, phase="running", pause=None, started_at=started_at, running_since=at, canary=canary)
        case CampaignPaused():
            return replace(
                state,
                phase="paused",
                pause=CampaignPause(
                    cause=event.cause,
                    code=event.code,
                    at=state.pause.at if event.probes and state.pause is not None else at,
                    status=event.status,
                    body=event.body,
                    evidence=event.evidence,
                    probes=event.probes,
                    probed_at=at if event.probes else None,
                ),
            )
        case CampaignCanceled():
            return replace(state, phase="canceled", pause=None)
        case CampaignCompleted():
            return replace(state, phase="completed", pause=None)
        case _:
            assert_never(event)


def _canary_after(paused: CampaignState) -> int | None:
    """Who resumes after a canary has seen it; any other pause on the way leaves its bound as it is."""
    return None if paused.pause is not None and paused.pause.cause == CANARY else paused.canary


def existing(state: CampaignState | None, campaign_id: str) -> CampaignState:
    """The state, or `NotFound`."""
    if state is None:
        raise NotFound(f"no campaign is named {campaign_id}; `dialtrail campaign list` shows those there are")
    return state


def create(state: CampaignState | None, campaign_id: str, plan: Plan) -> list[CampaignEvent]:
    """Create it; the same plan again changes nothing, another plan under a taken id is a `Conflict`."""
    if state is None:
        return [CampaignCreated(campaign_id=campaign_id, plan=plan)]
    if state.plan == plan:
        return []
    raise Conflict(f"campaign {campaign_id} exists with another plan; choose another id, or revise it")


def revise(state: CampaignState, plan: Plan, reason: str | None = None) -> list[CampaignEvent]:
    """Replace the plan, also of a running campaign; an ended one keeps the plan that it had."""
    if state.phase in {"completed", "canceled"}:
        raise Conflict(f"campaign {state.campaign_id} is {state.phase}; its plan cannot be revised")
    return [] if state.plan == plan else [CampaignRevised(plan=plan, reason=reason)]


def accept_recipients(state: CampaignState) -> None:
    """Raise `Conflict` where it is too late to enrol anybody."""
    if state.phase in {"completed", "canceled"}:
        raise Conflict(f"campaign {state.campaign_id} is {state.phase}; enrol these recipients in a new campaign")


def start(state: CampaignState, canary: int | None = None) -> list[CampaignEvent]:
    """Let it dial; with a `canary`, so many attempts and no more until it is resumed."""
    match state.phase:
        case "created":
            return [CampaignStarted(canary=canary)]
        case "running":
            if canary not in {None, state.canary}:
                raise Conflict(f"campaign {state.campaign_id} runs already; a canary is for its start")
            return []
        case "paused":
            raise Conflict(
                f"campaign {state.campaign_id} is paused; use `dialtrail campaign resume {state.campaign_id}`"
            )
        case "completed" | "canceled":
            raise Conflict(f"campaign {state.campaign_id} is {state.phase}; it cannot be started again")


def pause(
    state: CampaignState,
    cause: str,
    *,
    status: int | None = None,
    code: str | None = None,
    body: str | None = None,
    evidence: Mapping[str, str] | None = None,
) -> list[CampaignEvent]:
    """Stop it between two calls; calls under way go on."""
    match state.phase:
        case "running":
            return [CampaignPaused(cause=cause, status=status, code=code, body=body, evidence=evidence)]
        case "paused":
            return []
        case "created" | "completed" | "canceled":
            raise Conflict(f"campaign {state.campaign_id} is {state.phase}; only a running campaign can be paused")


def begin_probe(state: CampaignState) -> list[CampaignEvent]:
    """One single call tries whether the provider's pause still holds; any other pause is not tried."""
    held = state.pause
    if state.phase != "paused" or held is None or held.cause != "provider":
        return []
    return [
        CampaignPaused(cause=held.cause, status=held.status, code=held.code, body=held.body, probes=held.probes + 1)
    ]


def resume(state: CampaignState, reason: str | None = None) -> list[CampaignEvent]:
    """Let it dial again."""
    match state.phase:
        case "paused":
            return [CampaignResumed(reason=reason)]
        case "running":
            return []
        case "created":
            raise Conflict(
                f"campaign {state.campaign_id} never ran; use `dialtrail campaign start {state.campaign_id}`"
            )
        case "completed" | "canceled":
            raise Conflict(f"campaign {state.campaign_id} is {state.phase}; it cannot be resumed")


def cancel(state: CampaignState, reason: str | None = None) -> list[CampaignEvent]:
    """End it for good; calls under way go on."""
    match state.phase:
        case "created" | "running" | "paused":
            return [CampaignCanceled(reason=reason)]
        case "canceled":
            return []
        case "completed":
            raise Conflict(f"campaign {state.campaign_id} is completed; there is nothing left to cancel")


def complete(state: CampaignState) -> list[CampaignEvent]:
    """Close it, if it runs; the caller has seen that nobody is left."""
    return [CampaignCompleted()] if state.phase == "running" else []
