"""Hears of other processes' commits: PostgreSQL notifies, and where a line of it is lost, somebody looks each second."""

import os
import select
from collections.abc import Callable, Container
from contextlib import closing
from threading import Event, Thread
from time import monotonic

import psycopg
from psycopg.sql import SQL, Identifier

from adapters.postgres_line import CONNECT_SECONDS_MAX, line_to

LOOK_SECONDS = 1.0
NAME = "dialtrail listens"
CHANNEL = "ledger_events"
"""The library notifies by the table's name."""


class PostgresListening:
    """A connection of its own, and a thread that waits on it. `trouble` says why it does not hear; it looks all the same."""

    def __init__(self, url: str, channel: str = CHANNEL) -> None:
        self._conninfo = line_to(url, application_name=NAME)
        self._listen = SQL("LISTEN {}").format(Identifier(channel))
        self._stopping = Event()
        self._woken, self._wake = os.pipe2(os.O_CLOEXEC)
        self._thread: Thread | None = None
        self._own_sessions: Container[int] = ()
        self.trouble: str | None = None

    def start(self, heard: Callable[[], None], own_sessions: Container[int]) -> None:
        """Call `heard` in a thread whenever another session than these may have committed, and at least each second."""
        self._own_sessions = own_sessions
        self._thread = Thread(target=self._run, args=(heard,), name="dialtrail-listening", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no further."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        os.write(self._wake, b".")
        if self._thread is not None:
            self._thread.join(CONNECT_SECONDS_MAX)
        if self._thread is None or not self._thread.is_alive():
            os.close(self._wake)
            os.close(self._woken)

    def _run(self, heard: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                with closing(psycopg.connect(self._conninfo, autocommit=True)) as connection:
                    connection.execute(self._listen)
                    self.trouble = None
                    self._hear(connection, heard)
            except (psycopg.Error, OSError) as error:
                self.trouble = f"the database cannot be reached ({str(error).strip()})"
            heard()
            self._stopping.wait(LOOK_SECONDS)

    def _hear(self, connection: psycopg.Connection, heard: Callable[[], None]) -> None:
        """Until the connection is lost, which is raised, or nobody listens any more."""
        # `select` takes no socket beyond the 1,024th of a process.
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        heard()
        heard_at = monotonic()
        while not self._stopping.is_set():
            is_told = any(ready == connection.fileno() for ready, _ in poll.poll(LOOK_SECONDS * 1_000))
            told = list(connection.notifies(timeout=0)) if is_told else []
            is_own = bool(told) and all(one.pid in self._own_sessions for one in told)
            # The number of a session of ours that has ended may be another's by now.
            if not is_own or monotonic() - heard_at >= LOOK_SECONDS:
                heard()
                heard_at = monotonic()
