"""Commands decided in order, for one commit: each sees what those before it decided, and fails for itself alone."""

from collections.abc import Callable, Container, Sequence

from eventsourcing.persistence import PersistenceError

from adapters.event_mapper import Stamp
from adapters.ledger.acknowledged import Decode
from adapters.ledger.encoded import Encoded
from adapters.ledger.ledger_time import CommitTimes
from adapters.ledger.recorder import WriteSession
from adapters.ledger.ticket import CommandOutcome, Ticket
from adapters.ledger.transaction import Appended, ColdStream, Fold, FoldCache, Transaction
from domain.ledger_life import LedgerClosed
from domain.recipient import StreamOf
from domain.set_right import SetRight


class Deciding:
    """What the commands came to: `decided` have their outcome, `cold` need a stream that is too long to be folded here.

    `encoded` are the events to be appended, `folds` the streams as they are with those. `is_over` once the clock was set
    right, or the ledger closed: what follows needs another commit.
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
            since = self._times.after(one.event for one in appended)
            stamp = self._stamp if since is self._times else since.stamp
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
            self.is_over = since is not self._times or any(type(one.event) is LedgerClosed for one in appended)
            self._times, self._stamp = since, stamp
            self.folds.update(transaction.folds)
            self.encoded += own
            self._appended += appended
