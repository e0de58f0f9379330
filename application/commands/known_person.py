"""A person and their calls as far as they were read, and whatever was appended since."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from adapters.ledger import Ledger
from adapters.ledger.transaction import Fold, Transaction
from domain import call, recipient
from domain.call import CallHistory, CallState
from domain.events import Recorded
from domain.identity import call_id_of, call_stream
from domain.recipient import RecipientState, StreamOf
from domain.set_right import SetRight


class KnownPerson:
    """The person behind a stream, by all spellings of the number. `folds` are their streams, each up to a version of its own.

    They are as of the times that were `acknowledged`; where the clock was set right since, all is read anew.
    """

    def __init__(self, stream: str, folds: Mapping[str, Fold], acknowledged: tuple[SetRight, ...]) -> None:
        self._stream = stream
        self._folds = dict(folds)
        self._acknowledged = acknowledged

    def state(self, stream_of: StreamOf) -> RecipientState:
        """The person."""
        own = self._recipient(self._stream)
        return recipient.as_person(
            own, [self._recipient(one) for one in recipient.other_streams(own.number, stream_of)]
        )

    def spelled(self, stream_of: StreamOf) -> list[RecipientState]:
        """The person by each of the spellings that are known."""
        own = self._recipient(self._stream)
        others = recipient.other_streams(own.number, stream_of)
        return recipient.each_spelled([own, *(self._recipient(one) for one in others)])

    def calls(self, person: RecipientState) -> dict[str, CallState]:
        """The calls that a verdict on a person hangs on, by id."""
        return {i: self._call(call_stream(i)) for i in recipient.call_ids(person)}

    def catch_up(self, ledger: Ledger, events_max: int | None = None) -> bool:
        """Take in what was appended since; with `events_max`, nothing but False where that is more at once."""
        if ledger.acknowledged != self._acknowledged:
            if events_max is not None:
                return False
            self._acknowledged, self._folds = ledger.acknowledged, {}
        looked_at: set[str] = set()
        while wanted := self._streams(ledger.recipient_stream) - looked_at:
            newer = ledger.read_newer({one: self._version(one) for one in wanted}, events_max)
            if newer is None:
                return False
            for recorded in newer:
                self._take(recorded)
            looked_at |= wanted
        return True

    def _streams(self, stream_of: StreamOf) -> set[str]:
        own = self._recipient(self._stream)
        calls = (call_stream(i) for i in recipient.call_ids(self.state(stream_of)))
        return {self._stream, *recipient.other_streams(own.number, stream_of), *calls}

    def _take(self, recorded: Recorded) -> None:
        stream = recorded.stream
        before, evolve = self._state_before(stream)
        self._folds[stream] = Fold(recorded.version, evolve(before, recorded.event, recorded.counts_from))

    def _state_before(self, stream: str) -> tuple[Any, Callable[[Any, Any, datetime], Any]]:
        known = self._folds.get(stream)
        if call_id_of(stream) is None:
            return (recipient.INITIAL if known is None else known.state), recipient.evolve
        return (call.INITIAL if known is None else known.state), call.evolve

    def _version(self, stream: str) -> int:
        known = self._folds.get(stream)
        return 0 if known is None else known.version

    def _recipient(self, stream: str) -> RecipientState:
        return cast("RecipientState", self._state_before(stream)[0])

    def _call(self, stream: str) -> CallState:
        return cast("CallHistory", self._state_before(stream)[0]).state


def known_in(tx: Transaction, stream: str) -> KnownPerson:
    """The person behind a stream, and their calls, as a command knows them that has read them."""
    person = tx.person(stream)
    streams = [stream, *tx.other_streams(person.number), *(call_stream(i) for i in recipient.call_ids(person))]
    return KnownPerson(stream, {one: tx.fold(one) for one in streams}, tx.acknowledged)
