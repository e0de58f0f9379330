"""How many of each campaign's attempts there were, and when their requests left."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.recipient import Attempt
from domain.recipient.attempt import AttemptPhase
from projections.attempt_index import AttemptRow

SENDS_KEPT_MAX = 1_000
_WAS_PLACED: frozenset[AttemptPhase] = frozenset({"unresolved", "accepted"})
_HAS_CALL: frozenset[AttemptPhase] = _WAS_PLACED | {"started"}


class AttemptCounts:
    """By campaign: the last requests, the calls placed, the calls begun."""

    def __init__(self) -> None:
        self._sends: dict[str, deque[datetime]] = {}
        self._placed: dict[str, int] = {}
        self._begun: dict[str, int] = {}

    def sends_since(self, campaign_id: str, since: datetime) -> list[datetime]:
        """When the requests of a campaign left, at the latest: the instants at which their outcomes were recorded."""
        return [at for at in self._sends.get(campaign_id, ()) if at >= since]

    def calls_placed(self, campaign_id: str) -> int:
        """How many calls of a campaign were placed, or may have been."""
        return self._placed.get(campaign_id, 0)

    def calls_begun(self, campaign_id: str) -> int:
        """How many calls of a campaign there were, may have been or may still come; what was refused or never left is none."""
        return self._begun.get(campaign_id, 0)

    def load(
        self, sends: Mapping[str, Sequence[AttemptRow]], placed: Mapping[str, int], begun: Mapping[str, int]
    ) -> None:
        """Begin with these."""
        for campaign_id, rows in sends.items():
            left = (row.sent_at for row in rows if row.sent_at is not None)
            self._sends[campaign_id] = deque(left, maxlen=SENDS_KEPT_MAX)
        self._placed.update(placed)
        self._begun.update(begun)

    def set_right(self, at: datetime) -> None:
        """No request left later than it was acknowledged that the clock had been ahead."""
        for campaign_id, sends in self._sends.items():
            self._sends[campaign_id] = deque((min(sent_at, at) for sent_at in sends), maxlen=SENDS_KEPT_MAX)

    def add_send(self, campaign_id: str, at: datetime) -> None:
        """One more request has left."""
        self._sends.setdefault(campaign_id, deque(maxlen=SENDS_KEPT_MAX)).append(at)

    def move(self, campaign_id: str, was: Attempt | None, attempt: Attempt) -> None:
        """An attempt has begun, or is in another phase than it was."""
        more = (attempt.phase in _WAS_PLACED) - (was is not None and was.phase in _WAS_PLACED)
        if more:
            self._placed[campaign_id] = self._placed.get(campaign_id, 0) + more
        more = (attempt.phase in _HAS_CALL) - (was is not None and was.phase in _HAS_CALL)
        if more:
            self._begun[campaign_id] = self._begun.get(campaign_id, 0) + more


def placed_of(attempts: Mapping[AttemptPhase, int]) -> int:
    """How many of so many attempts in each phase placed a call, or may have."""
    return _counted(attempts, _WAS_PLACED)


def begun_of(attempts: Mapping[AttemptPhase, int]) -> int:
    """How many of so many attempts in each phase have a call, or may come to have one."""
    return _counted(attempts, _HAS_CALL)


def _counted(attempts: Mapping[AttemptPhase, int], phases: Collection[AttemptPhase]) -> int:
    return sum(count for phase, count in attempts.items() if phase in phases)
