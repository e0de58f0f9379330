import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import update

from application.views import VIEWS_FILE, Projector, ViewsFile
from application.views import projector as projecting
from projections import views
from projections.store import PROGRESS, ViewsUnusable
from projections.views import VERSIONS
from tests.application.views.projecting import projecting_views, record, rows_from_scratch, rows_of, wait_until, world
from tests.projections.feed_ledger import FeedLedger
from tests.projections.history import World
from tests.projections.kept_world import FINGERPRINT, OTHER_FINGERPRINT


def test_views_of_another_version_are_made_anew(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made):
        pass
    with (
        patch.dict(VERSIONS, {"call_index": VERSIONS["call_index"] + 1}),
        projecting_views(tmp_path, made) as projector,
    ):
        assert projector.why_rebuilt == "call_index changed with this version of Dialtrail"
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)


def test_views_that_have_not_come_equally_far_are_made_anew(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        assert projector._in_use.store is not None
        with projector._in_use.store.writing() as connection:
            connection.execute(update(PROGRESS).where(PROGRESS.c.view == "call_index").values(position=1))
    with projecting_views(tmp_path, made) as projector:
        assert projector.why_rebuilt == "they have not come equally far"
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)


def test_views_of_another_account_are_made_anew(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made):
        pass
    with projecting_views(tmp_path, made, OTHER_FINGERPRINT) as projector:
        assert projector.why_rebuilt == "the account behind MINIVOICE_API_KEY is another one"


@pytest.mark.parametrize("other", [world(), world(7, 5)], ids=["other events", "a shorter ledger"])
def test_views_of_another_ledger_are_made_anew(tmp_path: Path, other: World) -> None:
    made = world()
    with projecting_views(tmp_path, made):
        pass
    feed = [_with_id(one, f"other-{one.position}") for one in other.ledger.feed]
    other.ledger = FeedLedger(feed)
    with projecting_views(tmp_path, other) as projector:
        assert projector.why_rebuilt == "the ledger is not the one that they were made from"
        assert rows_of(projector) == rows_from_scratch(other, tmp_path)


def _with_id(one: Any, event_id: str) -> Any:
    return type(one)(**{**{f: getattr(one, f) for f in one.__struct_fields__}, "event_id": event_id})


def no_database(path: Path) -> None:
    path.write_bytes(b"these are no views" * 1_000)


def torn(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4_096:] = os.urandom(len(content) - 4_096)
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 3 * 4_096 + 17])


@pytest.mark.parametrize("harm", [no_database, torn, cut_short])
def test_a_file_that_was_damaged_is_made_anew(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    made = world()
    with projecting_views(tmp_path, made):
        pass
    harm(tmp_path / VIEWS_FILE)
    with projecting_views(tmp_path, made) as projector:
        assert projector.why_rebuilt is not None
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)


def test_a_file_that_is_damaged_while_it_is_in_use_is_made_anew_once_a_reader_meets_the_damage(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        with closing(sqlite3.connect(tmp_path / VIEWS_FILE)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        torn(tmp_path / VIEWS_FILE)
        with pytest.raises(ViewsUnusable, match="could not be read"):
            all_read(projector)
        wait_until(lambda: projector.why_rebuilt is not None and projector.position == made.ledger.position)
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)


def all_read(projector: Projector) -> None:
    """Read every row as a reader does."""
    for table in views.TABLES["recipient_status"]:
        with projector.reading() as taken:
            taken.connection.execute(table.select()).all()


def test_what_a_kill_left_of_views_of_another_version_is_not_taken_for_the_new_ones(tmp_path: Path) -> None:
    made = world()
    killed = tmp_path / "killed"
    with projecting_views(tmp_path, made) as projector, projector.reading():
        killed.mkdir()
        for path in tmp_path.glob(f"{VIEWS_FILE}*"):
            (killed / path.name).write_bytes(path.read_bytes())
    assert (killed / f"{VIEWS_FILE}-wal").stat().st_size > 0
    with patch.dict(VERSIONS, {"call_index": VERSIONS["call_index"] + 1}), projecting_views(killed, made) as projector:
        assert projector.why_rebuilt == "call_index changed with this version of Dialtrail"
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)


def test_a_file_that_was_removed_is_made_anew(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made):
        pass
    (tmp_path / VIEWS_FILE).unlink()
    with projecting_views(tmp_path, made) as projector:
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


@pytest.mark.parametrize("harm", [Path.unlink, replaced])
def test_a_file_that_is_taken_away_while_it_is_in_use_is_made_anew(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        harm(tmp_path / VIEWS_FILE)
        record(projector, made, World.quarantine)
        wait_until(lambda: projector.why_rebuilt is not None and projector.position == made.ledger.position)
        assert projector.why_rebuilt == "their file was removed, or another was put in its place"
        assert (tmp_path / VIEWS_FILE).exists()
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)


def test_a_file_that_cannot_be_opened_just_now_is_kept(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        whole = rows_of(projector)
    inode = (tmp_path / VIEWS_FILE).stat().st_ino
    projector = Projector(made.ledger, ViewsFile(tmp_path), FINGERPRINT, lambda: made.now)
    with (
        patch.object(projecting, "RETRY_SECONDS", 0.01),
        closing(sqlite3.connect(tmp_path / VIEWS_FILE, isolation_level=None)) as other,
        patch("projections.store.BUSY_TIMEOUT_SECONDS", 0.0),
    ):
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        projector.start()
        wait_until(lambda: "locked" in (projector.trouble or ""))
        other.execute("ROLLBACK")
        other.close()
        wait_until(lambda: projector.trouble is None)
        assert (rows_of(projector), projector.why_rebuilt) == (whole, None)
        projector.stop()
    assert (tmp_path / VIEWS_FILE).stat().st_ino == inode
