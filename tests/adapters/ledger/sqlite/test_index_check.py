"""The look through the indexes: whatever bit of them turns, a stream is read whole, or the look says that it is not."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import count
from operator import itemgetter
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

import pytest
from eventsourcing.utils import Environment

from adapters.ledger.sqlite import SqliteFactory, SqliteRecorder
from adapters.ledger.sqlite.index_check import RESUMPTIONS, STREAMS, IndexDamage, look_through_indexes
from domain.errors import LedgerUnavailable

PAGE_BYTES = 512  # so that some hundred events have an index of three levels
EVENTS, STREAM_COUNT, FLIPS = 300, 30, 160
ROWS_A_STEP = 7
INDEX_PAGES = {2, 10}
LEAF, CELL_COUNT_LOW_BYTE = 10, 4
Row = tuple[int, str, int, str, bytes]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Sequence[Row]]:
    """A ledger's file, and what is in it in the order of streams."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("CREATE TABLE first (one)")
    chance, versions = Random(1), dict.fromkeys(range(STREAM_COUNT + 1), 0)
    factory = SqliteFactory(Environment("Ledger", {"SQLITE_DBNAME": f"{path.as_uri()}?mode=rwc"}))
    recorder: SqliteRecorder = factory.application_recorder()  # type: ignore[assignment]  # it is ours
    rows: list[Row] = []
    for position in range(1, EVENTS + 1):
        # The newest event begins the last stream: its entry is the last one of the index.
        stream = chance.randrange(STREAM_COUNT) if position < EVENTS else STREAM_COUNT
        versions[stream] += 1
        name = "account.resumed" if stream % 8 == 0 else "call.reported"
        rows.append((position, f"account:{stream:02d}", versions[stream], name, b"{}"))
    with recorder.datastore.transaction(commit=True) as cursor:
        recorder.insert(cursor, [row[1:] for row in rows])
    factory.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return path.read_bytes(), sorted(rows, key=itemgetter(1, 2))


@pytest.mark.parametrize("seed", range(4))
def test_a_bit_that_turned_in_an_index(stored: tuple[bytes, Sequence[Row]], tmp_path: Path, seed: int) -> None:
    raw, true = stored
    chance, path = Random(seed), tmp_path / "ledger.db"
    pages = [begin for begin in range(PAGE_BYTES, len(raw), PAGE_BYTES) if raw[begin] in INDEX_PAGES]
    hidden = found = 0
    for _ in range(FLIPS // 4):
        at = chance.choice(pages) + chance.randrange(PAGE_BYTES)
        damaged = bytearray(raw)
        damaged[at] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        is_whole, says = _is_read_whole(path, true), _said(path)
        hidden += not is_whole
        found += says is not None
        assert is_whole or says is not None, at
    assert 0 < hidden <= found


@pytest.mark.parametrize("change", [-1, 1])
def test_a_page_of_an_index_with_an_entry_less_or_one_of_before_more(
    stored: tuple[bytes, Sequence[Row]], tmp_path: Path, change: int
) -> None:
    raw, true = stored
    path, pages = tmp_path / "ledger.db", range(PAGE_BYTES, len(raw), PAGE_BYTES)
    leaves = [page for page in pages if raw[page] == LEAF and raw[page + CELL_COUNT_LOW_BYTE]]
    broken = 0
    for page in leaves:
        damaged = bytearray(raw)
        damaged[page + CELL_COUNT_LOW_BYTE] += change
        path.write_bytes(damaged)
        if not _is_read_whole(path, true):
            broken += 1
            assert _said(path, rows_a_step=1) is not None, page
    assert broken > len(leaves) / 4


def test_a_sound_ledger(stored: tuple[bytes, Sequence[Row]], tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(stored[0])
    *_, last = look_through_indexes(path, ROWS_A_STEP)
    resumed = sum(row[3] == "account.resumed" for row in stored[1])
    assert last.count == 2 * EVENTS + resumed
    assert len(list(look_through_indexes(path, EVENTS))) < 8


def test_an_empty_ledger_and_none(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with pytest.raises(LedgerUnavailable, match="unable to open"):
        list(look_through_indexes(path))
    factory = SqliteFactory(Environment("Ledger", {"SQLITE_DBNAME": f"{path.as_uri()}?mode=rwc"}))
    factory.application_recorder()
    assert _said(path) is None
    factory.close()


def test_an_index_that_is_not_there(stored: tuple[bytes, Sequence[Row]], tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(stored[0])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP INDEX {RESUMPTIONS.name}")
        assert _said(path) is None  # as an earlier version left it
        connection.execute("PRAGMA writable_schema=1")
        connection.execute(f"DELETE FROM sqlite_master WHERE name='{STREAMS.name}'")
        connection.commit()
    assert _said(path) is not None


def test_what_is_appended_meanwhile(tmp_path: Path) -> None:
    factory = SqliteFactory(Environment("Ledger", {"SQLITE_DBNAME": f"{(tmp_path / 'ledger.db').as_uri()}?mode=rwc"}))
    recorder: SqliteRecorder = factory.application_recorder()  # type: ignore[assignment]  # it is ours
    versions = count(1)

    def append() -> None:
        with recorder.datastore.transaction(commit=True) as cursor:
            recorder.insert(
                cursor, [("account:b", next(versions), "account.resumed", b"{}") for _ in range(2 * ROWS_A_STEP)]
            )

    append()
    recorder.datastore.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for _ in look_through_indexes(tmp_path / "ledger.db", ROWS_A_STEP):
        append()
        recorder.shorten_wal()
        assert (
            not (tmp_path / "ledger.db-wal").stat().st_size
        )  # no step is being read while nobody asks for the next one
    factory.close()


def test_an_index_that_is_made_anew(stored: tuple[bytes, Sequence[Row]], tmp_path: Path) -> None:
    """REINDEX mends an index whose table is sound, and what the index lost is in its stream again."""
    raw, true = stored
    path = tmp_path / "ledger.db"
    damaged = bytearray(raw)
    damaged[_in_the_index(raw, b"account:09")] ^= 64
    path.write_bytes(damaged)
    assert (_is_read_whole(path, true), _said(path) is None) == (False, False)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("REINDEX")
    assert (_is_read_whole(path, true), _said(path)) == (True, None)


def _in_the_index(raw: bytes, name: bytes) -> int:
    """Where a stream's name is in a page of an index."""
    pages = [begin for begin in range(PAGE_BYTES, len(raw), PAGE_BYTES) if raw[begin] == 10]
    return next(at for begin in pages if (at := raw.find(name, begin, begin + PAGE_BYTES)) >= 0)


def _said(path: Path, rows_a_step: int = ROWS_A_STEP) -> str | None:
    try:
        for _ in look_through_indexes(path, rows_a_step):
            pass
    except IndexDamage as damage:
        return damage.why
    return None


def _is_read_whole(path: Path, true: Sequence[Row]) -> bool:
    """Whether what reads streams gives all of each; what SQLite refuses is no stream at all."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            streams = sorted({row[1] for row in true})
            found = [row for stream in streams for row in connection.execute(SELECT_STREAM, (stream,))]
            resumed = connection.execute(SELECT_RESUMED).fetchall()
        except sqlite3.DatabaseError:
            return True
    is_resumed = [row for row in sorted(true) if row[3] == "account.resumed"]
    return found == list(true) and [row[0] for row in resumed] == [row[0] for row in is_resumed]


SELECT = "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events "
SELECT_STREAM = SELECT + "WHERE originator_id=? AND originator_version>0 ORDER BY originator_version"
SELECT_RESUMED = SELECT + (
    "WHERE topic='account.resumed' AND originator_id>='account' AND originator_id<'accounu' ORDER BY rowid"
)
