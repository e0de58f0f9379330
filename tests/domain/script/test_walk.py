"""What a call hears, document by document."""

from itertools import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.script import (
    BEGINNING,
    SAFE_TEXT,
    Ask,
    Document,
    Heard,
    NotHeard,
    NothingPressed,
    Place,
    Pressed,
    Redirect,
    Say,
    Script,
    ScriptFault,
    StartRecording,
    Transfer,
    check_script,
    document,
    documents_max,
    heard_of,
    next_step,
    safe_document,
)
from domain.script.limits import ACTIONS_A_DOCUMENT_MAX, DOCUMENTS_A_CALL_MAX
from tests.domain.script.given import MENU, menu, walk, with_step
from tests.domain.script.strategies import callers, scripts, variables
from tests.examples import examples

QUESTION = Ask(prompt="Press 1 to confirm, 2 for an agent.", timeout_seconds=7, finish_on_key="#")
GOODBYE = Document(actions=(Say("Goodbye."),), steps=("goodbye",))


def asked(times: int) -> Place:
    return Place("menu", {"menu": times}, times)


def test_the_first_document_goes_as_far_as_the_first_question() -> None:
    assert document(menu(), "greeting", BEGINNING, {"name": "Ada"}) == Document(
        actions=(Say("Hello Ada, your parcel comes soon."), StartRecording(), QUESTION, Redirect(asked(1))),
        steps=("greeting", "menu"),
    )


@pytest.mark.parametrize(
    ("heard", "step"),
    [
        (Pressed("1"), "confirmed"),
        (Pressed("2#"), "agent"),
        (Pressed("3"), "menu"),
        (Pressed("#"), "menu"),
        (Pressed("11"), "menu"),
        (Pressed(""), "goodbye"),
        (NothingPressed(), "goodbye"),
        (NotHeard(), "goodbye"),
    ],
)
def test_a_question_goes_by_what_was_heard(heard: Heard, step: str) -> None:
    assert next_step(menu(), asked(1), heard) == step


def test_invalid_and_timeout_have_steps_of_their_own_where_they_are_given() -> None:
    script = with_step(
        "menu", {**MENU["steps"]["menu"], "no_input": "greeting", "invalid": "agent", "timeout": "anonymous"}
    )

    heard = (NothingPressed(), Pressed("7"), NotHeard())
    assert [next_step(script, asked(1), one) for one in heard] == ["greeting", "agent", "anonymous"]


def test_a_question_is_asked_so_often_and_no_more() -> None:
    walked = walk(menu(), {"name": "Ada"}, repeat(Pressed("7")))

    assert [place.gathers for place in walked.places] == [0, 1, 2, 3]
    assert walked.steps == ("greeting", "menu", "menu", "menu", "goodbye")


def test_a_handing_over_that_fails_is_followed_by_its_otherwise() -> None:
    given_over = document(menu(), "agent", asked(1), {})
    back = Place("agent", {"menu": 1}, 1)

    assert given_over == Document(actions=(Transfer(destination="+15551230009"), Redirect(back)), steps=("agent",))
    assert document(menu(), next_step(menu(), back, NotHeard()), back, {}) == GOODBYE


def test_without_an_otherwise_nothing_follows() -> None:
    script = with_step("agent", {"transfer": {"destination": "+15551230009"}})

    assert document(script, "agent", asked(1), {}).actions == (Transfer(destination="+15551230009"),)


@pytest.mark.parametrize("place", [Place("greeting"), Place("goodbye"), Place("nowhere")])
def test_a_place_that_nobody_comes_back_from_is_refused(place: Place) -> None:
    with pytest.raises(LookupError):
        next_step(menu(), place, NotHeard())


@pytest.mark.parametrize("name", [{}, {"name": ""}, {"name": " \t"}, {"name": "\x00\u200b"}])
def test_where_a_variable_is_missing_the_step_for_that_speaks(name: dict[str, str]) -> None:
    assert document(menu(), "greeting", BEGINNING, name) == Document(
        actions=(Say("Hello, your parcel comes soon."), QUESTION, Redirect(asked(1))),
        steps=("anonymous", "menu"),
        missing=("name",),
    )


def test_without_such_a_step_the_safe_text_is_said() -> None:
    script = menu(on_missing_variable=None, safe_text=None)

    assert document(script, "greeting", BEGINNING, {}) == Document(actions=(Say(SAFE_TEXT),), missing=("name",))
    assert document(menu(on_missing_variable=None), "greeting", BEGINNING, {}).actions == (Say("Goodbye."),)
    assert (safe_document().actions, safe_document(menu()).actions) == ((Say(SAFE_TEXT),), (Say("Goodbye."),))


def test_where_that_step_leads_to_one_that_lacks_it_too_the_safe_text_is_said() -> None:
    """Its own question is used up, and what comes instead speaks of the same variable: refused, and safe all the same."""
    steps = {
        **MENU["steps"],
        "menu": {**MENU["steps"]["menu"], "tries_max": 1, "exhausted": "goodbye", "invalid": "greeting"},
        "goodbye": {"actions": [{"say": "Goodbye {name}."}], "end": True},
    }
    script = menu(steps=steps)

    walked = walk(script, {}, repeat(Pressed("7")))
    says = "leads back to menu after its last try where a variable is missing; name in exhausted a step that does not"
    assert check_script(script) == [ScriptFault("menu", "exhausted", says)]
    assert walked.steps == ("anonymous", "menu")
    assert walked.documents[-1] == Document(actions=(Say("Goodbye."),), missing=("name",))


def test_a_blank_value_has_the_default() -> None:
    spoken = document(menu(), "greeting", BEGINNING, {"name": "Ada", "day": " "}).actions[0]

    assert spoken == Say("Hello Ada, your parcel comes soon.")


def test_a_report_without_digits_is_nothing_pressed() -> None:
    assert [heard_of(digits) for digits in (None, "", "1#")] == [NothingPressed(), NothingPressed(), Pressed("1#")]


@settings(max_examples=examples(150), deadline=None)
@given(scripts(), variables(), callers())
def test_every_walk_of_every_script_ends_in_time(script: Script, known: dict[str, str], caller: list[Heard]) -> None:
    walked = walk(script, known, caller)

    assert len(walked.documents) <= documents_max(script) <= DOCUMENTS_A_CALL_MAX
    for place, told in zip(walked.places, walked.documents, strict=True):
        assert 1 <= len(told.actions) <= ACTIONS_A_DOCUMENT_MAX + 3
        assert place.gathers == sum(place.tries.values())
        assert all(
            isinstance(action, Redirect) == (action is told.actions[-1]) or not isinstance(action, Redirect)
            for action in told.actions
        )


@settings(max_examples=examples(100), deadline=None)
@given(scripts(), variables(), callers())
def test_the_same_walk_twice_is_the_same(script: Script, known: dict[str, str], caller: list[Heard]) -> None:
    assert walk(script, known, caller) == walk(script, dict(reversed(known.items())), caller)


@settings(max_examples=examples(100), deadline=None)
@given(scripts(), variables(), callers(), st.data())
def test_values_change_words_and_nothing_else(
    script: Script, known: dict[str, str], caller: list[Heard], data: st.DataObject
) -> None:
    """Two recipients who lack the same variables walk the same way, whatever is in those that they have."""
    everybody = dict.fromkeys(("name", "amount", "Day_2", "_x"), "Ada")
    anything = {name: data.draw(st.text(min_size=1).map(lambda text: f"a{text}")) for name in everybody}

    one, other = (walk(script, values, caller) for values in (everybody, anything))
    assert [[type(action) for action in told.actions] for told in one.documents] == [
        [type(action) for action in told.actions] for told in other.documents
    ]
    assert (one.steps, one.places) == (other.steps, other.places)
