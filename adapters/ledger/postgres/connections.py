"""ServerConnections to the ledger's server. Whoever needs one opens it, so that a server that cannot be reached is an error at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow

ReturnT = TypeVar("ReturnT")
SILENT_SECONDS_MAX = 6.0
LINES_MAX = 16
KEPT_MIN = 2
KEPT_SECONDS_MAX = 600.0
FREE_SECONDS_MAX = 5.0
REFUSED_SECONDS_MAX = 0.5
"""Whose connection is not made in longer than that has waited for nothing."""

NOT_SILENT = float("-inf"), ""


class ServerConnection(psycopg.Connection[DictRow]):
    """A connection that is closed where the server has said nothing for so long; None waits for ever.

    A machine that is gone is noticed by the kernel, one that stands still only so: its kernel still says that it is there.
    """

    silent_seconds_max: float | None = None
    lock_seconds_max = 0.0
    is_there: Callable[[], bool] = staticmethod(lambda: False)
    """Whether the server answers somebody else: then it may be a lock that is waited for."""

    def wait(self, gen: PQGen[ReturnT], *more: Any, **named: Any) -> ReturnT:
        """As psycopg waits for whatever the server says. Raises `psycopg.OperationalError` where it says nothing."""
        if self.silent_seconds_max is None:
            return super().wait(gen, *more, **named)
        return super().wait(self._heard(gen, self.silent_seconds_max), *more, **named)

    @contextmanager
    def waiting_for_lock(self, seconds_max: float) -> Iterator[None]:
        """Meanwhile the server may say nothing for so much longer, as long as it answers others."""
        self.lock_seconds_max = seconds_max
        try:
            yield
        finally:
            self.lock_seconds_max = 0.0

    def _heard(self, gen: PQGen[ReturnT], seconds_max: float) -> PQGen[ReturnT]:
        try:
            wanted = next(gen)
            heard_at = asked_at = monotonic()
            while True:
                ready = yield wanted
                if ready:
                    heard_at = asked_at = monotonic()
                elif monotonic() - asked_at > seconds_max:
                    if monotonic() - heard_at < seconds_max + self.lock_seconds_max and self.is_there():
                        asked_at = monotonic()
                        continue
                    self.close()
                    raise psycopg.OperationalError(f"the server has said nothing for {seconds_max:g} s")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


class NotConnected(psycopg.OperationalError):
    """No connection could be made."""


class ServerConnections:
    """Those of one process, at most `LINES_MAX` at once. From any thread.

    Those that are not in use are kept for the next, and closed together once one is found broken. The library's datastore
    has it in place of its pool, which connects again by itself, later and later after an outage, and until then lets
    everybody wait.
    """

    def __init__(self, connect: Callable[[], ServerConnection], now: Callable[[], float] = monotonic) -> None:
        self.silent_seconds_max: float | None = SILENT_SECONDS_MAX
        self._connect = connect
        self._now = now
        self._free = BoundedSemaphore(LINES_MAX)
        self._lock = Lock()
        self._kept: list[tuple[float, ServerConnection]] = []
        self._is_closed = False
        self._silent = NOT_SILENT

    def open(self, *_: object) -> None:
        """Nothing is opened before somebody needs it."""

    @contextmanager
    def connection(self) -> Iterator[ServerConnection]:
        """One in autocommit that nobody else uses. Raises `psycopg.OperationalError` where there is none to be had."""
        if not self._free.acquire(timeout=FREE_SECONDS_MAX):
            raise psycopg.OperationalError(
                f"all {LINES_MAX} connections to the database have been in use for {FREE_SECONDS_MAX:g} s"
            )
        try:
            line = self._taken() or self._made()
            line.silent_seconds_max = self.silent_seconds_max
            try:
                yield line
            finally:
                self._put_back(line)
        finally:
            self._free.release()

    @contextmanager
    def patient(self) -> Iterator[None]:
        """Meanwhile whatever is asked may take as long as it takes, such as an index that is made."""
        usual, self.silent_seconds_max = self.silent_seconds_max, None
        try:
            yield
        finally:
            self.silent_seconds_max = usual

    def close(self) -> None:
        """Close all; those in use once they are put back."""
        self._is_closed = True
        self._drop_kept()

    def _taken(self) -> ServerConnection | None:
        if self._is_closed:
            raise psycopg.OperationalError("the ledger is closed")
        with self._lock:
            return self._kept.pop()[1] if self._kept else None

    def _made(self) -> ServerConnection:
        """A new one. Where somebody has waited for one for nothing just now, nobody else does so for as long."""
        until, why = self._silent
        began = self._now()
        if began < until:
            raise NotConnected(why)
        try:
            return self._connect()
        except psycopg.OperationalError as error:
            took = self._now() - began
            if took > REFUSED_SECONDS_MAX:
                self._silent = (self._now() + took, str(error))
            raise NotConnected(str(error)) from error

    def _put_back(self, line: ServerConnection) -> None:
        is_broken = line.closed
        if is_broken or self._is_closed or line.info.transaction_status != TransactionStatus.IDLE:
            line.close()
        else:
            self._silent = NOT_SILENT
            with self._lock:
                self._kept.append((self._now(), line))
        if is_broken or self._is_closed:
            self._drop_kept()
        else:
            self._drop_long_kept()

    def _drop_kept(self) -> None:
        with self._lock:
            kept, self._kept = self._kept, []
        for _, line in kept:
            line.close()

    def _drop_long_kept(self) -> None:
        with self._lock:
            is_old = len(self._kept) > KEPT_MIN and self._now() - self._kept[0][0] > KEPT_SECONDS_MAX
            dropped = self._kept.pop(0)[1] if is_old else None
        if dropped is not None:
            dropped.close()
