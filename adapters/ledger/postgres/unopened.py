"""A ledger in PostgreSQL that is only looked at, in a session that cannot write and takes no lock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from adapters.ledger.postgres.opening import require_server
from adapters.ledger.unopened import StoredRow
from adapters.postgres_line import line_to
from domain.counted import counted
from domain.errors import LedgerUnusable

STATEMENT_SECONDS_MAX = 20
TRIED_MAJOR = 18
READS_ONLY = f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_SECONDS_MAX}s"
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname=current_database() AND pid<>pg_backend_pid() AND backend_type='client backend'"
)


class UnopenedDatabase:
    """The ledger's tables in a database; `notes` are about the server."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.notes: Sequence[str] = tuple(self._notes())

    def end(self) -> int:
        """The last position; 0 where there is none."""
        return int(self._one("SELECT coalesce(max(notification_id), 0) FROM public.ledger_events"))

    def bytes_on_disk(self) -> int:
        """The size of the table with its indexes."""
        return int(self._one("SELECT pg_total_relation_size('public.ledger_events')"))

    def meta(self, name: str) -> str | None:
        """A setting that is kept beside the events."""
        rows = self._ask("SELECT value FROM public.ledger_meta WHERE name=%s", name)
        return str(rows[0][0]) if rows else None

    def rows_up_to(self, position: int, limit: int) -> Sequence[StoredRow]:
        """The events up to this position, the last first."""
        return self._ask(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM public.ledger_events "
            "WHERE notification_id <= %s ORDER BY notification_id DESC LIMIT %s",
            position,
            limit,
        )

    def has_ledger(self) -> bool:
        """Whether the tables are there."""
        return bool(self._one("SELECT to_regclass('public.ledger_events') IS NOT NULL"))

    def _notes(self) -> Iterator[str]:
        version = self._connection.info.server_version
        major, minor = divmod(version, 10_000)
        tried = "" if major == TRIED_MAJOR else f", and no other than {TRIED_MAJOR} was tried with this version"
        yield f"the ledger is in PostgreSQL {major}.{minor}{tried}"
        if not self._one("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')"):
            yield "this role may not call pg_control_system(), so that a ledger that was put back would not be noticed"
        others = int(self._one(_OTHERS))
        if others:
            yield f"{counted(others, 'other session')} on this database: stop every process of the old version first"

    def _one(self, statement: str) -> Any:
        return self._ask(statement)[0][0]

    def _ask(self, statement: str, *values: object) -> list[Any]:
        try:
            return self._connection.execute(statement, values or None).fetchall()
        except psycopg.Error as error:
            raise LedgerUnusable(f"DIALTRAIL_DATABASE_URL: the ledger cannot be read ({error})") from error


@contextmanager
def unopened_in_postgres(url: str) -> Iterator[UnopenedDatabase | None]:
    """The ledger in this database; None where there is none yet. Raises `LedgerUnusable` where no start would succeed."""
    require_server(url)
    try:
        connection = psycopg.connect(line_to(url, options=READS_ONLY), autocommit=True, row_factory=tuple_row)
    except psycopg.Error as error:
        raise LedgerUnusable(f"DIALTRAIL_DATABASE_URL: the database cannot be reached ({error})") from error
    with connection:
        found = UnopenedDatabase(connection)
        yield found if found.has_ledger() else None
