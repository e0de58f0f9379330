"""The ledger: read, fold, decide, append."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from threading import Lock
from typing import TypeVar

from eventsourcing.persistence import PersistenceError

from adapters.event_mapper import EventMapper
from adapters.ledger.application import LedgerApplication
from adapters.ledger.lanes import Lane
from adapters.ledger.listeners import Listener, Observer
from adapters.ledger.others import Listening
from adapters.ledger.place import DialledPlace
from adapters.ledger.places import position_at
from adapters.ledger.played_by import keep_apart
from adapters.ledger.pseudonym_key import check_value, pseudonym_key
from adapters.ledger.reader import by_stream, end_of, readable
from adapters.ledger.recorder import Clock, LedgerRecorder, Row
from adapters.ledger.sealed_keys import SealedKeys
from adapters.ledger.ticket import CommandOutcome, Committed, Ticket, Waker, committed
from adapters.ledger.transaction import Transaction
from adapters.ledger.trouble import Trouble
from adapters.ledger.wakers import Wakers, wake_threads
from adapters.ledger.writer import Writer
from adapters.turns import IN_THREADS, WorkDriver
from domain.dialing import Clocks
from domain.events import Recorded
from domain.identity import recipient_stream, signature
from domain.set_right import SetRight

ResultT = TypeVar("ResultT")
ROWS_MAX = 1_000
BYTES_READ_ON_MAX = 1024 * 1024
STOP_TIMEOUT_SECONDS = 30.0


class Ledger:
    """Every event of an installation, in one total order. Reads are from this thread, writes by the writer's."""

    def __init__(
        self,
        application: LedgerApplication,
        *,
        clock: Clock,
        new_event_id: Callable[[], str],
        new_key: Callable[[int], bytes],
        turns: WorkDriver = IN_THREADS,
    ) -> None:
        self._application = application
        self._mapper: EventMapper = application.mapper  # type: ignore[assignment]
        self._recorder: LedgerRecorder = application.recorder  # type: ignore[assignment]
        self._key = pseudonym_key(self._recorder, new_key)
        end = end_of(self._recorder, self._mapper)
        self._writer = Writer(self._recorder, self._mapper, clock, new_event_id, end, self.recipient_stream, turns)
        self._shown = 0
        self._showing = Lock()
        self._trouble = Trouble(self._recorder, self._mapper, lambda: self._writer.trouble)
        self._wakers = Wakers()
        self._writer.start()

    @property
    def position(self) -> int:
        """The last position on disk, as far as this process knows; never before an event that it has read."""
        # A reader meets a commit a moment before the writer's thread has heard of it, or another process's before both.
        return max(self._writer.position, self._shown)

    def clocks(self, machine_at: datetime) -> Clocks:
        """This machine's clock, and the time of the ledger then; whoever is dialled may be by both."""
        return self._writer.time.clocks(machine_at)

    def database_clock(self, machine_at: datetime) -> datetime | None:
        """What the database's clock says; None where it is this machine's."""
        return self._writer.time.database_clock(machine_at)

    @property
    def acknowledged(self) -> tuple[SetRight, ...]:
        """When the clock was set right, as far as this process knows. What was folded before one came has to be folded anew."""
        return self._writer.acknowledged.given

    @property
    def trouble(self) -> str | None:
        """Why the ledger cannot be written or followed; None while all is well, and again once it takes something."""
        return self._trouble.of_all

    @property
    def line_trouble(self) -> str | None:
        """`trouble` of the database and the way to it alone."""
        return self._trouble.of_line

    @property
    def went_back(self) -> tuple[int, str] | None:
        """Position and id of an event that was stored, and that the database lacks since; None where there is none.

        Nothing is read or written here any more then: it has to be opened anew, and all that was folded folded anew.
        """
        return self._trouble.went_back

    @property
    def key_check(self) -> str:
        """What tells this ledger and its copies from others, without a look at the database."""
        return check_value(self._key)

    def hear_others(self, listening: Listening) -> None:
        """Other processes write, too: follow them from now on, until the ledger is closed."""
        self._trouble.listening = listening
        listening.start(self._writer.hear, self._recorder.own_sessions)

    @property
    def has_other_writers(self) -> bool:
        """Whether other processes may commit as well."""
        return self._trouble.listening is not None

    async def look_at_end(self) -> None:
        """Know how far the ledger is, whoever wrote it. Where it cannot be asked, whoever reads it will hear of that."""
        if self._trouble.listening is None:
            return
        with suppress(PersistenceError):
            end = await asyncio.to_thread(self._recorder.max_notification_id) or 0
            if end > self._writer.position:
                self._show(end)
                self._writer.hear()

    @property
    def sealed(self) -> SealedKeys | None:
        """Under which keys personal fields are sealed; None where they are not, and so cannot be erased."""
        cipher = self._mapper.personal_cipher
        return None if cipher is None else SealedKeys(self._recorder, cipher.is_destroyed, self._writer.destruction)

    @property
    def place(self) -> DialledPlace:
        """Where it was dialled on last."""
        return DialledPlace(self._recorder)

    @property
    def moved(self) -> str | None:
        """Where it was copied to and closed, in words; None while it is open."""
        return self._writer.closed.words

    def keep_apart(self, *, sandbox: bool) -> None:
        """Whoever dials says first whether the sandbox plays its calls. Raises `SettingsError` where others are here."""
        keep_apart(self._recorder, sandbox=sandbox)

    def waiting(self) -> Mapping[str, int]:
        """How many commands wait in each lane."""
        return self._writer.waiting()

    def recipient_stream(self, number: str) -> str:
        """The stream of the person behind a number, under this ledger's key."""
        return recipient_stream(self._key, number)

    def sign(self, purpose: str, text: str) -> str:
        """What only this ledger can make of a text: another ledger, or another purpose, makes something else of it."""
        return signature(self._key, purpose, text)

    def add_listener(self, listener: Listener) -> None:
        """Hear of each event in the writer's thread, in order, whichever process wrote it; of ours before those who asked for it do."""
        self._writer.listeners.add(listener)

    def add_own_listener(self, listener: Listener) -> None:
        """Hear in the writer's thread of what this process commits, and of no other's."""
        self._writer.listeners.add_own(listener)

    def add_observer(self, observer: Observer) -> None:
        """Be told, in the writer's thread, of each commit: its commands, its events and its seconds."""
        self._writer.listeners.add_observer(observer)

    async def execute(
        self, decide: Callable[[Transaction], ResultT], *, lane: Lane, metadata: Mapping[str, str]
    ) -> Committed[ResultT]:
        """Run a command in the writer's thread; returns once it is on disk.

        `decide` may run more than once and must have no effects but those on its transaction. Raises what `decide`
        raised, `LedgerBusy` or `LedgerUnavailable`; then nothing of it was stored.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[CommandOutcome] = loop.create_future()
        self._writer.submit(lane, Ticket(decide, metadata, self._wakers.of(loop), done))
        return committed(await done)

    def execute_and_wait(
        self, decide: Callable[[Transaction], ResultT], *, lane: Lane, metadata: Mapping[str, str]
    ) -> Committed[ResultT]:
        """`execute` for callers without an event loop."""
        done: Future[CommandOutcome] = Future()
        self._writer.submit(lane, Ticket(decide, metadata, wake_threads, done))
        return committed(done.result())

    def submit(
        self,
        decide: Callable[[Transaction], object],
        *,
        lane: Lane,
        metadata: Mapping[str, str],
        wake: Waker,
        token: object,
    ) -> None:
        """`execute` for callers who neither wait nor have a task: `wake` is called in the writer's thread, once for all of a commit.

        It is given each `token` with what became of its command. Raises `LedgerBusy` where that is not even queued.
        """
        self._writer.submit(lane, Ticket(decide, metadata, wake, token))

    def read_stream(self, stream: str, up_to_position: int | None = None) -> list[Recorded]:
        """A stream's events in order, all of them or those up to a position of the ledger."""
        with readable():
            rows = self._recorder.read_stream(stream, 0, up_to_position)
        return self._decoded(rows, self._writer.acknowledged.decode_as_of(up_to_position))

    def read_streams(self, streams: Collection[str], up_to_position: int) -> dict[str, list[Recorded]]:
        """Several streams' events up to a position of the ledger, in one query; streams without any are left out."""
        with readable():
            rows = self._recorder.read_streams(list(streams), up_to_position)
        return by_stream(rows, self._writer.acknowledged.decode_as_of(up_to_position))

    def read_on(self, stream: str, after_version: int, up_to_position: int, events_max: int) -> list[Recorded]:
        """A stream's next events after a version, at most so many and `BYTES_READ_ON_MAX`, up to a position; none where there are no more."""
        with readable():
            rows = self._recorder.read_stream_within(stream, after_version, events_max, BYTES_READ_ON_MAX)
        rows = [row for row in rows if row[0] <= up_to_position]
        return self._decoded(rows, self._writer.acknowledged.decode_as_of(up_to_position))

    def read_newer(self, known: Mapping[str, int], events_max: int | None = None) -> list[Recorded] | None:
        """Of streams by name, what follows the version that is known of each, in order; None where that is more than so many."""
        with readable():
            rows = self._recorder.read_newer(list(known.items()), None if events_max is None else events_max + 1)
        if events_max is not None and len(rows) > events_max:
            return None
        return self._decoded(rows, self._writer.acknowledged.decode_as_of(None))

    def read_feed(self, after_position: int, events_max: int = ROWS_MAX, name: str | None = None) -> list[Recorded]:
        """Events in the ledger's order, after a position; or of so many positions only those with this name."""
        with readable():
            rows = self._recorder.read_feed(after_position, events_max, name)
        return self._decoded(rows, self._mapper.decode)

    def read_rows(self, after_position: int, rows_max: int) -> list[Row]:
        """The next rows in the ledger's order, as they are stored."""
        with readable():
            return self._recorder.read_feed(after_position, rows_max)

    def streams_of(self, kind: str) -> list[str]:
        """The names of all streams of a kind of which there are few, in order."""
        with readable():
            return self._recorder.streams_of(kind)

    def position_at(self, instant: datetime, now: datetime) -> int:
        """The last position that was recorded at that instant or before; 0 where there was none. `now` is the machine's clock.

        While the clock is behind the ledger's last event, and once that is acknowledged, what it said goes before `recorded_at`.
        """
        end = self.position
        return position_at(self.read_feed, end, instant, now, self._writer.acknowledged.up_to(end))

    def replay(self, after_position: int = 0) -> Iterator[Recorded]:
        """All events after a position, in order, read in batches."""
        while batch := self.read_feed(after_position):
            yield from batch
            after_position = batch[-1].position

    def identity(self) -> Mapping[str, str | int] | None:
        """What tells this ledger from another one, and from a copy of it; None where the database will not say."""
        with readable():
            found = self._recorder.identity()
        return None if found is None else {"key": self.key_check, **found}

    def last_event(self) -> tuple[int, str]:
        """The last event that this process knows to be on disk: its position and id; (0, "") where there is none."""
        found = self.read_feed(self.position - 1, 1)
        return (found[0].position, found[0].event_id) if found else (0, "")

    def has_event(self, position: int, event_id: str) -> bool:
        """Whether that event is at that position; always at position 0."""
        found = self.read_feed(position - 1, 1) if position else []
        return not position or [(r.position, r.event_id) for r in found] == [(position, event_id)]

    def close(self) -> None:
        """Commit what waits, then close the database."""
        if self._trouble.listening is not None:
            self._trouble.listening.stop()
        self._writer.stop(STOP_TIMEOUT_SECONDS)
        self._application.close()

    def _decoded(self, rows: Sequence[Row], decode: Callable[..., Recorded]) -> list[Recorded]:
        """Rows in order of their positions, as events; from now on the ledger's position is not before the last."""
        if rows and rows[-1][0] > self._shown:
            self._show(rows[-1][0])
        return [decode(*row) for row in rows]

    def _show(self, position: int) -> None:
        with self._showing:
            self._shown = max(self._shown, position)
