"""The time of a ledger: what its clock said last, and the instants of each commit."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from adapters.event_mapper import Stamp
from adapters.ledger.recorder import Clock, WriteSession
from domain.dialing import Clocks
from domain.events import Event, sets_right

TICK = timedelta(microseconds=1)
BEFORE_ALL = datetime.fromtimestamp(0, UTC)


class CommitTimes(Struct, frozen=True, kw_only=True):
    """The instants of one commit (UTC).

    `recorded_at` comes after that of every earlier commit; `clock_at` is what the ledger's clock says, `machine_at` what
    this machine's does, and `passed_at` the ledger's time: the latest that its clock said since it was last set right.
    """

    recorded_at: datetime
    clock_at: datetime
    passed_at: datetime
    machine_at: datetime

    @property
    def clocks(self) -> Clocks:
        """The two that a verdict has to hold at."""
        return Clocks(machine=self.machine_at, ledger=self.passed_at)

    @property
    def stamp(self) -> Stamp:
        """The same as they are stored."""
        return Stamp(
            recorded_at=self.recorded_at,
            clock_at=None if self.clock_at == self.recorded_at else self.clock_at,
            passed_at=None if self.passed_at == self.recorded_at else self.passed_at,
        )

    def after(self, events: Iterable[Event]) -> "CommitTimes":
        """The times from these events on: an operator who acknowledges what the clock said wrongly sets it right."""
        return replace(self, passed_at=self.clock_at) if any(map(sets_right, events)) else self


class LedgerTime:
    """Kept by the one who writes; read from any thread."""

    def __init__(self, last: Stamp | None) -> None:
        """`last` is the stamp of the ledger's last event, if it has one."""
        self._recorded_at = self._passed_at = BEFORE_ALL
        self._difference = timedelta()
        if last is not None:
            self.take(last)

    def take(self, last: Stamp) -> None:
        """An event was appended, by whomever."""
        self._recorded_at = last.recorded_at
        self._passed_at = last.passed_at or last.recorded_at

    def commit(self, session: WriteSession, clock: Clock) -> CommitTimes:
        """The times of a commit that begins now; `clock` is this machine's."""
        clock_at = session.now()
        machine_at = clock_at if session.clock_is_ours else clock()
        self._difference = clock_at - machine_at
        return CommitTimes(
            recorded_at=max(clock_at, self._recorded_at + TICK),
            clock_at=clock_at,
            passed_at=max(clock_at, self._passed_at),
            machine_at=machine_at,
        )

    def database_clock(self, machine_at: datetime) -> datetime | None:
        """What the database's clock says, where it is not this machine's, by how far apart they were when it was last read."""
        return machine_at + self._difference if self._difference else None

    def clocks(self, machine_at: datetime) -> Clocks:
        """The machine's clock, and the ledger's time then: by what its clock was ahead of the machine's when it was last read."""
        return Clocks(machine=machine_at, ledger=max(machine_at + self._difference, self._passed_at))
