"""How the numbers of each campaign's pool were used last, and how the last attempts from each of them ended."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence

from domain.breaker import SettledAttempt
from domain.caller_pool import NOT_USED, CallerUse, caller_chosen
from domain.campaign import CampaignState
from domain.events import Event
from domain.policy import Breaker
from domain.recipient import Attempt, AttemptStarted
from projections.attempt_index import AttemptRow
from projections.changes import ReadStreams
from projections.settled_attempts import ended_attempts

ROWS_READ_MIN = 100

Key = tuple[str, str]
"""A campaign and a number."""


class Callers:
    """Each attempt says how the pool was used before it, so that the latest is all that there is to know of that."""

    def __init__(self, state_of: Callable[[str], CampaignState | None]) -> None:
        self._state_of = state_of
        self._use: dict[str, CallerUse] = {}
        self._last: dict[Key, deque[SettledAttempt]] = {}
        self._seen: dict[Key, int] = {}

    def use(self, campaign_id: str) -> CallerUse:
        """How a campaign's pool was used so far."""
        return self._use.get(campaign_id, NOT_USED)

    def last(self, campaign_id: str, number: str) -> tuple[int, Sequence[SettledAttempt]]:
        """How many attempts from a number were ever seen to end, and how the last of them did, in order."""
        return self._seen.get((campaign_id, number), 0), tuple(self._last.get((campaign_id, number), ()))

    def start(self, event: AttemptStarted) -> None:
        """One more attempt begins."""
        chosen = caller_chosen(event.verdict)
        if chosen is not None:
            self._use[event.campaign_id] = chosen.use_after

    def begin_again(self, campaign_id: str, numbers: Collection[str]) -> None:
        """These numbers come into the pool: how attempts from them ended before counts no more."""
        for number in numbers:
            self._last.pop((campaign_id, number), None)

    def end(self, attempt: Attempt, settled: SettledAttempt | None) -> None:
        """One more attempt ended, or, with None, said nothing of its number."""
        state = self._state_of(attempt.campaign_id)
        breaker = _breaker_of(state)
        if settled is None or state is None or breaker is None:
            return
        key = (attempt.campaign_id, state.caller_of(attempt.caller_number))
        kept = self._last.get(key)
        if kept is None or kept.maxlen != breaker.window_attempts:
            kept = self._last[key] = deque(kept or (), maxlen=breaker.window_attempts)
        kept.append(settled)
        self._seen[key] = self._seen.get(key, 0) + 1

    def load(
        self,
        campaign_id: str,
        sent: Sequence[AttemptRow],
        open_streams: Collection[str],
        read_streams: ReadStreams,
        position: int,
    ) -> None:
        """Begin at a position, with the attempts whose requests left last, and the recipients who may have a call under way.

        No more than `calls_at_once` requests can have left after the one of the latest attempt. One that has no pool any more
        may have it again today.
        """
        state = self._state_of(campaign_id)
        if state is None or not state.had_pool:
            return
        latest = sent[-max(ROWS_READ_MIN, state.plan.limits.calls_at_once) :]
        streams = read_streams(sorted({*open_streams, *(row.stream for row in latest)}), position)
        self._use[campaign_id] = use_after_all(campaign_id, (one.event for some in streams.values() for one in some))
        if _breaker_of(state) is None:
            return
        for at, attempt, settled in ended_attempts(sent, read_streams, position):
            since = state.callers_since.get(state.caller_of(attempt.caller_number), state.created_at)
            if at >= since:
                self.end(attempt, settled)


def use_after_all(campaign_id: str, events: Iterable[Event]) -> CallerUse:
    """How a campaign's pool was used after all of these, which may come in any order."""
    latest = NOT_USED
    for event in events:
        if isinstance(event, AttemptStarted) and event.campaign_id == campaign_id:
            chosen = caller_chosen(event.verdict)
            if chosen is not None and chosen.use_after.turns > latest.turns:
                latest = chosen.use_after
    return latest


def _breaker_of(state: CampaignState | None) -> Breaker | None:
    pool = None if state is None else state.plan.caller_pool
    return None if pool is None else pool.breaker
