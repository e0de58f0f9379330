from pathlib import Path

from domain.call import CallSnapshot as Said
from domain.recipient import all_spelled
from projections.calls_of import latest_of, numbers_of_nobodys_calls
from projections.views import snapshot
from tests.domain.given import report
from tests.projections.history import NUMBERS, World
from tests.projections.kept_views import catch_up, new_store
from tests.projections.kept_world import stream_of

ONE, TWO, _ = NUMBERS
CALLER = "+15559870000"
SAID = Said(direction="outbound", from_number=CALLER, to_number=ONE)


def test_somebodys_calls_are_found_the_last_first_and_those_that_nobody_claims_by_number(tmp_path: Path) -> None:
    made = World()
    made.create("spring")
    made.change("spring", "start")
    made.enroll(ONE, "spring")
    made.start(ONE, "spring")
    made.accept(ONE)
    before = len(made.ledger.feed)
    made.tell("others", report("call.created", 4, snapshot=SAID))
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            of = all_spelled(ONE, stream_of)
            assert latest_of(taken.connection, of, 1_000, 10) == ["others", "call_of_a1"]
            assert latest_of(taken.connection, of, 1_000, 1) == ["others"]
            assert latest_of(taken.connection, of, before, 10) == ["call_of_a1"]
            assert numbers_of_nobodys_calls(taken.connection, [ONE, TWO, CALLER]) == {ONE, CALLER}
            assert numbers_of_nobodys_calls(taken.connection, []) == set()
