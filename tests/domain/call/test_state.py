"""What is read from the state of a call."""

from itertools import permutations

import pytest

from domain.call import (
    INITIAL,
    ReportEvent,
    report_name,
)
from domain.call.facts import Terminal
from tests.domain.given import (
    at,
    call_after,
    call_told,
    report,
)


def test_nothing_is_known_of_a_call_before_the_first_event() -> None:
    state = INITIAL.state

    assert call_after() == INITIAL
    assert call_after(report("call.created")) != INITIAL
    assert (state.phase, state.outcome, state.reached, state.step, state.claim) == ("dialing", None, False, None, None)
    assert (state.terminal, state.ended_at, state.contested) == (None, None, False)


@pytest.mark.parametrize(
    ("names", "phase", "outcome", "reached"),
    [
        (["call.created"], "dialing", None, False),
        (["recording.started"], "in_progress", None, True),
        (["call.answered"], "in_progress", None, True),
        (["call.completed"], "ended", "completed", False),
        (["call.failed"], "ended", "failed", False),
        (["call.canceled"], "ended", "canceled", False),
        (["call.answered", "call.completed"], "ended", "completed", True),
        (["call.completed", "call.answered", "call.created"], "ended", "completed", True),
    ],
)
def test_phase_and_outcome_follow_from_what_was_seen(
    names: list[str], phase: str, outcome: str | None, reached: bool
) -> None:
    for order in permutations(names):
        state = call_told(report(name) for name in order).state
        assert (state.phase, state.outcome, state.reached) == (phase, outcome, reached)


@pytest.mark.parametrize(
    ("counts", "loses"),
    [
        (report("call.canceled", 9), report("call.completed", None)),
        (report("call.canceled", 1), report("call.completed", 2)),
        (report("call.completed", 1), report("call.failed", 1)),
        (report("call.failed", 1), report("call.canceled", 1)),
        (report("call.completed", None), report("call.failed", None)),
        (report("call.failed", 1, source="api"), report("call.completed", 2)),
    ],
)
def test_among_reports_of_the_end_the_order_of_the_design_chooses(counts: ReportEvent, loses: ReportEvent) -> None:
    for order in permutations([counts, loses]):
        state = call_told(order).state
        assert state.terminal is not None
        assert state.terminal.digest == counts.digest
        assert state.ended_at == counts.occurred_at
        assert [t.contradicts(state.terminal) for t in state.ends.told if t != state.terminal] == [
            report_name(counts) != report_name(loses)
        ]


def test_among_equal_ends_the_digest_chooses() -> None:
    ends = [report("call.completed", 1, note=str(n)) for n in range(4)]

    assert {call_told(order).state.terminal for order in permutations(ends)} == {
        Terminal(False, at(1), 0, min(end.digest for end in ends), at(1))
    }


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        (("call.completed", 1), ("call.completed", 1), False),
        (("call.completed", 1), ("call.completed", None), False),
        (("call.completed", None), ("call.completed", None), False),
        (("call.completed", 1), ("call.completed", 2), True),
        (("call.completed", 1), ("call.completed", 1.9), False),
        (("call.completed", 1), ("call.failed", 1), True),
        (("call.completed", 1), ("call.failed", None), True),
    ],
)
def test_two_ends_contradict_by_outcome_or_by_stamped_time(
    one: tuple[str, float | None], other: tuple[str, float | None], contradict: bool
) -> None:
    ends = call_told([report(*one, note="one"), report(*other, note="other")]).state.ends.told
    first, second = ends

    assert first.contradicts(second) is contradict
    assert second.contradicts(first) is contradict


def test_an_answer_without_a_time_is_an_answer() -> None:
    state = call_told([report("call.answered", None)]).state

    assert (state.reached, state.answered_at, state.phase) == (True, None, "in_progress")
