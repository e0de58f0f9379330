import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from application.views import projector as projecting
from application.views.apply_batch import apply_batch
from domain.events import Recorded
from projections import call_index, recipient_status
from projections.changes import ViewChange
from projections.parked import parked
from projections.views import ViewWriter
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
from tests.projections.kept_views import catch_up, new_store, writer_on


def once(first: Callable[[ViewWriter, Sequence[Recorded]], None]) -> Callable[..., None]:
    """Does this the first time, and from then on what it stands for."""
    original, done = ViewWriter.advance, [False]

    def advance(writer: ViewWriter, batch: Sequence[Recorded]) -> None:
        is_first, done[0] = not done[0], True
        (first if is_first else original)(writer, batch)

    return advance


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
        assert f"call.created of {bad.stream.replace(':', ' ', 1)}, at position {bad.position}," in str(
            projector.left_out
        )
        record(projector, made, World.quarantine)
        wait_until(lambda: projector.position == made.ledger.position)
        followed = rows_of(projector)
        rebuild(projector)
        assert (rows_of(projector), projector.why_rebuilt) == (followed, None)
        assert projector.left_out is not None


def test_a_start_tries_again_what_the_code_before_could_not_take_in(tmp_path: Path) -> None:
    made = world()
    bad = next(one for one in made.ledger.feed if one.name == "call.created")
    with failing_at(bad.position), projecting_views(tmp_path, made) as projector:
        assert projector.left_out is not None
    with projecting_views(tmp_path, made) as projector:
        wait_until(lambda: projector.left_out is None and projector.rebuilding is None)
        assert rows_of(projector) == rows_from_scratch(made, tmp_path)
        with projector.reading() as taken:
            assert parked(taken.connection, 10) == []


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
    # It is tried once more at a start, and what reads may be later than that.
    with (
        patch.object(recipient_status, "write", write),
        projecting_views(tmp_path, made) as projector,
        projector.reading() as taken,
    ):
        found = recipient_status.with_statuses(taken.connection, 1, {("suppressed", "")}, 0, 10, None, made.now)
        assert [row.enrollment.number for row in found] == ["+15551230002"]
        assert recipient_status.page(taken.connection, 1, 0, 10, None) == found


@pytest.mark.parametrize("events", [1, 3])
def test_what_another_process_took_in_meanwhile_is_not_led_past(tmp_path: Path, events: int) -> None:
    made = world()
    with new_store(tmp_path / "views.db") as store:
        ours = writer_on(store, made.ledger)
        batch = made.ledger.read_feed(0, events)

        def faster(_: ViewWriter, __: Sequence[Recorded]) -> None:
            catch_up(store, made.ledger)
            raise IntegrityError("insert", {}, sqlite3.IntegrityError("UNIQUE constraint failed"))

        with patch.object(ViewWriter, "advance", once(faster)):
            writer = apply_batch(ours, batch, lambda kept: writer_on(kept, made.ledger))
        assert (writer.position, writer.left_out) == (made.ledger.position, None)


def test_a_database_that_is_full_is_tried_again_and_no_event_is_led_past(tmp_path: Path) -> None:
    made = world()
    with patch.object(projecting, "RETRY_SECONDS", 0.01), projecting_views(tmp_path, made) as projector:
        assert projector._in_use.store is not None
        writer = projector._in_use.store._engines[1]
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
