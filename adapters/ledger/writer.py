"""What alone writes, in a thread: it takes the commands that have gathered, decides them in order, and commits them together.

A later command sees what an earlier one of the same commit decided; a command that fails takes nothing with it but its
own events; nobody hears of a result before the commit that holds it is on disk.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from eventsourcing.persistence import IntegrityError, PersistenceError

from adapters.event_mapper import EventMapper, Stamp
from adapters.ledger.acknowledged import Acknowledged
from adapters.ledger.deciding import Deciding
from adapters.ledger.encoded import Encode, append
from adapters.ledger.kept_folds import KeptFolds
from adapters.ledger.lanes import LANES, Lane, LaneLimits
from adapters.ledger.ledger_time import LedgerTime
from adapters.ledger.listeners import Listeners
from adapters.ledger.moved import Closed
from adapters.ledger.others import Others
from adapters.ledger.queues import Queues
from adapters.ledger.recorder import Clock, CommitUnknown, LastEvent, LedgerRecorder
from adapters.ledger.sealing import Destruction
from adapters.ledger.ticket import CommandOutcome, Ticket, taken_back, wake_all
from adapters.ledger.warming import Warming
from adapters.turns import Rest, Work, WorkDriver, Working
from domain.errors import LedgerBusy, LedgerError, LedgerMoved, LedgerUnavailable
from domain.events import Recorded

CONFLICTS_MAX = 5
FOLDS_CACHED_MAX = 20_000
PROBE_SECONDS = 2.0
A_COMMIT_SECONDS_MAX = 15.0
WARMED_A_COMMIT_MAX = 200
CLOSING = "the ledger is closing; try again"


class Writer:
    """Owns the writing side of a ledger from `start` to `stop`, in turns that nobody else takes: those of its own thread."""

    def __init__(
        self,
        recorder: LedgerRecorder,
        mapper: EventMapper,
        clock: Clock,
        new_event_id: Callable[[], str],
        end: tuple[int, Stamp | None],
        stream_of: Callable[[str], str],
        turns: WorkDriver,
        lanes: Mapping[Lane, LaneLimits] = LANES,
    ) -> None:
        self._recorder = recorder
        self.destruction = Destruction(recorder, mapper)
        self._mapper = mapper
        self._clock = clock
        self._encode = Encode(mapper, new_event_id)
        self._stream_of = stream_of
        # What another process records from there on, a closing for one, is caught up with, whatever is read below.
        self._position, last = end
        self.time = LedgerTime(last)
        self.acknowledged = Acknowledged(recorder, mapper.decode)
        self.acknowledged.read()
        self.closed = Closed(recorder, mapper.decode)
        self._queues = Queues(lanes)
        self._turns, self._knock = turns, turns.bell()
        self._finished = self._stopping = self._refused = self._others_wrote = False
        self._warming = Warming(recorder, self._knock.set)
        self._warmed: deque[Ticket] = deque()
        self.listeners = Listeners(self._say_failed)
        self._cache = KeptFolds(FOLDS_CACHED_MAX, self._position)
        self._others = Others(recorder, mapper, self.listeners, self._position)
        self._last_error: str | None = None
        self._committing_since: float | None = None
        self._working: Working | None = None

    @property
    def position(self) -> int:
        """The last position that this process knows to be on disk."""
        return self._position

    @property
    def trouble(self) -> str | None:
        """Why the ledger cannot be written, or could not when that was last tried; None where it can."""
        if self._working is None or not self._working.is_alive():
            return "the writer has stopped"
        since = self._committing_since
        if since is not None and monotonic() - since > A_COMMIT_SECONDS_MAX:
            return f"a commit has not ended for {monotonic() - since:.0f} s; look at the disk or the database"
        return self.closed.words or self._last_error or self.destruction.trouble

    def waiting(self) -> Mapping[str, int]:
        """How many commands wait in each lane."""
        return self._queues.waiting()

    def start(self) -> None:
        """Begin to take commands."""
        self._working = self._turns.begin(self._run, "dialtrail-ledger-writer")

    def hear(self) -> None:
        """Another process may have committed: read it, and tell those who listen; from any thread."""
        if not self._others_wrote:
            self._others_wrote = True
            self._knock.set()

    def stop(self, timeout_seconds: float) -> None:
        """Commit what waits, take nothing more, and end."""
        self._stopping = True
        self._knock.set()
        if self._working is not None:
            self._working.join(timeout_seconds)

    def submit(self, lane: Lane, ticket: Ticket) -> None:
        """Queue a command. Raises `LedgerBusy` where its lane is full, or the writer is stopping."""
        if self._stopping:
            raise LedgerBusy(CLOSING)
        queue = self._queues.put(lane, ticket)
        if not self._knock.is_set():
            self._knock.set()
        if self._finished and taken_back(queue, ticket):
            raise LedgerBusy(CLOSING)

    def _run(self) -> Work:
        while not self._finished:
            yield from self._await_knock()
            self._knock.clear()
            while batch := self._gather():
                self._commit(batch)
            if self._others_wrote:
                self._take_in_others()
            if self._stopping:
                self._finished = True
                late = [*self._gather(), *self._warming.give_up()]
                self._wake(late, [CommandOutcome(error=LedgerBusy(CLOSING)) for _ in late])

    def _await_knock(self) -> Work:
        """Wait for a command; while the ledger refuses, keys are to be destroyed, or its WAL is long, look now and then whether that is over."""
        while True:
            self.destruction.try_again()
            looks = self._refused or self.destruction.trouble is not None or self._recorder.wal_is_long()
            if (yield Rest(self._knock, PROBE_SECONDS if looks else None)):
                return
            self._probe() if self._refused else self._look_after()

    def _look_after(self) -> None:
        self._committing_since = monotonic()
        try:
            self._recorder.shorten_wal()
        except PersistenceError:
            return  # the next commit will meet it, and say so
        finally:
            self._committing_since = None

    def _probe(self) -> None:
        self._committing_since = monotonic()
        try:
            with self._recorder.writing(self._clock) as session:
                self._catch_up(session.last())
                session.probe()
        except Exception:  # noqa: BLE001 - whatever it was: it cannot be written yet, and the trouble says so already
            return
        finally:
            self._committing_since = None
        self._refused, self._last_error = False, None

    def _gather(self) -> list[Ticket]:
        self._take_warmed()
        warmed = [self._warmed.popleft() for _ in range(min(len(self._warmed), WARMED_A_COMMIT_MAX))]
        return warmed + self._queues.take()

    def _take_warmed(self) -> None:
        """Let those go on whose stream was folded meanwhile: what was appended to it since is read with the writer's eyes."""
        for warmed in self._warming.take():
            if warmed.error is not None:
                self._wake(warmed.tickets, [CommandOutcome(error=warmed.error) for _ in warmed.tickets])
                continue
            if warmed.fold is not None:
                self._cache.put(warmed.stream, warmed.fold)
            self._warmed.extend(warmed.tickets)

    def _commit(self, batch: Sequence[Ticket]) -> None:
        self._committing_since = began = monotonic()
        try:
            self.destruction.try_again()
            while batch:
                batch = batch[self._commit_since(began, batch) :]
        finally:
            self._committing_since = None

    def _commit_since(self, began: float, batch: Sequence[Ticket]) -> int:
        """Commit these, or the first of them; how many have heard what came of it."""
        for _ in range(CONFLICTS_MAX):
            try:
                taken, decided, recorded = self._decide_and_append(batch)
            except IntegrityError:
                self._cache.clear()
                continue
            except LedgerMoved as error:
                self._fail(batch, LedgerMoved, str(error))
                return len(batch)
            except CommitUnknown as error:
                self._fail(
                    batch, LedgerUnavailable, f"the database was lost ({error}); it may or may not have stored this"
                )
                return len(batch)
            except (PersistenceError, LedgerError, OSError) as error:
                self._fail(batch, LedgerUnavailable, f"the ledger could not be written ({error}); nothing was stored")
                return len(batch)
            except Exception as error:  # noqa: BLE001 - whatever it was, each waiting caller must hear of it
                self._fail(batch, LedgerUnavailable, f"the ledger's writer met {error!r}; nothing was stored")
                return len(batch)
            self._refused, self._last_error = False, None
            self.listeners.observe(len(decided), len(recorded), monotonic() - began)
            self._others.tell_before(recorded)
            self.listeners.announce(recorded)
            if self._others.told_to < self._position:  # never put back to False here: `hear` sets it from other threads
                self._others_wrote = True
            self._wake([ticket for ticket, _ in decided], [outcome for _, outcome in decided])
            return taken
        self._fail(batch, LedgerBusy, f"other writers were faster {CONFLICTS_MAX} times; try again")
        return len(batch)

    def _decide_and_append(
        self, batch: Sequence[Ticket]
    ) -> tuple[int, list[tuple[Ticket, CommandOutcome]], list[Recorded]]:
        """Decide as many as one commit may have: what was folded before the clock was set right is folded anew after it.

        How many those are, what became of them but for those that were set aside, and what is on disk now.
        """
        recorded, has_to_fold = list[Recorded](), False
        with self._recorder.writing(self._clock) as session:
            self._catch_up(session.last())
            given, decode = self.acknowledged.given, self.acknowledged.decode_as_of(None)
            self._cache.look(session, self._position, decode)
            self.closed.require_open()
            times = self.time.commit(session, self._clock)
            deciding = Deciding(
                session, decode, self._cache, times, self._stream_of, self._warming, self._encode, given
            )
            deciding.read_ahead(batch)
            for ticket in batch:
                deciding.decide(ticket)
                if deciding.is_over:
                    break
            if deciding.encoded:
                recorded = append(session, deciding.encoded)
        if recorded:
            self.time.take(deciding.encoded[-1].stamp)
            is_set_right = deciding.is_over and self.acknowledged.take(recorded)
            has_to_fold = self.destruction.take(recorded) or is_set_right
            self._position = recorded[-1].position
            self._cache.appended(self._position)
            self.closed.look_at(recorded[-1].position, recorded[-1].name)
        self._cache.keep(deciding.folds)
        if has_to_fold:
            self._fold_anew()
        taken = len(deciding.decided) + len(deciding.cold)
        decided = [*deciding.decided, *self._warming.set_aside_all(deciding.cold)]
        return taken, [(ticket, CommandOutcome(o.result, self._position, o.error)) for ticket, o in decided], recorded

    def _catch_up(self, last: LastEvent | None) -> None:
        """Go on from the ledger's last event, whoever wrote it."""
        if last is not None and last.position > self._position:
            self._position = last.position
            self.time.take(self._mapper.stamp(last.state))
            self.closed.look_at(last.position, last.name)
            if self.acknowledged.read_up_to(last.resumed_at):
                self._fold_anew()

    def _take_in_others(self) -> None:
        """Tell those who listen what others have committed since, as far as it is read at once; commands go before the rest."""
        self._others_wrote, self._committing_since = False, monotonic()
        try:
            self._others.tell(self._catch_up)
            if self._others.has_more:
                self.hear()
        except PersistenceError:
            pass  # the next knock tries again
        finally:
            self._committing_since = None

    def _fold_anew(self) -> None:
        """Forget what was folded by other times, and what is being folded by them."""
        self._cache.clear()
        self._warming.fold_anew()

    def _fail(self, batch: Sequence[Ticket], error: type[LedgerError], message: str) -> None:
        self._refused, self._last_error = True, message
        self._cache.clear()
        self._wake(batch, [CommandOutcome(error=error(message)) for _ in batch])

    def _wake(self, batch: Sequence[Ticket], outcomes: Sequence[CommandOutcome]) -> None:
        for error in wake_all(batch, outcomes):
            self._last_error = f"a caller of the ledger could not be told: {error!r}"

    def _say_failed(self, why: str) -> None:
        self._last_error = why
