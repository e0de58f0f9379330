"""What the ledger asks of a database: transactions that read and append, and reads beside them."""

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from eventsourcing.persistence import OperationalError

from domain.account import AccountResumed

PROBE_NAME = "probe"
PROBE_BYTES = 64 * 1024
RESUMPTION = AccountResumed.NAME

Clock = Callable[[], datetime]
Row = tuple[int, str, int, str, bytes]
"""Position, stream, version, event name, stored state."""
NewRow = tuple[str, int, str, bytes]
"""The same of an event that has no position yet."""


def names_of_kind(kind: str) -> tuple[str, str, str]:
    """Bounds between which all names of a kind's streams lie by any collation, and how each of them begins."""
    return kind, kind[:-1] + chr(ord(kind[-1]) + 1), f"{kind}:"


class LastEvent(NamedTuple):
    """An event, and the position of the last `RESUMPTION` up to it, which may be that itself; 0 where there is none."""

    position: int
    state: bytes
    name: str
    resumed_at: int


ReadNewer = Callable[[Sequence[tuple[str, int]], int, int], list[Row] | None]
"""Of streams by name, the rows after the version that is known of each, in order; None where they are more than so many, or have more bytes."""


class CommitUnknown(OperationalError):
    """The database was lost during the commit, and could not be asked whether it was stored."""


class WriteSession(Protocol):
    """One transaction of the ledger; no other writer gets between its reads and its appends.

    `folds_stay_true` says whether what an earlier transaction of this process folded is still all there is,
    `clock_is_ours` whether the ledger's one clock is that of this machine; `lease_epoch` is that of the process which dials
    by a lease now, None where none does, or none is needed.
    """

    folds_stay_true: bool
    clock_is_ours: bool
    lease_epoch: int | None

    def now(self) -> datetime:
        """The time by the one clock of this ledger, UTC."""

    def last(self) -> LastEvent | None:
        """The ledger's last event, where another process may have appended it; else None."""

    def read_stream(self, stream: str, after_version: int, rows_max: int, bytes_max: int) -> list[Row]:
        """A stream's rows after a version, in order; no further than the one with which their states have more than so many bytes."""

    @property
    def read_newer(self) -> "ReadNewer | None":
        """Reads many streams with one question; None where each may as well be read for itself."""

    def read_feed(self, after_position: int, rows_max: int) -> list[Row]:
        """Rows in the ledger's total order, after a position, as far as they were committed."""

    def known_streams(self, streams: Sequence[str]) -> set[str]:
        """Which of these streams have events."""

    def last_stream(self, kind: str) -> str | None:
        """The stream of a kind, such as `account`, that was appended to last; None where there is none."""

    def append(self, rows: Sequence[NewRow]) -> Sequence[int]:
        """Insert, and give each event's position; a version that is taken is the library's `IntegrityError`."""

    def probe(self) -> None:
        """Write something of `PROBE_BYTES` and take it away again: what is refused would be refused to events, too."""


class LedgerRecorder(Protocol):
    """A database that holds a ledger."""

    @property
    def own_sessions(self) -> Container[int]:
        """The database's numbers of those sessions in which this recorder has written lately."""

    @property
    def lost(self) -> tuple[int, bytes] | None:
        """Position and state of an event that was stored, and that the database lacks since; None where there is none.

        Nothing can be read or written any more where there is one: what was folded of it is not what is there.
        """

    def writing(self, clock: Clock) -> AbstractContextManager[WriteSession]:
        """One transaction; durable once the context has ended without an error."""

    def read_stream(self, stream: str, after_version: int = 0, up_to_position: int | None = None) -> list[Row]:
        """A stream's rows in order of version."""

    def read_stream_within(self, stream: str, after_version: int, rows_max: int, bytes_max: int) -> list[Row]:
        """The same, but no further than the row with which their states have more than so many bytes."""

    def read_streams(self, streams: Sequence[str], up_to_position: int) -> list[Row]:
        """The rows of several streams up to a position, each stream's together and in order of version."""

    def read_newer(self, known: Sequence[tuple[str, int]], rows_max: int | None = None) -> list[Row]:
        """Of streams by name, the rows after the version that is known of each, in the ledger's order.

        At most so many in all: where there are more, which of them is not said.
        """

    def read_feed(self, after_position: int, rows_max: int, name: str | None = None) -> list[Row]:
        """Rows in the ledger's total order, after a position; or, at the next `rows_max` positions, those with this name."""

    def read_resumptions(self, after_position: int) -> list[Row]:
        """The rows named `RESUMPTION` after a position, in order; found by an index of their own."""

    def streams_of(self, kind: str) -> list[str]:
        """The names of all streams of a kind, such as `subscription`, in order; for kinds of which there are few."""

    def max_notification_id(self) -> int | None:
        """The ledger's last position, None when it is empty."""

    def read_meta(self, name: str) -> str | None:
        """One of the ledger's own settings."""

    def write_meta(self, values: dict[str, str], *, replace: bool = False) -> None:
        """Set some of the ledger's own settings, together; a name that is taken is an `IntegrityError`, unless `replace`."""

    def identity(self) -> Mapping[str, str | int] | None:
        """What tells this database from another one and from a copy of it; None where it will not say."""

    def wal_is_long(self) -> bool:
        """Whether what is written ahead of the database's file is beyond its limit. The thread that writes asks."""

    def shorten_wal(self) -> None:
        """Take it into the file, as far as nobody reads it; waits for no reader. Only the thread that writes may."""
