from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from unittest.mock import patch

import pytest

from application.views import VIEWS_FILE, VIEWS_FILE_IN_THE_MAKING, Projector, ViewsFile, readers
from domain.errors import Conflict, InvalidInput
from projections.store import PROGRESS, ViewStore, ViewsUnusable
from projections.views import VERSIONS
from tests.application.views.projecting import (
    WAIT_SECONDS_MAX,
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


@contextmanager
def held_rebuild(projector: Projector) -> Iterator[None]:
    """A rebuild that has begun and takes in nothing before the block is over."""
    go_on = Event()
    places = projector._places
    original = places.in_the_making

    def in_the_making() -> ViewStore:
        assert go_on.wait(WAIT_SECONDS_MAX)
        return original()

    with patch.object(places, "in_the_making", in_the_making):
        projector.rebuild()
        try:
            yield
        finally:
            go_on.set()


def test_reads_and_commits_go_on_during_a_rebuild(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        with held_rebuild(projector):
            for _ in range(20):
                record(projector, made, World.quarantine)
            made.enroll("+15551230009", "spring")
            wait_until(lambda: projector.position == made.ledger.position)
            rebuilding = projector.rebuilding
            assert rebuilding is not None
            assert rebuilding.done == 0
            with projector.reading() as taken:
                assert taken.position == made.ledger.position
        told: list[int] = []
        while projector.rebuilding is not None:
            record(projector, made, World.quarantine)
            with projector.reading() as taken:
                told.append(taken.position)
        wait_until(lambda: projector.position == made.ledger.position)
        assert told == sorted(told)
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)


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


def test_one_rebuild_at_a_time(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        with held_rebuild(projector), pytest.raises(Conflict, match="being made anew already"):
            projector.rebuild()
        wait_until(lambda: projector.rebuilding is None)
        rebuild(projector)


def test_a_view_that_there_is_not_cannot_be_rebuilt(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector, pytest.raises(InvalidInput) as refused:
        projector.rebuild(["call_index", "calls"])
    assert str(refused.value) == (
        "views: calls is none of recipient_status, attempt_index, call_index, campaign_summary, call_hours, quarantined, "
        "outcome_index"
    )


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
            wait_until(lambda: not projector._thread.is_alive())
        projector.stop()
        assert projector._rebuilder._thread is not None
        assert not projector._rebuilder._thread.is_alive()
        with pytest.raises(ViewsUnusable), projector.reading():
            pass
    assert not (tmp_path / VIEWS_FILE_IN_THE_MAKING).exists()
    with projecting_views(tmp_path, made) as projector:
        assert (rows_of(projector), projector.why_rebuilt) == (rows_from_scratch(made, tmp_path), None)
