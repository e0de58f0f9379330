"""How the last attempts of each campaign ended, as many as its breaker looks at."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from domain.breaker import SettledAttempt, settled_by
from domain.campaign import CampaignState
from domain.identity import call_stream
from domain.policy import Breaker
from domain.recipient import Attempt
from projections.attempt_index import AttemptRow
from projections.changes import ReadStreams
from projections.changes.folds import fold_call
from projections.folded import recipient_of


class SettledAttempts:
    """Of campaigns whose policy has a breaker, since they last began to run; of others nothing."""

    def __init__(self, state_of: Callable[[str], CampaignState | None]) -> None:
        self._state_of = state_of
        self._last: dict[str, deque[SettledAttempt]] = {}
        self._seen: dict[str, int] = {}

    def last(self, campaign_id: str) -> tuple[int, Sequence[SettledAttempt]]:
        """How many were ever seen, and how the last of them ended, in order."""
        return self._seen.get(campaign_id, 0), self._last.get(campaign_id, ())

    def begin_again(self, campaign_id: str) -> None:
        """The campaign begins to run: what was before it counts no more."""
        self._last.pop(campaign_id, None)

    def add(self, campaign_id: str, settled: SettledAttempt | None) -> None:
        """One more attempt ended, or, with None, said nothing of the campaign."""
        breaker = self._breaker_of(campaign_id)
        if settled is None or breaker is None:
            return
        kept = self._last.get(campaign_id)
        if kept is None or kept.maxlen != breaker.window_attempts:
            kept = self._last[campaign_id] = deque(kept or (), maxlen=breaker.window_attempts)
        kept.append(settled)
        self._seen[campaign_id] = self._seen.get(campaign_id, 0) + 1

    def load(self, campaign_id: str, sent: Sequence[AttemptRow], read_streams: ReadStreams, position: int) -> None:
        """Begin at a position with those whose requests left last."""
        breaker, state = self._breaker_of(campaign_id), self._state_of(campaign_id)
        if breaker is None or state is None or state.running_since is None:
            return
        for at, _, settled in ended_attempts(sent[-breaker.window_attempts :], read_streams, position):
            if at >= state.running_since:
                self.add(campaign_id, settled)

    def _breaker_of(self, campaign_id: str) -> Breaker | None:
        state = self._state_of(campaign_id)
        return None if state is None or state.plan.policy is None else state.plan.policy.breaker


def ended_attempts(
    rows: Sequence[AttemptRow], read_streams: ReadStreams, position: int
) -> list[tuple[datetime, Attempt, SettledAttempt]]:
    """Those of these attempts that have ended and say something of the campaign: when, and how; the latest last."""
    streams = read_streams(sorted({row.stream for row in rows}), position)
    people = {stream: recipient_of(events) for stream, events in streams.items()}
    attempts = [a for row in rows if (a := people[row.stream].attempt(row.attempt_id)) is not None]
    calls = read_streams(sorted({call_stream(a.call_id) for a in attempts if a.call_id is not None}), position)
    ended: list[tuple[datetime, Attempt, SettledAttempt]] = []
    for attempt in attempts:
        fold = fold_call(calls.get(call_stream(attempt.call_id or ""), ()))
        settled = settled_by(attempt, None if fold is None else fold.state)
        if settled is not None:
            at = attempt.changed_at if fold is None else max(attempt.changed_at, fold.heard_at)
            ended.append((at, attempt, settled))
    return sorted(ended, key=lambda one: one[0])
