import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

from entrypoints.doctor.ledger_file import LedgerFacts, read_ledger_file
from tests.entrypoints.serving import NOON, Serving, play


def filled(folder: Path) -> Path:
    """The ledger of an installation with one campaign, closed."""

    async def scene(stage: Serving) -> None:
        await stage.campaign("+15551230002")

    play(folder, scene)
    return folder / "ledger.db"


def read(path: Path) -> LedgerFacts:
    facts = read_ledger_file(path, lambda: 0.0)
    assert facts is not None
    return facts


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_no_file_no_facts(tmp_path: Path) -> None:
    assert read_ledger_file(tmp_path / "ledger.db", lambda: 0.0) is None
    assert list(tmp_path.iterdir()) == []


def test_it_reads_beside_the_owner_that_writes(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign("+15551230002")
        facts = read(tmp_path / "ledger.db")
        await stage.enroll("+15551230003")

        assert (facts.events, facts.journal_mode, facts.complaints, facts.whole) == (3, "wal", (), True)
        assert facts.ledger_at is not None
        assert facts.ledger_at >= NOON
        assert (facts.trouble, facts.wal_bytes > 0) == (None, True)
        assert read(tmp_path / "ledger.db").events == 4

    play(tmp_path, scene)


def test_it_changes_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = path.read_bytes()

    assert read(path).events == 3
    assert path.read_bytes() == before


def test_an_empty_ledger_has_no_last_event(tmp_path: Path) -> None:
    async def nothing(_: Serving) -> None:
        pass

    play(tmp_path, nothing)

    facts = read(tmp_path / "ledger.db")
    assert (facts.events, facts.ledger_at, facts.trouble) == (0, None, None)


def test_what_is_no_database_is_trouble(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)

    assert read(path).trouble == "file is not a database"


def test_a_database_of_something_else_is_trouble(tmp_path: Path) -> None:
    change(tmp_path / "ledger.db", "CREATE TABLE t (x)")

    assert read(tmp_path / "ledger.db").trouble == "no such table: stored_events"


def test_an_index_that_lacks_an_event_is_found(tmp_path: Path) -> None:
    path = filled(tmp_path)
    change(
        path,
        "PRAGMA writable_schema=ON",
        "CREATE TABLE other (originator_id TEXT, originator_version INTEGER, UNIQUE (originator_id, originator_version))",
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name='sqlite_autoindex_other_1') "
        "WHERE name='sqlite_autoindex_stored_events_1'",
    )

    facts = read(path)

    assert facts.complaints
    assert len(facts.complaints) <= 3


def test_a_key_that_is_gone_or_damaged_is_trouble(tmp_path: Path) -> None:
    path = filled(tmp_path)

    change(path, "UPDATE ledger_meta SET value='00' WHERE name='pseudonym_key'")
    assert "pseudonym key is damaged" in (read(path).trouble or "")
    change(path, "DELETE FROM ledger_meta WHERE name='pseudonym_key'")
    assert "pseudonym key is gone" in (read(path).trouble or "")


def test_a_check_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = filled(tmp_path)
    change(
        path,
        "INSERT INTO stored_events (originator_id, originator_version, topic, state) "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
        "SELECT 'other:' || i, 1, topic, state FROM n, (SELECT topic, state FROM stored_events LIMIT 1)",
    )
    hours = count(0, 3600)

    facts = read_ledger_file(path, lambda: float(next(hours)))

    assert facts is not None
    assert (facts.whole, facts.complaints, facts.trouble, facts.events) == (False, (), None, 20_003)
