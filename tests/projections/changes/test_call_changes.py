from pathlib import Path

import pytest

from tests.domain.given import report
from tests.projections.agreement import assert_rows_are_what_the_folds_say
from tests.projections.history import ONE, SPRING, TWO, World
from tests.projections.kept_views import new_store, writer_on
from tests.projections.recounted import Recounted


@pytest.mark.parametrize("batch", [1, 100])
def test_a_call_that_two_people_are_said_to_have_moves_both(tmp_path: Path, batch: int) -> None:
    made = World()
    made.create(SPRING)
    made.change(SPRING, "start")
    for number in (ONE, TWO):
        made.enroll(number, SPRING)
        made.start(number, SPRING)
        made.leave_unresolved(number)
        made.match(number, made.person(number).attempts[0], "c", "person")
    made.tell("c", report("call.answered", 1))
    made.tell("c", report("call.completed", 2))
    with new_store(tmp_path / "views.db") as store:
        writer = writer_on(store, made.ledger)
        while writer.position < made.ledger.position:
            writer.advance(made.ledger.read_feed(writer.position, batch))
        expected = Recounted(made.ledger)
        assert [one.shown.status for one in expected.recipients(SPRING, made.now)] == ["reached", "reached"]
        assert_rows_are_what_the_folds_say(store, expected)
