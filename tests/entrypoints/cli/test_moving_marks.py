"""The marks of how far a ledger has come, where commands and copies follow on one that was put back or is lost."""

import shutil
from pathlib import Path

import pytest
from psycopg import connect

from tests.adapters.ledger.postgres_server import Server
from tests.application.dialer.looked import begun
from tests.application.dialer.test_restored_ledger import backed_up, written_over
from tests.entrypoints.cli.conftest import Run

PLAN = '{"id": "spring", "from": "+15559870000"}'


@pytest.fixture
def home(tmp_path: Path, dialtrail: Run) -> Path:
    """A data folder with a campaign."""
    create(dialtrail, tmp_path, "spring")
    return tmp_path / "home"


def create(dialtrail: Run, folder: Path, *names: str) -> None:
    """Commands that commit: each creates a campaign."""
    for name in names:
        (folder / f"{name}.json").write_text(PLAN.replace("spring", name))
        assert dialtrail("campaign", "create", f"{name}.json").code == 0


def lose(url: str, *names: str) -> None:
    """As where a database is put back inside itself: these campaigns were never created."""
    with connect(url, autocommit=True) as connection:
        for name in names:
            connection.execute("DELETE FROM ledger_events WHERE originator_id = %s", (f"campaign:{name}",))


@pytest.mark.parametrize(("lost", "later"), [("ab", "c"), ("a", "c"), ("a", "cde")])
def test_commands_after_a_backup_was_put_back_hide_nothing(
    home: Path, dialtrail: Run, tmp_path: Path, lost: str, later: str
) -> None:
    """Wherever they come: before the event that is missing, to its position, or beyond."""
    assert begun(home) is None
    kept = backed_up(home / "ledger.db").replace(tmp_path / "kept.db")
    create(dialtrail, tmp_path, *lost)
    written_over(kept, home / "ledger.db")
    create(dialtrail, tmp_path, *later)

    assert begun(home) == "events_missing"
    create(dialtrail, tmp_path, "f")
    assert begun(home) is None


def test_commands_after_the_whole_folder_was_put_back_hide_nothing(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    """The mark in it came back with it, and only the one beside it knows."""
    assert begun(home) is None
    kept, mark = backed_up(home / "ledger.db").replace(tmp_path / "kept.db"), tmp_path / "kept.highwater"
    shutil.copy(home / "ledger.highwater", mark)
    create(dialtrail, tmp_path, "a", "b")
    written_over(kept, home / "ledger.db")
    shutil.copy(mark, home / "ledger.highwater")
    create(dialtrail, tmp_path, "c", "d", "e")

    assert begun(home) == "events_missing"


def test_commands_after_a_database_was_put_back_inside_itself_hide_nothing(
    home: Path, dialtrail: Run, postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = postgres.new_database()
    monkeypatch.setenv("DIALTRAIL_DATABASE_URL", url)
    create(dialtrail, tmp_path, "summer")
    assert begun(home, url) is None
    create(dialtrail, tmp_path, "a", "b")
    lose(url, "a", "b")
    create(dialtrail, tmp_path, "c")

    assert begun(home, url) == "events_missing"


@pytest.fixture
def dialled_on(home: Path, dialtrail: Run, postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The database that it was copied to, where somebody has dialled from the same folder, and a command came then."""
    url = postgres.new_database()
    assert begun(home) is None
    assert dialtrail("copy", "--to", url).code == 0
    assert [begun(home, url), begun(home, url)] == ["copied", None]
    with monkeypatch.context() as patch:
        patch.setenv("DIALTRAIL_DATABASE_URL", url)
        create(dialtrail, tmp_path, "autumn")
    return url


@pytest.mark.parametrize("is_again", [False, True])
def test_the_same_copy_given_again_hides_nothing(home: Path, dialled_on: str, dialtrail: Run, is_again: bool) -> None:
    assert dialtrail("copy", "--to", dialled_on, *(["--again"] if is_again else [])).code == 0
    lose(dialled_on, "autumn")

    assert begun(home, dialled_on) == "events_missing"


def test_the_same_copy_given_again_pauses_nothing(home: Path, dialled_on: str, dialtrail: Run) -> None:
    assert dialtrail("copy", "--to", dialled_on).code == 0

    assert begun(home, dialled_on) is None


def test_a_copy_after_one_that_is_lost_lacks_what_was_recorded_there(
    home: Path, dialled_on: str, dialtrail: Run, postgres: Server
) -> None:
    second = postgres.new_database()

    assert dialtrail("copy", "--to", second, "--again").code == 0

    assert [begun(home, second), begun(home, second)] == ["events_missing", None]


def test_a_copy_after_one_that_was_copied_further_is_an_ordinary_one(
    home: Path, dialled_on: str, dialtrail: Run, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = postgres.new_database()
    monkeypatch.setenv("DIALTRAIL_DATABASE_URL", dialled_on)

    assert dialtrail("copy", "--to", third).code == 0

    assert [begun(home, third), begun(home, third)] == ["copied", None]
