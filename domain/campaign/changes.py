"""Changes that a second person has to approve: who asked for what, and what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.campaign.events import CampaignChangeRequested, ChangeKind, Plan
from domain.instants import later

ChangeStatus = Literal["pending", "approved", "declined", "superseded", "expired"]
CHANGES_KEPT_MAX = 20
CHANGE_WAITS_MAX = timedelta(days=7)


class CampaignChange(Struct, frozen=True, kw_only=True):
    """A start (perhaps with a `canary`) or another `plan` that was asked for; `plan_before` is the one that held then.

    `decided_by` approved or declined it at `settled_at`; `why` is their reason, or what came in its way.
    """

    change_id: str
    change: ChangeKind
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    plan_before: Plan
    plan: Plan | None = None
    canary: int | None = None
    reason: str | None = None
    status: Literal["pending", "approved", "declined", "superseded"] = "pending"
    decided_by: str | None = None
    settled_at: datetime | None = None
    why: str | None = None

    def status_at(self, now: datetime) -> ChangeStatus:
        """Its status; one that nobody decided on in time is `expired`."""
        return "expired" if self.status == "pending" and now >= self.expires_at else self.status


def requested(
    changes: Sequence[CampaignChange], event: CampaignChangeRequested, plan_before: Plan, at: datetime
) -> tuple[CampaignChange, ...]:
    """One more that waits; it takes the place of one of its kind. Of those that are over only the last are kept.

    `at` is when it was asked for, as far as the clock is believed: where that clock was ahead, so is what the event says.
    """
    passed = superseded(changes, at, f"change {event.change_id} took its place", only=event.change)
    new = CampaignChange(
        change_id=event.change_id,
        change=event.change,
        requested_by=event.requested_by,
        requested_at=at,
        expires_at=min(event.expires_at, later(at, CHANGE_WAITS_MAX)),
        plan_before=plan_before,
        plan=event.plan,
        canary=event.canary,
        reason=event.reason,
    )
    over = [change.change_id for change in passed if change.status_at(at) != "pending"]
    forgotten = frozenset(over[: max(0, len(passed) + 1 - CHANGES_KEPT_MAX)])
    return (*(change for change in passed if change.change_id not in forgotten), new)


def decided(
    changes: Sequence[CampaignChange],
    change_id: str,
    status: Literal["approved", "declined"],
    by: str,
    at: datetime,
    why: str | None,
) -> tuple[CampaignChange, ...]:
    """Somebody decided on one of them."""
    return tuple(
        replace(change, status=status, decided_by=by, settled_at=at, why=why)
        if change.change_id == change_id and change.status == "pending"
        else change
        for change in changes
    )


def superseded(
    changes: Sequence[CampaignChange], at: datetime, why: str, only: ChangeKind | None = None
) -> tuple[CampaignChange, ...]:
    """Those that wait no longer fit, all of them or those of one kind."""
    return tuple(
        replace(change, status="superseded", settled_at=at, why=why)
        if change.status_at(at) == "pending" and only in {None, change.change}
        else change
        for change in changes
    )
