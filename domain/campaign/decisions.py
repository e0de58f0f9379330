"""What may be done with a campaign, and what is recorded of it."""

from collections.abc import Mapping

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from domain.campaign.callers import pool_numbers
from domain.campaign.events import (
    BY_SCHEDULE,
    CallerNumberRemoved,
    CampaignCanceled,
    CampaignCompleted,
    CampaignCreated,
    CampaignEvent,
    CampaignPaused,
    CampaignResumed,
    Plan,
)
from domain.campaign.state import CampaignState
from domain.errors import Conflict, NotFound


def create(state: CampaignState | None, campaign_id: str, plan: Plan) -> list[CampaignEvent]:
    """Create it; the same plan again changes nothing, another plan under a taken id is a `Conflict`."""
    if state is None:
        return [CampaignCreated(campaign_id=campaign_id, plan=plan)]
    if state.plan == replace(plan, rules_kinds=state.plan.rules_kinds):
        return []
    raise Conflict(f"campaign {campaign_id} exists with another plan; choose another id, or revise it")


def accept_recipients(state: CampaignState) -> None:
    """Raise `Conflict` where it is too late to enrol anybody."""
    if state.is_over:
        raise Conflict(f"campaign {state.campaign_id} is {state.phase}; enrol these recipients in a new campaign")


def pause(
    state: CampaignState,
    cause: str,
    *,
    status: int | None = None,
    code: str | None = None,
    body: str | None = None,
    evidence: Mapping[str, str] | None = None,
) -> list[CampaignEvent]:
    """Stop it between two calls; calls under way go on.

    One that is paused stays as it is; only an operator's word takes the place of the provider's, which a probe might lift,
    and of the schedule's, which the clock would.
    """
    match state.phase:
        case "running":
            return [CampaignPaused(cause=cause, status=status, code=code, body=body, evidence=evidence)]
        case "paused":
            held = None if state.pause is None else state.pause.cause
            is_stronger = cause == "operator" and held in {"provider", BY_SCHEDULE}
            return [CampaignPaused(cause=cause)] if is_stronger else []
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


def resume(state: CampaignState, reason: str | None = None, *, cause: str | UnsetType = UNSET) -> list[CampaignEvent]:
    """Let it dial again."""
    match state.phase:
        case "paused":
            return [CampaignResumed(reason=reason, cause=cause)]
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


def remove_caller(
    state: CampaignState,
    number: str,
    cause: str,
    *,
    reason: str | None = None,
    code: str | None = None,
    evidence: Mapping[str, str] | None = None,
) -> list[CampaignEvent]:
    """Call nobody from a number of its pool any more, until a revision names it again; one that is out stays so."""
    if state.is_over:
        raise Conflict(f"campaign {state.campaign_id} is {state.phase}; it calls nobody any more")
    if state.plan.caller_pool is None:
        raise Conflict(
            f"campaign {state.campaign_id} calls from one number and has no pool; pause it, or revise it with a pool"
        )
    if number in pool_numbers(state.plan):
        return [CallerNumberRemoved(number=number, cause=cause, reason=reason, code=code, evidence=evidence)]
    if any(one.number == number for one in state.removed_callers):
        return []
    raise NotFound(
        f"{number} is not in the pool of campaign {state.campaign_id}; "
        f"`dialtrail campaign show {state.campaign_id}` shows the numbers that are"
    )
