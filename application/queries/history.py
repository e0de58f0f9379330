"""A campaign's life: who created, revised, started, paused and resumed it, when, and why."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Struct

from adapters.documents.revision import plan_changes
from application.fields import Cursor, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import read_campaign
from application.queries.changes import FieldChanged
from application.queries.events import event_body
from domain.campaign import AgentsTold, CallerNumberRemoved, CampaignCreated, CampaignRevised, Plan, without_number
from domain.events import Recorded

TOLD_ELSEWHERE = frozenset({"campaign_id", "plan", "reason"})


class LifeEvent(Struct, frozen=True, kw_only=True):
    """One event of a campaign, by whom and why."""

    position: Position
    event: str
    recorded_at: Instant
    actor: Annotated[str | None, means("the role and the name of who did it")]
    reason: str | None
    changes: Annotated[list[FieldChanged] | None, means("of the plan, by what is created, revised or asked for")]
    details: Annotated[Mapping[str, Any], means("what else the event holds, such as the cause of a pause")]


class HistoryPage(Struct, frozen=True, kw_only=True):
    """Some of a campaign's events, in order."""

    items: list[LifeEvent]
    next: Cursor
    position: Position


def history_page(parts: Installation, campaign_id: str, moment: Moment, after: int, limit: int) -> HistoryPage:
    """A campaign's life up to a moment, in full: it is for those who may see everything. Raises `NotFound`."""
    stream = read_campaign(parts, campaign_id, moment.position)
    items = [item for item in _life(stream) if item.position > after]
    return HistoryPage(
        items=items[:limit],
        next=str(items[limit - 1].position) if len(items) > limit else None,
        position=moment.position,
    )


def _life(stream: list[Recorded]) -> list[LifeEvent]:
    """Each event, with what it changed in the plan, or would change where it only asks for that.

    Agents are told many times an hour, and change nothing of the campaign itself: the feed has that.
    """
    found = []
    plan: Plan | None = None
    for recorded in stream:
        event: Any = recorded.event
        if isinstance(event, AgentsTold):
            continue
        body = event_body(recorded)
        given: Plan | None = getattr(event, "plan", None)
        before = (
            plan
            if plan is not None or given is None
            else Plan(caller_number=given.caller_number, rules_kinds=given.rules_kinds)
        )
        changes = None if given is None or before is None else plan_changes(before, given)
        found.append(
            LifeEvent(
                position=recorded.position,
                event=recorded.name,
                recorded_at=recorded.recorded_at,
                actor=recorded.metadata.get("actor"),
                reason=body.get("reason"),
                changes=None if changes is None else [FieldChanged(**one) for one in changes],
                details={name: value for name, value in body.items() if name not in TOLD_ELSEWHERE},
            )
        )
        if isinstance(event, CampaignCreated | CampaignRevised):
            plan = event.plan
        if isinstance(event, CallerNumberRemoved) and plan is not None:
            plan = without_number(plan, event.number)
    return found
