"""What MiniVoice said when it last refused a call of a campaign, once for each code."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from domain.events import Recorded
from domain.recipient import AttemptRefused

WINDOW_EVENTS = 500
ReadFeed = Callable[[int, int], Sequence[Recorded]]


class LastRefusal(Struct, frozen=True):
    """The latest refusal with its code and status."""

    position: int
    recorded_at: datetime
    event: AttemptRefused


def last_refusals(
    read_feed: ReadFeed, campaign_id: str, codes: frozenset[str], end: int, refusals_max: int, events_max: int
) -> list[LastRefusal]:
    """The latest first, from at most `events_max` events before the end; no further back than until each code was met.

    What else than `attempt.refused` the feed has is left out, and need not be read.
    """
    found: dict[tuple[str | None, int], LastRefusal] = {}
    before, floor = end + 1, max(0, end - events_max)
    while before > floor + 1 and codes - {code for code, _ in found}:
        begin = max(floor, before - 1 - WINDOW_EVENTS)
        for recorded in reversed(read_feed(begin, before - 1 - begin)):
            event = recorded.event
            if recorded.position >= before or not isinstance(event, AttemptRefused):
                continue
            if event.campaign_id == campaign_id and len(found) < refusals_max:
                known = LastRefusal(recorded.position, recorded.recorded_at, event)
                found.setdefault((event.code, event.status), known)
        before = begin + 1
    return list(found.values())
