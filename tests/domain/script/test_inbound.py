from typing import Any

import pytest

from domain.script import Script, check_inbound, check_script, script_of


def script(**fields: Any) -> Script:
    return script_of(fields)


def _steps(text: str) -> dict[str, object]:
    return {"hello": {"actions": [{"say": text}], "end": True}}


@pytest.mark.parametrize("text", ["Hello {name}.", "We call {name} about {order}.", "{town}"])
def test_whoever_rings_is_told_nothing_that_is_known_of_a_recipient(text: str) -> None:
    written = script(start="hello", steps=_steps(text), defaults={"order": "your order"})

    assert check_script(written) == []
    (fault,) = check_inbound(written)
    assert (fault.step, fault.field) == ("hello", "actions[0].say")
    assert "told nothing of a recipient" in fault.says


def test_a_variable_with_a_default_is_said_as_the_default() -> None:
    assert check_inbound(script(start="hello", steps=_steps("We are {us}."), defaults={"us": "Example"})) == []


def test_what_is_wrong_with_any_script_is_wrong_with_this_one() -> None:
    assert [one.field for one in check_inbound(script(start="gone", steps=_steps("Hello.")))] == ["start"]
