from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.call import ANSWERS_KEPT_MAX, INITIAL, AnswerServed, CallHistory, evolve, serve
from domain.call.decisions import ASIDES_KEPT_MAX

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(seconds: int, walk: str | None, **said: Any) -> AnswerServed:
    return AnswerServed(
        occurred_at=NINE + timedelta(seconds=seconds),
        step=f"step_{seconds}",
        request="{}",
        actions="{}",
        duration_ms=1.0,
        walk=walk,
        **said,
    )


def after(*events: AnswerServed) -> CallHistory:
    history = INITIAL
    for event in events:
        history = evolve(history, event, event.occurred_at)
    return history


BEGUN: dict[str, Any] = {"found_by": "call_id"}
ON: dict[str, Any] = {"found_by": "call_id", "place": "p", "heard": False}
HEARD: dict[str, Any] = {"found_by": "call_id", "place": "p", "heard": True}
NUMBERS: dict[str, Any] = {"found_by": "numbers"}
NUMBERS_HEARD: dict[str, Any] = {"found_by": "numbers", "place": "p", "heard": True}


@pytest.mark.parametrize(
    ("first", "second", "steps"),
    [
        (BEGUN, NUMBERS, "first"),
        (BEGUN, BEGUN, "first"),
        (NUMBERS, BEGUN, "second"),
        (BEGUN, ON, "second"),
        (ON, HEARD, "second"),
        (HEARD, HEARD, "first"),
        (ON, NUMBERS_HEARD, "second"),
        (HEARD, NUMBERS_HEARD, "first"),
        (NUMBERS_HEARD, HEARD, "second"),
        ({"why": "unknown_call"}, NUMBERS, "second"),
    ],
)
def test_the_walk_for_which_most_speaks_moves_the_step(first: Any, second: Any, steps: str) -> None:
    before = None if "why" in first else "a"

    found = after(told(1, before, **first), told(2, "b", **second)).state

    assert (found.step, found.served_at) == (
        ("step_1", NINE + timedelta(seconds=1)) if steps == "first" else ("step_2", NINE + timedelta(seconds=2))
    )


def test_a_walk_keeps_what_spoke_for_it() -> None:
    found = after(told(1, "a", **HEARD), told(2, "a", **ON), told(3, "b", **HEARD))

    assert (found.state.step, found.asides) == ("step_2", 1)


def test_what_was_told_before_walks_were_told_apart_is_one_walk() -> None:
    found = after(told(1, None), told(2, None, place="p"), told(3, "b", **HEARD), told(4, None, place="q"))

    assert (found.state.step, found.asides) == ("step_4", 1)


def test_of_other_walks_less_is_kept_than_there_is_room_for() -> None:
    history = after(told(0, "a", **BEGUN), *(told(n, f"b{n}", **NUMBERS) for n in range(1, ASIDES_KEPT_MAX + 1)))

    assert serve(history, told(90, "c", **NUMBERS)) == []
    assert serve(history, told(90, "a", **HEARD)) == [told(90, "a", **HEARD)]
    assert serve(history, told(90, "d", **HEARD)) == [told(90, "d", **HEARD)]


def test_of_its_own_walk_no_more_is_kept_either() -> None:
    history = after(*(told(n, "a", **HEARD) for n in range(ANSWERS_KEPT_MAX)))

    assert serve(history, told(900, "a", **HEARD)) == []
