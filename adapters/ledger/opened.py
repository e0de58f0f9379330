"""A ledger on its database, opened to be written."""

from collections.abc import Callable, Mapping
from pathlib import Path

from eventsourcing.persistence import PersistenceError
from eventsourcing.utils import get_topic

from adapters.event_mapper import EventMapper
from adapters.keys import KeyTable
from adapters.ledger.application import LedgerApplication
from adapters.ledger.key_tables import keys_of
from adapters.ledger.ledger import Ledger
from adapters.ledger.moved import require_whole
from adapters.ledger.own_rows import require_own_rows
from adapters.ledger.recorder import Clock, LedgerRecorder
from adapters.ledger.sealing import Sealing, seal_with
from adapters.ledger.sqlite import WAL_BYTES_MAX, WAL_BYTES_MAX_SETTING, SqliteFactory
from adapters.turns import IN_THREADS, WorkDriver
from adapters.wal_files import LEDGER_FILE
from domain.errors import LedgerUnusable


def open_sqlite_ledger(
    folder: Path,
    *,
    clock: Clock,
    new_event_id: Callable[[], str],
    new_key: Callable[[int], bytes],
    sealing: Sealing | None = None,
    wal_bytes_max: int = WAL_BYTES_MAX,
    turns: WorkDriver = IN_THREADS,
) -> Ledger:
    """The ledger in a data folder that this process owns, made if there is none. Raises `LedgerUnusable` and `SettingsError`."""
    name = f"{(folder / LEDGER_FILE).absolute().as_uri()}?mode=rwc"
    env = {"PERSISTENCE_MODULE": get_topic(SqliteFactory), "SQLITE_DBNAME": name}
    env[WAL_BYTES_MAX_SETTING] = str(wal_bytes_max)
    url = None if sealing is None else sealing.keys_url
    return open_ledger(
        env,
        clock=clock,
        new_event_id=new_event_id,
        new_key=new_key,
        sealing=sealing,
        keys=lambda: keys_of(folder, url, writes=True),
        turns=turns,
    )


def open_ledger(
    env: Mapping[str, str],
    *,
    clock: Clock,
    new_event_id: Callable[[], str],
    new_key: Callable[[int], bytes],
    sealing: Sealing | None,
    keys: Callable[[], KeyTable],
    turns: WorkDriver = IN_THREADS,
) -> Ledger:
    """The ledger on the database that the library's settings in `env` name. Raises `LedgerUnusable` and `SettingsError`."""
    try:
        application = LedgerApplication(env)
        mapper: EventMapper = application.mapper  # type: ignore[assignment]
        try:
            recorder: LedgerRecorder = application.recorder  # type: ignore[assignment]
            require_own_rows(recorder.read_meta)
            require_whole(recorder)
            seal_with(recorder, mapper, sealing, keys)
            return Ledger(application, clock=clock, new_event_id=new_event_id, new_key=new_key, turns=turns)
        except BaseException:
            if mapper.personal_cipher is not None:
                mapper.personal_cipher.close()
            application.close()
            raise
    except PersistenceError as error:
        raise LedgerUnusable(f"the ledger cannot be opened ({error})") from error
