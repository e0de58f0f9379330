from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection

from application.views import projector as projecting
from projections import call_index
from projections.changes import ViewChange
from tests.application.views.projecting import (
    WAIT_SECONDS_MAX,
    projecting_views,
    record,
    wait_until,
    world,
)
from tests.projections.history import World


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
