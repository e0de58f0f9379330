"""One side of a copy: a ledger's database as it is, row by row, beside whatever else opens it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from eventsourcing.domain import EventSourcingError

from adapters.ledger.moved import COPIED, COPYING
from adapters.ledger.place import PLACE
from adapters.ledger.recorder import PROBE_NAME, Row
from domain.errors import LedgerUnavailable

OF_ONE_PLACE = frozenset({COPYING, COPIED, PLACE, PROBE_NAME})
"""What of a ledger's own settings is about the place where it lies, and so goes into no copy."""


@contextmanager
def resumable() -> Iterator[None]:
    """What a database refuses, or that it is lost, as our error: a copy can go on later."""
    try:
        yield
    except EventSourcingError as error:
        raise LedgerUnavailable(f"the copy broke off ({error}); give the same command again: it goes on") from error


class Side(Protocol):
    """A database that a ledger lies in, or will. Errors are the library's: see `resumable`."""

    def meta(self) -> Mapping[str, str]:
        """All of the ledger's own settings."""

    def last(self) -> int:
        """The last position; 0 where there is no event."""

    def rows(self, after_position: int, rows_max: int) -> list[Row]:
        """Rows in the ledger's order, after a position."""

    def begin(self, meta: Mapping[str, str]) -> None:
        """Have these settings and no others; on disk when it returns."""

    def put(self, rows: Sequence[Row]) -> None:
        """Insert them at the positions that they have; all on disk when it returns, or none."""

    def finish(self, last_used: int, meta: Mapping[str, str]) -> None:
        """Have these settings and no others, and give no event a position up to `last_used`; on disk when it returns."""

    def close(self) -> None:
        """Close every connection."""
