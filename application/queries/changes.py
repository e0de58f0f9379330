"""Changes of a campaign that take a second person: which there were, and how each stands."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Struct

from adapters.documents.revision import plan_changes
from application.actor import Actor
from application.commands.campaigns import WaitingChange
from application.fields import CampaignId, Count, Cursor, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import CampaignShown, read_campaign
from domain.campaign import CampaignChange, ChangeKind, ChangeStatus
from projections.campaign_changes import changes_asked_for


class FieldChanged(Struct, frozen=True):
    """A field of a plan or a script before and after, as it is written; null where it has its default or is not there."""

    field: str
    before: Any
    after: Any


class ChangeShown(Struct, frozen=True, kw_only=True):
    """A start or a revision that takes a second person: who asked for it, and what became of it."""

    change_id: str
    change: ChangeKind
    status: ChangeStatus
    requested_by: Annotated[str, means("the name of a token")]
    requested_at: Instant
    expires_at: Annotated[Instant, means("from then on nobody can approve it")]
    reason: Annotated[str | None, means("of who asked; not for viewers")]
    canary: Annotated[Count | None, means("of a start: how many calls it places before it pauses; null for all")]
    changes: Annotated[
        list[FieldChanged], means("of a revision: what differs from the plan that held when it was asked for")
    ]
    decided_by: str | None
    settled_at: Annotated[Instant | None, means("when it was approved, declined or superseded")]
    why: Annotated[str | None, means("of who decided (not for viewers), or what came in its way")]


class ChangesPage(Struct, frozen=True, kw_only=True):
    """Some changes in the order in which they were asked for."""

    items: list[ChangeShown]
    next: Cursor
    position: Position
    judged_at: Instant


class WaitingShown(Struct, frozen=True, kw_only=True):
    """The answer to who asked for a change that waits."""

    campaign_id: CampaignId
    change: ChangeShown
    replaces: Annotated[str | None, means("the change of the same kind whose place it took")]
    position: Position


class DecidedShown(Struct, frozen=True, kw_only=True):
    """The answer to who approved or declined a change: how it stands, and the campaign after that."""

    campaign_id: CampaignId
    change: ChangeShown
    campaign: CampaignShown
    position: Position


def changes_page(
    parts: Installation, actor: Actor, campaign_id: str, moment: Moment, after: int, limit: int
) -> ChangesPage:
    """The changes of a campaign as they were known at a moment. Raises `NotFound`."""
    stream = read_campaign(parts, campaign_id, moment.position)
    found = [asked for asked in changes_asked_for(stream) if asked.position > after]
    return ChangesPage(
        items=[shown_change(asked.change, actor, moment.instant) for asked in found[:limit]],
        next=str(found[limit - 1].position) if len(found) > limit else None,
        position=moment.position,
        judged_at=moment.instant,
    )


def shown_waiting(campaign_id: str, actor: Actor, waiting: WaitingChange, position: int, now: datetime) -> WaitingShown:
    """A change that was asked for, and waits."""
    return WaitingShown(
        campaign_id=campaign_id,
        change=shown_change(waiting.change, actor, now),
        replaces=waiting.replaces,
        position=position,
    )


def shown_change(change: CampaignChange, actor: Actor, now: datetime) -> ChangeShown:
    """A change as it stands at `now`."""
    sees_all, plan = actor.sees_numbers, change.plan or change.plan_before
    is_ours = change.status == "superseded"
    return ChangeShown(
        change_id=change.change_id,
        change=change.change,
        status=change.status_at(now),
        requested_by=change.requested_by,
        requested_at=change.requested_at,
        expires_at=change.expires_at,
        reason=change.reason if sees_all else None,
        canary=change.canary,
        changes=[FieldChanged(**one) for one in plan_changes(change.plan_before, plan, sees_numbers=sees_all)],
        decided_by=change.decided_by,
        settled_at=change.settled_at,
        why=change.why if sees_all or is_ours else None,
    )
