"""Ledgers of plain rows on both engines, their logs, and what another program does to them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from adapters.ledger import open_reader, open_side
from adapters.ledger.recorder import Row
from adapters.verifiable_log.key_file import LogKeys
from adapters.verifiable_log.opening import open_log_store
from adapters.verifiable_log.store import LogStore
from application.log_keeping.keeper import LogKeeper, ReadRows
from application.log_keeping.publishing import CheckpointPlaces
from application.log_keeping.signer import LogSigner
from tests.adapters.ledger.postgres_server import Server
from tests.application.copied_ledgers import Place, opened

ORIGIN = "example.org/log"
T0 = datetime(2026, 11, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def row(position: int, words: str = "") -> Row:
    state = f'{{"event_id":"{position}","recorded_at":"2026-03-02T08:00:00Z"}}{words}'
    return position, f"campaign:c{position}", 1, "campaign.created", state.encode()


def rows(count: int, after: int = 0) -> list[Row]:
    """So many, with a gap after each hundredth, as PostgreSQL leaves them."""
    return [row(number + number // 100) for number in range(after + 1, after + 1 + count)]


def put(place: Place, more: Sequence[Row]) -> None:
    """As if they had been recorded."""
    if not more:
        return
    with closing(open_side(place, is_source=False)) as side:
        side.put(more)
        side.finish(more[-1][0], side.meta())  # what is recorded next comes after them


def made(place: Place, count: int) -> list[Row]:
    opened(place).close()
    put(place, rows(count))
    return rows(count)


def alter(place: Place, *statements: str) -> None:
    """What another program does to the ledger, or to a data folder's log as `log.db: …`."""
    if isinstance(place, Path):
        for statement in statements:
            in_log, _, words = statement.rpartition("log.db: ")
            name = "log.db" if in_log or statement.startswith("log.db: ") else "ledger.db"
            with closing(sqlite3.connect(place / name)) as connection, connection:
                connection.execute(words)
        return
    with psycopg.connect(place) as server:
        for statement in statements:
            words = statement.removeprefix("log.db: ")
            if words != statement:
                server.execute("SET search_path TO dialtrail_shared")
            else:
                server.execute("SET search_path TO public")
            server.execute(
                words.replace("rowid", "notification_id")
                .replace("stored_events", "ledger_events")
                .replace("BLOB", "bytea")
                .encode()
            )


def read_rows_of(place: Place) -> ReadRows:
    """Reads by a reader of its own each time."""

    def read(after: int, rows_max: int) -> list[Row]:
        folder, url = (place, None) if isinstance(place, Path) else (Path(), place)
        with closing(open_reader(folder, url)) as reader:
            return reader.read_rows(after, rows_max)

    return read


@contextmanager
def store_of(place: Place) -> Iterator[LogStore]:
    folder, url = (place, None) if isinstance(place, Path) else (Path(), place)
    with closing(open_log_store(folder, url)) as store:
        yield store


@contextmanager
def keeper_of(place: Place, rows_a_batch: int = 1_024, origin: str = ORIGIN) -> Iterator[LogKeeper]:
    with store_of(place) as store:
        yield LogKeeper(read_rows_of(place), store, origin, rows_a_batch)


def caught_up(place: Place) -> LogKeeper:
    with keeper_of(place) as keeper:
        while keeper.step():
            pass
        return keeper


def signer_of(
    place: Place, folder: Path, store: LogStore, elsewhere: Sequence[Path] = (), seeds: str = "seed"
) -> LogSigner:
    def chance(count: int) -> bytes:
        return seeds.encode().ljust(count, b".")

    return LogSigner(store, LogKeys(folder, chance), CheckpointPlaces(folder, elsewhere), MINUTE)


def signed(place: Place, folder: Path, elsewhere: Sequence[Path] = (), now: datetime = T0) -> LogSigner:
    """The log has come to the ledger's end, and that is signed."""
    with store_of(place) as store:
        keeper = LogKeeper(read_rows_of(place), store, ORIGIN)
        while keeper.step():
            pass
        assert keeper.fork is None
        assert keeper.head is not None
        signer = signer_of(place, folder, store, elsewhere)
        signer.tick(keeper.head, now)
        return signer


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        folder = tmp_path / "data"
        folder.mkdir()
        return folder
    server: Server = request.getfixturevalue("postgres")
    return server.new_database()
