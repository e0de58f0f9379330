"""Streams that are too long to be folded while everybody waits for the writer: folded beside it, while it goes on without the commands that need them."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

from eventsourcing.persistence import PersistenceError
from msgspec import Struct

from adapters.ledger.recorder import LedgerRecorder
from adapters.ledger.ticket import CommandOutcome, Ticket
from adapters.ledger.transaction import ColdStream, Fold, folded
from domain.errors import LedgerBusy, LedgerUnavailable

ROWS_READ_AT_ONCE_MAX = 1_000
BYTES_READ_AT_ONCE_MAX = 4 * 1024 * 1024
SET_ASIDE_MAX = 4_096


class Warmed(Struct, frozen=True):
    """A stream's fold as it was when it was read, and the commands that waited for it.

    Without a fold, `error` says why there is none; without that, it has to be folded anew.
    """

    stream: str
    fold: Fold | None
    error: BaseException | None
    tickets: Sequence[Ticket]


class Warming:
    """Commands that were set aside, by the stream that each needs. All of it is the writer's, but for the thread that folds."""

    def __init__(self, recorder: LedgerRecorder, knock: Callable[[], None]) -> None:
        self._recorder = recorder
        self._knock = knock
        self._waiting: dict[str, list[Ticket]] = {}
        self._outdated: set[str] = set()
        self._set_aside = 0
        self._cold: SimpleQueue[ColdStream] = SimpleQueue()
        self._done: SimpleQueue[tuple[str, Fold | None, BaseException | None]] = SimpleQueue()
        self._thread: Thread | None = None

    def __contains__(self, stream: object) -> bool:
        return stream in self._waiting

    def set_aside_all(self, cold: Sequence[tuple[Ticket, ColdStream]]) -> list[tuple[Ticket, CommandOutcome]]:
        """Let commands wait until the streams that they need are folded; those for which there is no room."""
        refused: list[tuple[Ticket, CommandOutcome]] = []
        for ticket, stream in cold:
            try:
                self.set_aside(ticket, stream)
            except LedgerBusy as error:
                refused.append((ticket, CommandOutcome(error=error)))
        return refused

    def set_aside(self, ticket: Ticket, cold: ColdStream) -> None:
        """Let a command wait until the stream that it needs is folded. Raises `LedgerBusy` where as many wait as may."""
        if self._set_aside >= SET_ASIDE_MAX:
            raise LedgerBusy(f"{self._set_aside} commands wait for long streams to be read; try again")
        self._set_aside += 1
        waiting = self._waiting.get(cold.stream)
        if waiting is not None:
            waiting.append(ticket)
            return
        self._waiting[cold.stream] = [ticket]
        self._cold.put(cold)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="dialtrail-ledger-warming", daemon=True)
            self._thread.start()

    def take(self) -> list[Warmed]:
        """Those that have been folded meanwhile."""
        found = []
        while not self._done.empty():
            stream, fold, error = self._done.get()
            tickets = self._waiting.pop(stream)
            self._set_aside -= len(tickets)
            if stream in self._outdated:
                self._outdated.remove(stream)
                fold = None
            found.append(Warmed(stream, fold, error, tickets))
        return found

    def fold_anew(self) -> None:
        """What is being folded is by times that count no more."""
        self._outdated = set(self._waiting)

    def give_up(self) -> list[Ticket]:
        """All that still wait."""
        tickets = [ticket for waiting in self._waiting.values() for ticket in waiting]
        self._waiting.clear()
        self._set_aside = 0
        return tickets

    def _run(self) -> None:
        while True:
            cold = self._cold.get()
            try:
                self._done.put((cold.stream, self._folded(cold), None))
            except PersistenceError as error:
                self._done.put(
                    (cold.stream, None, LedgerUnavailable(f"the ledger could not be read ({error}); try again"))
                )
            except BaseException as error:  # noqa: BLE001 - it is the error of those who need the stream, and theirs alone
                self._done.put((cold.stream, None, error))
            self._knock()

    def _folded(self, cold: ColdStream) -> Fold:
        fold = cold.fold
        while rows := self._recorder.read_stream_within(
            cold.stream, fold.version, ROWS_READ_AT_ONCE_MAX, BYTES_READ_AT_ONCE_MAX
        ):
            fold = folded(cold.stream, fold, rows, cold.decode, is_whole=False)
        return fold
