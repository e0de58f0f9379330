from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.call import AnswerServed
from domain.script import check_script, document, next_step, script_of
from domain.script.walk import BEGINNING, NothingPressed, Place, Pressed, Redirect
from projections.steps_told import steps_told

SCRIPT = script_of(
    {
        "start": "hello",
        "on_missing_variable": "plain",
        "steps": {
            "hello": {"actions": [{"say": "Hello {name}."}], "next": "menu"},
            "menu": {
                "gather": {"prompt": "1 or 2?"},
                "on": {"1": "agent", "2": "short"},
                "no_input": "menu",
                "tries_max": 2,
                "exhausted": "sorry",
            },
            "agent": {"actions": [{"say": "Wait."}], "next": "desk"},
            "desk": {"transfer": {"destination": "+15550100009"}, "otherwise": "sorry"},
            "short": {"actions": [{"say": "Fine."}], "next": "bye"},
            "sorry": {"actions": [{"say": "Sorry."}], "next": "bye"},
            "bye": {"actions": [{"say": "Bye."}], "end": True},
            "plain": {"actions": [{"say": "Good day."}], "end": True},
        },
    }
)


def served(step: str | None, **more: Any) -> AnswerServed:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return AnswerServed(occurred_at=at, step=step, request="{}", actions="[]", duration_ms=1.0, walk="a", **more)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([], set()),
        ([served(None, why="no_script")], set()),
        ([served("menu")], {"hello", "menu"}),
        ([served("menu"), served("desk")], {"hello", "menu", "agent", "desk"}),
        ([served("menu"), served("desk"), served("bye")], {"hello", "menu", "agent", "desk", "sorry", "bye"}),
        ([served("menu"), served("menu"), served("bye")], {"hello", "menu", "bye"}),
        ([served("menu"), served("menu", again=True), served("bye")], {"hello", "menu", "short", "bye"}),
        ([served("plain", why="missing_variable")], {"plain"}),
        ([served("of_another_version")], set()),
    ],
)
def test_what_was_told_follows_from_the_last_step_of_each_answer(answers: list[AnswerServed], told: set[str]) -> None:
    assert check_script(SCRIPT) == []
    assert steps_told(SCRIPT, answers) == told


@given(st.lists(st.sampled_from(["", "1", "2", "7"]), max_size=4))
def test_nothing_is_said_to_be_told_that_was_not_and_each_last_step_is(keys: list[str]) -> None:
    place, step, answers, truth = BEGINNING, SCRIPT.start, [], set()
    for pressed in [*keys, "", "", ""]:
        shown = document(SCRIPT, step, place, {"name": "Ada"})
        answers.append(served(shown.steps[-1]))
        truth |= set(shown.steps)
        last = shown.actions[-1]
        if not isinstance(last, Redirect):
            break
        place = last.place
        step = next_step(SCRIPT, place, Pressed(pressed) if pressed else NothingPressed())

    told = steps_told(SCRIPT, answers)

    assert told <= truth
    assert {one.step for one in answers} <= told
    assert isinstance(place, Place)
