"""What is wrong with a script, said before anybody is called."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings

from domain.script import Script, ScriptFault, check_script, documents_max, required_variables, script_of
from domain.script.check import ScriptFault as FaultOfCheck
from tests.domain.script.given import MENU, menu, with_step
from tests.domain.script.strategies import broken_scripts, scripts
from tests.examples import examples

SAY: Mapping[str, Any] = {"actions": [{"say": "Goodbye."}], "end": True}
ASK: Mapping[str, Any] = {"gather": {"prompt": "Press 1."}, "no_input": "goodbye"}


def bare(**steps: Mapping[str, Any]) -> Script:
    """A script of these steps, the first of which is its start."""
    return script_of({"start": next(iter(steps)), "steps": steps})


def only(script: Script) -> tuple[str, str]:
    (fault,) = check_script(script)
    return fault.path, fault.says


def test_nothing_is_wrong_with_the_example() -> None:
    assert check_script(menu()) == []
    assert (documents_max(menu()), required_variables(menu())) == (5, frozenset({"name"}))


def test_a_step_that_is_named_must_be_there() -> None:
    there = "which there is not; there are greeting, anonymous, menu, confirmed, agent, goodbye"

    assert only(menu(start="hello")) == ("script.start", f"names step hello, {there}")
    assert only(menu(on_missing_variable="none")) == ("script.on_missing_variable", f"names step none, {there}")
    for field, step in {
        "next": {"next": "none"},
        "on.1": {**MENU["steps"]["menu"], "on": {"1": "none"}},
        "no_input": {**MENU["steps"]["menu"], "no_input": "none"},
        "invalid": {**MENU["steps"]["menu"], "invalid": "none"},
        "timeout": {**MENU["steps"]["menu"], "timeout": "none"},
        "exhausted": {**MENU["steps"]["menu"], "exhausted": "none"},
        "otherwise": {"transfer": {"destination": "sip:a"}, "otherwise": "none"},
    }.items():
        assert only(with_step("menu", step)) == (f"script.steps.menu.{field}", f"names step none, {there}")


def test_every_step_must_be_reached() -> None:
    assert only(with_step("island", SAY)) == (
        "script.steps.island",
        "is reached from nowhere; name it in another step, or take it out",
    )
    assert check_script(menu(on_missing_variable=None))[0].path == "script.steps.anonymous"


def test_going_round_without_asking_is_refused_and_with_asking_is_not() -> None:
    assert only(bare(a={"next": "b"}, b={"actions": [{"hold": {}}], "next": "a"})) == (
        "script.steps.a.next",
        "goes round for ever without asking anybody (a, b, a); let one of these steps end, or ask",
    )
    assert only(bare(a={"transfer": {"destination": "sip:a"}, "otherwise": "a"}))[0] == "script.steps.a.otherwise"
    assert check_script(bare(a={"next": "b"}, b={**ASK, "invalid": "a"}, goodbye=SAY)) == []


def test_the_last_try_must_lead_away_from_its_question() -> None:
    back = {"gather": {"prompt": "Press 1."}, "no_input": "sorry", "on": {"1": "goodbye"}, "tries_max": 2}
    sorry = {"actions": [{"say": "Sorry."}], "next": "menu"}
    says = "leads back to menu after its last try; name in exhausted a step that does not"

    assert only(bare(menu=back, sorry=sorry, goodbye=SAY)) == ("script.steps.menu.no_input", says)
    assert only(bare(menu={**back, "exhausted": "sorry"}, sorry=sorry, goodbye=SAY)) == (
        "script.steps.menu.exhausted",
        says,
    )
    assert check_script(bare(menu={**back, "exhausted": "goodbye"}, sorry=sorry, goodbye=SAY)) == []


def test_the_step_for_missing_variables_may_need_none_and_not_come_back() -> None:
    assert only(
        menu(on_missing_variable="greeting", steps={k: v for k, v in MENU["steps"].items() if k != "anonymous"})
    ) == (
        "script.on_missing_variable",
        "leads to step greeting, which needs name; give it in defaults, or say it without",
    )
    hand = {"transfer": {"destination": "sip:a"}, "otherwise": "hello"}
    hello = {"actions": [{"say": "Hello {name}."}], "end": True}
    round_and_round = script_of(
        {"start": "hello", "on_missing_variable": "hand", "steps": {"hello": hello, "hand": hand}}
    )
    assert only(round_and_round) == (
        "script.on_missing_variable",
        "goes round for ever where a variable is missing (hand, hello, hand); let it end without coming back",
    )
    # A question is not asked where what it says is missing.
    asked = {"gather": {"prompt": "Press 1, {name}."}, "on": {"1": "goodbye"}, "no_input": "goodbye"}
    unasked = script_of(
        {
            "start": "hand",
            "on_missing_variable": "hand",
            "steps": {"hand": {**hand, "otherwise": "menu"}, "menu": asked, "goodbye": SAY},
        }
    )
    assert only(unasked) == (
        "script.on_missing_variable",
        "goes round for ever where a variable is missing (hand, menu, hand); let it end without coming back",
    )


def test_a_call_fetches_no_more_documents_than_minivoice_allows() -> None:
    questions = {f"q{nth}": {**ASK, "no_input": f"q{nth + 1}", "tries_max": 5} for nth in range(4)}
    script = bare(**questions, q4=SAY)

    assert only(script) == (
        "script.steps",
        (
            "may take 21 answers in one call (the first, one for each try of a question and for each otherwise); "
            "MiniVoice asks for 20 at most: take away tries or questions"
        ),
    )
    assert check_script(bare(**{**questions, "q3": {**ASK, "no_input": "q4", "tries_max": 4}}, q4=SAY)) == []


def test_a_handing_over_that_can_come_again_counts_as_often_as_it_can() -> None:
    script = bare(
        menu={**ASK, "on": {"1": "agent"}, "tries_max": 3},
        agent={"transfer": {"destination": "sip:a"}, "otherwise": "menu"},
        goodbye=SAY,
    )

    assert (check_script(script), documents_max(script)) == ([], 1 + 3 + 4)


def test_an_answer_without_any_action_is_refused() -> None:
    says = "leads to an answer without any action, in step b; let it say something"

    assert only(bare(a={"next": "b"}, b={"end": True})) == ("script.start", says)
    assert only(bare(a={**ASK, "no_input": "b"}, b={"end": True})) == ("script.steps.a.no_input", says)
    assert check_script(bare(a={"actions": [{"say": "Hello."}], "next": "b"}, b={"end": True})) == []


def test_an_answer_has_a_bounded_number_of_actions() -> None:
    steps = {f"s{nth}": {"actions": [{"say": "la"}] * 20, "next": f"s{nth + 1}"} for nth in range(6)}

    assert only(bare(**steps, s6={"end": True})) == (
        "script.start",
        "leads to 120 actions in one answer; 100 are the most",
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (" ", "has nothing to say; write a text"),
        ("Hello {name", "has a { without its other half; write {name}, or {{ for a brace"),
        ("Hello }", "has a } without its other half; write {name}, or }} for a brace"),
        (
            "{first name}",
            "has braces around something that is no variable's name; write {name} with letters, digits and _",
        ),
        ("{Number}", "has {Number}, which is a column of its own and no variable; copy it into another"),
        ("{a}" * 21, "has more than 20 variables in it; say it in two actions"),
    ],
)
def test_a_text_that_cannot_be_said_is_named(text: str, fault: str) -> None:
    for step, field in (
        ({"actions": [{"hold": {}}, {"say": text}], "end": True}, "actions[1].say"),
        ({**ASK, "gather": {"prompt": text}}, "gather.prompt"),
    ):
        found, says = only(bare(a=step, goodbye=SAY)) if "gather" in step else only(bare(a=step))
        assert (found, says.startswith(fault)) == (f"script.steps.a.{field}", True)


@pytest.mark.parametrize(
    ("gather", "on", "field", "fault"),
    [
        ({"num_digits": 1, "max_digits": 2}, {}, "gather.num_digits", "says exactly how many"),
        ({"min_digits": 3, "max_digits": 2}, {}, "gather.min_digits", "must not be more than max_digits"),
        ({}, {"12": "goodbye"}, "on.12", "can never be pressed: the question takes 1 digits at most"),
        ({"max_digits": 2}, {"123": "goodbye"}, "on.123", "can never be pressed: the question takes 2 digits at most"),
        ({"min_digits": 2}, {}, "gather.min_digits", "needs max_digits beside it"),
        (
            {"min_digits": 2, "max_digits": 3},
            {"1": "goodbye"},
            "on.1",
            "can never be pressed: the question takes 2 at least",
        ),
        ({"finish_on_key": "#"}, {"#": "goodbye"}, "on.#", "can never be pressed: # finishes the question"),
    ],
)
def test_a_question_must_be_able_to_get_its_answers(
    gather: dict[str, Any], on: dict[str, str], field: str, fault: str
) -> None:
    found, says = only(bare(a={**ASK, "gather": {"prompt": "Press 1.", **gather}, "on": on}, goodbye=SAY))

    assert (found, says.startswith(fault)) == (f"script.steps.a.{field}", True)


def test_defaults_and_the_safe_text_are_looked_at_too() -> None:
    assert only(menu(defaults={"day": "\u200b"}))[0] == "script.defaults.day"
    assert only(menu(safe_text="Goodbye {name}."))[0] == "script.safe_text"
    assert only(menu(safe_text=" "))[0] == "script.safe_text"


def test_a_default_makes_a_variable_optional() -> None:
    assert required_variables(menu(defaults={"name": "you", "day": "soon"})) == frozenset()


def test_a_fault_of_the_whole_script_names_the_script() -> None:
    assert ScriptFault is FaultOfCheck
    assert [
        fault.path for fault in (ScriptFault("", "start", ""), ScriptFault("a", "", ""), ScriptFault("a", "on.1", ""))
    ] == [
        "script.start",
        "script.steps.a",
        "script.steps.a.on.1",
    ]


@settings(max_examples=examples(150), deadline=None)
@given(broken_scripts())
def test_a_broken_script_never_passes(script: Script) -> None:
    faults = check_script(script)

    assert faults
    assert all(fault.path.startswith("script.") and fault.says for fault in faults)


@settings(max_examples=examples(100), deadline=None)
@given(scripts())
def test_a_script_survives_being_checked_again(script: Script) -> None:
    assert check_script(script) == []
