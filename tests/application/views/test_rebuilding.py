from pathlib import Path
from unittest.mock import patch

import pytest

from application.views import VIEWS_FILE, VIEWS_FILE_IN_THE_MAKING, Projector, ViewsFile, readers
from projections.store import PROGRESS, ViewsUnusable
from projections.views import VERSIONS
from tests.application.views.projecting import (
    projecting_views,
    rebuild,
    record,
    rows_from_scratch,
    rows_of,
    wait_until,
    world,
)
from tests.projections.history import World
from tests.projections.kept_world import FINGERPRINT


def test_a_rebuild_gives_equal_rows_in_another_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        inode, before = (tmp_path / VIEWS_FILE).stat().st_ino, rows_of(projector)
        assert projector.rebuild(["call_index"]) == list(VERSIONS)
        wait_until(lambda: projector.rebuilding is None)
        assert (tmp_path / VIEWS_FILE).stat().st_ino != inode
        assert (rows_of(projector), projector.why_rebuilt) == (before, None)
    assert [path.name for path in tmp_path.iterdir()] == [VIEWS_FILE]


def test_a_reader_who_comes_during_the_swap_waits_for_it(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        with projector.reading() as taken:
            projector.rebuild()
            wait_until(lambda: projector._readers._is_shut)
            assert taken.position == made.ledger.position
            inode = (tmp_path / VIEWS_FILE).stat().st_ino
            taken.connection.execute(PROGRESS.select()).all()
        with projector.reading() as after:
            assert after.position == made.ledger.position
        assert (tmp_path / VIEWS_FILE).stat().st_ino != inode


def test_a_reader_who_does_not_end_leaves_the_views_as_they_were(tmp_path: Path) -> None:
    made = world()
    with patch.object(readers, "SWAP_WAIT_SECONDS_MAX", 0.05), projecting_views(tmp_path, made) as projector:
        inode = (tmp_path / VIEWS_FILE).stat().st_ino
        with projector.reading():
            rebuild(projector)
        assert projector.why_rebuilt == (
            "a rebuild failed, the views stayed as they were: somebody reads the views for too long"
        )
        assert (tmp_path / VIEWS_FILE).stat().st_ino == inode
        record(projector, made, World.quarantine)
        wait_until(lambda: projector.position == made.ledger.position)
        rebuild(projector)
        assert (tmp_path / VIEWS_FILE).stat().st_ino != inode
        assert not projector.why_rebuilt


def test_a_rebuild_without_views_in_use_says_why_there_are_none(tmp_path: Path) -> None:
    projector = Projector(world().ledger, ViewsFile(tmp_path), FINGERPRINT, lambda: world().now)
    with pytest.raises(ViewsUnusable, match="not open yet"):
        projector.rebuild()
    with pytest.raises(ViewsUnusable, match="not open yet"), projector.reading():
        pass


def test_a_projector_that_is_stopped_in_the_middle_of_a_rebuild_stops_soon_and_leaves_no_half_made_file(
    tmp_path: Path,
) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        with projector.reading():
            projector.rebuild()
            wait_until(lambda: projector._readers._is_shut)
            projector._stopping.set()
            projector._readers.use(None)
            wait_until(lambda: projector._working is not None and not projector._working.is_alive())
        projector.stop()
        assert projector._rebuilder._thread is not None
        assert not projector._rebuilder._thread.is_alive()
        with pytest.raises(ViewsUnusable), projector.reading():
            pass
    assert not (tmp_path / VIEWS_FILE_IN_THE_MAKING).exists()
    with projecting_views(tmp_path, made) as projector:
        assert (rows_of(projector), projector.why_rebuilt) == (rows_from_scratch(made, tmp_path), None)
