"""Calls about which something may still matter: those that are open, and those that echo an attempt.

What is kept is what the ledger's events say, by no clock. Of calls that nobody has claimed there are as many as others
place: of one that is over nothing is kept, of an open one when it was heard of, and of one without numbers, about which
nobody can be asked, nothing either. Whose such a call could be is asked of the views.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from domain import call
from domain.call import STRENGTH, CallState
from domain.events import Recorded
from domain.growing import GrowingSet
from domain.identity import call_stream
from domain.last_used import LastUsed
from projections.changes import CallFold, ReadStreams
from projections.changes.folds import fold_call

SETTLED_CALLS_KEPT_MAX = 50_000
LET_GO_KEPT_MAX = 5_000
"""Of the calls that are not kept whole, the last heard of are at hand: their next report is taken in without a read."""


class WatchedCalls:
    """By id: those `watched`, which are open and claimed; those `open` when they were last heard of; and what those `echoing` echo.

    `ended` counts the ends that were heard of.
    """

    def __init__(self, read_streams: ReadStreams) -> None:
        self.ended = 0
        self.watched: dict[str, CallState] = {}
        self.open: dict[str, datetime] = {}
        self.echoing: dict[str, GrowingSet[str]] = {}
        self._read_streams = read_streams
        self._settled: LastUsed[str, None] = LastUsed(SETTLED_CALLS_KEPT_MAX)
        self._let_go: LastUsed[str, CallState] = LastUsed(LET_GO_KEPT_MAX)

    def kept(self) -> list[str]:
        """The ids of all of which anything is kept."""
        return list({**self.watched, **self.open, **self.echoing})

    def state_at_hand(self, call_id: str | None) -> CallState:
        """What is known of a call without a read; of one that is not at hand, nothing."""
        return self._at_hand(call_id or "") or CallState()

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

    def load(self, call_ids: Sequence[str], folds: Mapping[str, CallFold]) -> None:
        """Begin to watch these, as they are in what was read; of those that are not, nothing was heard."""
        for call_id in call_ids:
            fold = folds.get(call_id)
            if fold is not None:
                self._keep(call_id, fold.state, fold.heard_at)

    def apply(self, call_id: str, recorded: Recorded) -> CallState | None:
        """Take in an event of a call's stream; the call as it is now, None of one that is settled."""
        if call_id in self._settled:
            return None
        event, at = recorded.event, recorded.counts_from
        before = self.watched.get(call_id) or self._let_go.get(call_id)
        if before is None:
            before = self.read_before(call_id, recorded) if recorded.version > 1 else CallState()
        folded = recorded.folded
        if type(folded) is call.CallHistory:  # who recorded it has joined it already
            after = folded.state
        elif type(event) in call.REPORT_KINDS:
            after = call.join(before, event, at)  # type: ignore[arg-type]  # these are reports
        else:
            after = call.evolve(call.CallHistory(state=before), event, at).state  # type: ignore[arg-type]
        self.ended += bool(after.ends) and not before.ends
        self._keep(call_id, after, at)
        return after

    def forget_echoes(self, call_ids: Iterable[str]) -> None:
        """What these echo are attempts of another ledger, as where two use one account; the next report of them is looked at again."""
        for call_id in call_ids:
            self.echoing.pop(call_id, None)

    def must_read(self, call_id: str, recorded: Recorded) -> bool:
        """Whether an event can be taken in only with what the ledger has of its call."""
        if recorded.version == 1 or call_id in self.watched:
            return False
        return call_id not in self._let_go and call_id not in self._settled

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

    def forget(self) -> None:
        """Somebody was erased: what is only at hand may have their number, and is read again."""
        self._let_go.clear()

    def set_right(self, at: datetime) -> None:
        """Nothing was heard of a call later than it was acknowledged that the clock had been ahead."""
        self._let_go.clear()
        self.open = {call_id: min(heard_at, at) for call_id, heard_at in self.open.items()}

    def _keep(self, call_id: str, state: CallState, heard_at: datetime) -> None:
        """Keep of a call what may still matter; the rest is at hand for as long as little else is heard of."""
        claim = state.claim
        is_certain = claim is not None and claim.strength >= STRENGTH["metadata"]
        is_open = not state.ends and not state.given_up and (claim is not None or _has_numbers(state))
        if is_open:
            self.open[call_id] = heard_at
        else:
            self.open.pop(call_id, None)
        if state.echoed_attempts and not is_certain:
            self.echoing[call_id] = state.echoed_attempts
        else:
            self.echoing.pop(call_id, None)
        if is_open and claim is not None:
            self.watched[call_id] = state
            return
        self.watched.pop(call_id, None)
        self._let_go.put(call_id, state)
        if is_certain and state.ends:
            self._settled.put(call_id, None)


def _has_numbers(state: CallState) -> bool:
    parties = state.parties
    return parties is not None and bool(parties.from_number or parties.to_number)
