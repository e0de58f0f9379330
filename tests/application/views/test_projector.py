from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection

from adapters.turns import Rest, Work
from application.views import Projector, ViewsFile
from application.views import projector as projecting
from application.views.projector import IDLE_SECONDS_MAX
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
from tests.projections.kept_world import FINGERPRINT


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


class ByHand:
    """Takes each turn when it is told to."""

    def __init__(self) -> None:
        self.work: Work | None = None

    def bell(self) -> Event:
        return Event()

    def begin(self, work: Callable[[], Work], _: str) -> "ByHand":
        self.work = work()
        return self

    def is_alive(self) -> bool:
        return False

    def join(self, timeout: float | None = None) -> None:
        pass

    def rest(self) -> Rest:
        assert self.work is not None
        return next(self.work)


def test_the_more_comes_in_the_longer_the_views_gather_it_up_to_a_bound(tmp_path: Path) -> None:
    made, by_hand = World(), ByHand()
    projector = Projector(made.ledger, ViewsFile(tmp_path), FINGERPRINT, lambda: made.now, turns=by_hand)
    projector.start()
    waited = dict[int, float | None]()
    try:
        by_hand.rest()  # the ledger's end: nothing came yet
        for events in (1, 15, 16, 63, 64, 200):
            for _ in range(events):
                made.quarantine()
            rests = iter(lambda: by_hand.rest().seconds, IDLE_SECONDS_MAX)
            waited[events] = next(rests, None)
            assert (list(rests), projector.position) == ([], made.ledger.position)
    finally:
        projector.stop()

    assert waited == {1: None, 15: None, 16: 0.05, 63: 0.05, 64: 0.2, 200: 0.2}
