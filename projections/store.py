"""The views' database: their tables, and how far each has come, written together.

On SQLite a file of its own beside the ledger, so that a view never blocks an append; on PostgreSQL a schema of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    QueuePool,
    Table,
    Text,
    create_engine,
    delete,
    event,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateTable, DropSchema

from domain.errors import DialtrailError
from projections.file_tables import create_tables
from projections.partial_index import tell_postgresql
from projections.postgres_line import noticed_soon
from projections.sqlite_dialect import DRIVER_NAME
from projections.store_errors import first_line, is_passing

SCHEMA = "dialtrail_views"
SCHEMA_IN_THE_MAKING = "dialtrail_views_in_the_making"
BUSY_TIMEOUT_SECONDS = 10.0
READER_CACHE_KIB = 1_024
WRITER_CACHE_KIB = 16_384
SCRATCH_CACHE_KIB = 4_096
READERS_MAX = 4
CONNECTION_WAIT_SECONDS = 10.0
STANDS_STILL_SECONDS_MAX = 10.0
STATEMENTS_MAX = 64
WAL_BYTES_MAX = 64 * 1024**2
VALUES_A_QUERY_MAX = 500

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

METADATA = MetaData()
PROGRESS = Table(
    "view_progress",
    METADATA,
    Column("view", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("fingerprint", Text, nullable=False),
)


class ViewsUnusable(DialtrailError):
    """What is stored of the views cannot be gone on with; they have to be rebuilt."""


class ViewsMoved(DialtrailError):
    """Another process has carried the views on, or begun them anew; nothing of what was to be written is stored."""


class ViewsProgress(Struct, frozen=True):
    """How far the views have come: the position, its event's id and instant (µs since 1970), and the account they watch."""

    position: int = 0
    event_id: str = ""
    recorded_at: int = 0
    fingerprint: str = ""


class ViewStore:
    """One set of the views' tables. One thread at a time writes; readers see what was committed."""

    def __init__(self, readers: Engine, writer: Engine, schema: str | None, wal_bytes_max: int = WAL_BYTES_MAX) -> None:
        self._engines = (readers, writer)
        self._wal_bytes_max = wal_bytes_max
        self._readers = readers.execution_options(schema_translate_map={None: schema})
        self._writer = writer.execution_options(schema_translate_map={None: schema})
        self.schema = schema

    def create(self, indexed: Collection[Table] | None = None) -> None:
        """Make the tables where there are none, in a file with the indexes of all of them, or of these."""
        with self._writer.begin() as connection:
            if self.schema is None:
                create_tables(connection, METADATA, indexed)
            else:
                connection.execute(CreateSchema(self.schema, if_not_exists=True))
                tell_postgresql(METADATA)
                METADATA.create_all(connection)

    def make_tables(self, connection: Connection) -> None:
        """Make all tables of a schema in a transaction, without their indexes."""
        if self.schema is not None:
            connection.execute(CreateSchema(self.schema))
            tell_postgresql(METADATA)
        for table in METADATA.sorted_tables:
            connection.execute(CreateTable(table))

    def make_indexes(self, connection: Connection) -> None:
        """Make the indexes of all tables."""
        for table in METADATA.sorted_tables:
            for index in table.indexes:
                connection.execute(CreateIndex(index))

    def drop(self) -> None:
        """Remove all of it."""
        with self._writer.begin() as connection:
            if self.schema is not None:
                connection.execute(DropSchema(self.schema, cascade=True, if_exists=True))
            else:
                METADATA.drop_all(connection)

    def rename_to(self, schema: str) -> None:
        """Let this schema take the place of another, which is removed."""
        if self.schema is None:
            raise RuntimeError("a file has no schema")
        with self._writer.begin() as connection:
            connection.execute(DropSchema(schema, cascade=True, if_exists=True))
            connection.execute(text(f'ALTER SCHEMA "{self.schema}" RENAME TO "{schema}"'))

    def progress(self, versions: Mapping[str, int]) -> ViewsProgress:
        """How far all views have come, one for all. Raises `ViewsUnusable` where they are of another version, or not of one mind."""
        try:
            with self._readers.connect() as connection:
                rows = connection.execute(select(PROGRESS)).all()
        except SQLAlchemyError as error:
            if is_passing(error):
                raise
            raise ViewsUnusable(f"they cannot be read ({first_line(error)})") from error
        known = {row.view: row.version for row in rows}
        if not known:
            return ViewsProgress()
        changed = sorted(name for name in {*versions, *known} if versions.get(name) != known.get(name))
        if changed:
            raise ViewsUnusable(f"{', '.join(changed)} changed with this version of Dialtrail")
        found = {ViewsProgress(row.position, row.event_id, row.recorded_at, row.fingerprint) for row in rows}
        if len(found) > 1:
            raise ViewsUnusable("they have not come equally far")
        return found.pop()

    def move_from(self, connection: Connection, versions: Mapping[str, int], before: ViewsProgress) -> None:
        """Begin to write in a transaction; raises `ViewsMoved` where they are not at `before`, position and event, any more."""
        is_before = (PROGRESS.c.position == before.position) & (PROGRESS.c.event_id == before.event_id)
        moved = connection.execute(delete(PROGRESS).where(is_before)).rowcount
        if moved != (len(versions) if before.position else 0) or connection.execute(select(PROGRESS)).first():
            raise ViewsMoved(f"the views are not at position {before.position} any more: another process moved them")

    def move_to(self, connection: Connection, versions: Mapping[str, int], progress: ViewsProgress) -> None:
        """Say how far they have come, in the transaction that wrote their rows. Raises `ViewsMoved`, as `move_from`."""
        rows = [{"view": name, "version": version, **asdict(progress)} for name, version in versions.items()]
        try:
            connection.execute(PROGRESS.insert(), rows)
        except IntegrityError as error:
            raise ViewsMoved("another process has begun the views meanwhile") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes. Where it stands still on PostgreSQL, as when its process is stopped, it is ended."""
        with self._writer.begin() as connection:
            if self.schema is not None:
                connection.execute(
                    text(f"SET LOCAL idle_in_transaction_session_timeout='{STANDS_STILL_SECONDS_MAX:.0f}s'")
                )
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction in which every query sees the same moment."""
        with self._readers.connect() as connection, connection.begin():
            yield connection

    def shorten_wal(self) -> None:
        """Cut a long WAL of a file back, as far as nobody reads it; waits for nobody, and only who writes may."""
        wal = Path(f"{self._engines[1].url.database}-wal")
        if self.schema is not None or not wal.exists() or wal.stat().st_size <= self._wal_bytes_max:
            return
        with closing(self._engines[1].raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA busy_timeout=0")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000:.0f}")

    def close(self) -> None:
        """Close every connection."""
        for engine in self._engines:
            engine.clear_compiled_cache()  # a statement keeps the values that it was first asked with
            engine.dispose()


def sqlite_store(path: Path, wal_bytes_max: int = WAL_BYTES_MAX) -> ViewStore:
    """The views in a file, whose WAL is cut back to so much. A commit waits for no disk: what a power failure takes is folded again."""
    return ViewStore(
        _sqlite_engine(path, READERS_MAX, READER_CACHE_KIB, "BEGIN", wal_bytes_max),
        # A transaction that reads first cannot wait for another program's lock once it writes.
        _sqlite_engine(path, 1, WRITER_CACHE_KIB, "BEGIN IMMEDIATE", wal_bytes_max),
        None,
        wal_bytes_max,
    )


def scratch_store(path: Path) -> ViewStore:
    """A file that is of no use unless all goes well: nothing is taken back in it, and nothing waits for a disk."""
    engine = _sqlite_engine(path, 1, SCRATCH_CACHE_KIB, "BEGIN", 0, journal="OFF", synchronous="OFF")
    return ViewStore(engine, engine, None)


def _sqlite_engine(
    path: Path,
    connections_max: int,
    cache_kib: int,
    begin: str,
    wal_bytes_max: int,
    *,
    journal: str = "WAL",
    synchronous: str = "NORMAL",
) -> Engine:
    engine = create_engine(
        URL.create(DRIVER_NAME, database=str(path)),
        begin=begin,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False, "cached_statements": STATEMENTS_MAX},
        poolclass=QueuePool,
        pool_size=connections_max,
        max_overflow=0,
        pool_timeout=CONNECTION_WAIT_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def opened(connection: Any, _: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute(f"PRAGMA cache_size=-{cache_kib}")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute(f"PRAGMA journal_size_limit={wal_bytes_max}")

    return engine


def postgres_store(url: str, schema: str) -> ViewStore:
    """The views in a schema of a PostgreSQL database."""
    known = make_url(url)
    engine = create_engine(
        known.set(drivername="postgresql+psycopg"),
        connect_args=noticed_soon(known),
        pool_size=READERS_MAX,
        max_overflow=1,
        pool_timeout=CONNECTION_WAIT_SECONDS,
        pool_pre_ping=True,
        isolation_level="REPEATABLE READ",
    )
    return ViewStore(engine, engine, schema)


def micros(at: datetime) -> int:
    """An instant as whole microseconds since 1970."""
    return (at - EPOCH) // _MICROSECOND


def instant(stored: int) -> datetime:
    """The instant (UTC) again."""
    return EPOCH + timedelta(microseconds=stored)


def optional_instant(stored: int | None) -> datetime | None:
    """The instant again, where there is one."""
    return None if stored is None else instant(stored)


def portions(values: Sequence[Any], size: int = VALUES_A_QUERY_MAX) -> Iterator[Sequence[Any]]:
    """The values in portions that one query can take."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
