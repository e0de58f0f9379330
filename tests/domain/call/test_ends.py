from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.call import Terminal
from domain.call.ends import Ends, without_time
from domain.call.facts import NO_TIME, OUTCOMES
from tests.domain.given import at
from tests.examples import examples

SECONDS = st.sampled_from([0, 0.5, 1, 2, 3, 60])
ENDS = st.lists(
    st.builds(
        lambda seconds, rank, digest, learned: Terminal(
            seconds is None, NO_TIME if seconds is None else at(seconds), rank, digest, at(learned)
        ),
        st.one_of(st.none(), SECONDS),
        st.integers(0, 2),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([5, 6, 100, 101]),
    ),
    max_size=8,
)
BEGUN = st.one_of(st.none(), SECONDS.map(at))


def told(ends: list[Terminal]) -> Ends:
    joined = Ends()
    for end in ends:
        joined = joined.joined(end)
    return joined


def believed(end: Terminal, begun: datetime | None) -> Terminal:
    return end if end.unstamped or begun is None or end.occurred_at >= begun else without_time(end)


@settings(max_examples=examples(1_000))
@given(ENDS, BEGUN)
def test_the_end_that_counts_is_the_least_of_all_as_they_are_believed(
    ends: list[Terminal], begun: datetime | None
) -> None:
    least = min((believed(end, begun) for end in ends), default=None)
    found = told(ends)

    assert found.that_counts(begun) == least
    assert bool(found) is bool(ends)
    assert found.contradict(begun) is (
        least is not None and any(believed(other, begun).contradicts(least) for other in ends)
    )
    for outcome in (None, *OUTCOMES):
        assert found.first_learned(outcome) == min(
            (end.learned_at for end in ends if end.outcome == outcome), default=None
        )


@settings(max_examples=examples(300))
@given(ENDS, st.data())
def test_the_same_ends_in_any_order_and_any_number_of_times_are_the_same(
    ends: list[Terminal], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(ends), max_size=4)) if ends else []

    assert told(data.draw(st.permutations([*ends, *again]))) == told(ends)


def test_ends_from_before_the_call_began_neither_count_nor_hide_the_one_that_does() -> None:
    early = [Terminal(False, at(-3_600 - n), n % 3, str(n)) for n in range(100)]
    true = Terminal(False, at(9), 0, "true")

    for order in ([*early, true], [true, *early]):
        found = told(order)
        assert (found.that_counts(at(0)), found.that_counts(None)) == (true, early[-1])
        assert found.that_counts(at(10)) == without_time(min(early, key=without_time))
