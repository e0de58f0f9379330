"""Calls about which something may still matter: those that are open, that nobody has claimed, or that echo an attempt."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain import call
from domain.call import STRENGTH, CallState
from domain.events import Recorded
from domain.identity import call_stream
from domain.last_used import LastUsed
from domain.matching import UnclaimedCall
from projections.changes import CallFold, ReadStreams
from projections.changes.folds import fold_call

UNCLAIMED_KEPT = timedelta(days=1)
SETTLED_CALLS_KEPT_MAX = 50_000
LET_GO_KEPT_MAX = 5_000


class WatchedCalls:
    """By id: all that are `watched`, of those `open` when they were last heard of, and those `echoing` an attempt.

    `ended` counts the ends that were heard of.
    """

    def __init__(self, read_streams: ReadStreams) -> None:
        self.ended = 0
        self.watched: dict[str, CallState] = {}
        self.open: dict[str, datetime] = {}
        self.echoing: dict[str, None] = {}
        self._read_streams = read_streams
        self._unclaimed: dict[str, datetime] = {}
        self._settled: LastUsed[str, None] = LastUsed(SETTLED_CALLS_KEPT_MAX)
        self._let_go: LastUsed[str, CallState] = LastUsed(LET_GO_KEPT_MAX)

    def state(self, call_id: str | None) -> CallState:
        """What is known of a watched call; of any other, nothing."""
        return self.watched.get(call_id or "", CallState())

    def state_at(self, call_id: str | None, position: int) -> CallState:
        """What is known of a call, read up to a position where it is not watched."""
        if call_id is None:
            return CallState()
        known = self._at_hand(call_id)
        if known is None:
            fold = self._read(call_id, position)
            return CallState() if fold is None else fold.state
        return known

    def is_at_hand(self, call_id: str) -> bool:
        """Whether `state_at` need not read it."""
        return self._at_hand(call_id) is not None

    def is_settled(self, call_id: str | None) -> bool:
        """Whether it ended, was claimed for certain, and was let go."""
        return call_id in self._settled

    def unclaimed(self) -> list[UnclaimedCall]:
        """The calls of the last day that no attempt has claimed."""
        found = []
        for call_id, heard_at in self._unclaimed.items():
            state = self.watched[call_id]
            if state.parties is not None and state.came_in is None:
                found.append(
                    UnclaimedCall(
                        call_id=call_id,
                        from_number=state.parties.from_number,
                        to_number=state.parties.to_number,
                        began_at=state.created_at or heard_at,
                        echoed_attempts=state.echoed_attempts,
                    )
                )
        return found

    def load(self, call_ids: Sequence[str], folds: Mapping[str, CallFold]) -> None:
        """Begin to watch these, as they are in what was read; of those that are not, nothing was heard."""
        for call_id in call_ids:
            fold = folds.get(call_id)
            if fold is not None:
                self._keep(call_id, fold.state, fold.heard_at, fold.first_heard_at)

    def apply(self, call_id: str, recorded: Recorded) -> CallState | None:
        """Take in an event of a call's stream; the call as it is now, None of one that is settled."""
        if call_id in self._settled:
            return None
        event, at = recorded.event, recorded.counts_from
        before = self.watched.get(call_id) or self._let_go.get(call_id)
        if before is None:
            before = self.read_before(call_id, recorded) if recorded.version > 1 else CallState()
        if type(event) in call.REPORT_KINDS:
            after = call.join(before, event, at)  # type: ignore[arg-type]  # these are reports
        else:
            after = call.evolve(call.CallHistory(state=before), event, at).state  # type: ignore[arg-type]
        self.ended += bool(after.ends) and not before.ends
        self._keep(call_id, after, at, at)
        return after

    def must_read(self, call_id: str, recorded: Recorded) -> bool:
        """Whether an event can be taken in only with what the ledger has of its call."""
        is_known = call_id in self._settled or call_id in self.watched or call_id in self._let_go
        return recorded.version > 1 and not is_known

    def read_before(self, call_id: str, recorded: Recorded) -> CallState:
        """What was known of a call before an event, by the ledger."""
        fold = self._read(call_id, recorded.position - 1)
        return CallState() if fold is None else fold.state

    def know(self, call_id: str, state: CallState) -> None:
        """Have a call at hand that was read, for the next event of it."""
        self._let_go.put(call_id, state)

    def _at_hand(self, call_id: str) -> CallState | None:
        known = self.watched.get(call_id)
        return self._let_go.get(call_id) if known is None and call_id not in self._settled else known

    def _read(self, call_id: str, position: int) -> CallFold | None:
        stream = call_stream(call_id)
        return fold_call(self._read_streams([stream], position).get(stream, ()))

    def set_right(self, at: datetime) -> None:
        """Nothing was heard of a call later than it was acknowledged that the clock had been ahead."""
        self._let_go.clear()
        self.open = {call_id: min(heard_at, at) for call_id, heard_at in self.open.items()}
        self._unclaimed = {call_id: min(heard_at, at) for call_id, heard_at in self._unclaimed.items()}

    def _keep(self, call_id: str, state: CallState, heard_at: datetime, first_heard_at: datetime) -> None:
        """Watch a call for as long as something about it may still matter."""
        self.watched[call_id] = state
        is_ended = bool(state.ends)
        is_open = not is_ended and not state.given_up
        if is_open:
            self.open[call_id] = heard_at
        else:
            self.open.pop(call_id, None)
        claim = state.claim
        is_certain = claim is not None and claim.strength >= STRENGTH["metadata"]
        if state.echoed_attempts and not is_certain:
            self.echoing[call_id] = None
        else:
            self.echoing.pop(call_id, None)
        if claim is not None:
            self._unclaimed.pop(call_id, None)
        else:
            self._unclaimed.setdefault(call_id, first_heard_at)
            self._forget_unclaimed(heard_at)
        if not is_open and claim is not None and call_id not in self.echoing:
            self._let_it_go(call_id)
            if is_certain and is_ended:
                self._settled.put(call_id, None)

    def _forget_unclaimed(self, now: datetime) -> None:
        oldest, heard_at = next(iter(self._unclaimed.items()))
        if now - heard_at > UNCLAIMED_KEPT:
            del self._unclaimed[oldest]
            if oldest not in self.open and oldest not in self.echoing:
                self._let_it_go(oldest)

    def _let_it_go(self, call_id: str) -> None:
        """Watch a call no more; while little else is heard of, the next report need not read it again."""
        self._let_go.put(call_id, self.watched.pop(call_id))
