"""Integrity: whether each part works, what waits, how far the views are, when the provider was last compared with."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from application.fields import Amount, Count, Instant, Position, means
from application.installation import Installation
from application.silence import Silence, silence_now


class WatchedParts(Struct, frozen=True):
    """What this process knows of its own parts: what is wrong with each, what is worth a look, and when the reconciler looked."""

    troubles: Callable[[], Mapping[str, str | None]]
    notes: Callable[[], list[str]]
    reconciled_at: Callable[[], datetime | None]


class IntegrityShown(Struct, frozen=True, kw_only=True):
    """Whether each part works, what waits, and how far the views are behind."""

    status: Literal["ready", "not ready"]
    parts: Annotated[Mapping[str, str], means("ready, or what is wrong with it")]
    position: Position
    recorded_at: Annotated[Instant | None, means("the time of the last event")]
    waiting: Annotated[Mapping[str, Count], means("commands that wait to be written, by lane")]
    behind_events: Count
    behind_seconds: Amount
    reconciled_at: Annotated[
        Instant | None, means("when the reconciler last looked around; null where it has not, or there is none")
    ]
    silence: Annotated[Silence | None, means("calls that are open for long, of which no webhook tells")] = None
    judged_at: Instant


async def integrity_now(parts: Installation, watched: WatchedParts) -> IntegrityShown:
    """How it is now."""
    position = parts.ledger.position
    last = await asyncio.to_thread(parts.ledger.read_feed, position - 1, 1) if position else []
    events, seconds = parts.projector.behind()
    troubles = watched.troubles()
    return IntegrityShown(
        status="not ready" if any(troubles.values()) else "ready",
        parts={name: "ready" if trouble is None else trouble for name, trouble in troubles.items()},
        position=position,
        recorded_at=last[0].recorded_at if last else None,
        waiting=parts.ledger.waiting(),
        behind_events=events,
        behind_seconds=seconds,
        reconciled_at=watched.reconciled_at(),
        silence=await silence_now(parts),
        judged_at=parts.clock(),
    )
