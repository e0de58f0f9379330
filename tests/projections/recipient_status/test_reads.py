"""Single rows, and people by their number or by what holds them."""

from pathlib import Path

import pytest

from projections import recipient_status
from projections.views import snapshot
from tests.projections.history import AUTUMN, CAMPAIGNS, ONE, SPRING, THREE, TWO, world
from tests.projections.kept_views import catch_up, new_store
from tests.projections.kept_world import stream_of
from tests.projections.recounted import Recounted


def test_a_row_has_what_the_enrolment_said(tmp_path: Path) -> None:
    made = world()
    made.enroll(ONE, SPRING, zone="Europe/Vienna")
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            (row,) = recipient_status.page(taken.connection, 1, 0, 10, None)
            assert recipient_status.page(taken.connection, 1, 0, 10, 2) == []
    assert row.enrollment == recipient_status.EnrollmentRow(
        place=3,
        stream=stream_of(ONE),
        number=ONE,
        zone="Europe/Vienna",
        zone_key="Europe/Vienna",
        variables={"name": ONE},
        reference=f"crm {ONE}",
    )


@pytest.mark.parametrize(
    ("prefix", "found"),
    [("+1555", [ONE, TWO]), ("+49", [THREE]), (ONE, [ONE]), ("+15551230009", []), ("+4", [THREE]), ("+5", [])],
)
def test_people_are_found_by_how_their_number_begins(tmp_path: Path, prefix: str, found: list[str]) -> None:
    made = world(ONE, TWO, THREE)
    made.create(AUTUMN)
    made.enroll(ONE, AUTUMN)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            streams = recipient_status.streams_with_prefix(taken.connection, prefix)
    assert streams == [stream_of(number) for number in found]


def test_who_waits_for_the_end_of_another_call_is_known(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    made.create(AUTUMN)
    made.enroll(ONE, AUTUMN)
    made.start(ONE, SPRING)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            numbers = Recounted(made.ledger).numbers
            held = [recipient_status.streams_held_by_calls(taken.connection, numbers[i], 10) for i in CAMPAIGNS]
    assert held == [[], [stream_of(ONE)]]
