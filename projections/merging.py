"""The files of all shares made into the views: rows in the order of their keys, figures added up, indexes when all is there."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Table

from projections import call_hours
from projections.campaign_summary import (
    CAMPAIGN,
    CHECKPOINT,
    MOVES,
    PACE,
    campaigns_of_all,
    checkpoints_of_all,
    kept_of,
    paces_of_all,
)
from projections.erasures_seen import ERASURES_SEEN, ErasuresSeen
from projections.file_tables import index_statements, table_statement
from projections.row_writes import insert_text
from projections.storable import Row
from projections.store import METADATA, PROGRESS, ViewsProgress, ViewStore
from projections.views import TABLES

CACHE_KIB = 16_384
SUMMED = (call_hours.CALL_HOUR, call_hours.CALL_MINUTE, call_hours.CALL_ZONE)
_COUNTED = (CAMPAIGN, CHECKPOINT, PACE)
APART = tuple(table for tables in TABLES.values() for table in tables if table not in {*SUMMED, *_COUNTED})
"""The tables of which each row is of one share."""


def merged_file(
    path: Path, parts: Sequence[Path], versions: Iterable[tuple[str, int]], progress: ViewsProgress
) -> None:
    """Make the views' file from all parts, as they are at a position. It is on the disk in the end; half made, it is of no use.

    Which account they watch, the parts say.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}")
        names = [f"part{place}" for place in range(len(parts))]
        for name, part in zip(names, parts, strict=True):
            connection.execute(f"ATTACH ? AS {name}", (str(part),))
        connection.execute("BEGIN")
        for table in METADATA.sorted_tables:
            connection.execute(table_statement(table))
        for table in APART:
            connection.execute(f"INSERT INTO main.{table.name} {_of_all(table, names)}")
        for table in SUMMED:
            connection.execute(f"INSERT INTO main.{table.name} {_summed(table, names)}")
        for table, rows in counted_rows(connection, names, progress.position):
            connection.executemany(insert_text(table), rows)
        connection.executemany(insert_text(PROGRESS), progress_rows(connection, names, versions, progress))
        connection.executemany(insert_text(ERASURES_SEEN), [_begun_at(progress)])
        for table in METADATA.sorted_tables:
            for statement in index_statements(table):
                connection.execute(statement)
        connection.execute("COMMIT")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def merge_into_schema(
    store: ViewStore, parts: Sequence[Path], versions: Iterable[tuple[str, int]], progress: ViewsProgress
) -> None:
    """The same into an empty schema of PostgreSQL, by COPY; all of it or nothing. Which account they watch, the parts say."""
    with reading_parts(parts) as (reading, names), store.writing() as connection:
        store.make_tables(connection)
        copied = connection.connection.cursor()
        for table, rows in _rows_of_all(reading, names, versions, progress):
            place = f'"{store.schema}"."{table.name}"'
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            with copied.copy(f"COPY {place} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        store.make_indexes(connection)


def _rows_of_all(
    reading: sqlite3.Connection,
    names: Sequence[str],
    versions: Iterable[tuple[str, int]],
    progress: ViewsProgress,
) -> Iterator[tuple[Table, Iterable[Row]]]:
    """The rows of each table."""
    for table in APART:
        yield table, reading.execute(_of_all(table, names))
    for table in SUMMED:
        yield table, reading.execute(_summed(table, names))
    yield from counted_rows(reading, names, progress.position)
    yield PROGRESS, progress_rows(reading, names, versions, progress)
    yield ERASURES_SEEN, [_begun_at(progress)]


@contextmanager
def reading_parts(parts: Sequence[Path]) -> Iterator[tuple[sqlite3.Connection, list[str]]]:
    """All parts in one connection, and what each is called in it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        names = [f"part{place}" for place in range(len(parts))]
        for name, part in zip(names, parts, strict=True):
            connection.execute(f"ATTACH ? AS {name}", (str(part),))
        yield connection, names


def counted_rows(
    connection: sqlite3.Connection, names: Sequence[str], position: int
) -> Iterator[tuple[Table, Iterable[Row]]]:
    """The rows of the campaigns' figures, which are no sum of rows."""
    campaigns = [connection.execute(f"SELECT * FROM {name}.{CAMPAIGN.name}").fetchall() for name in names]
    yield CAMPAIGN, campaigns_of_all(campaigns)
    kept = [
        kept_of(
            connection.execute(f"SELECT * FROM {name}.{CHECKPOINT.name} ORDER BY campaign, position"), rows, position
        )
        for name, rows in zip(names, campaigns, strict=True)
    ]
    yield CHECKPOINT, checkpoints_of_all(kept)
    yield PACE, paces_of_all([connection.execute(f"SELECT * FROM {name}.{MOVES} ORDER BY rowid") for name in names])


def progress_rows(
    connection: sqlite3.Connection,
    names: Sequence[str],
    versions: Iterable[tuple[str, int]],
    progress: ViewsProgress,
) -> list[Row]:
    """How far each view has come; the account that they watch is one for all that have heard of it."""
    found = [connection.execute(f"SELECT max(fingerprint) FROM {name}.{PROGRESS.name}").fetchone() for name in names]
    fingerprint = max(row[0] or "" for row in found)
    end = (progress.position, progress.event_id, progress.recorded_at, fingerprint)
    return [(view, version, *end) for view, version in versions]


def _begun_at(progress: ViewsProgress) -> Row:
    """The processes were started when the ledger was there already, and had no keys before."""
    return ErasuresSeen(begun_at=progress.position).row


def _of_all(table: Table, names: Sequence[str]) -> str:
    keys = ", ".join(column.name for column in table.primary_key.columns)
    return f"{_together(table, names)} ORDER BY {keys}"


def _summed(table: Table, names: Sequence[str]) -> str:
    keys = ", ".join(column.name for column in table.primary_key.columns)
    sums = ", ".join(f"sum({name})" for name in call_hours.FIGURES)
    return f"SELECT {keys}, {sums} FROM ({_together(table, names)}) GROUP BY {keys} ORDER BY {keys}"


def _together(table: Table, names: Sequence[str]) -> str:
    return " UNION ALL ".join(f"SELECT * FROM {name}.{table.name}" for name in names)
