"""Turns come in proportion to weights, nobody waits for ever, and what one does not use the others do."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.fairness import Turns, given_back, taken
from tests.examples import examples

IDS = st.sampled_from(["a", "b", "c", "d", "e"])
BEGUN = Turns()
WEIGHTS = st.dictionaries(IDS, st.floats(0.1, 10), min_size=1)


def served(weights: dict[str, float], rounds: int, turns: Turns = BEGUN) -> tuple[list[str], Turns]:
    """Whose turns these were, with all of them always wanting one."""
    order = []
    for _ in range(rounds):
        chosen = turns.next_of(weights)
        turns = taken(turns, chosen, weights[chosen])
        order.append(chosen)
    return order, turns


@settings(max_examples=examples(200))
@given(WEIGHTS, st.integers(50, 500))
def test_each_gets_its_share_to_within_a_turn_for_each_other_one(weights: dict[str, float], rounds: int) -> None:
    counts = Counter(served(weights, rounds)[0])

    for one, weight in weights.items():
        for other, other_weight in weights.items():
            assert abs(counts[one] / weight - counts[other] / other_weight) <= 1 / weight + 1 / other_weight + 1e-6


@given(WEIGHTS)
def test_nobody_waits_longer_than_its_weight_says(weights: dict[str, float]) -> None:
    order, _ = served(weights, 1_000)
    total = sum(weights.values())

    for one, weight in weights.items():
        turns_of_it = [-1, *(place for place, chosen in enumerate(order) if chosen == one)]
        longest = max(b - a for a, b in pairwise(turns_of_it))
        assert longest <= total / weight + 2 * len(weights)


def test_the_order_is_the_same_each_time_and_equals_take_turns_by_id() -> None:
    assert served({"b": 1, "a": 1, "c": 2}, 8)[0] == ["a", "b", "c", "c", "a", "b", "c", "c"]


def test_who_had_no_use_for_its_turns_saved_nothing_up() -> None:
    _, turns = served({"a": 1}, 100)
    order, _ = served({"a": 1, "b": 1}, 100, turns)

    assert Counter(order) == {"a": 50, "b": 50}
    assert {order[0], order[1]} == {"a", "b"}


def test_what_one_cannot_use_the_others_have() -> None:
    weights, turns, counts = {"a": 1.0, "b": 1.0, "slow": 8.0}, Turns(), Counter[str]()
    slow_wants = 0
    for round_ in range(400):
        slow_wants += round_ % 10 == 0
        chosen = turns.next_of(weights if slow_wants else {"a": 1.0, "b": 1.0})
        turns = taken(turns, chosen, weights[chosen])
        counts[chosen] += 1
        slow_wants -= chosen == "slow"

    assert counts["slow"] == 40
    assert abs(counts["a"] - counts["b"]) <= 1


def test_a_turn_that_came_to_nothing_is_given_back() -> None:
    turns = taken(Turns(), "a", 1)

    assert turns.next_of(["a", "b"]) == "b"
    assert given_back(turns, "a", 1).next_of(["a", "b"]) == "a"
    assert given_back(turns, "b", 1) == turns


@given(st.lists(IDS, min_size=1, max_size=200), st.floats(1e-300, 100))
def test_it_remembers_only_those_that_are_ahead(chosen: list[str], weight: float) -> None:
    turns = Turns()
    for one in chosen:
        turns = taken(turns, one, weight)

    assert all(until > turns.now for until in turns.through.values())
