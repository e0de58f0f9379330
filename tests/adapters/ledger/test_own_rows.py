"""A damaged row of `ledger_meta` is named by whoever meets it: the start, doctor and verify; and each says the same to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger import open_side, open_sqlite_reader
from adapters.ledger.moved import COPIED, COPYING
from adapters.ledger.own_rows import OBJECTS, OWN_ROWS
from adapters.ledger.place import PLACE
from adapters.ledger.played_by import _NAME as PLAYED_BY
from adapters.ledger.pseudonym_key import _KEY as PSEUDONYM_KEY
from adapters.ledger.pseudonym_key import CHECK
from adapters.ledger.sealing import SEALED
from adapters.ledger.unopened import unopened_file
from domain.errors import LedgerUnusable
from entrypoints.doctor.ledger_file import read_ledger_file
from tests.adapters.ledger.stage import create, do, open_ledger

NO_TEXT = ("CAST(x'ff' AS TEXT)", "x'616263'")
DAMAGE = [*((name, value) for name in OWN_ROWS for value in NO_TEXT), *((name, "'[1'") for name in OBJECTS)]


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("used")
    with closing(open_ledger(folder)) as ledger:
        do(ledger, create("spring"))
    return folder


@pytest.fixture
def damaged(used: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    """The folder with one row that another program wrote, and its name; put right again afterwards."""
    name, value = request.param
    with closing(sqlite3.connect(used / "ledger.db")) as other:
        before = other.execute("SELECT name, value FROM ledger_meta").fetchall()
        with other:
            other.execute(f"INSERT OR REPLACE INTO ledger_meta VALUES (?,{value})", (name,))
    yield used, name
    with closing(sqlite3.connect(used / "ledger.db")) as other, other:
        other.execute("DELETE FROM ledger_meta")
        other.executemany("INSERT INTO ledger_meta VALUES (?,?)", before)


def test_each_row_that_dialtrail_writes_is_known() -> None:
    assert set(OWN_ROWS) == {PSEUDONYM_KEY, CHECK, SEALED, PLAYED_BY, COPYING, COPIED, PLACE}


@pytest.mark.parametrize("damaged", DAMAGE, indirect=True)
def test_start_doctor_and_verify_name_the_row_and_what_to_do(damaged: tuple[Path, str]) -> None:
    folder, name = damaged
    said = []

    with pytest.raises(LedgerUnusable) as at_start:
        open_ledger(folder)
    said.append(str(at_start.value))
    facts = read_ledger_file(folder / "ledger.db", lambda: 0.0)
    assert facts is not None
    said.append(facts.trouble or "")
    said += of_verify(folder)

    assert len(said) == 3
    for one in said:
        assert one.startswith(f"the row {name} of ledger_meta is damaged")
        assert one.endswith("restore the whole of it from a backup")
        assert "verify" not in one


def of_verify(folder: Path) -> list[str]:
    """What the reader that verify asks has to say; it cannot begin where it is not said whether the ledger is sealed."""
    try:
        with closing(open_sqlite_reader(folder)) as reader:
            return reader.damaged_rows()
    except LedgerUnusable as error:
        return [str(error)]


@pytest.mark.parametrize("damaged", [(SEALED, value) for value in NO_TEXT], indirect=True)
def test_who_only_looks_or_copies_hears_the_same(damaged: tuple[Path, str]) -> None:
    folder, name = damaged

    with closing(open_side(folder, is_source=True)) as side, pytest.raises(LedgerUnusable, match=f"the row {name} of"):
        side.meta()
    with unopened_file(folder / "ledger.db") as file, pytest.raises(LedgerUnusable, match=f"the row {name} of"):
        file.meta(SEALED)
