import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text, create_engine

from projections.file_tables import create_tables
from projections.store import METADATA


def made(path: Path, *, by_library: bool, metadata: MetaData) -> list[tuple[str, str, str]]:
    """What is in the file once the tables are made in it, by us or as the library does."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        if by_library:
            metadata.create_all(connection)
        else:
            create_tables(connection, metadata)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        return sorted(connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master"))


def test_tables_and_indexes_are_those_that_the_library_makes(tmp_path: Path) -> None:
    ours = made(tmp_path / "ours.db", by_library=False, metadata=METADATA)

    assert ours == made(tmp_path / "librarys.db", by_library=True, metadata=METADATA)
    assert {kind for kind, _, _ in ours} == {"table", "index"}


def test_a_table_that_is_there_stays_as_it_is_and_one_that_is_not_is_made(tmp_path: Path) -> None:
    before, now = MetaData(), MetaData()
    Table("kept", before, Column("id", Text, primary_key=True))
    Table("kept", now, Column("id", Text, primary_key=True), Column("at", BigInteger), Index("kept_at", "at"))
    Table("added", now, Column("id", Text, primary_key=True))

    kept = made(tmp_path / "views.db", by_library=False, metadata=before)
    both = made(tmp_path / "views.db", by_library=False, metadata=now)

    assert set(kept) < set(both)
    assert [name for kind, name, _ in both if kind == "table"] == ["added", "kept"]
    assert made(tmp_path / "views.db", by_library=False, metadata=now) == both
