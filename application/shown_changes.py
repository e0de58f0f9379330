"""Changes of a campaign that wait for a second person, as answers show them."""

from datetime import datetime
from typing import Any

from adapters.documents.revision import plan_changes
from application.commands.campaigns import WaitingChange
from domain.campaign import CampaignChange


def shown_waiting(campaign_id: str, waiting: WaitingChange, position: int, now: datetime) -> dict[str, Any]:
    """The answer 202 to who asked for it."""
    return {
        "campaign_id": campaign_id,
        "change": shown_change(waiting.change, now, sees_numbers=True),
        "replaces": waiting.replaces,
        "position": position,
    }


def shown_change(change: CampaignChange, now: datetime, *, sees_numbers: bool) -> dict[str, Any]:
    """A change as docs/api.md describes it; viewers do not see what people wrote, and numbers masked."""
    plan = change.plan or change.plan_before
    is_ours = change.status == "superseded"
    return {
        "change_id": change.change_id,
        "change": change.change,
        "status": change.status_at(now),
        "requested_by": change.requested_by,
        "requested_at": change.requested_at,
        "expires_at": change.expires_at,
        "reason": change.reason if sees_numbers else None,
        "canary": change.canary,
        "changes": plan_changes(change.plan_before, plan, sees_numbers=sees_numbers),
        "decided_by": change.decided_by,
        "settled_at": change.settled_at,
        "why": change.why if sees_numbers or is_ours else None,
    }
