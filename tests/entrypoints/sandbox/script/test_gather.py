from collections import Counter
from collections.abc import Mapping

import pytest

from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.script.gather import Does, GatherAction, GatheredDigits, hear

MENU = {"prompt": "Press 1 for sales or 2 for support.", "finish_on_key": "#"}
AT_ONCE: dict[str, object] = {"press_seconds": 0, "wait_factor": 0}


def heard(fields: Mapping[str, object], nth: int = 1, **settings: object) -> GatheredDigits:
    chosen = SandboxSettings.model_validate(AT_ONCE | settings)
    return hear(Chance(1), chosen, GatherAction.of(fields), nth, ("api", "+15551230002", 1))


def shares(fields: Mapping[str, object], **settings: object) -> dict[tuple[str, str], float]:
    chosen, chance, gather = SandboxSettings.model_validate(settings), Chance(3), GatherAction.of(fields)
    found = [hear(chance, chosen, gather, 1, ("api", f"+1555{nth}", 1)) for nth in range(4_000)]
    counts = Counter((one.does.value, one.digits) for one in found)
    return {what: round(count / 4_000, 1) for what, count in counts.items()}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, GatherAction("", 1, 1, 5, "#")),
        ({"num_digits": 4}, GatherAction("", 4, 4, 5, "#")),
        ({"num_digits": 4, "min_digits": 2}, GatherAction("", 2, 4, 5, "#")),
        ({"num_digits": 4, "max_digits": 2}, GatherAction("", 2, 2, 5, "#")),
        (
            {"max_digits": 6, "timeout_seconds": 9, "finish_on_key": "", "prompt": "Hm"},
            GatherAction("Hm", 1, 6, 9, ""),
        ),
    ],
)
def test_what_a_gather_leaves_open_has_a_default(fields: dict[str, object], expected: GatherAction) -> None:
    assert GatherAction.of(fields) == expected


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("Press 1 for billing or 2 for technical support.", "12"),
        ("Press 1, 2 or *. Then press #.", "12*"),
        ("Press 3, 3 or 1!", "31"),
        ("Your 24 hours: 1.5 or +1555, room B2.", ""),
        ("", ""),
    ],
)
def test_a_prompt_names_the_keys_that_stand_alone_in_it(prompt: str, keys: str) -> None:
    assert GatherAction.of({"prompt": prompt}).named_keys() == keys


def test_callers_press_named_keys_or_nothing() -> None:
    assert shares(MENU, press_rate=0.8) == {("presses", "1"): 0.4, ("presses", "2"): 0.4, ("silent", ""): 0.2}


def test_callers_press_any_key_but_the_finishing_one_where_none_is_named() -> None:
    pressed = shares({"finish_on_key": "*"}, press_rate=1)
    assert {digits for _, digits in pressed} == set("0123456789#")


@pytest.mark.parametrize(
    ("rates", "does"),
    [
        ({"hang_up_rate": 1, "silent_rate": 1, "wrong_digit_rate": 1}, Does.HANGS_UP),
        ({"silent_rate": 1, "wrong_digit_rate": 1}, Does.SILENT),
        ({"wrong_digit_rate": 1, "press_rate": 0}, Does.PRESSES_WRONG),
        ({"press_rate": 0}, Does.SILENT),
        ({"press_rate": 1}, Does.PRESSES),
    ],
)
def test_the_first_that_hits_wins(rates: dict[str, object], does: Does) -> None:
    assert heard(MENU, 1, **rates).does is does


def test_a_wrong_digit_is_one_that_the_prompt_does_not_name() -> None:
    pressed = shares(MENU, wrong_digit_rate=1)
    assert {does for does, _ in pressed} == {"presses_wrong"}
    assert {digits for _, digits in pressed} == set("034567890*") - set("12")


def test_the_first_gathers_may_be_fixed() -> None:
    fixed = {"press": "2,silent,hang_up,7", "press_rate": 1}
    found = [(heard(MENU, nth, **fixed).does, heard(MENU, nth, **fixed).digits) for nth in (1, 2, 3, 4)]
    assert found == [("presses", "2"), ("silent", ""), ("hangs_up", ""), ("presses", "7")]
    assert heard(MENU, 5, **fixed).digits in {"1", "2"}


@pytest.mark.parametrize(
    ("fields", "pressed", "digits", "complete", "waits"),
    [
        ({}, "12", "1", True, False),
        ({"num_digits": 4}, "1234", "1234", True, False),
        ({"num_digits": 4}, "12", "12", False, True),
        ({"num_digits": 4}, "12#", "12", False, True),
        ({"min_digits": 2, "max_digits": 4}, "12#4", "12", True, False),
        ({"min_digits": 2, "max_digits": 4}, "12", "12", True, True),
        ({"min_digits": 2, "max_digits": 4, "finish_on_key": ""}, "12#45", "12#4", True, False),
        ({}, "#", "", False, True),
        ({}, "silent", "", False, True),
    ],
)
def test_a_gather_takes_what_it_may_and_times_out_with_too_little(
    fields: dict[str, object], pressed: str, digits: str, complete: bool, waits: bool
) -> None:
    found = heard(fields, press=pressed, wait_factor=1)
    assert (found.digits, found.complete, found.after_seconds) == (digits, complete, 5 if waits else 0)


def test_callers_press_as_many_as_are_asked_for_and_finish_where_more_could_come() -> None:
    assert len(heard({"num_digits": 4}, press_rate=1).digits) == 4
    two = heard({"min_digits": 2, "max_digits": 9}, press_rate=1, wait_factor=1)
    assert (len(two.digits), two.complete, two.after_seconds) == (2, True, 0)


def test_what_is_heard_is_told_as_documented() -> None:
    data = heard(MENU, press="2").data(GatherAction.of(MENU))
    documented = {"min_digits": 1, "max_digits": 1, "timeout_seconds": 5, "finish_on_key": "#"}
    assert data == {"digits": "2", "status": "completed", "timed_out": False, **documented}
    silent = heard(MENU, press="silent").data(GatherAction.of(MENU))
    assert silent == {"digits": "", "status": "timeout", "timed_out": True, **documented}


def test_time_goes_by_until_a_key_is_pressed_or_the_gather_gives_up() -> None:
    assert 2 <= heard(MENU, press="1", press_seconds="2:3").after_seconds <= 3
    assert heard(MENU, press="silent", press_seconds="2:3", wait_factor=0.5).after_seconds == 2.5
    assert 0 < heard(MENU, press="hang_up", wait_factor=1).after_seconds < 5
