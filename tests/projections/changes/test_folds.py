"""What cannot be folded is left out of a fold, and costs the rest nothing."""

from unittest.mock import patch

from domain import call
from domain.call import CallState, ReportEvent
from projections.changes import folds
from tests.domain.given import call_told, report
from tests.projections.recording import at, call_recorded, delivered


def test_a_call_is_folded_but_for_what_cannot_be() -> None:
    created, bad, answered = report("call.created"), report("call.failed", 5), report("call.answered", 3)
    join = call.join

    def failing(state: CallState, told: ReportEvent, learned_at: object) -> CallState:
        if told == bad:
            raise OverflowError
        return join(state, told, at(10))

    with patch.object(call, "join", failing):
        found = folds.fold_call(delivered([created, bad, answered], [10, 10, 10]))
        nothing = folds.fold_call(call_recorded([bad]))

    assert nothing is None
    assert found is not None
    assert (found.outcome, found.state.reached) == (None, True)
    assert found.state.created_at == call_told([created, answered]).state.created_at
