"""The views: how far each has come, and whether what they say is what the ledger says."""

import asyncio
from typing import Annotated

from msgspec import Struct

from application.actor import Actor
from application.fields import Amount, Count, Cursor, Instant, Position, means
from application.installation import Installation
from application.queries.masking import shown_text
from application.views.rebuilding import RebuildAsked
from projections.comparison import ViewComparison, ViewDifference
from projections.parked import Parked, parked
from projections.views import VERSIONS, ViewName

PARKED_SHOWN_MAX = 100


class ViewShown(Struct, frozen=True, kw_only=True):
    """A view: its code's version, how far it has come, and how many rows it has."""

    name: ViewName
    version: Count
    position: Position
    rows: Annotated[Count, means("as of `rows_position`: they are counted now and then")]
    rows_position: Position


class RebuildShown(Struct, frozen=True, kw_only=True):
    """A rebuild that is under way: how many events it has taken in, of how many, since when."""

    done: Count
    of: Count
    started_at: Instant


class RebuildAskedShown(Struct, frozen=True, kw_only=True):
    """The last rebuild that somebody asked for."""

    by: Annotated[str | None, means("the role and the name of who asked; not for viewers")]
    at: Instant
    views: Annotated[list[ViewName], means("those that were named; none is all, and naming one makes all")]


class ParkedShown(Struct, frozen=True, kw_only=True):
    """An event that the views could not apply, or not wholly, and were led past."""

    position: Position
    stream: Annotated[str, means("whose it is, such as the call's, `call:` and its id")]
    event: str
    error: Annotated[str | None, means("not for viewers")]


class ViewsShown(Struct, frozen=True, kw_only=True):
    """All views, by how much they are behind the ledger, and what is wrong with them."""

    items: list[ViewShown]
    position: Annotated[Position, means("the ledger's")]
    behind_events: Count
    behind_seconds: Amount
    rebuild: Annotated[RebuildShown | None, means("what is under way")]
    rebuild_asked: Annotated[
        RebuildAskedShown | None, means("who last asked for one; null where nobody has since this process began")
    ]
    parked: list[ParkedShown]
    made_anew: Annotated[str | None, means("why the views were last made anew by themselves")]
    trouble: str | None


class ViewsCompared(Struct, frozen=True, kw_only=True):
    """What came of comparing some rows with the ledger."""

    items: list[ViewDifference]
    compared: Count
    next: Cursor
    position: Position


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
        rebuild_asked=_asked(projector.rebuild_asked, actor),
        parked=[
            ParkedShown(position=one.position, stream=one.stream, event=one.event, error=shown_text(one.error, actor))
            for one in led_past
        ],
        made_anew=projector.why_rebuilt,
        trouble=projector.trouble,
    )


def _asked(asked: RebuildAsked | None, actor: Actor) -> RebuildAskedShown | None:
    if asked is None:
        return None
    named = [name for name in VERSIONS if name in asked.views]
    return RebuildAskedShown(by=shown_text(asked.by, actor), at=asked.at, views=named)


def compared_views(parts: Installation, after: str | None, limit: int) -> ViewsCompared:
    """Some rows, each with the fold of the streams behind it, in full: it is for those who may see everything."""
    with parts.reads.reading() as taken:
        comparison = ViewComparison(
            taken, parts.ledger.read_streams, parts.ledger.recipient_stream, parts.clock(), parts.only_numbers
        )
        found = comparison.some(after, limit)
    return ViewsCompared(items=found.differences, compared=found.rows, next=found.following, position=taken.position)


def _views(parts: Installation) -> list[ViewShown]:
    with parts.reads.reading() as taken:
        counted = parts.row_counts.of(taken)
        return [
            ViewShown(
                name=name,
                version=version,
                position=taken.position,
                rows=counted.rows[name],
                rows_position=counted.position,
            )
            for name, version in VERSIONS.items()
        ]


def _parked(parts: Installation) -> list[Parked]:
    with parts.reads.reading() as taken:
        return parked(taken.connection, PARKED_SHOWN_MAX)
