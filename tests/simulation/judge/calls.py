"""What the feed says of a call, whatever the order in which it was learned: a small fold of the judge's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.simulation.judge.lines import Told, instant

SKEW = timedelta(seconds=60)
ENDS = ("call.completed", "call.failed", "call.canceled")
PROOFS = frozenset({"call.answered", "call.gathered"})
PROOFS_UNLESS_IT_FAILED = frozenset({"recording.started", "recording.completed"})
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class CallSeen:
    """Where a call stands: `dialing`, `in_progress` or `ended`; once ended it stays so.

    `ended_at` is the earliest instant at which it may have ended, by what was said; `learned_at` when that was learned first.
    """

    phase: str
    outcome: str | None
    reached: bool
    ended_at: datetime | None = None
    learned_at: datetime | None = None
    given_up: bool = False


def call_seen(told: Iterable[Told], began: datetime | None = None) -> CallSeen:
    """The call by these events of its stream, in any order; `began` is when its attempt was started, if it is one's."""
    events = list(told)
    begun = _begun(events, began)
    ends = [(_rank(one, begun), one) for one in events if one.name in ENDS]
    end = min(ends, key=lambda ranked: ranked[0])[1] if ends else None
    outcome = None if end is None else end.name.partition(".")[2]
    names = {one.name for one in events}
    reached = bool(names & PROOFS) or (bool(names & PROOFS_UNLESS_IT_FAILED) and outcome not in {"failed", "canceled"})
    phase = "ended" if end is not None else "in_progress" if reached else "dialing"
    given_up = any(one.body.get("gave_up") for one in events)
    learned = [one.said_at for one in events if end is not None and one.name == end.name]
    if end is None:
        return CallSeen(phase, None, reached, given_up=given_up)
    said = [at for one in events if one.name == end.name and (at := _occurred(one)) is not None]
    return CallSeen(phase, outcome, reached, min([*said, *learned]), min(learned), given_up)


def _rank(end: Told, begun: datetime | None) -> tuple[bool, datetime, int, str]:
    """The least of all reports of the end counts: with a time that can be before without, the earlier, then as in `ENDS`."""
    at = _occurred(end)
    can_be = at is not None and _FIRST <= at < _LAST and at <= end.said_at + SKEW and (begun is None or at >= begun)
    return not can_be, at if at is not None and can_be else _FAR, ENDS.index(end.name), str(end.body.get("digest"))


def _begun(events: list[Told], began: datetime | None) -> datetime | None:
    """Before which instant nothing of the call can have been."""
    own = None if began is None else began - SKEW
    said = [at for one in events if one.name == "call.created" and (at := _occurred(one)) is not None]
    possible = [at for at in said if own is None or at >= own]
    return min(possible) - SKEW if possible else own


def _occurred(one: Told) -> datetime | None:
    said = one.body.get("occurred_at")
    return None if said is None else instant(said)
