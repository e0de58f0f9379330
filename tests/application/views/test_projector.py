import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, update

from application.views import VIEWS_FILE, VIEWS_FILE_IN_THE_MAKING, Projector, ViewsFile, readers
from application.views import projector as projecting
from domain.errors import Conflict, InvalidInput
from projections import call_index, recipient_status, views
from projections.changes import ViewChange
from projections.store import PROGRESS, ViewStore, ViewsUnusable
from projections.views import VERSIONS, parked
from tests.projections.chance import Random, small_history
from tests.projections.feed_ledger import FeedLedger
from tests.projections.history import FINGERPRINT, OTHER_FINGERPRINT, World
from tests.projections.kept_views import Rows, all_rows, catch_up, new_store

WAIT_SECONDS_MAX = 60.0


def world(seed: int = 7, acts: int = 30) -> World:
    """A small history."""
    return small_history(Random(seed), acts)


@contextmanager
def projecting_views(folder: Path, made: World, fingerprint: str | None = FINGERPRINT) -> Iterator[Projector]:
    """A projector on a folder, at the ledger's end."""
    projector = Projector(made.ledger, ViewsFile(folder), fingerprint, lambda: made.now)
    projector.start()
    try:
        wait_until(lambda: projector.position == made.ledger.position and projector.trouble is None)
        yield projector
    finally:
        projector.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    """Look again and again until it holds."""
    pause = Event()
    for _ in range(int(WAIT_SECONDS_MAX / 0.002)):
        if holds():
            return
        pause.wait(0.002)
    raise AssertionError("it did not come to that")


def record(projector: Projector, made: World, act: Callable[[World], None]) -> None:
    """Let something happen, and the projector hear of it."""
    before = made.ledger.position
    act(made)
    projector.pushed(made.ledger.read_feed(before, 100))


def rows_of(projector: Projector) -> Rows:
    """Every row as it is in use."""
    assert projector._store is not None
    return all_rows(projector._store)


def rows_from_scratch(made: World, folder: Path) -> Rows:
    """Every row, made in one pass."""
    with new_store(folder / "scratch.db") as store:
        catch_up(store, made.ledger)
        return all_rows(store)


def rebuild(projector: Projector) -> None:
    """A rebuild from its beginning to its end."""
    projector.rebuild()
    wait_until(lambda: projector.rebuilding is None)


def test_the_views_follow_what_is_recorded_and_go_on_after_a_restart(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        record(projector, made, World.quarantine)
        wait_until(lambda: projector.position == made.ledger.position)
        assert projector.behind() == (0, 0.0)
    made.pause_account()
    with projecting_views(tmp_path, made) as projector:
        assert (rows_of(projector), projector.why_rebuilt) == (rows_from_scratch(made, tmp_path), None)


def test_somebody_waits_for_a_position_until_the_views_are_there_or_the_time_is_over(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        end = made.ledger.position

        async def waiting() -> list[bool]:
            later = asyncio.create_task(projector.wait_for(end + 1, WAIT_SECONDS_MAX))
            await asyncio.sleep(0)
            record(projector, made, World.quarantine)
            return [
                await projector.wait_for(end, 0.0),
                await later,
                await projector.wait_for(made.ledger.position + 1, 0.01),
            ]

        assert asyncio.run(waiting()) == [True, True, False]
        assert projector._waiters._waiting == []


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
        assert projector._store is not None
        with projector._store.writing() as connection:
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
        "views: calls is none of recipient_status, attempt_index, call_index, campaign_summary"
    )


def test_a_rebuild_without_views_in_use_says_why_there_are_none(tmp_path: Path) -> None:
    projector = Projector(world().ledger, ViewsFile(tmp_path), FINGERPRINT, lambda: world().now)
    with pytest.raises(ViewsUnusable, match="not open yet"):
        projector.rebuild()
    with pytest.raises(ViewsUnusable, match="not open yet"), projector.reading():
        pass


@contextmanager
def failing_at(position: int) -> Iterator[None]:
    """The fold of the calls fails at an event."""
    original = call_index.write

    def write(connection: Connection, changes: list[ViewChange]) -> None:
        if any(change.position == position for change in changes):
            raise ValueError("+15551230001 is no number")
        original(connection, changes)

    with patch.object(call_index, "write", write):
        yield


def test_an_event_that_cannot_be_taken_in_is_led_past_and_shown_and_those_after_it_are_taken_in(tmp_path: Path) -> None:
    made = world()
    reports = [one for one in made.ledger.feed if one.name == "call.created"]
    bad = reports[len(reports) // 2]
    with failing_at(bad.position), projecting_views(tmp_path, made) as projector:
        with projector.reading() as taken:
            assert [(one.position, one.event, one.error) for one in parked(taken.connection, 10)] == [
                (bad.position, "call.created", "ValueError in call.created")
            ]
        followed = rows_of(projector)
        record(projector, made, World.quarantine)
        wait_until(lambda: projector.position == made.ledger.position)
        rebuild(projector)
        assert (rows_of(projector), projector.why_rebuilt) == (followed, None)


def test_an_enrolment_that_was_led_past_hides_that_recipient_only(tmp_path: Path) -> None:
    made = World()
    made.create("spring")
    made.change("spring", "start")
    made.enroll("+15551230001", "spring")
    made.enroll("+15551230002", "spring")
    original = recipient_status.write

    def write(connection: Connection, changes: list[ViewChange]) -> None:
        if any(change.position == 3 for change in changes):
            raise ValueError("no")
        original(connection, changes)

    with patch.object(recipient_status, "write", write), projecting_views(tmp_path, made):
        pass
    for number in ("+15551230001", "+15551230002"):
        made.suppress(number, None)
    with projecting_views(tmp_path, made) as projector, projector.reading() as taken:
        found = recipient_status.with_statuses(taken.connection, 1, {("suppressed", "")}, 0, 10, None, made.now)
        assert [row.enrollment.number for row in found] == ["+15551230002"]
        assert recipient_status.page(taken.connection, 1, 0, 10, None) == found


def test_a_database_that_is_full_is_tried_again_and_no_event_is_led_past(tmp_path: Path) -> None:
    made = world()
    with patch.object(projecting, "RETRY_SECONDS", 0.01), projecting_views(tmp_path, made) as projector:
        assert projector._store is not None
        writer = projector._store._engines[1]
        with writer.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        end = made.ledger.position
        for i in range(300):
            made.enroll(f"+1555777{i:04}", "spring")
        projector.pushed([])
        assert made.ledger.position > end
        wait_until(lambda: "full" in (projector.trouble or ""))
        assert projector.position < made.ledger.position
        with writer.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        wait_until(lambda: projector.trouble is None and projector.position == made.ledger.position)
        with projector.reading() as taken:
            assert parked(taken.connection, 10) == []
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)


def test_a_ledger_that_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    made = world()
    with patch.object(projecting, "RETRY_SECONDS", 0.01), projecting_views(tmp_path, made) as projector:

        def unreadable(after_position: int, events_max: int) -> Any:
            raise OSError("the disk is gone")

        with patch.object(made.ledger, "read_feed", unreadable):
            made.quarantine()
            projector.pushed([])
            wait_until(lambda: projector.trouble == "the views cannot go on (OSError: the disk is gone)")
        wait_until(lambda: projector.trouble is None and projector.position == made.ledger.position)


def test_how_far_the_views_are_behind_is_told_in_events_and_seconds(tmp_path: Path) -> None:
    made = world()
    begun, go_on = Event(), Event()
    original = call_index.write

    def write(connection: Connection, changes: list[ViewChange]) -> None:
        begun.set()
        assert go_on.wait(WAIT_SECONDS_MAX)
        original(connection, changes)

    with projecting_views(tmp_path, made) as projector, patch.object(call_index, "write", write):
        record(projector, made, World.quarantine)
        assert begun.wait(WAIT_SECONDS_MAX)
        made.pass_time(5)
        assert projector.behind() == (1, 5.0)
        go_on.set()
        wait_until(lambda: projector.behind() == (0, 0.0))


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
