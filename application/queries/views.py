"""The views: how far each has come, and whether what they say is what the ledger says."""

import asyncio
from datetime import datetime

from msgspec import Struct

from application.actor import Actor
from application.installation import Installation
from application.queries.masking import shown_text
from application.views.reads import ViewRead
from projections.comparison import ViewDifference


class RebuildShown(Struct, frozen=True, kw_only=True):
    """A rebuild that is under way: how many events it has taken in, of how many, since when (UTC)."""

    done: int
    of: int
    started_at: datetime


class ParkedShown(Struct, frozen=True, kw_only=True):
    """An event that the views were led past; why is not for viewers."""

    position: int
    event: str
    error: str | None


class ViewsShown(Struct, frozen=True, kw_only=True):
    """All views, by how many events and seconds they are behind the ledger's `position`, and what is wrong with them."""

    items: list[ViewRead]
    position: int
    behind_events: int
    behind_seconds: float
    rebuild: RebuildShown | None
    parked: list[ParkedShown]
    made_anew: str | None
    trouble: str | None


class ViewsCompared(Struct, frozen=True, kw_only=True):
    """What came of comparing some rows with the ledger; `next` is where to go on, null at the end."""

    items: list[ViewDifference]
    compared: int
    next: str | None
    position: int


async def views_now(parts: Installation, actor: Actor) -> ViewsShown:
    """The views as they are. Raises `ViewsUnusable` where they cannot be read."""
    projector = parts.projector
    events, seconds = projector.behind()
    items = await asyncio.to_thread(parts.reads.views)
    rebuilding = projector.rebuilding
    parked = await asyncio.to_thread(parts.reads.parked_events)
    return ViewsShown(
        items=items,
        position=parts.ledger.position,
        behind_events=events,
        behind_seconds=seconds,
        rebuild=None
        if rebuilding is None
        else RebuildShown(done=rebuilding.done, of=rebuilding.of, started_at=rebuilding.started_at),
        parked=[
            ParkedShown(position=one.position, event=one.event, error=shown_text(one.error, actor)) for one in parked
        ],
        made_anew=projector.why_rebuilt,
        trouble=projector.trouble,
    )


def compared_views(parts: Installation, after: str | None, limit: int) -> ViewsCompared:
    """Some rows, each with the fold of the streams behind it, in full: it is for those who may see everything."""
    position, found = parts.reads.compare(parts.clock(), after, limit)
    return ViewsCompared(items=found.differences, compared=found.rows, next=found.following, position=position)
