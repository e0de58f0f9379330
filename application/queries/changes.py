"""Changes of a campaign that take a second person: which there were, and how each stands."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from adapters.documents.revision import plan_changes
from application.actor import Actor
from application.commands.campaigns import WaitingChange
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import CampaignShown
from domain import campaign
from domain.campaign import CampaignChange, ChangeKind
from domain.identity import campaign_stream
from projections.campaign_changes import changes_asked_for
from projections.folded import campaign_of


class FieldChanged(Struct, frozen=True):
    """A field of a plan or a script before and after, as it is written; null where it has its default or is not there."""

    field: str
    before: Any
    after: Any


class ChangeShown(Struct, frozen=True, kw_only=True):
    """One change: who asked for it and who decided; viewers do not see what people wrote, and numbers masked.

    `canary` is how many calls a start places before it pauses, null for all.
    """

    change_id: str
    change: ChangeKind
    status: str
    requested_by: str | None
    requested_at: datetime
    expires_at: datetime
    reason: str | None
    canary: int | None
    changes: list[FieldChanged]
    decided_by: str | None
    settled_at: datetime | None
    why: str | None


class ChangesPage(Struct, frozen=True, kw_only=True):
    """Some changes in the order in which they were asked for; `next` is the position to go on after, null at the end."""

    items: list[ChangeShown]
    next: str | None
    position: int
    judged_at: datetime


class WaitingShown(Struct, frozen=True, kw_only=True):
    """The answer to who asked for a change that waits; `replaces` is the one of its kind whose place it took."""

    campaign_id: str
    change: ChangeShown
    replaces: str | None
    position: int


class DecidedShown(Struct, frozen=True, kw_only=True):
    """The answer to who approved or declined a change: how it stands, and the campaign after that."""

    campaign_id: str
    change: ChangeShown
    campaign: CampaignShown
    position: int


def changes_page(
    parts: Installation, actor: Actor, campaign_id: str, moment: Moment, after: int, limit: int
) -> ChangesPage:
    """The changes of a campaign as they were known at a moment. Raises `NotFound`."""
    stream = parts.ledger.read_stream(campaign_stream(campaign_id), moment.position)
    campaign.existing(campaign_of(stream), campaign_id)
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
