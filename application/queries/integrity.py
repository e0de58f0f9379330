"""Integrity: whether each part works, what waits, how far the views are, when the provider was last compared with."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from application.installation import Installation


class WatchedParts(Struct, frozen=True):
    """What this process knows of its own parts: what is wrong with each, and when the reconciler looked around last."""

    troubles: Callable[[], Mapping[str, str | None]]
    reconciled_at: Callable[[], datetime | None]


class IntegrityShown(Struct, frozen=True, kw_only=True):
    """Every part, `ready` or with its trouble; the ledger's end; commands that wait, by lane; the lag of the views in events and seconds."""

    status: Literal["ready", "not ready"]
    parts: Mapping[str, str]
    position: int
    recorded_at: datetime | None
    waiting: Mapping[str, int]
    behind_events: int
    behind_seconds: float
    reconciled_at: datetime | None
    judged_at: datetime


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
        judged_at=parts.clock(),
    )
