"""A script as it is written, and read again."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from domain.errors import InvalidInput
from domain.script import Script, script_of, written_script
from tests.domain.script.given import MENU, menu
from tests.domain.script.strategies import scripts
from tests.examples import examples


def test_what_is_written_is_read_and_written_again_without_what_it_has_anyway() -> None:
    with_defaults = {
        **MENU,
        "steps": {
            **MENU["steps"],
            "menu": {**MENU["steps"]["menu"], "actions": [], "exhausted": None},
            "goodbye": {**MENU["steps"]["goodbye"], "tries_max": 1},
        },
    }

    asking = {"gather": {"prompt": "x", "timeout_seconds": 5}, "no_input": "b", "tries_max": 1, "on": {}}
    muting = {"actions": [{"mute": {"direction": "both"}}], "end": True}

    assert written_script(script_of({"start": "a", "steps": {"a": asking, "b": muting}, "defaults": {}})) == {
        "start": "a",
        "steps": {
            "a": {"gather": {"prompt": "x"}, "no_input": "b"},
            "b": {"actions": [{"mute": {}}], "end": True},
        },
    }
    assert written_script(menu()) == MENU
    assert written_script(script_of(with_defaults)) == MENU


@settings(max_examples=examples(100), deadline=None)
@given(scripts())
def test_reading_what_was_stored_gives_the_same_script(script: Script) -> None:
    stored = msgspec.json.decode(msgspec.json.encode(written_script(script)))

    assert script_of(stored) == script


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"start": "greeting"},
        {"start": "a", "steps": {"a": {}}},
        {"start": "a", "steps": {"a": {"end": False}}},
        {"start": "a", "steps": {"a": {"end": True, "unknown": 1}}},
        {"start": "a", "steps": {"a": {"gather": {"prompt": "x"}}}},
        {"start": "a", "steps": {"a": {"gather": {"text": "x"}, "no_input": "a"}}},
        {"start": "a", "steps": {"a": {"actions": [{}], "end": True}}},
        {"start": "a", "steps": {"a": {"actions": [{"dance": {}}], "end": True}}},
        {"start": "a", "steps": {"a": {"actions": [{"say": {"text": "x"}}], "end": True}}},
        {"start": "a", "steps": {"a": {"actions": [{"hold": {"x": 1}}], "end": True}}},
        {"start": "a", "steps": {"a": {"actions": [{"hold": {}, "say": "x"}], "end": True}}},
        {"start": "a", "steps": {"a": {"transfer": {}}}},
        {"start": "a", "steps": []},
    ],
)
def test_what_is_no_script_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="script: cannot be read: "):
        script_of(written)
