"""Whether anybody is left, and what it costs to know that, and to count those whom time moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from domain.policy import ConsentRules, Policy
from domain.status import STATUSES, Status
from projections import campaign_summary, recipient_status
from projections.changes import Standing, TimedStanding
from projections.read_time_rules import ReadTimeRules
from projections.recipient_status import STATUS, WhoWaits
from projections.recipient_status.rows import standing_values
from projections.row_writes import insert_rows
from projections.store import EPOCH
from projections.views import snapshot
from tests.projections.agreement import assert_rows_are_what_the_folds_say
from tests.projections.history import ONE, World, world
from tests.projections.kept_views import catch_up, new_store
from tests.projections.kept_world import SECOND
from tests.projections.recounted import Recounted

RUNNING = ReadTimeRules(False)
NOW = EPOCH + timedelta(days=20_000)
ZONES = ("zone:Europe/Berlin", "zone:America/New_York")
NOBODY: dict[Status, int] = dict.fromkeys(STATUSES, 0)
STEPS_A_CALL = 100


@pytest.mark.parametrize("act", [lambda made: made.suppress(ONE, 10), lambda made: made.hold(ONE)])
def test_a_hold_without_an_end_or_a_suppression_leaves_nobody_due_later(
    tmp_path: Path, act: Callable[[World], None]
) -> None:
    made = world(ONE)
    act(made)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            summary = campaign_summary.counters_now(taken.connection, 1).summary()
            waits = WhoWaits(taken.connection, 1, summary.statuses, summary.queued_zones, summary.zones)
            assert [waits.is_anybody_due_later(RUNNING, made.now + by * SECOND) for by in (0, 5)] == [False, False]


@pytest.mark.parametrize("lasts", [5, 25])
def test_a_consent_that_ends_during_or_after_a_suppression_leaves_nobody(tmp_path: Path, lasts: float) -> None:
    made = world()
    made.create("agreed", Policy(consent=ConsentRules(required=True)))
    made.change("agreed", "start")
    made.enroll(ONE, "agreed")
    made.consent(ONE, "agreed", lasts)
    made.suppress(ONE, 15)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        assert_rows_are_what_the_folds_say(store, Recounted(made.ledger))
        with snapshot(store) as taken:
            number = next(n for n, one in campaign_summary.campaigns(taken.connection).items() if one == "agreed")
            summary = campaign_summary.counters_now(taken.connection, number).summary()
            waits = WhoWaits(taken.connection, number, summary.statuses, summary.queued_zones, summary.zones)
            later = made.now + 100 * SECOND
            counts = recipient_status.counts(
                taken.connection, number, summary.statuses, summary.queued_zones, RUNNING, None, later
            )
            assert counts == {**NOBODY, "held": 1}
            assert not waits.is_anybody_open(RUNNING, later)
            assert not waits.is_anybody_due_later(RUNNING, later)
            page, _ = recipient_status.page_with_status(
                taken.connection, number, "held", RUNNING, summary.zones, 0, 10, None, later
            )
            assert len(page) == 1


@contextmanager
def in_gaps(folder: Path, people: int, gap: timedelta) -> Iterator[Connection]:
    """The views of a campaign whose people were all called in vain, and may be called again after a gap."""
    standing = Standing(
        status="held", since=NOW, position=2, reason="retry_gap", then=TimedStanding(NOW + gap, "queued", None)
    )
    with new_store(folder / f"{people}.db") as store:
        with store.writing() as connection:
            rows = [(at, at, *standing_values(1, ZONES[at % 2], standing)) for at in range(1, people + 1)]
            insert_rows(connection, STATUS, rows)
        with store.reading() as connection:
            yield connection


def steps_of(connection: Connection, act: Callable[[], object]) -> int:
    """How many hundreds of steps SQLite takes for what is done."""
    taken = 0

    def stepped() -> None:
        nonlocal taken
        taken += 1

    driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(stepped, STEPS_A_CALL)
    act()
    driver.set_progress_handler(None, 0)
    return taken


@pytest.mark.parametrize(("gap", "is_over"), [(timedelta(hours=1), False), (timedelta(hours=-1), True)])
def test_whether_anybody_is_left_takes_no_longer_where_many_wait(
    tmp_path: Path, gap: timedelta, *, is_over: bool
) -> None:
    def steps(people: int) -> int:
        with in_gaps(tmp_path, people, gap) as connection:
            waits = WhoWaits(connection, 1, NOBODY, {}, ZONES)
            found: list[bool] = []
            looked = steps_of(connection, lambda: found.append(waits.is_anybody_open(RUNNING, NOW)))
            looked += steps_of(connection, lambda: found.append(waits.is_anybody_due_later(RUNNING, NOW)))
            assert found == [is_over, True]
            return looked

    assert steps(4_000) <= steps(200) + 1


def test_counting_those_whom_time_moves_sorts_nothing_and_looks_at_no_enrolment(tmp_path: Path) -> None:
    people = 4_000
    with in_gaps(tmp_path, people, timedelta(hours=1)) as connection:
        found: dict[Status, int] = {}
        steps = steps_of(
            connection,
            lambda: found.update(recipient_status.counts(connection, 1, NOBODY, {}, RUNNING, None, NOW)),
        )
    assert found == {**NOBODY, "held": people}
    assert steps * STEPS_A_CALL < 25 * people
