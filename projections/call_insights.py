"""What is known of a call's AI results: for each kind what came of asking for it last, and how often it was asked for."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from domain.call import InsightFetched
from domain.events import Recorded


class Insight(Struct, frozen=True, kw_only=True):
    """One kind of result. `asked` counts the questions that the ledger knows of, `asked_at` is the last one's time."""

    fetched: InsightFetched
    recorded_at: datetime
    asked: int
    asked_at: datetime | None


def insights_of(stream: Iterable[Recorded]) -> Mapping[str, Insight]:
    """By kind, from the call's stream or from as much of it as was known at some instant."""
    found: dict[str, Insight] = {}
    for recorded in stream:
        event = recorded.event
        if isinstance(event, InsightFetched):
            before = found.get(event.kind)
            asked_before, at_before = (0, None) if before is None else (before.asked, before.asked_at)
            found[event.kind] = Insight(
                fetched=event,
                recorded_at=recorded.recorded_at,
                asked=asked_before + len(event.asked),
                asked_at=event.asked[-1].at if event.asked else at_before,
            )
    return found
