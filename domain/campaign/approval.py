"""Starting and revising a campaign: at once, or, where its policy says so, once a second person has approved it."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from domain.campaign.changes import CHANGE_WAITS_MAX, CampaignChange
from domain.campaign.events import (
    CampaignChangeApproved,
    CampaignChangeDeclined,
    CampaignChangeRequested,
    CampaignEvent,
    CampaignRevised,
    CampaignStarted,
    ChangeKind,
    Plan,
)
from domain.campaign.state import CampaignState
from domain.errors import Conflict, NeedsSecondPerson, NotFound
from domain.instants import later


class Proposal(Struct, frozen=True, kw_only=True):
    """What is to be done: a start, perhaps with a `canary`, or a revision to another `plan`."""

    change: ChangeKind
    canary: int | None = None
    plan: Plan | None = None
    reason: str | None = None


class Operator(Struct, frozen=True):
    """Who commands; `name` is None where nobody can be told apart. `others` are the names of all other operators."""

    name: str | None
    others: Collection[str] = ()


def start(state: CampaignState, canary: int | None = None) -> list[CampaignEvent]:
    """Let it dial; with a `canary`, so many calls and no more until it is resumed."""
    return _at_once(state, Proposal(change="start", canary=canary))


def revise(state: CampaignState, plan: Plan, reason: str | None = None) -> list[CampaignEvent]:
    """Replace the plan, also of a running campaign; an ended one keeps the plan that it had."""
    return _at_once(state, Proposal(change="revise", plan=plan, reason=reason))


def carried_out(state: CampaignState, proposal: Proposal) -> list[CampaignEvent]:
    """What a proposal comes to, whoever may have to approve it. Raises `Conflict` where it is not possible."""
    if proposal.change == "start":
        return _started(state, proposal.canary)
    return _revised(state, proposal.plan or state.plan, proposal.reason)


def propose(
    state: CampaignState, proposal: Proposal, change_id: str, operator: Operator, now: datetime
) -> list[CampaignEvent]:
    """Do it, or ask for it; the same asked again changes nothing, another of its kind takes the place of the one before.

    Raises `NeedsSecondPerson` where nobody could approve it.
    """
    events = carried_out(state, proposal)
    if not events or not state.needs_approval:
        return events
    by = _name_of(state, operator)
    if not operator.others:
        raise NeedsSecondPerson(
            f"{_why(state)}, and DIALTRAIL_TOKENS has no operator but {by}; add a second one, restart, and ask again"
        )
    asked = CampaignChangeRequested(
        change_id=change_id,
        change=proposal.change,
        requested_by=by,
        expires_at=later(now, CHANGE_WAITS_MAX),
        canary=proposal.canary,
        plan=proposal.plan,
        reason=proposal.reason,
    )
    return [] if any(_is_same(change, asked) for change in state.pending(now)) else [asked]


def approve(
    state: CampaignState, change_id: str, operator: Operator, now: datetime, reason: str | None = None
) -> list[CampaignEvent]:
    """Let a change come about, in the name of somebody else than who asked for it."""
    change = change_of(state, change_id)
    by = _name_of(state, operator)
    if (change.status, change.decided_by) == ("approved", by):
        return []
    _check_pending(state, change, now)
    if by == change.requested_by:
        raise NeedsSecondPerson(f"{by} asked for change {change_id}; somebody else has to approve it")
    proposal = Proposal(change=change.change, canary=change.canary, plan=change.plan, reason=change.reason)
    approved = CampaignChangeApproved(change_id=change_id, approved_by=by, reason=reason)
    return [approved, *carried_out(state, proposal)]


def decline(
    state: CampaignState, change_id: str, by: str, now: datetime, reason: str | None = None
) -> list[CampaignEvent]:
    """Let a change not come about. Who asked for it may take it back: nothing happens by that."""
    change = change_of(state, change_id)
    if (change.status, change.decided_by) == ("declined", by):
        return []
    _check_pending(state, change, now)
    return [CampaignChangeDeclined(change_id=change_id, declined_by=by, reason=reason)]


def change_of(state: CampaignState, change_id: str) -> CampaignChange:
    """A change that was asked for, or `NotFound`."""
    found = next((change for change in state.changes if change.change_id == change_id), None)
    if found is None:
        raise NotFound(f"no change of campaign {state.campaign_id} is named {change_id}; {_look(state)}")
    return found


def _at_once(state: CampaignState, proposal: Proposal) -> list[CampaignEvent]:
    events = carried_out(state, proposal)
    if events and state.needs_approval:
        raise NeedsSecondPerson(f"{_why(state)}; ask for it, and have somebody else approve it")
    return events


def _started(state: CampaignState, canary: int | None) -> list[CampaignEvent]:
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


def _revised(state: CampaignState, plan: Plan, reason: str | None) -> list[CampaignEvent]:
    if state.is_over:
        raise Conflict(f"campaign {state.campaign_id} is {state.phase}; its plan cannot be revised")
    return [] if state.plan == plan else [CampaignRevised(plan=plan, reason=reason)]


def _name_of(state: CampaignState, operator: Operator) -> str:
    if operator.name is not None:
        return operator.name
    if operator.others:
        raise NeedsSecondPerson(
            f"{_why(state)}, and a command at the data folder itself has no name to tell two persons apart by; set "
            "DIALTRAIL_URL to this server and DIALTRAIL_TOKEN to your own token, and try again"
        )
    raise NeedsSecondPerson(
        f"{_why(state)}, and without tokens everybody is the same operator; set DIALTRAIL_TOKENS with two operators, "
        "restart, and try again"
    )


def _check_pending(state: CampaignState, change: CampaignChange, now: datetime) -> None:
    status = change.status_at(now)
    if status == "pending":
        return
    named = f"change {change.change_id} of campaign {state.campaign_id}"
    match status:
        case "superseded":
            raise Conflict(f"{named} is superseded: {change.why}; {_look(state)}")
        case "expired":
            raise Conflict(f"{named} is expired: nobody decided on it within {CHANGE_WAITS_MAX.days} days; ask again")
        case _:
            raise Conflict(f"{named} was {status} by {change.decided_by}; {_look(state)}")


def _is_same(change: CampaignChange, asked: CampaignChangeRequested) -> bool:
    was = (change.change, change.requested_by, change.canary, change.plan, change.reason)
    return was == (asked.change, asked.requested_by, asked.canary, asked.plan, asked.reason)


def _why(state: CampaignState) -> str:
    return f"campaign {state.campaign_id} needs a second person's approval (policy.needs_approval)"


def _look(state: CampaignState) -> str:
    return f"`dialtrail campaign changes {state.campaign_id}` shows what was asked for"
