"""A sealed ledger in each database, and its store of keys to be put back, lost, and looked at."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import psycopg

from adapters.keys import KEYS_FILE, KeyTable, SqliteKeyTable
from adapters.keys.postgres_table import PostgresKeyTable
from adapters.ledger import Ledger, LedgerReader, Sealing, open_sqlite_ledger, open_sqlite_reader
from adapters.ledger.postgres import open_postgres_ledger, open_postgres_reader
from tests.adapters.ledger.stage import KEY, SEALING, Clock, event_ids

Backup = tuple[Sequence[tuple[str, bytes]], Sequence[tuple[int, str]]]


class SealedPlace(Protocol):
    """Where a ledger and its keys are."""

    def open(self, *, begins: bool = True) -> Ledger: ...

    def reader(self) -> LedgerReader: ...

    def keys(self) -> KeyTable: ...

    def states(self) -> bytes: ...

    def backup(self) -> Backup: ...

    def put_back(self, backup: Backup) -> None: ...


class SqlitePlace:
    """In a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, *, begins: bool = True) -> Ledger:
        sealing = Sealing(new_bytes=SEALING.new_bytes, begins=begins)
        return open_sqlite_ledger(
            self.folder, clock=Clock(), new_event_id=event_ids(), new_key=lambda _: KEY, sealing=sealing
        )

    def reader(self) -> LedgerReader:
        return open_sqlite_reader(self.folder)

    def keys(self) -> KeyTable:
        return SqliteKeyTable(self.folder, writes=True)

    def states(self) -> bytes:
        with closing(sqlite3.connect(self.folder / "ledger.db")) as connection:
            return b"\n".join(
                bytes(row[0]) for row in connection.execute("SELECT state FROM stored_events ORDER BY rowid")
            )

    def backup(self) -> Backup:
        with closing(sqlite3.connect(self.folder / KEYS_FILE)) as connection:
            return (
                connection.execute("SELECT id, keys FROM key_batch").fetchall(),
                connection.execute("SELECT one, said FROM mark").fetchall(),
            )

    def put_back(self, backup: Backup) -> None:
        with closing(sqlite3.connect(self.folder / KEYS_FILE)) as connection, connection:
            connection.execute("DELETE FROM key_batch")
            connection.execute("DELETE FROM mark")
            connection.executemany("INSERT INTO key_batch VALUES (?,?)", backup[0])
            connection.executemany("INSERT INTO mark VALUES (?,?)", backup[1])


class PostgresPlace:
    """In a database."""

    def __init__(self, url: str) -> None:
        self.url = url

    def open(self, *, begins: bool = True) -> Ledger:
        sealing = Sealing(new_bytes=SEALING.new_bytes, begins=begins)
        return open_postgres_ledger(
            self.url, clock=Clock(), new_event_id=event_ids(), new_key=lambda _: KEY, sealing=sealing
        )

    def reader(self) -> LedgerReader:
        return open_postgres_reader(self.url)

    def keys(self) -> KeyTable:
        return PostgresKeyTable(self.url, writes=True)

    def states(self) -> bytes:
        with psycopg.connect(self.url) as connection:
            return b"\n".join(
                bytes(row[0]) for row in connection.execute("SELECT state FROM ledger_events ORDER BY notification_id")
            )

    def backup(self) -> Backup:
        with psycopg.connect(self.url) as connection:
            batches = connection.execute("SELECT id, keys FROM dialtrail_keys.key_batch").fetchall()
            return (
                [(str(batch), bytes(keys)) for batch, keys in batches],
                connection.execute("SELECT one, said FROM dialtrail_keys.mark").fetchall(),
            )

    def put_back(self, backup: Backup) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute("DELETE FROM dialtrail_keys.key_batch")
            connection.execute("DELETE FROM dialtrail_keys.mark")
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO dialtrail_keys.key_batch VALUES (%s,%s)", backup[0])
                cursor.executemany("INSERT INTO dialtrail_keys.mark VALUES (%s,%s)", backup[1])
