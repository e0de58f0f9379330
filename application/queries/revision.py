"""A revision of a campaign's plan: what it changes, and, before it is made, who would move from where to where."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from msgspec import Struct, field

from adapters.documents.revision import Revision, plan_changes
from application.fields import CampaignId, Count, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import CampaignShown
from application.queries.changes import FieldChanged
from application.queries.prospects import read_prospects
from application.queries.standing import HeldShown, held_by
from domain.campaign import CampaignState, Plan, Proposal, carried_out
from domain.status import Status
from projections.prospects import Prospect, Prospects


class Stand(Struct, frozen=True):
    """Where people stand: their status, and its reason."""

    status: Status
    reason: str | None


class MoveShown(Struct, frozen=True, kw_only=True):
    """How many would stand elsewhere, and when the first of them may be called."""

    before: Stand = field(name="from")
    after: Stand = field(name="to")
    until: Instant | None
    recipients: Count


class PlanForecastShown(Struct, frozen=True, kw_only=True):
    """How many stand where under one plan."""

    queued: Count
    held: Count
    under_way: Count
    final: Count
    held_by: list[HeldShown]


class ForecastShown(Struct, frozen=True, kw_only=True):
    """Two plans beside each other."""

    recipients: Count
    not_judged: Annotated[Count, means("dialled before, and too many to judge each: the figures leave them out")]
    before: PlanForecastShown
    after: PlanForecastShown
    moves: list[MoveShown]


class RevisionShown(Struct, frozen=True, kw_only=True):
    """What a revision did, with the campaign after it; of a preview what it would do, with a forecast."""

    campaign_id: CampaignId
    preview: bool
    reason: str
    changes: list[FieldChanged]
    forecast: Annotated[ForecastShown | None, means("of a preview")]
    campaign: Annotated[CampaignShown | None, means("of what is no preview")]
    position: Position
    judged_at: Instant


def previewed(parts: Installation, campaign_id: str, revision: Revision, moment: Moment) -> RevisionShown:
    """What it would change, as far as the views have come. Raises `NotFound`, and whatever making it would raise."""

    def plans(state: CampaignState) -> list[Plan]:
        plan = revision.applied_to(state)
        carried_out(state, Proposal(change="revise", plan=plan))
        return [state.plan, plan]

    read = read_prospects(parts, campaign_id, moment, plans)
    before, after = plans(read.state)
    return RevisionShown(
        campaign_id=campaign_id,
        preview=True,
        reason=revision.reason,
        changes=[FieldChanged(**one) for one in plan_changes(before, after)],
        forecast=_forecast(read.prospects),
        campaign=None,
        position=read.position,
        judged_at=read.judged_at,
    )


def _forecast(prospects: Prospects) -> ForecastShown:
    sides: tuple[Counter[Prospect], Counter[Prospect]] = (Counter(), Counter())
    moves: Counter[tuple[Stand, Stand]] = Counter()
    until: dict[tuple[Stand, Stand], datetime] = {}
    for group, people in prospects.groups.items():
        before, after = group.under
        for side, prospect in zip(sides, group.under, strict=True):
            side[prospect] += people
        if before == after:
            continue
        move = Stand(before.status, before.reason), Stand(after.status, after.reason)
        moves[move] += people
        if after.until is not None:
            until[move] = min(after.until, until.get(move, after.until))
    return ForecastShown(
        recipients=sum(prospects.groups.values()) + prospects.not_judged,
        not_judged=prospects.not_judged,
        before=_under_plan(sides[0]),
        after=_under_plan(sides[1]),
        moves=[
            MoveShown(before=move[0], after=move[1], until=until.get(move), recipients=people)
            for move, people in sorted(moves.items(), key=_most_first)
        ],
    )


def _most_first(counted: tuple[tuple[Stand, Stand], int]) -> tuple[int, str]:
    (before, after), people = counted
    return -people, str(((before.status, before.reason), (after.status, after.reason)))


def _under_plan(counted: Mapping[Prospect, int]) -> PlanForecastShown:
    figures: Counter[str] = Counter()
    for prospect, people in counted.items():
        match prospect.status:
            case "queued" | "held":
                figures[prospect.status] += people
            case "dialing" | "in_progress" | "unresolved":
                figures["under_way"] += people
            case _:
                figures["final"] += people
    return PlanForecastShown(
        queued=figures["queued"],
        held=figures["held"],
        under_way=figures["under_way"],
        final=figures["final"],
        held_by=held_by(counted),
    )
