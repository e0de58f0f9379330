"""The views: how far each has come, and whether what they say is what the ledger says."""

import asyncio
from datetime import datetime

from msgspec import Struct

from application.actor import Actor
from application.installation import Installation
from application.queries.masking import shown_text
from projections.comparison import ViewComparison, ViewDifference
from projections.views import VERSIONS, Parked, parked, rows_in

PARKED_SHOWN_MAX = 100


class ViewShown(Struct, frozen=True, kw_only=True):
    """A view: its code's version, how far it has come, and how many rows it has."""

    name: str
    version: int
    position: int
    rows: int


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

    items: list[ViewShown]
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
    items = await asyncio.to_thread(_views, parts)
    rebuilding = projector.rebuilding
    led_past = await asyncio.to_thread(_parked, parts)
    return ViewsShown(
        items=items,
        position=parts.ledger.position,
        behind_events=events,
        behind_seconds=seconds,
        rebuild=None
        if rebuilding is None
        else RebuildShown(done=rebuilding.done, of=rebuilding.of, started_at=rebuilding.started_at),
        parked=[
            ParkedShown(position=one.position, event=one.event, error=shown_text(one.error, actor)) for one in led_past
        ],
        made_anew=projector.why_rebuilt,
        trouble=projector.trouble,
    )


def compared_views(parts: Installation, after: str | None, limit: int) -> ViewsCompared:
    """Some rows, each with the fold of the streams behind it, in full: it is for those who may see everything."""
    with parts.reads.reading() as taken:
        comparison = ViewComparison(taken, parts.ledger.read_streams, parts.clock(), parts.only_numbers)
        found = comparison.some(after, limit)
    return ViewsCompared(items=found.differences, compared=found.rows, next=found.following, position=taken.position)


def _views(parts: Installation) -> list[ViewShown]:
    with parts.reads.reading() as taken:
        return [
            ViewShown(name=name, version=version, position=taken.position, rows=rows_in(taken.connection, name))
            for name, version in VERSIONS.items()
        ]


def _parked(parts: Installation) -> list[Parked]:
    with parts.reads.reading() as taken:
        return parked(taken.connection, PARKED_SHOWN_MAX)
