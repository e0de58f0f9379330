from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import Connection

from application.views import projector as projecting
from projections import call_index, recipient_status
from projections.changes import ViewChange
from projections.parked import parked
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
        followed = rows_of(projector)
        record(projector, made, World.quarantine)
        wait_until(lambda: projector.position == made.ledger.position)
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
