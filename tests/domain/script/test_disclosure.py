"""A call says at its beginning what it has to say of itself, whichever step that is."""

from collections.abc import Mapping
from typing import Any

import pytest

from domain.script import disclosure_faults, says_it, script_of
from tests.domain.script.given import MENU

WANTED = "your parcel comes"


def faulty_steps(written: Mapping[str, Any], wanted: str = WANTED) -> list[str]:
    return [fault.step for fault in disclosure_faults(script_of(written), wanted)]


def test_both_steps_with_which_a_call_may_begin_have_to_say_it() -> None:
    assert faulty_steps(MENU) == []
    assert faulty_steps(MENU, "Press 1 to confirm") == ["greeting", "anonymous"]
    assert faulty_steps({**MENU, "start": "anonymous"}) == []
    steps = {**MENU["steps"], "anonymous": {"actions": [{"say": "Hello."}], "next": "menu"}}
    assert faulty_steps({**MENU, "steps": steps}) == ["anonymous"]
    (fault,) = disclosure_faults(script_of({**MENU, "steps": steps}), WANTED)
    assert fault.path == "script.steps.anonymous.actions"
    assert WANTED in fault.says


def test_a_question_says_it_as_well() -> None:
    assert faulty_steps({**MENU, "start": "menu", "on_missing_variable": None}, "press 1 to CONFIRM") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hello, I am an  automated\nassistant.", True),
        ("I AM AN AUTOMATED ASSISTANT", True),
        ("I am automated", False),
        ("", False),
    ],
)
def test_it_is_found_however_it_is_spaced_and_capitalised(text: str, says: bool) -> None:
    assert says_it(text, "an automated assistant") is says
