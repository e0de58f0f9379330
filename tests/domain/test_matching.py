"""A match is inferred only where nothing else is possible."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.matching import CLOCKS_APART, MATCH_WINDOW, Match, UnclaimedCall, UnresolvedAttempt, candidates, inferred
from tests.domain.given import SPRING, at

OURS = "+15559870000"


def attempt(attempt_id: str, to_number: str = "+15551", seconds: float = 0) -> UnresolvedAttempt:
    """An unresolved attempt."""
    return UnresolvedAttempt(
        attempt_id=attempt_id,
        campaign_id=SPRING,
        stream=f"recipient:{to_number}",
        from_number=OURS,
        to_number=to_number,
        started_at=at(seconds),
    )


def call(
    call_id: str, to_number: str = "+15551", seconds: float = 0, *, from_number: str = OURS, echo: str | None = None
) -> UnclaimedCall:
    """A call that nobody claims."""
    return UnclaimedCall(
        call_id=call_id,
        from_number=from_number,
        to_number=to_number,
        began_at=at(seconds),
        phase="ended",
        echoed_attempts=frozenset() if echo is None else frozenset({echo}),
    )


def test_one_call_between_the_numbers_and_one_attempt_are_a_match() -> None:
    assert inferred([attempt("a1")], [call("c1"), call("c2", "+15552")]) == [
        Match(attempt_id="a1", stream="recipient:+15551", call_id="c1", how="inferred")
    ]


def test_two_calls_or_two_attempts_are_left_to_a_person() -> None:
    assert inferred([attempt("a1")], [call("c1"), call("c2", seconds=30)]) == []
    assert inferred([attempt("a1"), attempt("a2", seconds=60)], [call("c1", seconds=70)]) == []


def test_the_provider_may_write_either_number_in_another_spelling() -> None:
    for dialled, said in (
        ("+442079460018", "+4402079460018"),
        ("+5491123456789", "+541123456789"),
        ("+5215512345678", "+525512345678"),
    ):
        to, caller = call("c1", said), call("c1", from_number=said)
        assert [one.call_id for one in inferred([attempt("a1", dialled)], [to])] == ["c1"]
        assert [one.call_id for one in inferred([replace(attempt("a1"), from_number=dialled)], [caller])] == ["c1"]


def test_other_numbers_and_other_times_are_no_match() -> None:
    for other in (
        call("c1", "+15552"),
        call("c1", from_number="+15550"),
        call("c1", seconds=-CLOCKS_APART.total_seconds() - 1),
        call("c1", seconds=MATCH_WINDOW.total_seconds() + 1),
    ):
        assert inferred([attempt("a1")], [other]) == []
    assert [c.call_id for c in candidates(attempt("a1"), [call("c1", seconds=-4), call("c2", seconds=899)])] == [
        "c1",
        "c2",
    ]


def test_a_call_that_echoes_an_attempt_is_no_candidate_for_another() -> None:
    assert candidates(attempt("a1"), [call("c1", echo="a2")]) == []
    assert inferred([attempt("a1")], [call("c1", echo="a2"), call("c2")])[0].call_id == "c2"


NUMBERS = st.sampled_from(["+15551", "+15552", "+15553"])
SECONDS = st.sampled_from([-10.0, 0.0, 5.0, 600.0, 2_000.0])


@given(st.lists(st.tuples(NUMBERS, SECONDS), max_size=6), st.lists(st.tuples(NUMBERS, SECONDS), max_size=6))
def test_whatever_is_inferred_nothing_else_was_possible_in_any_order(
    attempts_of: list[tuple[str, float]], calls_of: list[tuple[str, float]]
) -> None:
    attempts = [attempt(f"a{n}", *one) for n, one in enumerate(attempts_of)]
    calls = [call(f"c{n}", *one) for n, one in enumerate(calls_of)]
    found = inferred(attempts, calls)

    for match in found:
        own = next(a for a in attempts if a.attempt_id == match.attempt_id)
        assert [c.call_id for c in candidates(own, calls)] == [match.call_id]
        assert [a.attempt_id for a in attempts if match.call_id in {c.call_id for c in candidates(a, calls)}] == [
            match.attempt_id
        ]
    assert len({m.call_id for m in found}) == len(found)
    shuffled_attempts, shuffled_calls = list(reversed(attempts)), list(reversed(calls))
    assert {m.attempt_id: m.call_id for m in inferred(shuffled_attempts, shuffled_calls)} == {
        m.attempt_id: m.call_id for m in found
    }


@given(st.lists(st.tuples(NUMBERS, SECONDS), min_size=1, max_size=3))
def test_who_rings_back_is_no_candidate_for_what_was_placed(attempts_of: list[tuple[str, float]]) -> None:
    attempts = [attempt(f"a{n}", *one) for n, one in enumerate(attempts_of)]
    came_in = [
        call(f"in{n}", one.from_number, from_number=one.to_number, seconds=5.0) for n, one in enumerate(attempts)
    ]
    assert inferred(attempts, came_in) == []
    assert all(candidates(one, came_in) == [] for one in attempts)
