from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.subscription import GIVEN_UP_AFTER, next_try_at
from tests.domain.given import at

CHANCE = st.floats(0, 1)


def test_the_waits_grow_and_are_moved_by_chance() -> None:
    assert [next_try_at(tries, at(0), at(0), 0.5) for tries in (1, 2, 5, 10, 11)] == [
        at(seconds) for seconds in (5, 30, 900, 28_800, 28_800)
    ]
    assert (next_try_at(2, at(0), at(0), 0.0), next_try_at(2, at(0), at(0), 1.0)) == (at(24), at(36))


def test_what_the_subscriber_asked_for_is_kept_as_far_as_the_longest_wait() -> None:
    assert next_try_at(1, at(0), at(0), 0.5, asked_seconds=60) == at(60)
    assert next_try_at(1, at(0), at(0), 0.5, asked_seconds=10**9) == at(28_800)
    assert next_try_at(4, at(0), at(0), 0.5, asked_seconds=60) == at(300)


@given(st.lists(CHANCE, min_size=1), st.floats(0, 30))
def test_it_is_tried_for_nearly_three_days_and_no_longer(chances: list[float], seconds: float) -> None:
    failed, tries = at(0), 0
    while True:
        tries += 1
        again = next_try_at(tries, at(0), failed, chances[tries % len(chances)])
        if again is None:
            break
        assert again > failed
        assert again - at(0) <= GIVEN_UP_AFTER
        failed = again + timedelta(seconds=seconds)
    assert failed - at(0) >= GIVEN_UP_AFTER - timedelta(hours=9.7)
    assert 16 <= tries <= 22
