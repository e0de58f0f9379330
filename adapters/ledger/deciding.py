"""Commands decided in order, for one commit: each sees what those before it decided, and fails for itself alone."""

from collections.abc import Callable, Container, Sequence
from contextlib import suppress

from eventsourcing.persistence import PersistenceError

from adapters.event_mapper import Stamp
from adapters.ledger.acknowledged import Decode
from adapters.ledger.encoded import Encoded
from adapters.ledger.ledger_time import CommitTimes
from adapters.ledger.recorder import Row, WriteSession
from adapters.ledger.ticket import CommandOutcome, Ticket, read_by
from adapters.ledger.transaction import (
    BYTES_FOLDED_MAX,
    EVENTS_FOLDED_MAX,
    Appended,
    ColdStream,
    Fold,
    FoldCache,
    Transaction,
    folded,
    nothing_of,
)
from domain.account import AccountResumed
from domain.ledger_life import KeysDestroyed, LedgerClosed
from domain.recipient import StreamOf
from domain.set_right import SetRight

READ_TOGETHER_MIN = 2
_ARE_LAST = frozenset({LedgerClosed, KeysDestroyed})
"""What comes after is refused, or is sealed under other keys than those."""
_MAY_BE_LAST = _ARE_LAST | {AccountResumed}


class Deciding:
    """What the commands came to: `decided` have their outcome, `cold` need a stream that is too long to be folded here.

    `encoded` are the events to be appended, `folds` the streams as they are with those. `is_over` once the clock was set
    right, keys were destroyed, or the ledger closed: what follows needs another commit.
    """

    def __init__(
        self,
        session: WriteSession,
        decode: Decode,
        cache: FoldCache,
        times: CommitTimes,
        stream_of: StreamOf,
        warming: Container[str],
        encode: Callable[[Sequence[Appended], Stamp], list[Encoded]],
        acknowledged: tuple[SetRight, ...] = (),
    ) -> None:
        self.decided: list[tuple[Ticket, CommandOutcome]] = []
        self.cold: list[tuple[Ticket, ColdStream]] = []
        self.encoded: list[Encoded] = []
        self.folds: dict[str, Fold] = {}
        self.is_over = False
        self._session = session
        self._decode = decode
        self._cache = cache
        self._times, self._stamp = times, times.stamp
        self._stream_of = stream_of
        self._warming = warming
        self._encode = encode
        self._acknowledged = acknowledged
        self._appended: list[Appended] = []
        self._found_cold: set[str] = set()

    def __contains__(self, stream: object) -> bool:
        """Whether a stream is known to be too long to be folded here; then no further command reads so far in it."""
        return stream in self._found_cold or stream in self._warming

    def read_ahead(self, batch: Sequence[Ticket]) -> None:
        """Know with one question what these say they will read, where that is little; whatever is not known then is read for itself."""
        read_newer = self._session.read_newer
        if read_newer is None:
            return
        before: dict[str, Fold] = {}
        for stream in {stream for ticket in batch for stream in read_by(ticket.decide)}:
            fold = self._cache.get(stream)
            if (fold is None or not fold.is_whole) and stream not in self._warming:
                before[stream] = fold or nothing_of(stream)
        if len(before) < READ_TOGETHER_MIN:
            return
        known = [(stream, fold.version) for stream, fold in before.items()]
        rows = read_newer(known, EVENTS_FOLDED_MAX, BYTES_FOLDED_MAX)
        if rows is None:
            return
        newer: dict[str, list[Row]] = {}
        for row in rows:
            newer.setdefault(row[1], []).append(row)
        for stream, fold in before.items():
            with suppress(Exception):  # whoever reads it hears what is wrong with it
                self.folds[stream] = folded(stream, fold, newer.get(stream, ()), self._decode)

    def decide(self, ticket: Ticket) -> None:
        """Decide one more command. Raises `PersistenceError` where the database failed: then none of them is decided."""
        transaction = Transaction(
            self._session,
            self._decode,
            self._cache,
            self.folds,
            self._times,
            ticket.metadata,
            self._stream_of,
            self._appended,
            self,
            self._acknowledged,
        )
        try:
            result = ticket.decide(transaction)
            appended = transaction.appended
            times, stamp, is_last = self._times, self._stamp, False
            for one in appended:
                if type(one.event) in _MAY_BE_LAST:
                    times = times.after([one.event])
                    is_last = is_last or times is not self._times or type(one.event) in _ARE_LAST
            stamp = stamp if times is self._times else times.stamp
            own = self._encode(appended, stamp)
        except PersistenceError:
            raise
        except ColdStream as cold:
            self.cold.append((ticket, cold))
            self._found_cold.add(cold.stream)
        except BaseException as error:  # noqa: BLE001 - it is this caller's error, and only this caller's
            self.decided.append((ticket, CommandOutcome(error=error)))
        else:
            self.decided.append((ticket, CommandOutcome(result=result)))
            self.is_over = is_last
            self._times, self._stamp = times, stamp
            self.folds.update(transaction.folds)
            self.encoded += own
            self._appended += appended
