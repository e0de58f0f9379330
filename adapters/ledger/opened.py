"""A ledger on its database, opened to be written."""

from collections.abc import Callable, Mapping
from pathlib import Path

from eventsourcing.persistence import PersistenceError
from eventsourcing.utils import get_topic

from adapters.event_mapper import Cipher
from adapters.ledger.application import LedgerApplication
from adapters.ledger.ledger import Ledger
from adapters.ledger.recorder import Clock
from adapters.ledger.sqlite import WAL_BYTES_MAX, WAL_BYTES_MAX_SETTING, SqliteFactory
from domain.errors import LedgerUnusable


def open_sqlite_ledger(
    folder: Path,
    *,
    clock: Clock,
    new_event_id: Callable[[], str],
    new_key: Callable[[int], bytes],
    cipher: Cipher | None = None,
    wal_bytes_max: int = WAL_BYTES_MAX,
) -> Ledger:
    """The ledger in a data folder that this process owns, made if there is none."""
    name = f"{(folder / 'ledger.db').absolute().as_uri()}?mode=rwc"
    env = {"PERSISTENCE_MODULE": get_topic(SqliteFactory), "SQLITE_DBNAME": name}
    env[WAL_BYTES_MAX_SETTING] = str(wal_bytes_max)
    return open_ledger(env, clock=clock, new_event_id=new_event_id, new_key=new_key, cipher=cipher)


def open_ledger(
    env: Mapping[str, str],
    *,
    clock: Clock,
    new_event_id: Callable[[], str],
    new_key: Callable[[int], bytes],
    cipher: Cipher | None,
) -> Ledger:
    """The ledger on the database that the library's settings in `env` name. Raises `LedgerUnusable`."""
    try:
        application = LedgerApplication(env, cipher)
        try:
            return Ledger(application, clock=clock, new_event_id=new_event_id, new_key=new_key)
        except BaseException:
            application.close()
            raise
    except PersistenceError as error:
        raise LedgerUnusable(f"the ledger cannot be opened ({error})") from error
