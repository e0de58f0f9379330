"""Digits that wish a callback: how they are written, checked, stored and told."""

import pytest

from domain.script import Gather, Script, check_script, offered, offers_callbacks, scenes, script_of, written_script
from entrypoints.script_wording import way_in_words
from tests.domain.script.given import MENU, with_step


def asking(**callback: str) -> Script:
    return with_step(
        "menu", {**MENU["steps"]["menu"], "callback": {k.strip("_"): after for k, after in callback.items()}}
    )


def test_what_is_written_is_stored_and_read_again() -> None:
    script = asking(_1="2h")
    assert check_script(script) == []
    assert written_script(script)["steps"]["menu"]["callback"] == {"1": "2h"}
    assert script_of(written_script(script)) == script
    assert offers_callbacks(script)
    assert not offers_callbacks(script_of(MENU))


def test_digits_count_with_the_key_that_finishes_and_without() -> None:
    gather = asking(_1="2h", _2="1d").steps["menu"].exit
    assert isinstance(gather, Gather)
    assert offered(gather) == {"1": 7_200, "1#": 7_200, "2": 86_400, "2#": 86_400}


@pytest.mark.parametrize(
    "after", ["", "2", "h", "0h", "2 h", "-2h", "2H", "2w", "31d", "721h", "43201m", "99999d", "٢h"]
)
def test_a_time_that_is_none_or_too_far_is_named(after: str) -> None:
    (fault,) = check_script(asking(_1=after))
    assert (fault.path, fault.says) == (
        "script.steps.menu.callback.1",
        "must be a whole number of minutes, hours or days, from 1m to 30d, like 30m, 2h or 1d",
    )


@pytest.mark.parametrize("after", ["1m", "30m", "2h", "720h", "30d", "43200m"])
def test_minutes_hours_and_days_can_be_given(after: str) -> None:
    assert check_script(asking(_1=after)) == []


def test_digits_that_lead_nowhere_are_named() -> None:
    (fault,) = check_script(asking(_7="2h"))
    assert fault.path == "script.steps.menu.callback.7"
    assert fault.says.startswith("is for digits that lead nowhere")


def test_the_tree_says_what_is_wished() -> None:
    (scene, *_) = scenes(asking(_2="1d"), {})
    (following,) = scene.ways
    assert following.scene is not None
    assert [way_in_words(way) for way in following.scene.ways][:2] == [
        "pressed 1",
        "pressed 2, a callback wished for 1 day later",
    ]


def test_where_not_all_digits_of_a_way_wish_the_same_each_is_named() -> None:
    menu = {**MENU["steps"]["menu"], "on": {"1": "confirmed", "2": "agent", "3": "confirmed"}, "callback": {"3": "2h"}}
    (scene, *_) = scenes(with_step("menu", menu), {})
    assert scene.ways[0].scene is not None
    assert way_in_words(scene.ways[0].scene.ways[0]) == "pressed 1 or 3, by 3 a callback wished for 2 hours later"
