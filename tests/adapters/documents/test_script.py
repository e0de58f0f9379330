"""A script as it is written: what it becomes, what is wrong with it, and how it is shown again."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings

from adapters.documents.campaign import parse_campaign
from adapters.documents.script import shown_script
from adapters.documents.script_reading import read_script, script_in
from application.commands.script_needs import missing_variable, needed_variables
from domain.errors import InvalidInput
from domain.script import Script, script_of, written_script
from tests.adapters.documents.scripts import CAMPAIGN, of_step
from tests.domain.script.given import MENU, menu
from tests.domain.script.strategies import broken_scripts, scripts
from tests.examples import examples

SLUG = "must be 1 to 64 of a-z, 0-9, '_' and '-', not starting with a sign, like main_menu"
UNKNOWN = "is not a field that is known here"
ONE_WAY = "give exactly one of next, gather, transfer, bridge, conference and end = true"
END: Mapping[str, Any] = {"actions": [{"say": "Goodbye."}], "end": True}
ASK: Mapping[str, Any] = {"gather": {"prompt": "Press 1."}, "no_input": "a"}
EVERY_ACTION = [
    {"say": "Hello {name}."},
    {"send_digits": {"digits": "12*#ABCDwW,", "pause_before_ms": 60_000}},
    {"hold": {}},
    {"resume": {}},
    {"mute": {"direction": "read"}},
    {"unmute": {}},
    {"start_recording": {}},
    {"stop_recording": {}},
    {"start_stream": {"stream_url": "wss://example.com/a?b=c", "track": "inbound"}},
    {"stop_stream": {}},
]


def stored(script: Mapping[str, Any]) -> Any:
    return parse_campaign({**CAMPAIGN, "script": script})[1].script


def fault(script: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parse_campaign({**CAMPAIGN, "script": script})
    return caught.value.field, caught.value.message


def test_a_script_is_stored_as_it_is_written() -> None:
    assert stored(MENU) == MENU
    assert stored(of_step(actions=EVERY_ACTION, end=True)) == of_step(actions=EVERY_ACTION, end=True)
    for way in (
        {"bridge": {"destination": "sip:desk@example.com;transport=tls", "timeout_seconds": 20}},
        {"conference": {"room": "team.A-1_b", "mute": True, "end_on_exit": False}},
    ):
        assert stored(of_step(**way)) == of_step(**way)


def test_what_says_nothing_is_not_stored() -> None:
    spelled_out = {**MENU["steps"]["menu"], "actions": [], "exhausted": None, "end": False, "tries_max": 3.0}
    spelled_out["gather"] = {**spelled_out["gather"], "min_digits": None}

    assert stored({**MENU, "steps": {**MENU["steps"], "menu": spelled_out}}) == MENU
    assert parse_campaign({**CAMPAIGN, "script": None})[1].script is None


@pytest.mark.parametrize(
    ("script", "field", "message"),
    [
        ([], "", "input should be a valid dictionary or instance of ScriptInput"),
        ({}, ".start", "is missing"),
        ({"start": "a"}, ".steps", "is missing"),
        ({"start": "a", "steps": {}}, ".steps", "dictionary should have at least 1 item after validation, not 0"),
        ({**MENU, "colour": "red"}, ".colour", UNKNOWN),
        ({"start": "Hello!", "steps": {"a": END}}, ".start", SLUG),
        ({"start": "a", "steps": {"A b": END}}, ".steps.A b", SLUG),
        ({"start": "b", "steps": {"a": END}}, ".start", "names step b, which there is not; there are a"),
        (of_step(), ".steps.a", f"has no way on; {ONE_WAY}"),
        (of_step(end=False), ".steps.a", f"has no way on; {ONE_WAY}"),
        (of_step(end=True, next="a"), ".steps.a", f"has next and end; {ONE_WAY}"),
        (of_step(end=1), ".steps.a.end", "input should be a valid boolean"),
        (of_step(**END, colour="red"), ".steps.a.colour", UNKNOWN),
        (
            of_step(**END, tries_max=2),
            ".steps.a",
            "has tries_max, which is for steps with gather; take it out",
        ),
        (
            of_step(**END, otherwise="a"),
            ".steps.a",
            "has otherwise, which is for steps with transfer, bridge or conference; take it out",
        ),
        (
            of_step(gather={"prompt": "x"}),
            ".steps.a",
            "asks, so it needs no_input: the step to go to when nothing is pressed",
        ),
        (of_step(**ASK, on={"x": "a"}), ".steps.a.on.x", "must be 1 to 32 of 0-9, * and #"),
        (of_step(**ASK, on={"1": "A"}), ".steps.a.on.1", SLUG),
        (of_step(**ASK, tries_max=11), ".steps.a.tries_max", "input should be less than or equal to 10"),
        (
            of_step(**{**ASK, "gather": {"prompt": "x", "timeout_seconds": 31}}),
            ".steps.a.gather.timeout_seconds",
            "input should be less than or equal to 30",
        ),
        (
            of_step(**{**ASK, "gather": {"prompt": "x", "finish_on_key": "##"}}),
            ".steps.a.gather.finish_on_key",
            "must be one of 0-9, * and #",
        ),
        (of_step(**{**ASK, "gather": {}}), ".steps.a.gather.prompt", "is missing"),
        (
            of_step(transfer={"destination": "tel:112"}),
            ".steps.a.transfer.destination",
            "must be a number in E.164 form like +15551230002, or a SIP address like sip:desk@example.com",
        ),
        (
            of_step(conference={"room": "my room"}),
            ".steps.a.conference.room",
            "must be 1 to 64 letters, digits, '.', '-' and '_'",
        ),
        (
            of_step(actions=[{"say": ""}], end=True),
            ".steps.a.actions[0].say",
            "string should have at least 1 character",
        ),
        (
            of_step(actions=[{"say": "x" * 2_001}], end=True),
            ".steps.a.actions[0].say",
            "string should have at most 2000 characters",
        ),
        (of_step(actions=[{"say": "{"}], end=True), ".steps.a.actions[0].say", "has a { without its other half"),
        (of_step(actions=[{}], end=True), ".steps.a.actions[0]", 'must be one action, like {"say": "Hello"}: '),
        (
            of_step(actions=[{"say": "x", "hold": {}}], end=True),
            ".steps.a.actions[0]",
            'must be one action, like {"say": "Hello"}: ',
        ),
        (of_step(actions=[{"dance": {}}], end=True), ".steps.a.actions[0].dance", UNKNOWN),
        (
            of_step(actions=[{"start_stream": {"stream_url": "ws://a"}}], end=True),
            ".steps.a.actions[0].start_stream.stream_url",
            "must be a wss:// address",
        ),
        (
            of_step(actions=[{"send_digits": {"digits": "E"}}], end=True),
            ".steps.a.actions[0].send_digits.digits",
            "must be 1 to 64 of 0-9, *, #, A-D, w, W and commas",
        ),
        (
            of_step(actions=[{"mute": {"direction": "left"}}], end=True),
            ".steps.a.actions[0].mute.direction",
            "input should be 'read', 'write' or 'both'",
        ),
        (
            {**of_step(**END), "defaults": {"first name": "x"}},
            ".defaults.first name",
            "is no variable's name; use 1 to 64 letters, digits and _, not starting with a digit",
        ),
    ],
)
def test_the_step_and_field_at_fault_are_named(script: Any, field: str, message: str) -> None:
    found, said = fault(script)

    assert (found, said[: len(message)]) == (f"script{field}", message)


def test_numbers_in_a_script_are_not_repeated_in_errors() -> None:
    _, said = fault(of_step(transfer={"destination": "+15551230002x"}))

    assert "+15551230002x" not in said


@settings(max_examples=examples(100), deadline=None)
@given(scripts())
def test_a_sound_script_is_stored_and_read_as_it_was(script: Script) -> None:
    assert script_of(stored(written_script(script))) == script


@settings(max_examples=examples(100), deadline=None)
@given(broken_scripts())
def test_a_broken_script_is_refused_with_its_place(script: Script) -> None:
    field, said = fault(written_script(script))

    assert field.startswith("script")
    assert said


def test_all_faults_are_told_to_who_checks_a_script() -> None:
    script, faults = read_script({**of_step(**END, colour="red", no_input="?"), "start": 1})

    assert script is None
    assert [(one.field, one.message) for one in faults] == [
        ("script.start", "input should be a valid string"),
        ("script.steps.a.no_input", SLUG),
        ("script.steps.a.colour", UNKNOWN),
    ]
    assert [one.field for one in read_script({**MENU, "start": "x", "on_missing_variable": "y"})[1]] == [
        "script.start",
        "script.on_missing_variable",
    ]
    assert [one.field for one in read_script([])[1]] == ["script"]
    assert read_script(MENU) == (menu(), [])


def test_a_script_is_found_by_itself_and_in_a_campaign() -> None:
    assert script_in(MENU) is MENU
    assert script_in({**CAMPAIGN, "script": MENU}) is MENU
    with pytest.raises(InvalidInput, match=r"script: is missing; write \[script\] with start"):
        script_in(CAMPAIGN)


def test_who_may_see_no_numbers_sees_no_destinations() -> None:
    script = {
        "start": "a",
        "steps": {
            "a": {
                "actions": [{"say": "Hi"}, {"start_stream": {"stream_url": "wss://example.com/token"}}],
                "transfer": {"destination": "+15551230009"},
                "otherwise": "b",
            },
            "b": {"bridge": {"destination": "sip:desk@example.com"}},
        },
    }

    assert shown_script(script, sees_numbers=True) == script
    assert shown_script(None, sees_numbers=False) is None
    assert shown_script(script, sees_numbers=False) == {
        "start": "a",
        "steps": {
            "a": {
                "actions": [{"say": "Hi"}, {"start_stream": {"stream_url": "wss:…"}}],
                "transfer": {"destination": "+15…09"},
                "otherwise": "b",
            },
            "b": {"bridge": {"destination": "sip:…"}},
        },
    }


def test_what_a_script_needs_of_each_recipient() -> None:
    assert needed_variables(None) == ()
    assert needed_variables({"no": "script"}) == ()
    assert needed_variables(MENU) == ("name",)
    assert [missing_variable(("name",), given) for given in ({}, {"name": " "}, {"name": "Ada"})] == [
        "name",
        "name",
        None,
    ]
