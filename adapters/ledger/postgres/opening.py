"""Opening the ledger in a PostgreSQL database that keeps what it has acknowledged."""

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from eventsourcing.persistence import PersistenceError
from eventsourcing.utils import Environment, get_topic
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from adapters.keys.postgres_table import PostgresKeyTable
from adapters.ledger.ledger import Ledger
from adapters.ledger.opened import open_ledger
from adapters.ledger.postgres.factory import DATABASE_URL, PostgresFactory
from adapters.ledger.postgres.listening import PostgresListening
from adapters.ledger.postgres.pooler import require_own_session
from adapters.ledger.postgres.side import PostgresSide
from adapters.ledger.reader import LedgerReader
from adapters.ledger.recorder import Clock
from adapters.ledger.sealing import Sealing
from domain.errors import LedgerUnusable

CONNECT_TIMEOUT_SECONDS = 10
LOCK_TIMEOUT_SECONDS = 15
IDLE_IN_TRANSACTION_SECONDS_MAX = 3
MUST_NOT_BE_OFF = ("fsync", "synchronous_commit")


def open_postgres_ledger(
    url: str,
    *,
    clock: Clock,
    new_event_id: Callable[[], str],
    new_key: Callable[[int], bytes],
    sealing: Sealing | None = None,
) -> Ledger:
    """The ledger in a PostgreSQL database, made if there is none. Times are the server's; `clock` is not asked.

    Raises `LedgerUnusable` where the database cannot be reached, does not keep what it has acknowledged, or is behind a
    pooler that gives one session to many.
    """
    parameters = _parameters(url)
    _require_server(parameters)
    env = _env(url, parameters)
    keys_url = url if sealing is None else sealing.keys_url or url
    ledger = open_ledger(
        env,
        clock=clock,
        new_event_id=new_event_id,
        new_key=new_key,
        sealing=sealing,
        keys=lambda: PostgresKeyTable(keys_url, writes=True),
    )
    ledger.hear_others(PostgresListening(url))
    return ledger


def open_postgres_reader(url: str, keys_url: str | None = None) -> LedgerReader:
    """The ledger in a PostgreSQL database, made by another process; its keys may be in another one. Raises `LedgerUnusable`."""
    try:
        factory = PostgresFactory(Environment("Ledger", {**_env(url, _parameters(url)), "CREATE_TABLE": "n"}))
        recorder = factory.application_recorder()
    except PersistenceError as error:
        raise LedgerUnusable(f"the ledger cannot be opened ({error})") from error
    return LedgerReader(
        recorder,  # type: ignore[arg-type]  # it is ours, as the factory says
        factory.close,
        lambda: PostgresKeyTable(keys_url or url, writes=False),
    )


def open_postgres_side(url: str, *, is_source: bool) -> PostgresSide:
    """The ledger in a PostgreSQL database as one side of a copy; a target's tables are made if there are none.

    Raises `LedgerUnusable` where the database cannot be reached, or a target does not keep what it has acknowledged.
    """
    parameters = _parameters(url)
    if not is_source:
        _require_server(parameters)
    more = {"CREATE_TABLE": "n"} if is_source else {}
    try:
        return PostgresSide(PostgresFactory(Environment("Ledger", {**_env(url, parameters), **more})))
    except PersistenceError as error:
        raise LedgerUnusable(f"the ledger cannot be opened ({error})") from error


def shown_url(url: str) -> str:
    """Which database a URL names, without its user and password. Raises `LedgerUnusable`."""
    named = _parameters(url)
    host, port = named.get("host") or "", f":{named['port']}" if "port" in named else ""
    return f"postgresql://{host}{port}/{named.get('dbname') or ''}"


def _env(url: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    return {
        "PERSISTENCE_MODULE": get_topic(PostgresFactory),
        "ORIGINATOR_ID_TYPE": "text",
        DATABASE_URL: url,
        **{
            name: str(parameters.get(key) or "")
            for name, key in (
                (PostgresFactory.POSTGRES_DBNAME, "dbname"),
                (PostgresFactory.POSTGRES_HOST, "host"),
                (PostgresFactory.POSTGRES_PORT, "port"),
                (PostgresFactory.POSTGRES_USER, "user"),
                (PostgresFactory.POSTGRES_PASSWORD, "password"),
            )
        },
        PostgresFactory.POSTGRES_LOCK_TIMEOUT: str(LOCK_TIMEOUT_SECONDS),
        PostgresFactory.POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT: str(IDLE_IN_TRANSACTION_SECONDS_MAX),
    }


def _parameters(url: str) -> dict[str, Any]:
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # its text would show the password
        raise LedgerUnusable(
            "DIALTRAIL_DATABASE_URL is not understood; it looks like postgresql://user:password@host/database"
        ) from None


def require_server(url: str) -> None:
    """Raises `LedgerUnusable` where a ledger cannot be kept in this database, with what to do."""
    _require_server(_parameters(url))


def _require_server(parameters: dict[str, Any]) -> None:
    try:
        asked = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, **parameters}
        with psycopg.connect(**asked, autocommit=True) as connection:
            require_own_session(connection, asked)
            values = {name: connection.execute(SQL("SHOW {}").format(Identifier(name))) for name in MUST_NOT_BE_OFF}
            off = [name for name, shown in values.items() if shown.fetchone() == ("off",)]
    except psycopg.Error as error:
        raise LedgerUnusable(f"DIALTRAIL_DATABASE_URL: the database cannot be reached ({error})") from error
    if off:
        raise LedgerUnusable(
            f"PostgreSQL's {off[0]} is off, so that what was acknowledged could be lost: set {off[0]} = on "
            "(in postgresql.conf, for this database or for this role), then start again"
        )
