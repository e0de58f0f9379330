"""Views in a file and in a schema of PostgreSQL: followed, and made anew beside those in use."""

from pathlib import Path

import pytest

from domain.errors import Conflict, InvalidInput
from tests.application.views.projecting import (
    held_rebuild,
    projecting_views,
    rebuild,
    record,
    rows_from_scratch,
    rows_of,
    wait_until,
    world,
)
from tests.projections.history import World


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where the views are: a folder, or a database by its URL."""
    if request.param == "sqlite":
        return tmp_path
    return str(request.getfixturevalue("url"))


def test_the_views_follow_what_is_recorded_and_go_on_after_a_restart(home: Path | str, tmp_path: Path) -> None:
    made = world()
    with projecting_views(home, made) as projector:
        record(projector, made, World.quarantine)
        wait_until(lambda: projector.position == made.ledger.position)
        assert projector.behind() == (0, 0.0)
    made.pause_account()
    with projecting_views(home, made) as projector:
        assert (rows_of(projector), projector.why_rebuilt) == (rows_from_scratch(made, tmp_path), None)


def test_reads_and_commits_go_on_during_a_rebuild(home: Path | str, tmp_path: Path) -> None:
    made = world()
    with projecting_views(home, made) as projector:
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


def test_one_rebuild_at_a_time(home: Path | str) -> None:
    made = world()
    with projecting_views(home, made) as projector:
        with held_rebuild(projector), pytest.raises(Conflict, match="being made anew already"):
            projector.rebuild()
        wait_until(lambda: projector.rebuilding is None)
        rebuild(projector)


def test_a_view_that_there_is_not_cannot_be_rebuilt(home: Path | str) -> None:
    made = world()
    with projecting_views(home, made) as projector, pytest.raises(InvalidInput) as refused:
        projector.rebuild(["call_index", "calls"])
    assert str(refused.value) == (
        "views: calls is none of recipient_status, attempt_index, call_index, campaign_summary, call_hours, quarantined, "
        "outcome_index"
    )
