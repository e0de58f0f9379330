"""A call as far as its AI results hang on it: whether it is recorded, when it ended, and what was settled."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from domain import call
from domain.call import INSIGHT_KINDS, InsightKind

RECORDINGS_BEGIN_ANEW_MAX = 5
RECORDINGS = (call.RecordingStarted, call.RecordingCompleted, call.RecordingFailed)
ANSWERS = (call.CallAnswered, call.CallGathered)


class Awaited(Struct, frozen=True):
    """A recorded call that is over: since when its AI results are asked for, and which kinds are open."""

    begun_at: datetime
    kinds: tuple[InsightKind, ...]


class WatchedCall(Struct):
    """A call as far as its AI results hang on it; the times are ours.

    `answered_at` is when what proves an answer was heard, `perhaps_answered_at` when what does so unless the call is said
    to have come to nothing.
    """

    is_recorded: bool = False
    answered_at: datetime | None = None
    perhaps_answered_at: datetime | None = None
    is_completed: bool = False
    ended_at: datetime | None = None
    ready_at: datetime | None = None
    recordings: int = 0
    settled: frozenset[str] = frozenset()
    given_up: frozenset[str] = frozenset()

    def awaited(self) -> Awaited | None:
        """What is to be asked for, or None."""
        if not self.is_recorded or self.ended_at is None:
            return None
        answered_at = self._answer_heard_at()
        if answered_at is None:
            return None
        kinds = tuple(kind for kind in INSIGHT_KINDS if kind not in self.settled and kind not in self.given_up)
        begun_at = max(self.ended_at, answered_at, self.ready_at or self.ended_at)
        return Awaited(begun_at, kinds) if kinds else None

    def _answer_heard_at(self) -> datetime | None:
        perhaps = self.perhaps_answered_at if self.is_completed else None
        heard = [at for at in (self.answered_at, perhaps) if at is not None]
        return min(heard, default=None)

    def take(self, event: object, at: datetime, is_recorded_by: Callable[[str], bool]) -> None:
        """One more event of the call's stream."""
        if isinstance(event, call.CallClaimed):
            self.is_recorded |= is_recorded_by(event.campaign_id)
        elif isinstance(event, call.END_EVENTS):
            self.ended_at = self.ended_at or at
            self.is_completed |= isinstance(event, call.CallCompleted)
        elif isinstance(event, ANSWERS):
            self.answered_at = self.answered_at or at
        elif isinstance(event, call.RecordingRequested):
            self.is_recorded |= event.action == "start" and event.result == "accepted"
        elif isinstance(event, RECORDINGS):
            self.is_recorded = True
            if not isinstance(event, call.RecordingFailed):
                self.perhaps_answered_at = self.perhaps_answered_at or at
            if isinstance(event, call.RecordingCompleted) and self.recordings < RECORDINGS_BEGIN_ANEW_MAX:
                self.recordings += 1
                self.ready_at = at
                self.given_up = frozenset()
        elif isinstance(event, call.InsightFetched) and event.result == "completed":
            self.settled |= {event.kind}
        elif isinstance(event, call.InsightFetched) and event.result == "gave_up":
            self.given_up |= {event.kind}

    def set_right(self, at: datetime) -> None:
        """Nothing was heard later than this."""
        for name in ("answered_at", "perhaps_answered_at", "ended_at", "ready_at"):
            heard_at = getattr(self, name)
            setattr(self, name, None if heard_at is None else min(heard_at, at))
