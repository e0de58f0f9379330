"""Calls about which something may still matter: those that are open, that nobody has claimed, or that echo an attempt."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from domain import call
from domain.call import STRENGTH, CallState
from domain.call.stamps import PROVIDER_SKEW_MAX
from domain.events import Recorded
from domain.identity import call_stream
from domain.instants import later
from domain.last_used import LastUsed
from domain.matching import CLOCKS_APART, UnclaimedCall, UnresolvedAttempt
from projections.changes import CallFold, ReadStreams
from projections.changes.folds import fold_call

UNCLAIMED_KEPT = timedelta(days=1)
RESTING_KEPT_MAX = 50_000
"""Calls that are over and that nobody has claimed: some 22 MiB. Those that were over first are forgotten beyond it."""
SETTLED_CALLS_KEPT_MAX = 50_000
LET_GO_KEPT_MAX = 5_000


class HeardCall(Struct, frozen=True):
    """What is known of a call, and when it was first heard of; None of one that was not."""

    state: CallState = CallState()
    first_heard_at: datetime | None = None


class WatchedCalls:
    """By id: all that are `watched`, of those `open` when they were last heard of, and those `echoing` an attempt.

    `ended` counts the ends that were heard of. Of a call that is over, that nobody has claimed and that echoes nothing,
    only what a match looks at is kept: it is `resting`. Whatever else is asked of it is read from the ledger.
    """

    def __init__(self, read_streams: ReadStreams) -> None:
        self.ended = 0
        self.watched: dict[str, CallState] = {}
        self.open: dict[str, datetime] = {}
        self.echoing: dict[str, None] = {}
        self._read_streams = read_streams
        self._unclaimed: dict[str, datetime] = {}
        # Ordered, since the first of a plain dictionary is ever further behind those that were taken out before it.
        self._resting: OrderedDict[str, UnclaimedCall | None] = OrderedDict()
        self._forgotten_until: datetime | None = None
        self._settled: LastUsed[str, None] = LastUsed(SETTLED_CALLS_KEPT_MAX)
        self._let_go: LastUsed[str, HeardCall] = LastUsed(LET_GO_KEPT_MAX)

    def state(self, call_id: str | None) -> CallState:
        """What is known of a watched call; of any other, nothing."""
        return self.watched.get(call_id or "", CallState())

    def state_at(self, call_id: str | None, position: int) -> CallState:
        """What is known of a call, read up to a position where it is not watched."""
        if call_id is None:
            return CallState()
        known = self._at_hand(call_id)
        return self._read(call_id, position).state if known is None else known

    def is_at_hand(self, call_id: str) -> bool:
        """Whether `state_at` need not read it."""
        return self._at_hand(call_id) is not None

    def was_heard_of(self, call_id: str | None) -> bool:
        """Whether something is known of it, here or in the ledger; what is not known any more was heard of long ago."""
        return any(call_id in kept for kept in (self.watched, self._resting, self._settled, self._let_go))

    def kept(self) -> list[str]:
        """The ids of those that are watched, and of those that rest."""
        return [*self.watched, *self._resting]

    def unclaimed(self) -> list[UnclaimedCall]:
        """The calls that no attempt has claimed, of those that are over only the last `RESTING_KEPT_MAX` of a day."""
        found = []
        for call_id, heard_at in self._unclaimed.items():
            resting = self._resting.get(call_id)
            if call_id in self.watched:
                resting = _as_unclaimed(call_id, self.watched[call_id], heard_at)
            if resting is not None:
                found.append(resting)
        return found

    def has_forgotten(self, attempt: UnresolvedAttempt) -> bool:
        """Whether there may have been a call that could be this attempt's, and that is not among the `unclaimed` any more."""
        return self._forgotten_until is not None and attempt.started_at - CLOCKS_APART <= self._forgotten_until

    def load(self, call_ids: Sequence[str], folds: Mapping[str, CallFold]) -> None:
        """Begin to watch these, as they are in what was read; of those that are not, nothing was heard."""
        for call_id in call_ids:
            fold = folds.get(call_id)
            if fold is not None:
                self._keep(call_id, fold.state, fold.heard_at, fold.first_heard_at)

    def forget_before(self, heard_at: datetime) -> None:
        """Calls that were first heard of before were not loaded, unless they are open."""
        self._forget_until(later(heard_at, PROVIDER_SKEW_MAX))

    def apply(self, call_id: str, recorded: Recorded) -> CallState | None:
        """Take in an event of a call's stream; the call as it is now, None of one that is settled."""
        if call_id in self._settled:
            return None
        event, at = recorded.event, recorded.counts_from
        heard = self._heard(call_id, recorded)
        before = heard.state
        if type(event) in call.REPORT_KINDS:
            after = call.join(before, event, at)  # type: ignore[arg-type]  # these are reports
        else:
            after = call.evolve(call.CallHistory(state=before), event, at).state  # type: ignore[arg-type]
        self.ended += bool(after.ends) and not before.ends
        self._keep(call_id, after, at, heard.first_heard_at or at)
        return after

    def must_read(self, call_id: str, recorded: Recorded) -> bool:
        """Whether an event can be taken in only with what the ledger has of its call."""
        is_known = call_id in self._settled or call_id in self.watched or call_id in self._let_go
        return recorded.version > 1 and not is_known

    def read_before(self, call_id: str, recorded: Recorded) -> HeardCall:
        """What was known of a call before an event, by the ledger."""
        return self._read(call_id, recorded.position - 1)

    def know(self, call_id: str, heard: HeardCall) -> None:
        """Have a call at hand that was read, for the next event of it."""
        self._let_go.put(call_id, heard)

    def set_right(self, at: datetime) -> None:
        """Nothing was heard of a call later than it was acknowledged that the clock had been ahead."""
        self._let_go.clear()
        self.open = {call_id: min(heard_at, at) for call_id, heard_at in self.open.items()}
        self._unclaimed = {call_id: min(heard_at, at) for call_id, heard_at in self._unclaimed.items()}
        if self._forgotten_until is not None:
            self._forgotten_until = min(self._forgotten_until, later(at, PROVIDER_SKEW_MAX))

    def _heard(self, call_id: str, recorded: Recorded) -> HeardCall:
        state = self.watched.get(call_id)
        if state is not None:
            return HeardCall(state, self._unclaimed.get(call_id))
        known = self._let_go.get(call_id)
        if known is not None:
            return known
        return self.read_before(call_id, recorded) if recorded.version > 1 else HeardCall()

    def _at_hand(self, call_id: str) -> CallState | None:
        known = self.watched.get(call_id)
        if known is not None or call_id in self._settled:
            return known
        let_go = self._let_go.get(call_id)
        return None if let_go is None else let_go.state

    def _read(self, call_id: str, position: int) -> HeardCall:
        stream = call_stream(call_id)
        fold = fold_call(self._read_streams([stream], position).get(stream, ()))
        return HeardCall() if fold is None else HeardCall(fold.state, fold.first_heard_at)

    def _keep(self, call_id: str, state: CallState, heard_at: datetime, first_heard_at: datetime) -> None:
        """Watch a call for as long as something about it may still matter."""
        claim = state.claim
        is_ended = bool(state.ends)
        is_certain = claim is not None and claim.strength >= STRENGTH["metadata"]
        is_open = not is_ended and not state.given_up
        is_echoing = bool(state.echoed_attempts) and not is_certain
        if is_open:
            self.open[call_id] = heard_at
        else:
            self.open.pop(call_id, None)
        if is_echoing:
            self.echoing[call_id] = None
        else:
            self.echoing.pop(call_id, None)
        if claim is None:
            self._unclaimed.setdefault(call_id, first_heard_at)
        else:
            self._unclaimed.pop(call_id, None)
            self._resting.pop(call_id, None)
        if is_open or is_echoing:
            self._resting.pop(call_id, None)
            self.watched[call_id] = state
            return
        # While little else is heard of, the next report need not read it again.
        self.watched.pop(call_id, None)
        self._let_go.put(call_id, HeardCall(state, first_heard_at))
        if claim is None:
            self._resting[call_id] = _as_unclaimed(call_id, state, self._unclaimed[call_id])
            self._forget_resting(heard_at)
        elif is_certain and is_ended:
            self._settled.put(call_id, None)

    def _forget_resting(self, now: datetime) -> None:
        """The ledger has them; but no attempt that could have had one is matched by inference any more."""
        oldest = next(iter(self._resting))
        while len(self._resting) > RESTING_KEPT_MAX or now - self._unclaimed[oldest] > UNCLAIMED_KEPT:
            forgotten = self._resting.pop(oldest)
            heard_at = self._unclaimed.pop(oldest)
            self._forget_until(heard_at if forgotten is None else forgotten.began_at)
            if not self._resting:
                return
            oldest = next(iter(self._resting))

    def _forget_until(self, began_at: datetime) -> None:
        self._forgotten_until = max(began_at, self._forgotten_until or began_at)


def _as_unclaimed(call_id: str, state: CallState, heard_at: datetime) -> UnclaimedCall | None:
    """What a match looks at; None of a call that can be nobody's that was placed."""
    if state.parties is None or state.came_in is not None:
        return None
    return UnclaimedCall(
        call_id=call_id,
        from_number=state.parties.from_number,
        to_number=state.parties.to_number,
        began_at=state.created_at or heard_at,
        phase=state.phase,
        echoed_attempts=state.echoed_attempts,
    )
