"""A callback by a digit is recorded once, and takes back nothing that was said after it."""

from datetime import timedelta

from domain import recipient
from domain.recipient import RecipientCallbackSet, RecipientState, Wish, open_callback, press_callback
from tests.domain.given import NINE, SPRING, at, enrolled

HOUR = 3_600


def pressed(state: RecipientState, seconds: float, call_id: str = "c1", after: int = HOUR) -> RecipientState:
    """The person once that became known, ten seconds later."""
    wish = Wish(at=at(seconds + after), source="keypress", said=f"in call {call_id}")
    for event in press_callback(state, SPRING, wish, at(seconds), 60):
        state = recipient.evolve(state, event, at(seconds + 10))
    return state


def somebody() -> RecipientState:
    return recipient.evolve(recipient.INITIAL, enrolled(), NINE)


def test_the_same_digit_is_heeded_once() -> None:
    once = pressed(somebody(), 5)
    wish = open_callback(once, SPRING)
    assert wish is not None
    assert (wish.at, wish.source, wish.said, wish.said_at) == (at(5 + HOUR), "keypress", "in call c1", at(5))
    assert wish.give_up_at - wish.at == timedelta(seconds=60)
    assert pressed(once, 5) == once


def test_a_wish_that_was_given_up_does_not_come_back_with_another_report_of_the_call() -> None:
    once = pressed(somebody(), 5)
    for event in recipient.drop_callback(once, SPRING, recipient.BY_OPERATOR):
        once = recipient.evolve(once, event, at(60))
    assert open_callback(pressed(once, 5), SPRING) is None
    assert open_callback(pressed(once, 90), SPRING) is not None


def test_the_digit_that_was_pressed_last_counts_whichever_call_is_heard_of_first() -> None:
    for calls in ([(5, "c1"), (500, "c2")], [(500, "c2"), (5, "c1")]):
        state = somebody()
        for seconds, call_id in calls:
            state = pressed(state, seconds, call_id)
        wish = open_callback(state, SPRING)
        assert wish is not None
        assert (wish.at, wish.said) == (at(500 + HOUR), "in call c2")


def test_what_an_operator_set_after_the_digit_stays() -> None:
    theirs = RecipientCallbackSet(campaign_id=SPRING, at=at(900), give_up_at=at(990), source="operator")
    state = recipient.evolve(somebody(), theirs, at(30))
    assert pressed(state, 5) == state


def test_what_becomes_known_of_the_same_press_moves_its_wish() -> None:
    moved = pressed(pressed(somebody(), 5), 5, after=2 * HOUR)
    wish = open_callback(moved, SPRING)
    assert wish is not None
    assert wish.at == at(5 + 2 * HOUR)
