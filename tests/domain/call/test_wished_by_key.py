"""A callback by a digit: the same wish in whatever order, and however often, what tells of it is learned."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.call import INITIAL, AnswerServed, CallEvent, CallGathered, CallState, evolve
from domain.call.wished_by_key import WishedByKey, wished_by_key
from tests.domain.given import at, report
from tests.examples import examples

HOUR, DAY = 3_600, 86_400


def asked(
    seconds: float, before: int, callbacks: Mapping[str, int] | None, heard: bool | None = None, walk: str = "w"
) -> AnswerServed:
    return AnswerServed(
        occurred_at=at(seconds),
        step=f"step_{before}",
        request="{}",
        actions="{}",
        duration_ms=1.0,
        place=None if before == 0 else f"place_{before}",
        walk=walk,
        found_by="call_id",
        heard=heard,
        questions_before=before,
        callbacks=callbacks,
    )


def pressed(digits: str | None, seconds: float | None, event_key: str) -> CallGathered:
    said = report("call.gathered", seconds, event_key=event_key, note=str(digits))
    assert isinstance(said, CallGathered)
    return replace(said, digits=digits, timed_out=not digits)


def after(events: Sequence[CallEvent]) -> CallState:
    history = INITIAL
    for event in events:
        history = evolve(history, event, at(1_000))
    return history.state


FIRST, SECOND = asked(1, 0, {"3": HOUR}), asked(10, 1, {"3": DAY}, heard=True)
END = asked(20, 2, None, heard=True)


@pytest.mark.parametrize(
    ("told", "pressed_at", "after_seconds"),
    [
        ([FIRST, pressed("3", 5, "a")], 5, HOUR),
        ([FIRST, pressed("1", 5, "a"), SECOND, pressed("3", 15, "b"), END], 15, DAY),
        ([FIRST, pressed("3", 5, "a"), SECOND, pressed("1", 15, "b"), END], 5, HOUR),
        ([FIRST, pressed("3", 5, "a"), SECOND, pressed("3", 15, "b"), END], 15, DAY),
        # Nothing was pressed at the first question, which is reported all the same.
        ([FIRST, pressed(None, 8, "a"), SECOND, pressed("3", 15, "b"), END], 15, DAY),
        # The report of the first was never heard.
        ([FIRST, replace(SECOND, heard=False), pressed("3", 15, "b"), END], 15, DAY),
        # No time that can be: it counts from the question.
        ([FIRST, pressed("3", None, "a")], 1, HOUR),
        # The provider's clock is ahead: the question that was heard keeps its report.
        ([FIRST, pressed("3", 13, "a"), SECOND], 13, HOUR),
    ],
)
def test_the_last_digit_that_wishes_one_counts_in_every_order(
    told: list[CallEvent], pressed_at: float, after_seconds: int
) -> None:
    expected = WishedByKey(at(pressed_at), at(pressed_at) + timedelta(seconds=after_seconds))
    for order in permutations(told):
        assert wished_by_key(after(order)) == expected


@pytest.mark.parametrize(
    "told",
    [
        [],
        [FIRST],
        [pressed("3", 5, "a")],
        [FIRST, pressed("1", 5, "a")],
        [asked(1, 0, {}), pressed("3", 5, "a")],
        [FIRST, pressed("1", 5, "a"), asked(10, 1, {}, heard=True), pressed("3", 15, "b")],
    ],
)
def test_other_digits_and_questions_without_callbacks_wish_none(told: list[CallEvent]) -> None:
    for order in permutations(told):
        assert wished_by_key(after(order)) is None


def test_what_somebody_else_was_asked_in_a_walk_of_their_own_wishes_nothing() -> None:
    own: list[CallEvent] = [asked(1, 0, {}), asked(10, 1, None, heard=True)]
    others = asked(2, 0, {"3": HOUR}, walk="other")
    for order in permutations([*own, others, pressed("3", 5, "a")]):
        assert wished_by_key(after(order)) is None


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.sampled_from(["1", "3", None]), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_of_many_questions_the_last_wish_counts_however_it_is_learned(keys: list[str | None], chance: object) -> None:
    told: list[CallEvent] = []
    expected = None
    for number, digits in enumerate(keys):
        told += [asked(number * 10, number, {"3": (number + 1) * 60}, heard=None if number == 0 else True)]
        told += [pressed(digits, number * 10 + 5, f"k{number}")]
        if digits == "3":
            moment = at(number * 10 + 5)
            expected = WishedByKey(moment, moment + timedelta(seconds=(number + 1) * 60))
    told += told[: len(told) // 2]
    chance.shuffle(told)  # type: ignore[attr-defined]

    assert wished_by_key(after(told)) == expected
